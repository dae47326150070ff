"""Rating plans: the drawn ones alone, by two people of other units, and the level follows."""

from datetime import timedelta

import pytest
from tests.kpi.told import START, at, deployed, told

from strandline.assessment.assessor import shipped_model
from strandline.assessment.attesting import attestable
from strandline.assessment.plan_ratings import ITEMS, CannotRateError, PlanRatings
from strandline.kpi.history import history_from
from strandline.maturity.answer import Verdict
from strandline.maturity.case import Case
from strandline.maturity.judging import Judge
from strandline.maturity.told import Practice, told_of
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.errors import BadInputError, NotFoundError
from strandline.vocabulary.organisation import PersonListed, ServiceProfiled

ALL = (True,) * len(ITEMS)


class Place:
    def __init__(self) -> None:
        self.clock = ManualClock(START + timedelta(days=60))
        self.ledger = MemoryLedger(clock=self.clock)
        events = [told(ServiceProfiled(unit="shop-team"), at(0), source="/catalogue", subject="shop")]
        for person, unit in (("ann", "pay-team"), ("ben", "pay-team"), ("cid", "shop-team")):
            events.append(told(PersonListed(unit=unit), at(0), source="/directory", subject=person))
        for number in range(40):
            events += deployed(f"d{number}", at(1 + number, 12), version=f"1.{number}")
        self.ledger.append(events)
        self.ratings = PlanRatings(self.ledger, self.clock, self.case)

    def case(self, moment: object = None, /) -> Case:
        del moment
        records = list(self.ledger.read())
        found = (told_of(each.event, each.recorded_at, each.hash) for each in records)
        every = [each.event for each in records]
        return Case(
            history_from(every), Practice(filter(None, found)), self.clock.now() + timedelta(microseconds=1)
        )

    def verdict(self) -> Verdict:
        judge = Judge(shipped_model(), self.case(), is_signed=lambda *_: False)
        return judge.answer(attestable(shipped_model(), "DO3.3")).verdict


@pytest.fixture
def place() -> Place:
    return Place()


def test_ten_plans_are_drawn_and_pass_once_two_of_other_units_let_them(place: Place) -> None:
    drawn = place.ratings.drawn()
    assert len(drawn) == 10
    assert not any(each.raters for each in drawn)
    for each in drawn:
        place.ratings.rate(each.deployment, rater="ann", passed=ALL)
    assert place.verdict() is not Verdict.MET
    for each in drawn:
        found = place.ratings.rate(each.deployment, rater="ben", passed=ALL)
        assert set(found.raters) == {"ann", "ben"}
    assert place.verdict() in {Verdict.MET, Verdict.PROVISIONAL}


def test_nobody_rates_for_their_own_unit_twice_or_in_part_or_what_was_not_drawn(place: Place) -> None:
    name = place.ratings.drawn()[0].deployment
    with pytest.raises(CannotRateError, match="another unit"):
        place.ratings.rate(name, rater="cid", passed=ALL)
    with pytest.raises(BadInputError, match="5 items"):
        place.ratings.rate(name, rater="ann", passed=ALL[:4])
    with pytest.raises(NotFoundError, match="is drawn"):
        place.ratings.rate("none of them", rater="ann", passed=ALL)
    place.ratings.rate(name, rater="ann", passed=ALL)
    with pytest.raises(CannotRateError, match="has rated"):
        place.ratings.rate(name, rater="ann", passed=ALL)
