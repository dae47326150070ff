import msgspec
from tests.rollout.trial import YAML
from tests.web.site_trial import SiteTrial

from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import ServiceView
from strandline.rollout.plan_view import PlanView
from strandline.vocabulary.deployment import DeploymentKind


async def test_services_are_told_with_what_they_run(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    async with trial.client() as client:
        every, one = await client.get("/api/v1/services"), await client.get("/api/v1/services/greeter")
    assert msgspec.json.decode(every.content, type=list[ServiceView]) == trial.desk.services()
    assert msgspec.json.decode(one.content, type=ServiceView) == trial.desk.service("greeter")


async def test_a_service_is_made_known_by_its_file(trial: SiteTrial) -> None:
    text = YAML.replace("greeter", "baker") % "{}"
    async with trial.client(**{"X-Strandline-Actor": "ada"}) as client:
        answer = await client.post("/api/v1/services", json={"text": text, "file": "/baker/strandline.yaml"})
    assert answer.status_code == 200
    assert answer.json()["name"] == "baker"
    assert trial.desk.service("baker").entry.owner == "team-web"


async def test_a_file_that_cannot_be_understood_is_refused_with_its_place(trial: SiteTrial) -> None:
    async with trial.client() as client:
        answer = await client.post(
            "/api/v1/services", json={"text": "service: [", "file": "/baker/strandline.yaml"}
        )
    assert answer.status_code == 422
    assert "strandline.yaml" in str(answer.json()["error"])


async def test_a_plan_changes_nothing(trial: SiteTrial) -> None:
    async with trial.client() as client:
        answer = await client.post(
            "/api/v1/plans",
            json={"service": "greeter", "environment": "production", "release": trial.release("1.0.0")},
        )
    plan = msgspec.json.decode(answer.content, type=PlanView)
    assert plan.release.version == "1.0.0"
    assert plan.blocked_by == ()
    assert trial.desk.deployments() == []


async def test_a_service_is_returned_to_its_release_before(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    trial.rolled_out("1.1.0")
    async with trial.client() as client:
        answer = await client.post(
            "/api/v1/services/greeter/environments/production/rollback", json={"reason": "second thoughts"}
        )
    assert answer.status_code == 201
    view = msgspec.json.decode(answer.content, type=DeploymentView)
    assert view.kind is DeploymentKind.ROLLBACK
    assert trial.ended(view.id).release.version == "1.0.0"


async def test_health_says_which_control_plane_it_is(trial: SiteTrial) -> None:
    async with trial.client() as client:
        answer = await client.get("/api/v1/health")
    assert answer.json() == {
        "status": "ok",
        "version": "1.2.3",
        "home": str(trial.folder),
        "ledgerSeq": trial.ledger.head().seq,
    }
