from datetime import UTC, datetime
from typing import Any

import pytest
from tests.intake.payloads import real, said

from strandline.vocabulary.details import details_of
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import Names
from strandline.vocabulary.pipeline import (
    PipelineRunFinished,
    PipelineRunQueued,
    PipelineRunStarted,
    TaskRunFinished,
    TaskRunStarted,
)

HOME = "https://gitlab.harbour.example/sea/tide"
PROJECT = {"web_url": HOME, "path_with_namespace": "sea/tide"}
SHA = "5e" * 20


def pipeline(status: str, **changes: Any) -> dict[str, Any]:
    attributes = {
        "id": 31,
        "status": status,
        "created_at": "2026-03-02 09:00:00 UTC",
        "finished_at": "2026-03-02 09:20:00 UTC",
        "ref": "main",
        "sha": SHA,
        "source": "schedule",
        **changes,
    }
    builds = [
        {"started_at": None, "environment": {"name": "production", "action": "start"}},
        {"started_at": "2026-03-02 09:05:00 UTC", "environment": {"name": "review", "action": "stop"}},
        {"started_at": "2026-03-02 09:02:00 UTC"},
    ]
    return {"object_kind": "pipeline", "object_attributes": attributes, "project": PROJECT, "builds": builds}


def job(status: str, **changes: Any) -> dict[str, Any]:
    return {
        "object_kind": "build",
        "build_id": 70,
        "build_name": "deploy:live",
        "build_status": status,
        "build_started_at": "2026-03-02 09:05:00 UTC",
        "build_finished_at": "2026-03-02 09:15:00 UTC",
        "build_failure_reason": "unknown_failure",
        "pipeline_id": 31,
        "ref": "main",
        "sha": SHA,
        "user": {"username": "ada"},
        "repository": {"homepage": HOME},
        "environment": {"name": "production", "action": "start", "deployment_tier": "production"},
        **changes,
    }


def event(document: Any, names: Names | None = None) -> Event:
    [found] = said("gitlab", document, names=names).events
    return found


def test_a_real_pipeline_is_a_run_that_finished() -> None:
    found = event(real("gitlab", "pipeline.json"))
    details = details_of(found)
    assert (found.type, found.content["outcome"]) == (PipelineRunFinished.TYPE, "success")
    assert (found.source, found.subject_id) == ("http://192.168.64.1:3005/gitlab-org/gitlab-test", "31")
    assert found.occurred_at == datetime(2016, 8, 12, 15, 26, 29, tzinfo=UTC)
    assert (found.actor, details.service) == ("user1", "gitlab-org/gitlab-test")
    assert details.commit == "bcbb5ec396a2c0f828686f14fac9b80b780504f2"
    assert details.more["environments"] == ["production"]
    assert details.deployment == details.environment == ""


def test_a_real_job_is_a_task_and_no_deployment() -> None:
    found = event(real("gitlab", "job.json"))
    details = details_of(found)
    assert (found.type, found.content["outcome"]) == (TaskRunFinished.TYPE, "success")
    assert (found.source, found.subject_id) == (
        "https://gitlab.com/jsmithy2/release-tools-fake",
        "3580121225",
    )
    assert found.occurred_at == datetime(2023, 1, 10, 13, 50, 54, tzinfo=UTC)
    assert (found.actor, details.service) == ("jsmithy2", "jsmithy2/release-tools-fake")
    assert (details.environment, details.environment_tier) == ("production", "production")
    assert (details.run, details.deployment) == ("743121198", "")
    assert details.commit == "95d49d1efbd941908580e79d65e4b5ecaf4a8305"


@pytest.mark.parametrize(
    ("status", "kind", "at"),
    [
        ("pending", PipelineRunQueued.TYPE, datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
        ("running", PipelineRunStarted.TYPE, datetime(2026, 3, 2, 9, 2, tzinfo=UTC)),
        ("failed", PipelineRunFinished.TYPE, datetime(2026, 3, 2, 9, 20, tzinfo=UTC)),
    ],
)
def test_a_pipeline_has_the_time_of_what_it_says(status: str, kind: str, at: datetime) -> None:
    found = event(pipeline(status))
    assert (found.type, found.occurred_at) == (kind, at)


def test_a_pipeline_without_jobs_began_when_it_was_made() -> None:
    found = event({**pipeline("running"), "builds": None})
    assert found.occurred_at == datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(("status", "outcome"), [("failed", "failure"), ("canceled", "cancel")])
def test_how_a_pipeline_ended_is_told(status: str, outcome: str) -> None:
    assert event(pipeline(status)).content["outcome"] == outcome


@pytest.mark.parametrize("status", ["manual", "skipped", "scheduled"])
def test_a_pipeline_that_rests_says_nothing(status: str) -> None:
    assert status in said("gitlab", pipeline(status)).ignored


def test_only_some_sources_say_who_began_a_pipeline() -> None:
    told = {
        source: details_of(event(pipeline("success", source=source))).is_automated
        for source in ("schedule", "web", "push")
    }
    assert told == {"schedule": True, "web": False, "push": None}


def test_a_pipeline_without_an_end_is_unmapped() -> None:
    found = said("gitlab", pipeline("success", finished_at=None))
    assert [each.where for each in found.unmapped] == ["object_attributes.finished_at"]


def test_the_merge_request_of_a_pipeline_is_told() -> None:
    document = {**pipeline("success"), "merge_request": {"url": f"{HOME}/-/merge_requests/3"}}
    assert details_of(event(document)).pull_request == f"{HOME}/-/merge_requests/3"


def test_a_reason_of_failure_counts_only_where_it_failed() -> None:
    assert "errors" not in event(job("success")).content
    assert event(job("failed")).content["errors"] == "unknown_failure"


def test_a_running_job_is_a_task_that_started() -> None:
    found = event(job("running"))
    assert (found.type, found.content["taskName"]) == (TaskRunStarted.TYPE, "deploy:live")
    assert found.content["pipelineRun"] == {"id": "31", "source": HOME}
    assert found.occurred_at == datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["build", "job"])
def test_a_job_is_called_build_or_job(kind: str) -> None:
    assert event({**job("canceled"), "object_kind": kind}).content["outcome"] == "cancel"


def test_a_job_of_a_gitlab_below_a_folder_has_the_project_s_own_path() -> None:
    home = "https://harbour.example/gitlab/sea/tide"
    document = job("success", project={"web_url": home, "path_with_namespace": "sea/tide"})
    assert details_of(event(document)).service == "sea/tide"
    assert event(document).source == home


def test_a_job_without_an_environment_is_given_none() -> None:
    found = event(job("success", environment=None), Names(environment="live"))
    assert details_of(found).environment == ""


@pytest.mark.parametrize("status", ["created", "pending", "manual"])
def test_a_job_that_has_not_begun_says_nothing(status: str) -> None:
    assert status in said("gitlab", job(status)).ignored


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (job("marinated"), "build_status"),
        (pipeline("marinated"), "object_attributes.status"),
        (job("success", repository=None), "repository"),
        (job("success", repository={"homepage": "https://[x"}), "repository"),
    ],
)
def test_what_cannot_be_placed_is_unmapped(document: Any, where: str) -> None:
    assert [each.where for each in said("gitlab", document).unmapped] == [where]
