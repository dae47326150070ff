"""Figures are as new as the ledger, whatever came in between, and as they were known before."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kpi.test_history import EVENTS
from tests.kpi.told import START, at, committed, deployed, heard, incident, scope, sha

from strandline.kpi.all_figures import FIGURES
from strandline.kpi.history import history_from
from strandline.performance.figures import Figures
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.errors import NotFoundError
from strandline.vocabulary.event import Event


def desk() -> tuple[MemoryLedger, Figures, ManualClock]:
    """Return an empty ledger and its figures."""
    clock = ManualClock(START)
    ledger = MemoryLedger(clock=clock)
    return ledger, Figures(ledger, ledger.projections), clock


@settings(max_examples=30)
@given(st.permutations(EVENTS), st.data())
def test_bit_by_bit_or_at_once_the_figures_are_the_same(events: list[Event], data: st.DataObject) -> None:
    ledger, figures, _ = desk()
    left = list(events)
    while left:
        size = data.draw(st.integers(1, len(left)))
        ledger.append(left[:size])
        left = left[size:]
        figures.figures(scope())
    whole = history_from(events)
    assert figures.figures(scope()) == [figure(whole, scope()) for figure in FIGURES.values()]
    again = Figures(ledger, ledger.projections)
    assert again.figures(scope()) == figures.figures(scope())


def test_as_of_a_moment_is_what_was_recorded_by_then() -> None:
    ledger, figures, clock = desk()
    ledger.append([*(each for number in range(5) for each in deployed(f"d{number}", at(number))), heard()])
    clock.advance(timedelta(days=10))
    then = clock.now()
    clock.advance(timedelta(days=1))
    ledger.append(incident("late", at(2, 1), at(2, 2), deployment="d2"))
    [now] = figures.figures(scope(), names=["change-fail-rate"])
    [before] = figures.figures(scope(), names=["change-fail-rate"], as_of=then)
    assert (before.explicit.count, now.explicit.count) == (0, 1)


def test_a_commit_that_is_heard_of_late_completes_a_lead_time() -> None:
    ledger, figures, _ = desk()
    ledger.append([committed("a", at(0)), *deployed("d0", at(1), commit=sha("a"))])
    ledger.append(deployed("d1", at(3), commit=sha("b")))
    [before] = figures.figures(scope(), names=["change-lead-time"])
    assert before.points == ()
    ledger.append([committed("b", at(2), parents=("a",))])
    [after] = figures.figures(scope(), names=["change-lead-time"])
    assert [each.key for each in after.points] == [sha("b")]


def test_a_figure_that_nobody_knows_is_answered_with_those_that_are() -> None:
    _, figures, _ = desk()
    with pytest.raises(NotFoundError, match="velocity"):
        figures.figures(scope(), names=["velocity"])


def test_a_trend_has_whole_weeks_that_end_with_the_scope() -> None:
    ledger, figures, _ = desk()
    ledger.append([each for number in range(30) for each in deployed(f"d{number}", at(number))])
    periods = figures.trend("deployment-frequency", scope(days=30))
    assert [each.end - each.start for each in periods] == [timedelta(days=7)] * 4
    assert periods[-1].end == scope(days=30).end
    assert [each.figure.explicit.count for each in periods] == [7, 7, 7, 7]
