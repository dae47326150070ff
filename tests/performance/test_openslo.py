"""Targets out of OpenSLO: what is taken, and what is refused whole, with its place."""

from datetime import timedelta
from typing import Any

import pytest

from strandline.performance.openslo import OpenSlo, read_openslo


def slo(**spec: Any) -> dict[str, Any]:
    """Return an SLO as its file says it; numbers with a point are texts, as our reader gives them."""
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": "shop-availability", "labels": {"owner": "team-shop"}},
        "spec": {
            "service": "shop",
            "indicator": {"metadata": {"name": "availability"}},
            "timeWindow": [{"duration": "28d", "isRolling": True}],
            "objectives": [{"target": "0.999"}],
            **spec,
        },
    }


def read(*documents: Any, owner: str = "") -> OpenSlo:
    return read_openslo(documents, file="slo.yaml", owner=owner)


def test_an_availability_objective_is_a_target_of_at_least() -> None:
    [target] = read(slo()).targets
    assert (target.figure, target.service, target.at_least, target.owner) == (
        "availability",
        "shop",
        "0.999",
        "team-shop",
    )
    assert target.window == timedelta(days=28)
    assert target.origin == "slo.yaml: shop-availability"


def test_a_share_of_what_failed_is_turned_round() -> None:
    [target] = read(
        slo(indicator={"metadata": {"name": "change-fail-rate"}}, objectives=[{"target": "0.9"}])
    ).targets
    assert (target.at_least, target.at_most) == ("", "0.1")


def test_the_figure_may_be_named_by_an_annotation_of_the_sli_that_is_referred_to() -> None:
    annotations = {"strandline.dev/figure": "deployment-success-rate"}
    sli = {
        "apiVersion": "openslo/v1",
        "kind": "SLI",
        "metadata": {"name": "good", "annotations": annotations},
    }
    document = slo(indicator=None, indicatorRef="good", objectives=[{"targetPercent": "95"}])
    [target] = read(None, sli, document).targets
    assert (target.figure, target.at_least) == ("deployment-success-rate", "0.95")


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"service": ""}, ("spec", "service")),
        ({"objectives": []}, ("spec", "objectives")),
        ({"objectives": [{"target": "1.5"}]}, ("spec", "objectives", 0, "target")),
        ({"objectives": [{}]}, ("spec", "objectives", 0)),
        ({"timeWindow": []}, ("spec", "timeWindow")),
        ({"timeWindow": [{"duration": "1M", "isRolling": True}]}, ("spec", "timeWindow", 0)),
        ({"timeWindow": [{"duration": "28d", "isRolling": False}]}, ("spec", "timeWindow", 0)),
        ({"indicator": {"metadata": {"name": "latency"}}}, ("spec", "objectives", 0)),
    ],
)
def test_what_cannot_be_read_is_refused_whole_with_its_place(
    wrong: dict[str, Any], place: tuple[Any, ...]
) -> None:
    found = read(slo(), slo(**wrong))
    assert found.targets == ()
    assert [(each.document, each.place) for each in found.problems] == [(1, place)]


@pytest.mark.parametrize("document", [{}, [], "text", {"apiVersion": "openslo/v2alpha", "kind": "SLO"}])
def test_what_is_no_openslo_is_refused(document: Any) -> None:
    assert read(document).problems
    assert read(document).targets == ()


def test_the_same_target_twice_is_refused() -> None:
    assert "already" in read(slo(), slo()).problems[0].what


def test_an_owner_for_the_whole_file_counts_before_labels() -> None:
    assert read(slo(), owner="ann").targets[0].owner == "ann"
