"""Anybody may answer; nobody is known by it; nobody can flood it."""

from datetime import UTC, datetime, timedelta

import pytest

from strandline.collection.feedback_door import (
    MOST_PER_MINUTE,
    MOST_WORDS,
    Answer,
    FeedbackDoor,
    TooMuchFeedbackError,
)
from strandline.kpi.history import history_from
from strandline.kpi.scope import Scope
from strandline.kpi.user_satisfaction import user_satisfaction
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import says
from strandline.vocabulary.feedback import FeedbackGiven

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def ledger(clock: ManualClock) -> MemoryLedger:
    return MemoryLedger(clock=clock)


@pytest.fixture
def door(ledger: MemoryLedger, clock: ManualClock) -> FeedbackDoor:
    return FeedbackDoor(ledger, clock)


def give(door: FeedbackDoor, score: int = 4, words: str = "", version: str = "") -> None:
    answer = Answer(score=score, words=words, version=version)
    door.take("shop", answer, channel="link", version="2.0", environment="production")


def said(ledger: MemoryLedger) -> list[FeedbackGiven]:
    found = (says(record.event, FeedbackGiven) for record in ledger.read())
    return [each for each in found if each is not None]


def test_an_answer_is_kept_with_the_release_that_was_served(door: FeedbackDoor, ledger: MemoryLedger) -> None:
    give(door, words="  Fine.\x00\x1b[31m ")
    give(door, version="1.9")
    assert [(each.score, each.words, each.version) for each in said(ledger)] == [
        (4, "Fine.[31m", "2.0"),
        (4, "", "1.9"),
    ]
    assert {record.event.actor for record in ledger.read()} == {""}


@pytest.mark.parametrize("score", [0, 6, -1, 10**9])
def test_what_is_no_score_is_refused(door: FeedbackDoor, ledger: MemoryLedger, score: int) -> None:
    with pytest.raises(BadInputError):
        give(door, score)
    assert said(ledger) == []


def test_more_words_than_there_may_be_are_refused_whole(door: FeedbackDoor, ledger: MemoryLedger) -> None:
    with pytest.raises(BadInputError):
        give(door, words="a" * (MOST_WORDS + 1))
    assert said(ledger) == []


def test_nobody_can_flood_it(door: FeedbackDoor, ledger: MemoryLedger, clock: ManualClock) -> None:
    for _ in range(MOST_PER_MINUTE):
        give(door)
    with pytest.raises(TooMuchFeedbackError):
        give(door)
    clock.advance(timedelta(seconds=2))
    give(door)
    assert len(said(ledger)) == MOST_PER_MINUTE + 1


def test_two_equal_answers_are_two(door: FeedbackDoor, ledger: MemoryLedger) -> None:
    give(door)
    give(door)
    assert len(said(ledger)) == 2


def test_answers_make_the_figure(door: FeedbackDoor, ledger: MemoryLedger, clock: ManualClock) -> None:
    for number in range(40):
        give(door, 5 if number < 30 else 2)
        clock.advance(timedelta(minutes=1))
    history = history_from(record.event for record in ledger.read())
    found = user_satisfaction(history, Scope(start=START, end=START + timedelta(days=1), service="shop"))
    assert (found.explicit.value, found.explicit.n) == (0.75, 40)
