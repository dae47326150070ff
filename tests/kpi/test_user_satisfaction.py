"""User satisfaction: each scale by itself, imported or given here; too few answers say nothing."""

from typing import Any

import pytest
from tests.kpi.told import SHOP, at, scope

from strandline.intake.sources import translated
from strandline.intake.translation import Payload
from strandline.kpi.figure import Figure, Status
from strandline.kpi.history import history_from
from strandline.kpi.user_satisfaction import user_satisfaction
from strandline.vocabulary.event import Event


def imported(scale: str, scores: list[int]) -> list[Event]:
    """Return what a table of answers becomes; all of them of one day, as surveys export them."""
    rows = [{"day": at(1).isoformat(), "service": SHOP, "score": str(each)} for each in scores]
    columns = {"at": "day", "service": "service", "score": "score"}
    document = {"rows": rows, "map": {"rows": "feedback", "columns": columns, "always": {"scale": scale}}}
    found = translated("csv_rows", Payload(document=document))
    assert not found.unmapped
    return list(found.events)


def figure(*parts: list[Event], **more: Any) -> Figure:
    return user_satisfaction(history_from([event for part in parts for event in part]), scope(**more))


def test_csat_is_the_share_of_4_and_5_of_all_rows() -> None:
    found = figure(imported("csat", [1] * 4 + [2] * 4 + [3] * 4 + [4] * 14 + [5] * 14))
    assert (found.status, found.explicit.value, found.explicit.n) == (Status.COMPUTED, 0.7, 40)
    assert "nps" not in found.parts


@pytest.mark.parametrize(
    ("scores", "nps"),
    [
        ([10] * 20 + [9] * 4 + [8] * 6 + [7] * 4 + [6] * 3 + [0] * 3, 45.0),
        ([10] * 40, 100.0),
        ([0] * 20 + [6] * 20, -100.0),
        ([7, 8] * 20, 0.0),
    ],
)
def test_nps_is_promoters_less_detractors_in_hundredths(scores: list[int], nps: float) -> None:
    found = figure(imported("nps", scores))
    assert (found.parts["nps"].value, found.parts["nps"].n) == (nps, 40)


def test_neither_scale_counts_for_the_other() -> None:
    csat, nps = imported("csat", [5] * 30 + [1] * 10), imported("nps", [10] * 30 + [3] * 20)
    found = figure(csat, nps)
    assert (found.explicit.value, found.explicit.n) == (0.75, 40)
    assert (found.parts["nps"].value, found.parts["nps"].n) == (20.0, 50)
    assert len(found.points) == 40
    assert figure(nps, imported("ces", [7] * 40)).explicit.n == 0


def test_where_only_nps_was_asked_there_is_no_share_and_the_reason_says_so() -> None:
    found = figure(imported("nps", [10] * 40))
    assert (found.status, found.explicit.value) == (Status.NOT_COMPUTABLE, None)
    assert found.reason == "There are no answers from 1 to 5 in this time."
    assert found.parts["nps"].value == 100.0


@pytest.mark.parametrize(("n", "is_said"), [(29, False), (30, True)])
def test_fewer_than_thirty_answers_say_nothing_on_either_scale(n: int, *, is_said: bool) -> None:
    found = figure(imported("csat", [5] * n), imported("nps", [10] * n))
    assert (found.explicit.value is not None) is is_said
    assert (found.parts["nps"].value is not None) is is_said
    assert found.parts["nps"].n == n


def test_answers_about_another_service_or_of_another_time_do_not_count() -> None:
    told = imported("csat", [5] * 40)
    assert figure(told, service="pay").explicit.n == 0
    assert figure(told, days=0.5).explicit.n == 0
