from datetime import UTC, datetime
from typing import Any

import pytest
from tests.intake.payloads import real, said

from strandline.vocabulary.artifact import ArtifactPublished
from strandline.vocabulary.change import (
    ChangeAbandoned,
    ChangeCreated,
    ChangeMerged,
    ChangeReviewed,
    ChangeUpdated,
    CommitMade,
    TagCreated,
)
from strandline.vocabulary.details import details_of
from strandline.vocabulary.event import Event, says

HOME = "https://gitlab.harbour.example/sea/tide"
PROJECT = {"web_url": HOME, "path_with_namespace": "sea/tide"}
SHA, HEAD, NOTHING = "5e" * 20, "6f" * 20, "0" * 40


def commit(**changes: Any) -> dict[str, Any]:
    return {
        "id": SHA,
        "message": "Raise the quay\n\nReverts nothing, see TIDE-4 (#9)",
        "title": "Raise the q",
        "timestamp": "2026-03-02T10:00:00+01:00",
        "url": f"{HOME}/-/commit/{SHA}",
        "author": {"name": "Ada L", "email": "ada@harbour.example"},
        "added": ["quay/north/wall/stone.py"],
        "modified": ["README.md"],
        "removed": [],
        **changes,
    }


def push(*commits: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "object_kind": "push",
        "ref": "refs/heads/work/quay",
        "before": HEAD,
        "after": SHA,
        "checkout_sha": SHA,
        "project": PROJECT,
        "commits": list(commits),
        "total_commits_count": len(commits),
        **changes,
    }


def tag(**changes: Any) -> dict[str, Any]:
    return push(commit(), object_kind="tag_push", ref="refs/tags/v1", user_username="ada", **changes)


def request(action: str, **changes: Any) -> dict[str, Any]:
    attributes = {
        "iid": 3,
        "action": action,
        "title": "Raise the quay for TIDE-4",
        "url": f"{HOME}/-/merge_requests/3",
        "created_at": "2026-03-01 09:00:00 UTC",
        "updated_at": "2026-03-02 09:00:00 UTC",
        "source_branch": "work/quay",
        "target_branch": "main",
        "last_commit": {"id": HEAD},
        **changes,
    }
    return {
        "object_kind": "merge_request",
        "object_attributes": attributes,
        "project": PROJECT,
        "user": {"username": "ada"},
    }


def event(document: Any) -> Event:
    [found] = said("gitlab", document).events
    return found


def test_a_real_push_tells_its_commits_and_how_many_it_left_out() -> None:
    found = said("gitlab", real("gitlab", "push.json"))
    first, second = found.events
    assert {first.type, second.type} == {CommitMade.TYPE}
    assert first.source == "http://example.com/mike/diaspora"
    assert first.subject_id == "b6568db1bc1dcd7f8b4d5a946b0b91f9dacd7327"
    assert (second.actor, second.content["files"]) == ("GitLab dev user", 2)
    assert first.occurred_at == datetime(2011, 12, 12, 12, 27, 31, tzinfo=UTC)
    assert first.content["pullRequest"] == "1"
    assert [each.where for each in found.unmapped] == ["total_commits_count"]
    assert "4 commits" in found.unmapped[0].what


def test_a_real_tag_is_created_at_its_commit_s_time() -> None:
    found = event(real("gitlab", "tag_push.json"))
    assert (found.type, found.subject_id, found.actor) == (TagCreated.TYPE, "v1.0.0", "jsmith")
    assert found.content["commit"] == "82b3d5ae55f7080f1e6022629cdb57bfae7cccc7"
    assert found.occurred_at == datetime(2012, 1, 3, 21, 36, 29, tzinfo=UTC)
    assert details_of(found).service == "jsmith/example"


def test_a_real_release_is_an_artifact_that_was_published() -> None:
    found = event(real("gitlab", "release.json"))
    assert found.type == ArtifactPublished.TYPE
    assert found.subject_id == "pkg:gitlab/exm-namespace/example-project@1.0.0"
    assert found.occurred_at == datetime(2021, 2, 25, 21, 23, 34, tzinfo=UTC)
    assert details_of(found).commit == "2626dbdb936782b5c54816b1c6d45b1279303c6d"


def test_a_real_merge_request_was_opened() -> None:
    found = event(real("gitlab", "merge_request.json"))
    assert (found.type, found.subject_id, found.actor) == (ChangeCreated.TYPE, "1", "user1")
    assert found.occurred_at == datetime(2013, 12, 3, 17, 23, 34, tzinfo=UTC)
    assert details_of(found).pull_request == "http://example.com/diaspora/merge_requests/1"
    assert details_of(found).service == "gitlabhq/gitlab-test"


def test_a_commit_s_subject_is_not_the_title_that_was_cut_short() -> None:
    found = event(push(commit()))
    assert found.content["subject"] == "Raise the quay"
    assert details_of(found).tickets == ("TIDE-4",)
    made = says(found, CommitMade)
    assert made is not None
    assert made.areas == ("quay/north",)


def test_a_number_at_the_end_of_a_subject_is_an_issue_s() -> None:
    assert "pullRequest" not in event(push(commit(message="Raise the quay (#9)"))).content


def test_a_commit_that_cannot_be_read_does_not_take_the_others_along() -> None:
    found = said("gitlab", push(commit(timestamp=None), commit(), commit(id=SHA[:8])))
    assert len(found.events) == 1
    assert [each.where for each in found.unmapped] == ["commits[0].timestamp", "commits[2].id"]


def test_nobody_s_address_is_told() -> None:
    assert "ada@" not in str(event(push(commit())))


def test_a_program_as_author_is_told() -> None:
    found = event(push(commit(author={"name": "renovate[bot]", "email": ""})))
    assert found.content["isBot"]
    assert details_of(found).is_automated


def test_a_branch_that_was_deleted_or_only_made_brings_no_commit() -> None:
    assert "deleted" in said("gitlab", push(after=NOTHING, checkout_sha=None)).ignored
    assert "no commit" in said("gitlab", push()).ignored


def test_an_annotated_tag_has_no_time_and_is_unmapped() -> None:
    found = said("gitlab", tag(after=HEAD))
    assert not found.events
    assert "annotated" in found.unmapped[0].what


def test_a_tag_that_was_deleted_says_nothing_new() -> None:
    assert "deleted" in said("gitlab", tag(after=NOTHING, checkout_sha=None)).ignored


def test_a_tag_whose_commit_is_not_told_has_no_time() -> None:
    assert said("gitlab", {**tag(), "commits": []}).unmapped


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("merge", ChangeMerged.TYPE),
        ("close", ChangeAbandoned.TYPE),
        ("approved", ChangeReviewed.TYPE),
        ("approval", ChangeReviewed.TYPE),
        ("reopen", ChangeUpdated.TYPE),
    ],
)
def test_what_is_done_to_a_merge_request_has_the_time_of_its_update(action: str, kind: str) -> None:
    found = event(request(action))
    assert (found.type, found.occurred_at) == (kind, datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert (found.subject_id, details_of(found).tickets) == ("3", ("TIDE-4",))


def test_only_commits_update_a_merge_request() -> None:
    assert event(request("update", oldrev=SHA)).type == ChangeUpdated.TYPE
    assert said("gitlab", request("update")).ignored
    assert said("gitlab", request("unapproved")).ignored


def test_a_merge_request_names_the_commit_that_it_was_merged_as() -> None:
    assert details_of(event(request("merge", merge_commit_sha=SHA))).commit == SHA
    assert details_of(event(request("merge", squash_commit_sha=SHA))).commit == SHA


def test_a_merge_by_fast_forward_names_no_commit_but_its_head() -> None:
    details = details_of(event(request("merge", merge_commit_sha=None)))
    assert (details.commit, details.more["head"]) == ("", HEAD)


def test_a_merge_request_without_an_address_is_given_that_of_its_project() -> None:
    found = event(request("open", url=None, last_commit=None))
    assert details_of(found).pull_request == f"{HOME}/-/merge_requests/3"


def release(**changes: Any) -> dict[str, Any]:
    return {
        "object_kind": "release",
        "action": "create",
        "tag": "v1",
        "created_at": "2026-03-02 09:00:00 UTC",
        "project": PROJECT,
        **changes,
    }


def test_a_release_without_a_release_time_has_that_of_its_making() -> None:
    assert event(release()).occurred_at == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_release_that_is_edited_is_no_new_version() -> None:
    assert "update" in said("gitlab", release(action="update")).ignored


def test_a_release_of_nothing_is_unmapped() -> None:
    assert [each.where for each in said("gitlab", release(tag="")).unmapped] == ["tag"]
