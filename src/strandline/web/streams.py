"""Live streams: what is sent as it happens, until the client goes or the server stops.

Nothing is queued for a client: it is woken, and reads the ledger from the place it has come to. A slow one
reads later, and keeps nobody waiting.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
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
        self._open: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._is_closed = False

    @property
    def open_count(self) -> int:
        """How many streams are open."""
        return len(self._open)

    def close(self) -> None:
        """End every stream now, and begin no new one; from any thread."""
        self._is_closed = True
        for end, loop in tuple(self._open.items()):
            with suppress(RuntimeError):  # the loop is closed: its stream is gone
                loop.call_soon_threadsafe(end.set)

    async def records(self, *, after: int | None, chain_id: str = "") -> AsyncGenerator[Record | None, None]:
        """Yield the records after a place in the ledger (`None`: the newest) until closed.

        `None` is a beat. The first comes at once, so that a client knows it is heard. If the ledger is away,
        the stream ends; the client comes back, and says what it had last.
        """
        end = asyncio.Event()
        self._open[end] = asyncio.get_running_loop()
        try:
            subscription = await asyncio.to_thread(self._tail.subscribe, after=after)
            async with subscription:
                yield None
                async with aclosing(self._followed(subscription, end, chain_id)) as followed:
                    async for record in followed:
                        yield record
        except StrandlineError:
            return
        finally:
            del self._open[end]

    async def _followed(
        self, subscription: Subscription, end: asyncio.Event, chain_id: str
    ) -> AsyncGenerator[Record | None, None]:
        now = asyncio.get_running_loop().time
        beat_at = now() + self._beat
        ended = asyncio.ensure_future(end.wait())
        news = asyncio.ensure_future(_next(subscription))
        try:
            while not self._is_closed:
                await asyncio.wait(
                    {news, ended}, timeout=max(beat_at - now(), 0), return_when=asyncio.FIRST_COMPLETED
                )
                record = None
                if news.done():
                    record = news.result()
                    if record is None:
                        return
                    news = asyncio.ensure_future(_next(subscription))
                # What others do is no news here, and does not put off the beat either.
                is_news = record is not None and chain_id in ("", record.event.chain_id)
                if is_news or now() >= beat_at:
                    yield record if is_news else None
                    beat_at = now() + self._beat
        finally:
            ended.cancel()
            news.cancel()


async def _next(subscription: Subscription) -> Record | None:
    """Return the next record, or `None` if none will come any more."""
    return await anext(subscription, None)
