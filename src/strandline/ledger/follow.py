"""Following the ledger: every new record, to any number of readers in any event loop.

One thread waits for the ledger and keeps the newest records at hand. A reader that keeps up takes them from
there; one that was slow, or comes back after a pause, reads the ledger again from where it was. So no reader
holds up another, and none misses a record.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from strandline.ledger.ports import Ledger
from strandline.ledger.record import Record
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import UnavailableError

_AT_HAND = 1000
"""Newest records kept in memory for readers that keep up."""
_PAGE = 500
_BREATH = timedelta(milliseconds=500)
"""How long one wait lasts at most: how fast `stop` is heard."""


class Tail:
    """Follows a ledger.

    Args:
        ledger: what to follow.
        clock: says when the ledger was heard last.
    """

    def __init__(self, ledger: Ledger, *, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._recent: deque[Record] = deque(maxlen=_AT_HAND)
        self._bells: set[Callable[[], None]] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._heard_at: datetime | None = None

    @property
    def heard_at(self) -> datetime | None:
        """When the ledger answered last, whether it had news or not; `None` if it never did."""
        return self._heard_at

    def start(self) -> None:
        """Begin to follow; once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._follow, name="strandline-tail", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End every subscription, and wait for the thread."""
        self._stopping.set()
        self._ring()
        if self._thread is not None:
            self._thread.join()

    def subscribe(self, *, after: int | None = None) -> "Subscription":
        """Return a reader that begins after this place; without one, after what is the newest now."""
        return Subscription(self, after=self._ledger.head().seq if after is None else after)

    @property
    def is_stopped(self) -> bool:
        """Whether no more records will come."""
        return self._stopping.is_set()

    def at_hand(self, after: int) -> list[Record] | None:
        """Return the records after this place; `None` if they must be read from the ledger."""
        with self._lock:
            if not self._recent or self._recent[0].seq > after + 1:
                return None
            return [record for record in self._recent if record.seq > after]

    def read(self, after: int) -> list[Record]:
        """Read some records after this place from the ledger."""
        return list(self._ledger.read(after=after, limit=_PAGE))

    def tell(self, bell: Callable[[], None]) -> None:
        """Ring this bell whenever there is something new; from the tail's thread."""
        with self._lock:
            self._bells.add(bell)

    def forget(self, bell: Callable[[], None]) -> None:
        """Ring it no more."""
        with self._lock:
            self._bells.discard(bell)

    def _follow(self) -> None:
        seen: int | None = None
        while not self._stopping.is_set():
            try:
                if seen is None:
                    seen = self._ledger.head().seq
                if self._ledger.wait(after=seen, timeout=_BREATH):
                    for record in self.read(seen):
                        seen = record.seq
                        with self._lock:
                            self._recent.append(record)
                    self._ring()
                self._heard_at = self._clock.now()
            except UnavailableError:
                # The ledger may come back; whoever asks for `heard_at` sees that it is silent.
                self._stopping.wait(_BREATH.total_seconds())

    def _ring(self) -> None:
        with self._lock:
            bells = tuple(self._bells)
        for bell in bells:
            bell()


class Subscription:
    """One reader of the ledger: an async context manager and iterator, in whatever loop enters it."""

    def __init__(self, tail: Tail, *, after: int) -> None:
        self._tail = tail
        self._after = after
        self._page: deque[Record] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._tail.tell(self._bell)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tail.forget(self._bell)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Record:
        record = await self._next()
        if record is None:
            raise StopAsyncIteration
        return record

    async def next(self, timeout: timedelta) -> Record | None:  # noqa: ASYNC109 - callers wait for one or the other
        """Return the next record; `None` if none came in this time, or none will come any more.

        Raises:
            UnavailableError: the ledger cannot be read; asking again goes on at the same place.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout.total_seconds()):
                return await self._next()
        return None

    async def _next(self) -> Record | None:
        if self._news is None:
            msg = "Enter the subscription first: `async with tail.subscribe() as records`."
            raise RuntimeError(msg)
        while not self._page:
            self._news.clear()
            await self._turn_page()
            if self._page:
                break
            if self._tail.is_stopped:
                return None
            await self._news.wait()
        record = self._page.popleft()
        self._after = record.seq
        return record

    async def _turn_page(self) -> None:
        """Fetch what comes next. Cancelled, it loses nothing: the place moves when a record is given out."""
        page = self._tail.at_hand(self._after)
        if page is None:
            page = await asyncio.to_thread(self._tail.read, self._after)
        self._page.extend(page)

    def _bell(self) -> None:
        if self._loop is not None and self._news is not None:
            with suppress(RuntimeError):  # the loop is closed: its reader is gone
                self._loop.call_soon_threadsafe(self._news.set)
