from datetime import UTC, datetime
from typing import Any

import pytest
from tests.intake.argocd_scene import (
    CONFIG,
    DEPLOYED,
    DIGEST,
    OLD,
    SHA,
    STARTED,
    application,
    found,
    last,
    operation,
    row,
    types,
)

from strandline.vocabulary.details import details_of


def test_one_image_is_the_artifact_and_several_are_not() -> None:
    one = application(summary={"images": ["registry.harbour.example/tide:1.2"]})
    assert found(one).events[-1].content["artifactId"] == (
        "pkg:docker/tide@1.2?repository_url=registry.harbour.example"
    )
    assert last(one).version == "1.2"
    two = application(summary={"images": [f"tide@{DIGEST}", "proxy:3"]})
    assert found(two).events[-1].content["artifactId"] == f"pkg:github/harbour/config@{SHA}"
    assert last(two).more["images"] == ["proxy:3", f"tide@{DIGEST}"]


def test_an_application_of_several_sources_has_several_revisions() -> None:
    sources = [{"repoURL": "https://charts.harbour.example", "chart": "tide"}, {"repoURL": CONFIG}]
    result = {"revisions": ["1.2.3", SHA], "sources": sources, "source": {"repoURL": ""}}
    details = last(application(operationState=operation(syncResult=result)))
    assert (details.commit, details.repository) == (SHA, "https://github.com/Harbour/config")
    assert details.more["revisions"] == ["1.2.3", SHA]


def test_another_chart_beside_the_same_values_is_other_content() -> None:
    def artifact(chart: str) -> object:
        result = {"revisions": [chart, SHA]}
        return (
            found(application(operationState=operation(syncResult=result))).events[-1].content["artifactId"]
        )

    assert artifact("1.2.3") != artifact("1.2.4")


def test_of_two_commits_none_is_chosen() -> None:
    details = last(application(operationState=operation(syncResult={"revisions": [SHA, OLD]})))
    assert (details.commit, details.repository) == ("", "")
    assert details.artifact_resolution == "commit-fallback"


def test_a_chart_is_named_by_its_version() -> None:
    chart = {
        "revision": "1.2.3",
        "source": {"repoURL": "https://charts.harbour.example", "chart": "tide-chart"},
    }
    deployed = found(application(operationState=operation(syncResult=chart))).events[-1]
    details = details_of(deployed)
    assert deployed.content["artifactId"] == "pkg:generic/tide-chart@1.2.3"
    assert (details.version, details.commit, details.artifact_resolution) == ("1.2.3", "", "")


def test_a_deployment_of_nobody_knows_what_is_named_by_itself() -> None:
    deployed = found(application(operationState=operation(syncResult=None))).events[-1]
    assert str(deployed.content["artifactId"]).startswith("pkg:generic/tide?deployment=argocd%2Ftide")
    assert details_of(deployed).artifact_resolution == "deployment-fallback"


def test_a_row_of_the_history_is_a_past_deployment_without_images() -> None:
    images = {"images": [f"tide@{DIGEST}"]}
    began, deployed, *_ = sorted(
        found(application(history=[row()], summary=images)).events, key=lambda each: each.occurred_at
    )
    assert (began.type, deployed.type) == (STARTED, DEPLOYED)
    assert deployed.occurred_at == datetime(2026, 3, 1, 9, 2, tzinfo=UTC)
    assert deployed.content["artifactId"] == f"pkg:github/harbour/config@{OLD}"
    assert details_of(deployed).is_automated is True


def test_a_row_of_the_history_is_the_deployment_that_its_operation_was() -> None:
    before = operation(startedAt="2026-03-01T09:00:00Z", finishedAt="2026-03-01T09:01:00Z")
    then = last(application(operationState=before)).deployment
    now = application(history=[row()])
    assert then in {details_of(each).deployment for each in found(now).events}


@pytest.mark.parametrize("started", ["2026-03-02T09:00:00Z", None])
def test_the_row_of_the_present_operation_adds_nothing(started: str | None) -> None:
    present = row(deployStartedAt=started, deployedAt="2026-03-02T09:03:01Z")
    assert found(application(history=[present])).events == found(application()).events


def test_an_old_row_has_no_beginning() -> None:
    assert types(application(history=[row(deployStartedAt=None)], operationState=None)) == [DEPLOYED]


def test_a_row_that_cannot_be_read_does_not_take_the_others_along() -> None:
    translation = found(
        application(history=[row(deployedAt=None), row(), 7], operationState=operation(startedAt="soon"))
    )
    assert len(translation.events) == 2
    assert [each.where for each in translation.unmapped] == [
        "status.operationState.startedAt",
        "status.history[0].deployedAt",
        "status.history[2]",
    ]


def test_the_source_of_a_past_deployment_is_its_own() -> None:
    rows = [row(source=None)]
    assert last(application(history=rows, operationState=None)).repository == ""


@pytest.mark.parametrize(
    ("by", "is_automated"),
    [({"automated": True}, True), ({"username": "ada"}, False), ({}, None), (None, None)],
)
def test_who_began_it_is_told_as_far_as_it_is(by: Any, is_automated: bool | None) -> None:  # noqa: FBT001 - what is expected
    order = operation(operation={"initiatedBy": by})
    assert last(application(operationState=order)).is_automated is is_automated
