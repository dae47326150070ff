from typing import Any

import msgspec
import pytest
from tests.web.site_trial import SiteTrial

from strandline.rollout.deployment_view import DeploymentView, Status
from strandline.rollout.evidence import EvidencePoint
from strandline.vocabulary.deployment import InterventionRequested
from strandline.vocabulary.event import says


def order(trial: SiteTrial, version: str, **changes: Any) -> dict[str, Any]:
    return {
        "service": "greeter",
        "environment": "production",
        "release": trial.release(version),
        **changes,
    }


async def test_a_deployment_is_started_and_can_be_followed_to_its_end(trial: SiteTrial) -> None:
    async with trial.client() as client:
        begun = await client.post("/api/v1/deployments", json=order(trial, "1.0.0"))
        assert begun.status_code == 201
        view = msgspec.json.decode(begun.content, type=DeploymentView)
        assert begun.headers["location"] == f"/api/v1/deployments/{view.id}"
        trial.ended(view.id)
        ended = await client.get(begun.headers["location"])
    assert msgspec.json.decode(ended.content, type=DeploymentView) == trial.desk.deployment(view.id)


async def test_who_asks_is_recorded_as_they_say_and_else_as_who_runs_it(trial: SiteTrial) -> None:
    async with trial.client() as client:
        said = await client.post(
            "/api/v1/deployments", json=order(trial, "1.0.0"), headers={"X-Strandline-Actor": "ada@laptop"}
        )
        trial.ended(said.json()["id"])
        unsaid = await client.post("/api/v1/deployments", json=order(trial, "1.1.0"))
    assert said.json()["requestedBy"] == "ada@laptop"
    assert unsaid.json()["requestedBy"]


@pytest.mark.parametrize("name", ["x" * 201, "ada\x01"])
async def test_a_name_that_cannot_be_read_is_refused(trial: SiteTrial, name: str) -> None:
    async with trial.client() as client:
        answer = await client.post(
            "/api/v1/deployments", json=order(trial, "1.0.0"), headers={"X-Strandline-Actor": name}
        )
    assert answer.status_code == 422
    assert trial.desk.deployments() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b'{"service": 7}', 422),
        (b'{"service": "greeter", "environment": "production"}', 422),
        (b'{"service": "greeter", "environment": "moon", "release": "1"}', 404),
        (b'{"service": "nobody", "environment": "production", "release": "1"}', 404),
        (b"\xff\xfe", 422),
    ],
    ids=str,
)
async def test_an_order_that_makes_no_sense_starts_nothing(
    trial: SiteTrial, body: bytes, status: int
) -> None:
    async with trial.client() as client:
        answer = await client.post(
            "/api/v1/deployments", content=body, headers={"content-type": "application/json"}
        )
    assert answer.status_code == status
    assert answer.json()["error"]["what"]
    assert trial.desk.deployments() == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_what_a_page_of_another_site_could_send_is_not_taken(trial: SiteTrial, kind: str) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held()
    async with trial.client() as client:
        answer = await client.post(
            f"/api/v1/deployments/{view.id}/abort", content=b"{}", headers={"content-type": kind}
        )
    assert answer.status_code == 415
    assert not _asked(trial, view.id)


async def test_an_endless_body_is_not_read_to_its_end(trial: SiteTrial) -> None:
    async with trial.client() as client:
        answer = await client.post(
            "/api/v1/deployments", content=b" " * 2_000_000, headers={"content-type": "application/json"}
        )
    assert answer.status_code == 413


async def test_people_step_in_with_a_reason(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held()
    async with trial.client(**{"X-Strandline-Actor": "bob"}) as client:
        answer = await client.post(f"/api/v1/deployments/{view.id}/pause", json={"reason": "lunch"})
        assert answer.status_code == 200
        trial.stepped.allow(2)
        trial.until(view.id, lambda now: now.status is Status.PAUSED)
        await client.post(f"/api/v1/deployments/{view.id}/abort", json={})
    assert _asked(trial, view.id) == [("pause", "lunch", "bob"), ("abort", "", "bob")]


async def test_what_has_ended_cannot_be_paused(trial: SiteTrial) -> None:
    view = trial.rolled_out("1.0.0")
    async with trial.client() as client:
        answer = await client.post(f"/api/v1/deployments/{view.id}/pause", json={})
    assert answer.status_code == 409
    assert answer.json()["error"]["exitCode"] == 1


async def test_deployments_are_listed_newest_first_and_by_filter(trial: SiteTrial) -> None:
    first, second = trial.rolled_out("1.0.0"), trial.held()
    async with trial.client() as client:

        async def ids(**asked: Any) -> list[str]:
            answer = await client.get("/api/v1/deployments", params=asked)
            return [view["id"] for view in answer.json()]

        assert await ids() == [second.id, first.id]
        assert await ids(open="true") == [second.id]
        assert await ids(open="false") == [first.id]
        assert await ids(limit=1) == [second.id]
        assert await ids(service="nobody") == []
        assert await ids(environment="production") == [second.id, first.id]


async def test_events_are_the_bytes_of_the_ledger_from_any_place_on(trial: SiteTrial) -> None:
    view = trial.rolled_out("1.0.0")
    records = trial.desk.events(view.id)
    async with trial.client() as client:
        every = await client.get(f"/api/v1/deployments/{view.id}/events")
        later = await client.get(f"/api/v1/deployments/{view.id}/events", params={"after": records[3].seq})
    assert [line["seq"] for line in every.json()] == [record.seq for record in records]
    assert [line["seq"] for line in later.json()] == [record.seq for record in records[4:]]
    assert all(record.body in every.content for record in records)


async def test_evidence_is_told_as_the_desk_tells_it(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.rolled_out("1.1.0")
    async with trial.client() as client:
        answer = await client.get(f"/api/v1/deployments/{view.id}/evidence")
    assert msgspec.json.decode(answer.content, type=list[EvidencePoint]) == trial.desk.evidence(view.id)


def _asked(trial: SiteTrial, deployment_id: str) -> list[tuple[str, str, str]]:
    return [
        (fact.action.value, fact.reason, record.event.actor)
        for record in trial.desk.events(deployment_id)
        if (fact := says(record.event, InterventionRequested)) is not None
    ]
