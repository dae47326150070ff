"""Pulse surveys: without names, told once five answered."""

from datetime import UTC, datetime, timedelta

import pytest

from strandline.assessment.assessor import shipped_model
from strandline.assessment.surveys import Survey, SurveyOverError, Surveys
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.errors import BadInputError, NotFoundError
from strandline.vocabulary.survey import SurveyAnswered

MODEL = shipped_model()
QUESTION = MODEL.questions[0].id


class Place:
    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 6, 1, 12, 34, tzinfo=UTC))
        self.ledger = MemoryLedger(clock=self.clock)
        self.surveys = Surveys(self.ledger, self.clock)

    def open(self, invited: int = 6, days: float = 14) -> Survey:
        return self.surveys.open(
            MODEL, [QUESTION], invited=invited, lasts=timedelta(days=days), unit="", actor="ann"
        )


@pytest.fixture
def place() -> Place:
    return Place()


def test_nothing_is_told_before_five_people_answered(place: Place) -> None:
    name = place.open().id
    for number in range(5):
        told = place.surveys.survey(name, MODEL)
        assert told.answered == number
        assert told.statements[0].median is None
        place.surveys.answer(name, MODEL, {QUESTION: 3 + number % 4})
    told = place.surveys.survey(name, MODEL)
    assert told.is_told
    assert told.statements[0].median == 4.0
    assert told.statements[0].agree == 0.4


def test_nothing_of_who_answered_is_kept_and_of_the_time_only_the_day(place: Place) -> None:
    name = place.open().id
    place.clock.advance(timedelta(days=2))
    place.surveys.answer(name, MODEL, {QUESTION: 7})
    [record] = place.ledger.read(types=(SurveyAnswered.TYPE,))
    assert record.event.actor == ""
    assert record.event.occurred_at == datetime(2026, 6, 3, tzinfo=UTC)
    assert record.event.content == {"answers": {QUESTION: 7}}


def test_no_more_answers_count_than_people_were_invited_and_none_after_the_end(place: Place) -> None:
    name = place.open(invited=5).id
    for _ in range(5):
        place.surveys.answer(name, MODEL, {QUESTION: 1})
    with pytest.raises(SurveyOverError):
        place.surveys.answer(name, MODEL, {QUESTION: 7})
    other = place.open().id
    place.clock.advance(timedelta(days=15))
    with pytest.raises(SurveyOverError):
        place.surveys.answer(other, MODEL, {QUESTION: 7})


@pytest.mark.parametrize("answers", [{}, {QUESTION: 0}, {QUESTION: 8}, {"other": 3}])
def test_an_answer_that_is_none_is_refused_whole(place: Place, answers: dict[str, int]) -> None:
    name = place.open().id
    with pytest.raises(BadInputError):
        place.surveys.answer(name, MODEL, answers)
    assert place.surveys.survey(name, MODEL).answered == 0


def test_so_few_that_they_could_be_known_are_not_asked(place: Place) -> None:
    for invited, days in ((4, 14.0), (0, 14.0), (10, 0.0), (10, 100.0)):
        with pytest.raises(BadInputError):
            place.open(invited, days)
    with pytest.raises(NotFoundError, match="nothing-such"):
        place.surveys.open(MODEL, ["nothing-such"], invited=9, lasts=timedelta(days=1), unit="", actor="ann")
    with pytest.raises(NotFoundError):
        place.surveys.survey("none", MODEL)
    assert place.surveys.all(MODEL) == []
