from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.arbitrary import json_values, with_one_value_replaced
from tests.intake.payloads import every_real, real, said

from strandline.intake.flux import translate
from strandline.intake.sources import translated
from strandline.intake.translation import Payload
from strandline.vocabulary.delivery import ServiceDeployed, ServiceRolledBack
from strandline.vocabulary.details import Details, details_of
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import Names
from strandline.vocabulary.pipeline import TaskRunFinished

SHA, DIGEST = "5e" * 20, "ab" * 32
UID = "0f1c"
LIVE = Names(environment="live")


def message(revision: str | None = f"main@sha1:{SHA}", **changes: Any) -> dict[str, Any]:
    metadata = {"kustomize.toolkit.fluxcd.io/revision": revision} if revision is not None else {}
    return {
        "involvedObject": {"kind": "Kustomization", "name": "tide", "namespace": "sea", "uid": UID},
        "severity": "info",
        "timestamp": "2026-03-02T09:00:00Z",
        "message": "Reconciliation finished in 1s, next run in 10m",
        "reason": "ReconciliationSucceeded",
        "metadata": {**metadata, "env": "live"},
        **changes,
    }


def failed(reason: str = "BuildFailed", **changes: Any) -> dict[str, Any]:
    return message(severity="error", reason=reason, message="no such file", **changes)


def helm(reason: str, **changes: Any) -> dict[str, Any]:
    subject = {"kind": "HelmRelease", "name": "tide", "namespace": "sea", "uid": UID}
    return message(
        involvedObject=subject, reason=reason, metadata={"revision": "1.2.3", "env": "live"}, **changes
    )


def event(document: Any, names: Names | None = None) -> Event:
    [found] = said("flux", document, names=names).events
    return found


def details(document: Any, names: Names | None = None) -> Details:
    return details_of(event(document, names))


@pytest.mark.parametrize("file", every_real("flux"), ids=lambda file: file.stem)
def test_every_real_event_names_no_environment_until_the_feed_does(file: Any) -> None:
    document = real("flux", file.name)
    found = said("flux", document)
    assert not found.events
    assert "names.environment" in found.unmapped[0].remedy
    assert details(document, LIVE).environment == "live"


def test_a_real_success_is_a_service_that_was_deployed() -> None:
    found = event(real("flux", "synthetic.kustomization.succeeded.json"), LIVE)
    assert (found.type, found.subject_id, found.source) == (ServiceDeployed.TYPE, "webapp", "/flux")
    assert found.occurred_at == datetime(2026, 3, 2, 20, 4, 11, tzinfo=UTC)
    assert found.actor == ""
    said_beside = details_of(found)
    assert said_beside.commit == "731f7eaddfb6af01cb2173e18f0f75b0ba780ef1"
    assert (said_beside.ref, said_beside.artifact_resolution) == ("main", "commit-fallback")


def test_a_real_error_is_a_task_that_failed() -> None:
    found = event(real("flux", "v1beta3.event.0.json"), LIVE)
    assert (found.type, found.content["outcome"]) == (TaskRunFinished.TYPE, "failure")
    assert found.occurred_at == datetime(2022, 10, 28, 7, 26, 19, tzinfo=UTC)
    said_beside = details_of(found)
    assert (said_beside.ref, said_beside.service) == ("main", "webapp")
    assert said_beside.commit == "731f7eaddfb6af01cb2173e18f0f75b0ba780ef1"
    assert "validation error" in str(found.content["errors"])


@pytest.mark.parametrize(
    ("revision", "ref"),
    [
        (f"main@sha1:{SHA}", "main"),
        (f"refs/heads/work/quay@sha1:{SHA}", "work/quay"),
        (f"work/quay/{SHA}", "work/quay"),
        (f"sha1:{SHA}", ""),
        (f"main/{SHA}", "main"),
    ],
)
def test_a_revision_is_read_in_all_its_forms(revision: str, ref: str) -> None:
    found = details(message(revision))
    assert (found.commit, found.ref, found.version) == (SHA, ref, "")


def test_the_digest_of_an_artifact_is_no_commit() -> None:
    found = event(message(f"v1@sha256:{DIGEST}"))
    assert details_of(found).commit == ""
    assert found.content["artifactId"] == f"pkg:generic/tide@v1?checksum=sha256:{DIGEST}"
    assert details_of(found).artifact_resolution == ""


def test_the_origin_of_an_artifact_gives_its_commit() -> None:
    metadata = {"revision": f"sha256:{DIGEST}", "originRevision": f"main@sha1:{SHA}", "env": "live"}
    assert details(message(metadata=metadata)).commit == SHA


def test_keys_are_read_with_and_without_their_group() -> None:
    bare = message(metadata={"revision": f"main@sha1:{SHA}", "env": "live"})
    assert event(bare) == event(message())


def test_a_reconciliation_that_is_told_again_is_the_same_deployment() -> None:
    again = message(timestamp="2026-03-02T09:10:00Z")
    assert details(again).deployment == details(message()).deployment == f"{UID}@main@sha1:{SHA}"


def test_a_revision_that_failed_at_first_may_still_be_deployed() -> None:
    first, again = failed(), failed(timestamp="2026-03-02T09:05:00Z")
    assert details(first).deployment == details(again).deployment
    assert details(first).deployment != details(message()).deployment


def test_a_failure_before_any_revision_is_nobody_s_deployment() -> None:
    found = event(failed("ArtifactFailed", revision=None))
    assert (found.type, details_of(found).deployment) == (TaskRunFinished.TYPE, "")
    assert found.subject_id == "Kustomization/sea/tide"


def test_a_success_without_a_revision_is_unmapped() -> None:
    found = said("flux", message(None))
    assert [each.where for each in found.unmapped] == ["metadata.revision"]


@pytest.mark.parametrize("reason", ["InstallSucceeded", "UpgradeSucceeded"])
def test_a_helm_release_is_deployed_each_time_that_helm_says_so(reason: str) -> None:
    found = event(helm(reason))
    assert (found.type, found.content["artifactId"]) == (ServiceDeployed.TYPE, "pkg:generic/tide@1.2.3")
    assert (details_of(found).version, details_of(found).artifact_resolution) == ("1.2.3", "")
    later = details(helm(reason, timestamp="2026-03-02T10:00:00Z"))
    assert later.deployment != details_of(found).deployment


def test_a_helm_release_that_was_rolled_back_says_to_what() -> None:
    found = event(helm("RollbackSucceeded"))
    assert (found.type, found.content["artifactId"]) == (ServiceRolledBack.TYPE, "pkg:generic/tide@1.2.3")
    assert event(helm("UpgradeFailed", severity="error")).type == TaskRunFinished.TYPE


@pytest.mark.parametrize(
    "reason", ["Progressing", "DependencyNotReady", "UninstallSucceeded", "TestSucceeded"]
)
def test_what_is_no_end_of_a_deployment_is_ignored(reason: str) -> None:
    assert reason in said("flux", message(reason=reason)).ignored


def test_an_object_that_deploys_nothing_is_ignored() -> None:
    subject = {"kind": "GitRepository", "name": "tide", "namespace": "sea"}
    assert "GitRepository" in said("flux", failed(involvedObject=subject)).ignored


@pytest.mark.parametrize(
    ("names", "environment"),
    [
        (Names(environments={"Kustomization/sea/tide": "live"}), "live"),
        (Names(environments={"sea/tide": "live"}), "live"),
        (Names(environments={"sea": "live"}), "live"),
        (Names(environment="live", environments={"sea": "calm"}), "calm"),
    ],
)
def test_the_feed_may_say_which_environment_an_object_is_in(names: Names, environment: str) -> None:
    assert details(message(metadata={"revision": f"main@sha1:{SHA}"}), names).environment == environment


def test_what_the_alert_says_of_itself_counts_first() -> None:
    metadata = {"revision": f"main@sha1:{SHA}", "cluster": "eu-1", "app": "surge"}
    found = details(message(metadata=metadata), Names(environment="live", environments={"eu-1": "europe"}))
    assert (found.environment, found.service) == ("europe", "surge")


def test_an_object_may_be_called_by_its_full_name() -> None:
    assert details(message(), Names(services={"sea/tide": "tides"})).service == "tides"
    bare = {"kind": "Kustomization", "name": "tide"}
    assert details(message(involvedObject=bare)).deployment.startswith("Kustomization/default/tide@")


def test_an_event_without_a_time_is_unmapped() -> None:
    assert [each.where for each in said("flux", message(timestamp=None)).unmapped] == ["timestamp"]


@given(
    document=json_values
    | st.sampled_from((message(), failed(), helm("UpgradeSucceeded"))).flatmap(with_one_value_replaced)
)
def test_no_payload_breaks_the_translator(document: Any) -> None:
    payload = Payload(document=document, names=LIVE)
    translated("flux", payload)
    try:
        translate(payload)
    except (msgspec.ValidationError, BadInputError):
        return
