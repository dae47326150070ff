import asyncio
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from strandline.ledger.follow import Tail
from strandline.ledger.record import Record
from strandline.testing.ledger_trial import event, events
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.errors import UnavailableError

SOON = timedelta(seconds=10)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class FrailLedger(MemoryLedger):
    """One whose store can be taken away."""

    is_away = False

    def wait(self, *, after: int, timeout: timedelta) -> bool:
        if self.is_away:
            msg = "The store is away."
            raise UnavailableError(msg)
        return super().wait(after=after, timeout=timeout)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def ledger(clock: ManualClock) -> FrailLedger:
    return FrailLedger(clock=clock)


@pytest.fixture
def tail(ledger: FrailLedger, clock: ManualClock) -> Iterator[Tail]:
    tail = Tail(ledger, clock=clock)
    tail.start()
    yield tail
    tail.stop()


async def take(tail: Tail, count: int, *, after: int | None = None) -> list[int]:
    async with tail.subscribe(after=after) as records:
        return [(await found(records.next(SOON))).seq for _ in range(count)]


async def found(asked: "asyncio.Future[Record | None] | object") -> Record:
    record = await asked  # type: ignore[misc] # any awaitable
    assert record is not None
    return record  # type: ignore[no-any-return] # asserted above


async def test_new_records_come_in_order(ledger: FrailLedger, tail: Tail) -> None:
    async with tail.subscribe() as records:
        ledger.append(events(3))
        ledger.append(events(2, first=4))
        assert [(await anext(records)).seq for _ in range(5)] == [1, 2, 3, 4, 5]


async def test_without_a_place_it_begins_now(ledger: FrailLedger, tail: Tail) -> None:
    ledger.append(events(3))
    async with tail.subscribe() as records:
        ledger.append([event(4)])
        assert (await anext(records)).seq == 4


async def test_from_a_place_what_was_there_comes_first(ledger: FrailLedger, tail: Tail) -> None:
    ledger.append(events(3))
    assert await take(tail, 2, after=1) == [2, 3]


async def test_nothing_new_in_time_is_none_and_loses_nothing(ledger: FrailLedger, tail: Tail) -> None:
    async with tail.subscribe() as records:
        assert await records.next(timedelta(milliseconds=20)) is None
        ledger.append([event(1)])
        assert (await found(records.next(SOON))).seq == 1


async def test_being_cancelled_loses_nothing(ledger: FrailLedger, tail: Tail) -> None:
    ledger.append(events(600))
    async with tail.subscribe(after=0) as records:
        seen: list[int] = []
        while len(seen) < 600:
            record = await records.next(timedelta(microseconds=len(seen) % 7 * 50))
            if record is not None:
                seen.append(record.seq)
    assert seen == list(range(1, 601))


async def test_a_slow_reader_holds_up_nobody_and_misses_nothing(ledger: FrailLedger, tail: Tail) -> None:
    async with tail.subscribe() as slow, tail.subscribe() as quick:
        for first in range(1, 4000, 500):
            ledger.append(events(500, first=first))
        assert [(await anext(quick)).seq for _ in range(4000)] == list(range(1, 4001))
        # By now the slow one's place is long out of what is kept at hand.
        assert [(await anext(slow)).seq for _ in range(4000)] == list(range(1, 4001))


def test_readers_in_several_loops_all_see_everything(ledger: FrailLedger, tail: Tail) -> None:
    seen: list[Sequence[int]] = []
    threads = [
        threading.Thread(target=lambda: seen.append(asyncio.run(take(tail, 200, after=0)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for first in range(1, 201, 10):
        ledger.append(events(10, first=first))
    for thread in threads:
        thread.join(SOON.total_seconds())
    assert seen == [list(range(1, 201))] * 4


async def test_a_stopped_tail_ends_its_readers(ledger: FrailLedger, tail: Tail) -> None:
    ledger.append([event(1)])
    async with tail.subscribe(after=0) as records:
        assert (await anext(records)).seq == 1
        await asyncio.to_thread(tail.stop)
        assert [record async for record in records] == []
        assert await records.next(SOON) is None


async def test_a_store_that_was_away_is_followed_again(ledger: FrailLedger, tail: Tail) -> None:
    async with tail.subscribe() as records:
        ledger.is_away = True
        ledger.append([event(1)])
        ledger.is_away = False
        assert (await found(records.next(SOON))).seq == 1


async def test_says_when_it_heard_the_ledger_last(
    ledger: FrailLedger, tail: Tail, clock: ManualClock
) -> None:
    async with tail.subscribe() as records:
        clock.advance(timedelta(hours=1))
        # What is said of the first is known for certain once the second has been heard.
        for number in (1, 2):
            ledger.append([event(number)])
            await found(records.next(SOON))
    assert tail.heard_at == clock.now()


async def test_a_subscription_is_entered_before_it_is_read(tail: Tail) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await anext(tail.subscribe(after=0))


def test_starting_twice_and_stopping_unstarted_do_no_harm(ledger: FrailLedger, clock: ManualClock) -> None:
    tail = Tail(ledger, clock=clock)
    assert tail.heard_at is None
    tail.stop()
    again = Tail(ledger, clock=clock)
    again.start()
    again.start()
    again.stop()
