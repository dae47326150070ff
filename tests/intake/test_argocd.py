import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.arbitrary import json_values, with_one_value_replaced
from tests.intake.argocd_scene import (
    BEGAN,
    DEPLOYED,
    ENDED,
    FINISHED,
    OLD,
    SHA,
    STARTED,
    application,
    found,
    last,
    notification,
    operation,
    row,
    types,
)
from tests.intake.payloads import PAYLOADS, real

from strandline.intake.argocd import translate
from strandline.intake.sources import translated
from strandline.intake.translation import Payload
from strandline.kpi.history import history_from
from strandline.vocabulary.details import details_of
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import IncidentDetected


def manifest(name: str) -> Any:
    """Return a real application, as the JSON that Argo CD's interface gives of it."""
    file = PAYLOADS / "argocd" / name
    if not file.exists():
        pytest.skip(f"{file} is not here (STRANDLINE_PAYLOADS)")
    written = json.dumps(
        yaml.safe_load(file.read_text()), default=lambda at: at.isoformat().replace("+00:00", "Z")
    )
    return json.loads(written)


def real_manifests() -> list[Path]:
    return sorted(
        file
        for file in (PAYLOADS / "argocd").glob("*.yaml")
        if not file.name.startswith(("template.", "trigger."))
    )


@pytest.mark.parametrize("file", real_manifests(), ids=lambda file: file.stem)
def test_every_real_application_is_read(file: Path) -> None:
    translation = found(manifest(file.name))
    assert not [each for each in translation.unmapped if "since when" not in each.what]


def test_a_real_sync_whose_health_is_not_told_has_only_begun() -> None:
    [began] = found(manifest("fakeApp.yaml")).events
    details = details_of(began)
    assert (began.type, began.source) == (STARTED, "/argocd")
    assert began.occurred_at == datetime(2018, 9, 21, 23, 50, 25, tzinfo=UTC)
    assert (details.service, details.environment) == ("my-app", "https://localhost:6443/fake-dest-ns")
    assert details.commit == "a" * 40
    assert details.repository == "https://github.com/argoproj/argocd-example-apps"


def test_a_real_operation_that_runs_has_begun() -> None:
    [began] = found(manifest("metrics.fakeAppOperationRunning.yaml")).events
    assert (began.type, began.occurred_at) == (STARTED, datetime(2025, 1, 29, 8, 42, 34, tzinfo=UTC))
    assert details_of(began).environment == "cluster1/dummy-namespace"


@pytest.mark.parametrize("name", ["fakeAppWithDestName.yaml", "metrics.fakeApp.yaml"])
def test_a_real_application_that_did_nothing_says_so(name: str) -> None:
    assert found(manifest(name)).ignored


def test_a_real_degraded_application_does_not_say_since_when() -> None:
    translation = found(manifest("metrics.fakeApp3.yaml"))
    assert [each.where for each in translation.unmapped] == ["status.health.lastTransitionTime"]
    assert not translation.events


def test_a_notification_of_a_deployment_tells_its_image_and_by_whom() -> None:
    began, deployed = found(real("argocd", "synthetic.plimsoll-webhook-body.json")).events
    assert (began.type, deployed.type) == (STARTED, DEPLOYED)
    assert deployed.occurred_at == datetime(2026, 3, 2, 20, 3, 40, tzinfo=UTC)
    assert (deployed.actor, deployed.subject_id) == ("asha", "checkout")
    assert deployed.content["environment"] == {"id": "https://kubernetes.default.svc/checkout-prod"}
    assert str(deployed.content["artifactId"]).startswith("pkg:oci/checkout@sha256%3A0b31b1c02ff4")
    assert details_of(deployed).is_automated is False
    assert details_of(deployed).artifact_resolution == ""


def test_a_sync_that_succeeded_into_health_is_a_deployment() -> None:
    began, deployed = found(application()).events
    assert (began.type, began.occurred_at) == (STARTED, BEGAN)
    assert (deployed.type, deployed.occurred_at, deployed.subject_id) == (DEPLOYED, ENDED, "tide")
    assert deployed.content == {
        "environment": {"id": "eu-1/tide"},
        "artifactId": f"pkg:github/harbour/config@{SHA}",
    }
    assert details_of(began).deployment == details_of(deployed).deployment != ""
    assert details_of(deployed).artifact_resolution == "commit-fallback"


def test_the_revision_is_said_to_be_the_configuration_s() -> None:
    details = last(application())
    assert (details.commit, details.repository) == (SHA, "https://github.com/Harbour/config")
    assert details.more["revisionOf"] == "configuration"


@pytest.mark.parametrize("health", ["Progressing", "Missing", "Suspended", "Unknown"])
def test_a_sync_that_succeeded_is_no_deployment_before_it_is_healthy(health: str) -> None:
    assert types(application(health)) == [STARTED]


@pytest.mark.parametrize(("phase", "outcome"), [("Failed", "failure"), ("Error", "error")])
def test_a_sync_that_failed_is_a_task_that_failed(phase: str, outcome: str) -> None:
    _, ended = found(application(operationState=operation(phase, message="no quota"))).events
    assert (ended.type, ended.occurred_at) == (FINISHED, ENDED)
    assert (ended.content["outcome"], ended.content["errors"]) == (outcome, "no quota")
    assert details_of(ended).deployment == last(application()).deployment


@pytest.mark.parametrize("phase", ["Running", "Terminating"])
def test_an_operation_under_way_has_begun(phase: str) -> None:
    under_way = operation(phase, finishedAt=None, syncResult=None)
    assert types(application(operationState=under_way)) == [STARTED]


def test_a_rehearsal_is_no_deployment() -> None:
    rehearsal = operation(operation={"sync": {"dryRun": True}})
    assert found(application(operationState=rehearsal)).ignored


def test_an_unknown_phase_is_unmapped() -> None:
    assert [each.where for each in found(application(operationState=operation("Marinating"))).unmapped] == [
        "status.operationState.phase"
    ]


def test_an_end_without_a_time_leaves_the_beginning() -> None:
    translation = found(application(operationState=operation(finishedAt=None)))
    assert [each.type for each in translation.events] == [STARTED]
    assert [each.where for each in translation.unmapped] == ["status.operationState.finishedAt"]


def test_a_notification_and_the_resource_name_the_same_deployment() -> None:
    assert last(notification()).deployment == last(application()).deployment
    assert found(notification()).events == found(application()).events


def test_a_template_may_send_the_whole_resource() -> None:
    assert found({"app": application()}).events == found(application()).events


def test_what_is_wrong_in_a_notification_has_its_place_there() -> None:
    translation = found(notification(startedAt="soon", destination={}), Names(environment="live"))
    assert [each.where for each in translation.unmapped] == ["startedAt"]
    assert [each.where for each in found(notification(destination={})).unmapped] == ["destination"]


def degraded(**changes: Any) -> dict[str, Any]:
    since = {"status": "Degraded", "lastTransitionTime": "2026-03-05T12:00:00Z", **changes}
    document = application()
    document["status"]["health"] = since
    return document


def test_a_degraded_application_is_an_incident_since_its_health_changed() -> None:
    began, incident = found(degraded(message="too few pods")).events
    assert (began.type, incident.type) == (STARTED, IncidentDetected.TYPE)
    assert incident.occurred_at == datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert incident.content == {
        "environment": {"id": "eu-1/tide"},
        "description": "too few pods",
        "service": {"id": "tide"},
    }


def test_a_healthy_application_ends_the_incident_that_its_degradation_was() -> None:
    well = degraded(status="Healthy", lastTransitionTime="2026-03-05T13:00:00Z")
    events = [*found(degraded()).events, *found(well).events]
    [incident] = history_from(events).incidents
    assert (incident.began_at, incident.restored_at) == (
        datetime(2026, 3, 5, 12, tzinfo=UTC),
        datetime(2026, 3, 5, 13, tzinfo=UTC),
    )
    later = degraded(lastTransitionTime="2026-03-06T12:00:00Z")
    assert len(history_from([*events, *found(later).events]).incidents) == 2


def test_no_deployment_is_said_to_be_the_cause_of_an_incident() -> None:
    details = last(degraded())
    assert (details.deployment, details.commit) == ("", "")
    assert details.incident == found(degraded()).events[-1].subject_id


def test_a_degraded_application_is_not_dated_by_its_deployment() -> None:
    translation = found(notification(healthStatus="Degraded"))
    assert [each.type for each in translation.events] == [STARTED]
    assert [each.where for each in translation.unmapped] == ["healthChangedAt"]


@pytest.mark.parametrize(
    ("names", "environment"),
    [
        (Names(environments={"eu-1/tide": "live"}), "live"),
        (Names(environments={"eu-1": "live"}), "live"),
        (Names(environments={"tide": "live"}), "live"),
        (Names(environment="live"), "live"),
        (Names(environment_fields=("team",)), "sea"),
        (Names(environment_fields=("team",), environments={"sea": "live"}), "live"),
    ],
)
def test_where_it_goes_is_named_by_label_destination_or_feed(names: Names, environment: str) -> None:
    assert last(application(), names).environment == environment


def test_an_application_that_goes_nowhere_is_unmapped() -> None:
    translation = found(application(spec={"destination": {"namespace": "tide"}}))
    assert not translation.events
    assert "names.environment" in translation.unmapped[0].remedy


def test_a_label_may_name_the_service() -> None:
    assert last(application(), Names(service_fields=("team",))).service == "sea"
    assert last(application(), Names(services={"tide": "tides"})).service == "tides"


def test_a_list_of_applications_is_read_one_by_one() -> None:
    nowhere = application(spec={"project": "sea"})
    translation = found({"items": [application(), {"metadata": {}}, nowhere]})
    assert translation.events == found(application()).events
    assert [each.where for each in translation.unmapped] == ["items[1].metadata", "items[2].spec.destination"]
    assert found({"items": []}).ignored


WHOLE = (
    application(history=[row(), row(revisions=[SHA, OLD])], summary={"images": ["tide:1"]}),
    degraded(),
    notification(),
    {"items": [application()]},
)


@given(document=json_values | st.sampled_from(WHOLE).flatmap(with_one_value_replaced))
def test_no_payload_breaks_the_translator(document: Any) -> None:
    payload = Payload(document=document)
    translated("argocd", payload)
    try:
        translate(payload)
    except (msgspec.ValidationError, BadInputError):
        return
