from datetime import UTC, datetime

import msgspec

from strandline.intake.git_events import ReadTag, commit_event, patch_event, tag_event
from strandline.intake.git_log import ReadCommit
from strandline.ledger.codec import from_bytes, to_bytes
from strandline.vocabulary.change import CommitMade
from strandline.vocabulary.details import details_of
from strandline.vocabulary.event import Event, says

SHOP = "https://gitlab.example.org/shop/api"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORK = ReadCommit(
    id="a" * 40,
    parents=("b" * 40,),
    authored_at=AT,
    committed_at=AT,
    author="Ada L",
    author_email="ada@example.org",
    subject="Work",
    body="",
    files=1,
    insertions=2,
    deletions=3,
    areas=(),
)


def event(**changes: object) -> Event:
    made = commit_event(msgspec.structs.replace(WORK, **changes), SHOP)
    assert made is not None
    return made


def test_a_commit_has_an_id_of_its_hash_alone() -> None:
    assert event().id == event(subject="Other").id == f"commit-{WORK.id}"


def test_a_commit_that_was_not_counted_is_another_statement() -> None:
    uncounted = event(files=None, insertions=None, deletions=None)
    assert uncounted.id == f"commit-{WORK.id}-uncounted"
    merge = event(files=None, insertions=None, deletions=None, parents=("b" * 40, "c" * 40))
    assert merge.id == f"commit-{WORK.id}"


def test_a_program_as_author_is_told() -> None:
    made = event(author="dependabot[bot]")
    told = says(made, CommitMade)
    assert told is not None
    assert told.is_bot
    assert details_of(made).is_automated
    assert details_of(event()).is_automated is None


def test_nobodys_address_is_told() -> None:
    body = "Co-authored-by: Ben C <ben@example.org>"
    assert b"@example.org" not in to_bytes(event(body=body))


def test_a_merge_request_and_what_is_taken_back_are_told() -> None:
    made = event(body="Reverts #7\nThis reverts commit 1234567.\n\nSee merge request shop/api!12")
    told = says(made, CommitMade)
    assert told is not None
    assert (told.pull_request, told.reverted_pull_requests, told.reverts) == ("12", ("7",), ("1234567",))
    assert details_of(made).pull_request == f"{SHOP}/-/merge_requests/12"


def test_a_commit_with_one_time_has_that_and_with_none_is_nothing() -> None:
    assert event(committed_at=None).occurred_at == AT
    assert commit_event(msgspec.structs.replace(WORK, committed_at=None, authored_at=None), SHOP) is None


def test_a_patch_is_a_second_statement_about_the_commit() -> None:
    made = patch_event(WORK.id, "d" * 40, AT, SHOP)
    assert (made.subject_id, made.type) == (WORK.id, CommitMade.TYPE)
    assert made.id == f"commit-{WORK.id}-patch-{'d' * 40}"
    assert made.content == {"repository": SHOP, "patchId": "d" * 40}
    assert from_bytes(to_bytes(made)) == made


def test_a_tag_that_moves_is_another_event() -> None:
    tag = ReadTag(name="v1", object="a" * 40, commit="a" * 40, created_at=AT, is_annotated=False)
    moved = msgspec.structs.replace(tag, object="b" * 40, commit="b" * 40)
    assert tag_event(tag, SHOP).id != tag_event(moved, SHOP).id
    assert tag_event(tag, SHOP).subject_id == "v1"
