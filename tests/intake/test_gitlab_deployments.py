from datetime import UTC, datetime
from typing import Any

import pytest
from tests.intake.payloads import real, said

from strandline.vocabulary.approval import ApprovalCreated
from strandline.vocabulary.delivery import ServiceDeployed
from strandline.vocabulary.details import details_of
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import Names
from strandline.vocabulary.pipeline import TaskRunFinished, TaskRunStarted

HOME = "https://gitlab.harbour.example/sea/tide"
SHA = "5e" * 20


def hook(status: str = "success", **changes: Any) -> dict[str, Any]:
    return {
        "object_kind": "deployment",
        "status": status,
        "status_changed_at": "2026-03-02 10:00:00 +0100",
        "deployment_id": 7,
        "deployable_id": 70,
        "deployable_url": f"{HOME}/-/jobs/70",
        "environment": "production",
        "environment_tier": "production",
        "project": {"web_url": HOME, "path_with_namespace": "sea/tide"},
        "short_sha": SHA[:8],
        "user": {"username": "ada", "name": "Ada L"},
        "commit_url": f"{HOME}/-/commit/{SHA}",
        "commit_title": "Rise",
        "ref": "main",
        **changes,
    }


def event(document: Any, names: Names | None = None) -> Event:
    [found] = said("gitlab", document, names=names).events
    return found


def test_a_real_deployment_tells_what_where_when_and_by_whom() -> None:
    found = event(real("gitlab", "deployment.json"))
    details = details_of(found)
    assert found.type == ServiceDeployed.TYPE
    assert found.source == "http://10.126.0.2:3000/root/test-deployment-webhooks"
    assert found.subject_id == details.service == "root/test-deployment-webhooks"
    assert found.content["environment"] == {"id": "staging"}
    assert found.occurred_at == datetime(2021, 4, 28, 19, 50, tzinfo=UTC)
    assert found.actor == "user1"
    assert (details.deployment, details.ref) == ("15", "1.0.0")
    assert details.commit == "279484c09fbe69ededfced8c1bb6e6d24616b468"
    assert found.content["artifactId"] == f"pkg:gitlab/root/test-deployment-webhooks@{details.commit}"
    assert details.artifact_resolution == "commit-fallback"


def test_the_offset_of_a_time_is_not_stripped() -> None:
    assert event(hook()).occurred_at == datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "kind", "outcome"),
    [
        ("running", TaskRunStarted.TYPE, None),
        ("failed", TaskRunFinished.TYPE, "failure"),
        ("canceled", TaskRunFinished.TYPE, "cancel"),
    ],
)
def test_a_deployment_that_did_not_succeed_is_a_task(status: str, kind: str, outcome: str | None) -> None:
    found = event(hook(status))
    assert (found.type, found.content.get("outcome")) == (kind, outcome)
    assert (found.content["taskName"], found.subject_id) == ("deploy", "7")


def test_all_events_of_a_deployment_name_the_same_one() -> None:
    every = [event(hook(status)) for status in ("running", "success", "failed", "canceled", "blocked")]
    assert {(each.source, details_of(each).deployment) for each in every} == {(HOME, "7")}


def test_a_blocked_deployment_waits_for_consent() -> None:
    found = event(hook("blocked"))
    assert found.type == ApprovalCreated.TYPE
    assert found.content == {"resourceTargetUrl": f"{HOME}/-/jobs/70", "requestor": "ada"}


@pytest.mark.parametrize("status", ["created", "skipped"])
def test_a_deployment_that_has_not_begun_says_nothing(status: str) -> None:
    found = said("gitlab", hook(status))
    assert not found.events
    assert status in found.ignored


def test_the_tier_of_an_environment_is_told() -> None:
    assert details_of(event(hook(environment="eu-1"))).environment_tier == "production"


@pytest.mark.parametrize("url", [None, "", f"{HOME}/-/tree/main", f"{HOME}/-/commit/{SHA[:8]}"])
def test_a_short_hash_alone_is_no_commit(url: str | None) -> None:
    found = event(hook(commit_url=url))
    assert details_of(found).commit == ""
    assert found.content["artifactId"] == "pkg:generic/sea/tide?deployment=7"
    assert details_of(found).artifact_resolution == "deployment-fallback"


def test_an_old_version_names_a_deployment_by_its_job() -> None:
    assert details_of(event(hook(deployment_id=None))).deployment == "job-70"
    found = said("gitlab", hook(deployment_id=None, deployable_id=None, deployable_url=None))
    assert [each.where for each in found.unmapped] == ["deployment_id"]


def test_a_deployment_by_the_api_has_no_job() -> None:
    found = event(hook("running", deployable_id=None, deployable_url=None))
    assert "uri" not in found.content
    assert details_of(found).url == ""


def test_a_deployment_to_nowhere_is_unmapped_until_the_feed_says_where() -> None:
    found = said("gitlab", hook(environment=None))
    assert not found.events
    assert [(each.where, "names.environment" in each.remedy) for each in found.unmapped] == [
        ("environment", True)
    ]
    assert details_of(event(hook(environment=""), Names(environment="live"))).environment == "live"


def test_names_become_our_names() -> None:
    names = Names(services={"sea/tide": "tide"}, environments={"production": "live"})
    found = event(hook(), names)
    assert (found.subject_id, found.content["environment"]) == ("tide", {"id": "live"})


def test_an_unknown_status_is_unmapped() -> None:
    found = said("gitlab", hook("marinated"))
    assert [each.where for each in found.unmapped] == ["status"]


@pytest.mark.parametrize("time", ["yesterday", None, "2026-03-02 10:00:00", "0001-01-01T00:00:00Z"])
def test_a_deployment_without_a_time_is_unmapped(time: str | None) -> None:
    found = said("gitlab", hook(status_changed_at=time))
    assert [each.where for each in found.unmapped] == ["status_changed_at"]


def test_nobody_is_named_where_nobody_is_told() -> None:
    assert event(hook(user=None)).actor == ""
