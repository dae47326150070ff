"""GitHub: what its real payloads become, and the traps in them."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.payloads import every_real, real, said

from strandline.intake.github_changes import PullRequest, pull_request_events
from strandline.intake.github_deployments import Deployment, Status, deployment_events
from strandline.intake.sources import translated
from strandline.intake.translation import Payload
from strandline.vocabulary.details import details_of
from strandline.vocabulary.feed import Names

HOME = "https://github.com/acme/shop"
SHA = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"


def order(**more: Any) -> dict[str, Any]:
    """Return an order to deploy."""
    return {
        "id": 7,
        "sha": SHA,
        "ref": "main",
        "task": "deploy",
        "environment": "production",
        "original_environment": "production",
        "payload": {},
        "created_at": "2026-03-02T09:00:00Z",
        "creator": {"login": "ada", "type": "User"},
        **more,
    }


def hook(state: str = "", *, deployment: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    """Return the webhook of a deployment, or of one of its statuses."""
    told = {"action": "created", "deployment": deployment or order(), "repository": {"html_url": HOME}}
    if state:
        told["deployment_status"] = {
            "id": 70,
            "state": state,
            "environment": "production",
            "created_at": "2026-03-02T09:10:00Z",
            "creator": {"login": "github-actions[bot]", "type": "Bot"},
            "target_url": f"{HOME}/actions/runs/1",
            **status,
        }
    return told


@pytest.mark.parametrize("file", every_real("github"), ids=lambda file: file.name)
def test_every_real_payload_is_read_or_said_to_be_ignored(file: Any) -> None:
    found = said("github", real("github", file.name), names=Names(environment="production"))
    assert not found.unmapped


def test_a_real_deployment_status_tells_where_what_and_when() -> None:
    found = said(
        "github", real("github", "deployment_status.payload.json"), x_github_event="deployment_status"
    )
    began, ended = found.events
    assert (began.type.split(".")[2], ended.type.split(".")[2:4]) == ("taskrun", ["service", "deployed"])
    assert ended.content["environment"] == {"id": "production"}
    assert ended.occurred_at == datetime(2019, 5, 15, 15, 20, 55, tzinfo=UTC)
    details = details_of(ended)
    assert (details.commit, details.deployment) == (SHA, "145988746")
    assert details.artifact_resolution == "commit-fallback"
    assert ended.content["artifactId"] == f"pkg:github/codertocat/hello-world@{SHA}"


@pytest.mark.parametrize(("state", "outcome"), [("failure", "failure"), ("error", "error")])
def test_a_failed_deployment_is_a_task_that_failed(state: str, outcome: str) -> None:
    _, ended = said("github", hook(state, description="no quota")).events
    assert ended.type.startswith("dev.cdevents.taskrun.finished")
    assert (ended.content["outcome"], ended.content["errors"]) == (outcome, "no quota")


@pytest.mark.parametrize(
    ("state", "types"),
    [
        ("pending", ["taskrun.started"]),
        ("queued", ["taskrun.started"]),
        ("in_progress", ["taskrun.started"]),
        ("waiting", ["taskrun.started", "strandline-approval.created"]),
        ("inactive", ["taskrun.started", "strandline-deployment.superseded"]),
        ("of tomorrow", ["taskrun.started"]),
    ],
)
def test_every_state_of_a_deployment_has_its_answer(state: str, types: list[str]) -> None:
    found = said("github", hook(state))
    assert [".".join(each.type.split(".")[2:4]) for each in found.events] == types


def test_the_order_is_one_event_however_many_statuses_tell_of_it() -> None:
    first = said("github", hook()).events[0]
    for state in ("pending", "success", "failure"):
        assert said("github", hook(state)).events[0] == first


def test_a_backfill_gives_the_same_events_as_the_webhook() -> None:
    import msgspec  # noqa: PLC0415 - only here

    told = hook("success")
    by_hook = said("github", told).events
    by_rest = deployment_events(
        msgspec.convert(told["deployment"], Deployment),
        msgspec.convert(told["deployment_status"], Status),
        HOME,
        Names(),
    )
    assert by_rest.events == by_hook


def test_an_artifact_that_the_organisation_names_counts() -> None:
    digest = "pkg:oci/shop@sha256:3da1996a8115d7616457760d9920b815241d0a03b34cf5f04e9a0e9d8de37498"
    deployment = order(payload={"artifact": digest, "service": "shop", "version": "1.2"})
    _, ended = said("github", hook("success", deployment=deployment)).events
    details = details_of(ended)
    assert ended.content["artifactId"] == digest
    assert (details.artifact_resolution, details.service, details.version) == ("", "shop", "1.2")


def test_a_payload_that_is_text_is_no_obstacle() -> None:
    deployment = order(payload='{"service": "shop"}')
    assert details_of(said("github", hook("success", deployment=deployment)).events[0]).service == "shop"
    assert said("github", hook("success", deployment=order(payload="free text"))).events


def test_no_environment_is_unmapped_and_never_guessed() -> None:
    found = said("github", hook("success", deployment=order(environment=""), environment=""))
    assert found.events == ()
    assert found.unmapped[0].where == "deployment.environment"


def test_names_of_theirs_become_names_of_ours() -> None:
    names = Names(services={"acme/shop": "shop"}, environments={"production": "prod-eu"})
    ended = said("github", hook("success"), names=names).events[1]
    assert ended.content["environment"] == {"id": "prod-eu"}
    assert ended.subject_id == "shop"


def test_a_repeated_run_is_a_run_of_its_own_by_who_repeated_it() -> None:
    run = {
        "id": 5,
        "head_sha": SHA,
        "path": ".github/workflows/ci.yml",
        "created_at": "2026-03-02T09:00:00Z",
        "run_started_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-02T10:05:00Z",
        "run_attempt": 2,
        "status": "completed",
        "conclusion": "timed_out",
        "html_url": f"{HOME}/actions/runs/5",
        "actor": {"login": "ada", "type": "User"},
        "triggering_actor": {"login": "bo", "type": "User"},
    }
    [event] = said(
        "github", {"action": "completed", "workflow_run": run, "repository": {"html_url": HOME}}
    ).events
    assert (event.subject_id, event.actor, event.content["outcome"]) == ("run/5/2", "bo", "error")


def test_a_commit_without_an_author_is_still_a_commit() -> None:
    push = {
        "ref": "refs/heads/main",
        "after": SHA,
        "repository": {"html_url": HOME},
        "head_commit": None,
        "commits": [
            {"id": SHA, "message": "Fix SHOP-12 (#9)\n\nmore", "timestamp": "2026-03-02T10:00:00+01:00"}
        ],
    }
    [event] = said("github", push, x_github_event="push").events
    assert event.occurred_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert event.content["pullRequest"] == "9"
    assert details_of(event).tickets == ("SHOP-12",)


def test_a_pull_request_names_its_merge_commit_only_once_it_is_merged() -> None:
    pull = PullRequest(
        number=3,
        html_url=f"{HOME}/pull/3",
        created_at="2026-03-01T09:00:00Z",
        closed_at="2026-03-02T09:00:00Z",
        state="closed",
        merge_commit_sha=SHA,
    )
    opened, abandoned = pull_request_events(pull, HOME, Names()).events
    assert "abandoned" in abandoned.type
    assert details_of(abandoned).commit == details_of(opened).commit == ""
    import msgspec  # noqa: PLC0415 - only here

    merged = msgspec.structs.replace(pull, merged_at="2026-03-02T09:00:00Z")
    assert details_of(pull_request_events(merged, HOME, Names()).events[1]).commit == SHA


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(
    document=json_values, name=st.sampled_from(["deployment_status", "push", "release", "workflow_run", ""])
)
def test_no_document_at_all_raises_an_error(document: Any, name: str) -> None:
    translated("github", Payload(document=document, headers={"x-github-event": name} if name else {}))


@given(value=json_values, data=st.data())
def test_a_wrong_value_anywhere_is_unmapped_or_harmless(value: Any, data: st.DataObject) -> None:
    document: Any = copy.deepcopy(hook("success"))
    place = document
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = value
    translated("github", Payload(document=document))
