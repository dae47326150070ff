"""Live streams: what is sent as it happens, until the client goes or the server stops.

Nothing is queued for a client: it is woken, and reads the ledger from the place it has come to. A slow one
reads later, and keeps nobody waiting.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from strandline.ledger.follow import Subscription, Tail
from strandline.ledger.record import Record
from strandline.vocabulary.errors import StrandlineError

BEAT = timedelta(seconds=5)
"""A stream that has nothing to say says at least this often that it is still there."""


class Streams:
    """The open streams of a site."""

    def __init__(self, tail: Tail, *, beat: timedelta = BEAT) -> None:
        self._tail = tail
        self._beat = beat.total_seconds()
        self._open: set[Subscription] = set()
        self._is_closed = False

    @property
    def open_count(self) -> int:
        """How many streams are open."""
        return len(self._open)

    def close(self) -> None:
        """End every stream now, and begin no new one."""
        self._is_closed = True
        for subscription in tuple(self._open):
            subscription.end()

    async def records(self, *, after: int | None, chain_id: str = "") -> AsyncIterator[Record | None]:
        """Yield the records after a place in the ledger (`None`: the newest) until closed.

        `None` is a beat. The first comes at once, so that a client knows it is heard. If the ledger is away,
        the stream ends; the client comes back, and says what it had last.
        """
        try:
            subscription = await asyncio.to_thread(self._tail.subscribe, after=after)
            async with subscription:
                self._open.add(subscription)
                try:
                    async for record in self._followed(subscription, chain_id):
                        yield record
                finally:
                    self._open.discard(subscription)
        except StrandlineError:
            return

    async def _followed(self, subscription: Subscription, chain_id: str) -> AsyncIterator[Record | None]:
        yield None
        now = asyncio.get_running_loop().time
        beat_at = now() + self._beat
        while not self._is_closed:
            try:
                async with asyncio.timeout_at(beat_at):
                    record = await anext(subscription)
            except TimeoutError:
                yield None
            except StopAsyncIteration:
                return
            else:
                # What others do is no news here, and does not put off the beat either.
                if chain_id and record.event.chain_id != chain_id and now() < beat_at:
                    continue
                yield record if not chain_id or record.event.chain_id == chain_id else None
            beat_at = now() + self._beat
