"""Live streams: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

Nothing is queued for a client. A stream is woken when there is news, and reads the ledger from the place
it has come to; a slow client reads later, and keeps nobody waiting.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import islice

from strandline.ledger.follow import Tail
from strandline.ledger.ports import Ledger
from strandline.ledger.record import Record

BEAT = timedelta(seconds=5)
"""A stream that has nothing to say says at least this often that it is still there."""
BATCH = 200


class Streams:
    """The open streams of a site."""

    def __init__(self, ledger: Ledger, tail: Tail) -> None:
        self._ledger = ledger
        self._tail = tail
        self._bells: set[asyncio.Event] = set()
        self._follower: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def open_count(self) -> int:
        """How many streams are open."""
        return len(self._bells)

    def close(self) -> None:
        """End every stream, now, and begin no new one. Called in the server's loop."""
        self._is_closed = True
        if self._follower is not None:
            self._follower.cancel()
        for bell in self._bells:
            bell.set()

    async def records(self, *, after: int, chain_id: str = "") -> AsyncIterator[list[Record]]:
        """Yield the records after a place in the ledger, in batches, until closed; an empty one is a beat."""
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            self._follow()
            yield []
            while not self._is_closed:
                bell.clear()
                batch = await asyncio.to_thread(self._read, after, chain_id)
                if batch:
                    after = batch[-1].seq
                    yield batch
                elif not await _rung(bell):
                    yield []
        finally:
            self._bells.discard(bell)

    async def heads(self, *, after: int, chain_id: str = "") -> AsyncIterator[int | None]:
        """Yield the newest place as often as there is news; much news at once is one. `None` is a beat."""
        async for batch in self.records(after=after, chain_id=chain_id):
            yield batch[-1].seq if batch else None

    def _read(self, after: int, chain_id: str) -> list[Record]:
        return list(islice(self._ledger.read(after=after, limit=BATCH, chain_id=chain_id), BATCH))

    def _follow(self) -> None:
        if self._follower is None or self._follower.done():
            self._follower = asyncio.create_task(self._ring_on_news())

    async def _ring_on_news(self) -> None:
        async with self._tail.subscribe() as news:
            async for _ in news:
                for bell in self._bells:
                    bell.set()


async def _rung(bell: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(bell.wait(), BEAT.total_seconds())
    except TimeoutError:
        return False
    return True
