"""Targets are events: the newest counts, all of them are kept, and none is taken that makes no sense."""

from datetime import date, timedelta

import pytest
from tests.kpi.told import START, at, deployed, heard

from strandline.performance.figures import Figures
from strandline.performance.target_standing import Standing
from strandline.performance.targets import Targets, checked_target, due_on
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.performance import TargetSet

RATE = TargetSet(figure="deployment-success-rate", owner="ann", at_least="90%")


def desk() -> tuple[MemoryLedger, Targets, ManualClock]:
    clock = ManualClock(START)
    ledger = MemoryLedger(clock=clock)
    return ledger, Targets(ledger, ledger.projections, clock), clock


def test_the_newest_target_takes_the_place_of_the_one_before_and_both_stay_in_the_ledger() -> None:
    ledger, targets, _ = desk()
    targets.set_up([RATE], actor="ann@box")
    targets.set_up([TargetSet(figure=RATE.figure, owner="ben", at_least="0.8")], actor="ben@box")
    assert [(each.owner, each.at_least) for each in targets.every()] == [("ben", "0.8")]
    assert [each.event.actor for each in ledger.read()] == ["ann@box", "ben@box"]


def test_a_service_has_its_own_target_or_that_of_all() -> None:
    _, targets, _ = desk()
    own = TargetSet(figure=RATE.figure, owner="ben", at_least="0.99", service="a/b")
    targets.set_up([RATE, own], actor="ann")
    assert [each.service for each in targets.every()] == ["", "a/b"]
    assert targets.of(RATE.figure, service="a/b") == own
    found = targets.of(RATE.figure, service="c")
    assert found is not None
    assert found.at_least == "0.9"
    assert targets.of("availability") is None


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (TargetSet(figure="velocity", owner="ann", at_least="1"), "change-fail-rate"),
        (TargetSet(figure=RATE.figure, owner="ann"), "--at-least or --at-most"),
        (TargetSet(figure=RATE.figure, owner="ann", at_least="0.1", at_most="0.2"), "one bound"),
        (TargetSet(figure=RATE.figure, owner=" ", at_least="0.1"), "--owner"),
        (TargetSet(figure=RATE.figure, owner="ann", at_least="90"), "from 0 to 1"),
        (TargetSet(figure=RATE.figure, owner="ann", at_least="many"), "decimal"),
        (TargetSet(figure="change-lead-time", owner="ann", at_most="5%"), "percent"),
        (TargetSet(figure=RATE.figure, owner="ann", at_least="0.9", window=timedelta(days=900)), "400"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused_and_nothing_is_recorded(
    target: TargetSet, said: str
) -> None:
    ledger, targets, _ = desk()
    with pytest.raises(BadInputError) as caught:
        targets.set_up([RATE, target], actor="ann")
    assert said in str(caught.value)
    assert ledger.head().seq == 0


def test_a_target_is_held_against_the_figure_over_its_own_window() -> None:
    ledger, targets, clock = desk()
    figures = Figures(ledger, ledger.projections)
    ledger.append([heard(), *(each for day in range(28) for each in deployed(f"d{day}", at(day)))])
    clock.advance(timedelta(days=28))
    short = TargetSet(
        figure=RATE.figure, owner="ann", at_least="0.5", window=timedelta(days=3), service="shop"
    )
    targets.set_up([RATE, short], actor="ann")
    whole, few = targets.lines(figures, clock.now())
    assert (whole.standing, whole.figure.explicit.n) == (Standing.MET, 28)
    assert few.standing is Standing.NOT_COMPUTABLE
    assert few.budget is not None
    assert few.budget.burn_rate is None


def test_a_target_with_a_day_is_due_from_then_on() -> None:
    later = checked_target(TargetSet(figure=RATE.figure, owner="ann", at_least="0.9", by=date(2027, 1, 1)))
    assert not due_on(later, date(2026, 12, 31))
    assert due_on(later, date(2027, 1, 1))
    assert due_on(RATE, date(2026, 1, 1))
