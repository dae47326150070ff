"""Cases that are kept: the answers after more events are those of an assessment from the beginning."""

from datetime import timedelta
from random import Random

import pytest

from strandline.assessment.assessor import assess, shipped_model
from strandline.assessment.kept_cases import KeptCases
from strandline.kpi.history import History, history_from, placed_all
from strandline.maturity.case import Case
from strandline.maturity.told import Practice, told_of
from strandline.testing.simulated_organisation import END, MEASURES
from strandline.testing.simulated_year import simulated_events
from strandline.vocabulary.event import Event
from strandline.vocabulary.training import TrainingRecorded

MODEL = shipped_model()
YEAR = simulated_events(dict(zip(MEASURES, (3, 4, 3, 4, 3, 4, 3), strict=True)), seed=7)


class Place:
    """An evidence base that grows as the ledger's does: the history is another object if it has changed."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.practice = Practice()
        self.history = History()
        self.kept = KeptCases()

    def take(self, events: list[Event]) -> None:
        self.events += events
        self.practice.take(filter(None, (told_of(each, each.occurred_at) for each in events)))
        if any(list(placed_all(each)) for each in events):
            self.history = history_from(self.events)

    def judged(self, kept: KeptCases | None, unit: str = "") -> object:
        return assess(
            MODEL,
            self.history,
            self.practice,
            at=END,
            is_signed=lambda *_: False,
            unit=unit,
            then=dict.fromkeys(MEASURES, 1),
            kept=kept,
        )


@pytest.mark.parametrize("unit", ["", "shop-team"])
def test_after_more_events_the_answers_are_those_of_an_assessment_from_the_beginning(unit: str) -> None:
    chance = Random(1)  # noqa: S311 - which events come late
    late = chance.sample(YEAR, len(YEAR) // 4)
    ids = {each.id for each in late}
    place = Place()
    place.take([each for each in YEAR if each.id not in ids])
    units = sorted({each.unit for each in Case(place.history, place.practice, END).profiles.values()})
    asked = units[0] if unit else ""
    place.judged(place.kept, asked)
    by_type: dict[str, list[Event]] = {}
    for each in late:
        by_type.setdefault(each.type, []).append(each)
    kinds = sorted(by_type)
    chance.shuffle(kinds)
    for start in range(0, len(kinds), 9):
        place.take([each for kind in kinds[start : start + 9] for each in by_type[kind]])
        assert place.judged(place.kept, asked) == place.judged(None, asked)


def test_only_what_rests_on_a_kind_that_came_is_worked_out_again() -> None:
    place = Place()
    [last, *_] = [each for each in YEAR if each.type == TrainingRecorded.TYPE]
    place.take([each for each in YEAR if each.id != last.id])
    cases = place.kept.grown("mine", [Case(place.history, place.practice, END)])
    before = cases[0].profiles
    assert cases[0].people
    place.take([last])
    [again] = place.kept.grown("mine", [Case(place.history, place.practice, END)])
    assert again.profiles is before
    [later] = place.kept.grown("mine", [Case(place.history, place.practice, END + timedelta(days=1))])
    assert later.profiles is not before
