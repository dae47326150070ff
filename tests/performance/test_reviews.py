"""The dictionary says who answers for each figure, and whether anybody looked."""

from datetime import date, timedelta

import pytest
from tests.kpi.told import START

from strandline.kpi.all_figures import FIGURES
from strandline.performance.reviews import Reviews, ReviewStanding
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.performance import FigureReviewed, TargetSet

NEXT = START.date() + timedelta(days=90)
LOOKED = FigureReviewed(figure="change-fail-rate", by="ann@box", owner="ann", next_review=NEXT, note="holds")


def desk() -> tuple[Reviews, ManualClock]:
    clock = ManualClock(START)
    ledger = MemoryLedger(clock=clock)
    return Reviews(ledger, ledger.projections, clock), clock


def test_a_figure_that_nobody_looked_at_says_so() -> None:
    reviews, _ = desk()
    lines = reviews.dictionary([])
    assert [each.figure for each in lines] == list(FIGURES)
    assert {each.standing for each in lines} == {ReviewStanding.NEVER}
    assert all(each.definition.formula and not each.owner for each in lines)


def test_a_review_holds_until_the_day_after_the_next_one() -> None:
    reviews, clock = desk()
    reviews.review(LOOKED)

    def told() -> tuple[str, ReviewStanding]:
        [line] = [each for each in reviews.dictionary([]) if each.review is not None]
        return line.owner, line.standing

    assert told() == ("ann", ReviewStanding.REVIEWED)
    clock.advance(timedelta(days=90))
    assert told() == ("ann", ReviewStanding.REVIEWED)
    clock.advance(timedelta(days=1))
    assert told() == ("ann", ReviewStanding.OVERDUE)


def test_a_figure_has_its_targets_beside_it() -> None:
    reviews, _ = desk()
    target = TargetSet(figure="change-fail-rate", owner="ann", at_most="0.1")
    lines = {each.figure: each for each in reviews.dictionary([target])}
    assert lines["change-fail-rate"].targets == (target,)
    assert lines["availability"].targets == ()


@pytest.mark.parametrize(
    ("review", "said"),
    [
        (FigureReviewed(figure="velocity", by="a", owner="a", next_review=NEXT), "change-fail-rate"),
        (FigureReviewed(figure="availability", by="a", owner="", next_review=NEXT), "--owner"),
        (FigureReviewed(figure="availability", by="a", owner="a", next_review=date(2026, 3, 2)), "--next"),
    ],
)
def test_a_review_that_makes_no_sense_is_refused(review: FigureReviewed, said: str) -> None:
    reviews, _ = desk()
    with pytest.raises(BadInputError) as caught:
        reviews.review(review)
    assert said in str(caught.value)
    assert {each.standing for each in reviews.dictionary([])} == {ReviewStanding.NEVER}
