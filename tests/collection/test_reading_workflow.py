"""A reading goes on where it was, waits when it is told to, and says how it ended."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from strandline.collection.feeds import Feeds
from strandline.collection.reading_workflow import PATIENCE, ReadingToRun, ReadingWorkflow
from strandline.collection.readings import Readings, ReadingState, ReadingView
from strandline.collection.remote import (
    ExpiredCursorError,
    Page,
    RemotePayload,
    ThrottledError,
    Window,
)
from strandline.engine.remembered import ResultT, attempt, recall
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.errors import BadInputError, RefusedError, StrandlineError, UnavailableError
from strandline.vocabulary.event import FactT, says
from strandline.vocabulary.feed import Api, Feed, FeedCovered, FeedHeard
from strandline.vocabulary.reading import ReadingAdvanced, ReadingFailed, ReadingFinished

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = Window(from_at=START - timedelta(days=28), to_at=START)


class Died(BaseException):
    """The process is gone."""


def deployment(number: int) -> RemotePayload:
    order = {"id": number, "sha": f"{number:040x}", "environment": "production"}
    order |= {"created_at": "2026-03-01T09:00:00Z"}
    document = {"deployment": order, "repository": {"html_url": "https://github.com/acme/shop"}}
    return RemotePayload(body=json.dumps(document).encode(), headers={"x-github-event": "deployment"})


class Source:
    """Three pages of two streams, after the faults that are still to come."""

    streams = ("acme/shop deployments", "acme/shop runs")
    covers: tuple[str, ...] = ("deployments",)

    def __init__(self) -> None:
        self.faults: list[StrandlineError] = []
        self.asked: list[tuple[str, str]] = []
        self.is_endless = False

    def page(self, stream: str, window: Window, cursor: str) -> Page:
        """Return one of them."""
        assert window == WINDOW
        self.asked.append((stream, cursor))
        if self.faults:
            raise self.faults.pop(0)
        number = int(cursor or 1)
        first = number * 10 + 100 * self.streams.index(stream)
        following = str(number + 1) if number < 3 else ""
        if self.is_endless:
            following = "1"
        note = "odd" if number == 2 else ""
        return Page(payloads=(deployment(first), deployment(first + 1)), next=following, note=note)


class Context:
    """Remembers steps; may die before, within or after one of them."""

    workflow_id = "reading/1"

    def __init__(self, memory: dict[int, Any], *, dies_at: int = 0, how: str = "") -> None:
        self.memory = memory
        self.slept: list[float] = []
        self._number = 0
        self._dies_at, self._how = dies_at, how

    async def step(
        self, name: str, do: Callable[[], Awaitable[ResultT]], *, returns: type[ResultT]
    ) -> ResultT:
        """Run a step, unless it is remembered."""
        self._number += 1
        if self._number not in self.memory:
            if self._number == self._dies_at and self._how == "before":
                raise Died
            done = await attempt(do)
            if self._number == self._dies_at:
                raise Died
            self.memory[self._number] = done
        return recall(self.memory[self._number], step=name, returns=returns)

    async def sleep(self, seconds: float) -> None:
        """Wait for nothing."""
        self.slept.append(seconds)


class Trial:
    """A feed that can be asked, and a reading that was ordered."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.ledger = MemoryLedger(clock=self.clock)
        self.feeds = Feeds(self.ledger, self.ledger.projections, self.clock)
        self.readings = Readings(self.ledger, self.ledger.projections, self.feeds, self.clock)
        self.feeds.set_up(Feed(name="code", kind="github", api=Api(address="https://x")), actor="ada")
        self.source = Source()
        self.view = self.readings.order("code", WINDOW, actor="ada")

    def run(self, context: Context | None = None) -> ReadingView:
        """Run the workflow and return how the reading stands then."""
        workflow = ReadingWorkflow(self.ledger, self.feeds, lambda _: self.source, self.clock)
        order = ReadingToRun(reading=self.view.id, feed=self.feeds.feed("code"), window=WINDOW)
        asyncio.run(workflow.run(context or Context({}), order))
        return self.readings.reading(self.view.id)

    def said(self, fact: type[FactT]) -> list[FactT]:
        """Return all facts of a kind."""
        found = (says(record.event, fact) for record in self.ledger.read(types=(fact.TYPE,)))
        return [each for each in found if each is not None]


@pytest.fixture
def trial() -> Trial:
    return Trial()


def test_all_pages_of_all_streams_are_read_and_it_is_said_what_is_known_now(trial: Trial) -> None:
    view = trial.run()
    assert (view.state, view.pages, view.payloads, view.new) == (ReadingState.FINISHED, 6, 12, 12)
    [covered] = trial.said(FeedCovered)
    assert (covered.carries, covered.from_at, covered.to_at) == (("deployments",), *_of(WINDOW))
    assert trial.said(ReadingFinished)[0].notes == ("odd",)


def test_what_is_read_again_is_known(trial: Trial) -> None:
    trial.run()
    trial.clock.advance(timedelta(minutes=1))
    trial.view = trial.readings.order("code", WINDOW, actor="ada")
    view = trial.run()
    assert (view.payloads, view.new) == (12, 0)


@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("step", range(1, 9))
def test_killed_at_any_step_it_ends_as_if_it_had_not_been(trial: Trial, step: int, how: str) -> None:
    memory: dict[int, Any] = {}
    with pytest.raises(Died):
        trial.run(Context(memory, dies_at=step, how=how))
    view = trial.run(Context(memory))
    assert (view.state, view.pages, view.payloads, view.new) == (ReadingState.FINISHED, 6, 12, 12)
    assert trial.said(ReadingFinished)[0].new == 12
    assert len(trial.said(ReadingAdvanced)) == 6


def test_a_source_that_wants_to_be_asked_later_is(trial: Trial) -> None:
    trial.source.faults = [ThrottledError("later", wait=timedelta(minutes=50))]
    context = Context({})
    assert trial.run(context).state is ReadingState.FINISHED
    assert context.slept == [3000]


def test_one_that_does_not_answer_is_asked_again_less_and_less_often(trial: Trial) -> None:
    trial.source.faults = [UnavailableError("gone")] * 4
    context = Context({})
    assert trial.run(context).state is ReadingState.FINISHED
    assert context.slept == [2, 4, 8, 16]


def test_one_that_never_answers_is_given_up_and_nothing_is_called_known(trial: Trial) -> None:
    trial.source.faults = [UnavailableError("gone.")] * (PATIENCE + 1)
    view = trial.run()
    assert view.state is ReadingState.FAILED
    assert view.what == f"gone. It was asked {PATIENCE + 1} times."
    assert (trial.said(FeedCovered), trial.said(ReadingFinished)) == ([], [])


def test_a_wrong_token_is_not_tried_again(trial: Trial) -> None:
    trial.source.faults = [RefusedError("no", remedy="Check the token.")]
    view = trial.run()
    assert (view.state, view.what, view.remedy) == (ReadingState.FAILED, "no", "Check the token.")
    assert len(trial.source.asked) == 1
    assert len(trial.said(ReadingFailed)) == 1


def test_a_cursor_that_expired_begins_the_stream_again(trial: Trial) -> None:
    context = Context({})

    def pages() -> Iterator[StrandlineError | None]:
        yield from (None, None)
        yield ExpiredCursorError("too old")

    faults = pages()
    plain = trial.source.page

    def page(stream: str, window: Window, cursor: str) -> Page:
        fault = next(faults, None)
        if fault is not None:
            raise fault
        return plain(stream, window, cursor)

    trial.source.page = page  # type: ignore[method-assign]  # this one breaks at its third page
    view = trial.run(context)
    assert view.state is ReadingState.FINISHED
    assert trial.said(ReadingFinished)[0].payloads == 12
    assert view.new == 12


def test_a_source_that_gives_the_same_page_for_ever_is_left(trial: Trial) -> None:
    trial.source.is_endless = True
    assert trial.run().what == "The source answers with the same page for ever."


def test_a_source_that_keeps_little_is_heard_and_covers_nothing(trial: Trial) -> None:
    trial.source.covers = ()
    assert trial.run().state is ReadingState.FINISHED
    assert trial.said(FeedCovered) == []
    assert trial.said(FeedHeard)[0].carries == ("deployments", "commits")


def _of(window: Window) -> tuple[datetime, datetime]:
    return window.from_at, window.to_at


class TestOrders:
    def test_a_feed_that_only_sends_cannot_be_read(self, trial: Trial) -> None:
        trial.feeds.set_up(Feed(name="pager", kind="pagerduty", is_open=True), actor="ada")
        with pytest.raises(BadInputError, match="only sends"):
            trial.readings.order("pager", WINDOW, actor="ada")

    def test_a_time_that_ends_before_it_begins_is_refused(self, trial: Trial) -> None:
        turned = Window(from_at=WINDOW.to_at, to_at=WINDOW.from_at)
        with pytest.raises(BadInputError, match="ends before"):
            trial.readings.order("code", turned, actor="ada")

    def test_every_so_often_what_was_lost_is_looked_for(self, trial: Trial) -> None:
        assert trial.readings.reconcile() == []  # one is open
        trial.run()
        assert trial.readings.reconcile() == []  # and has just ended
        trial.clock.advance(timedelta(minutes=16))
        [view] = trial.readings.reconcile()
        assert view.is_reconciliation
        assert (view.from_at, view.to_at) == (START - timedelta(hours=1), START + timedelta(minutes=16))
        assert trial.readings.reconcile() == []

    def test_a_source_that_was_never_read_is_first_asked_for_a_day(self, trial: Trial) -> None:
        trial.feeds.set_up(Feed(name="ci", kind="jenkins", api=Api(address="https://x")), actor="ada")
        [view] = trial.readings.reconcile()
        assert view.feed == "ci"
        assert view.to_at - view.from_at == timedelta(days=1)

    def test_after_one_that_failed_the_next_reaches_back_to_what_was_read(self, trial: Trial) -> None:
        trial.run()
        trial.clock.advance(timedelta(minutes=16))
        [trial.view] = trial.readings.reconcile()
        trial.source.faults = [RefusedError("no")]
        workflow = ReadingWorkflow(trial.ledger, trial.feeds, lambda _: trial.source, trial.clock)
        order = ReadingToRun(reading=trial.view.id, feed=trial.feeds.feed("code"), window=WINDOW)
        asyncio.run(workflow.run(Context({}), order))
        trial.clock.advance(timedelta(minutes=16))
        [view] = trial.readings.reconcile()
        assert view.from_at == START - timedelta(hours=1)
