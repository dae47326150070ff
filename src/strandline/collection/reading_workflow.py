"""Reads a source to the end of a time, page by page; it goes on where it was after a crash.

Each page is one step: asked for, interpreted and recorded, and only its outcome is remembered. A step that
ran and was not remembered runs again, and finds that all of it is known. A source that wants to be asked
later is asked later, also when the process was killed meanwhile.
"""

import asyncio
import hashlib
from datetime import datetime, timedelta
from functools import partial

import msgspec

from strandline.collection.feeds import SOURCE, Feeds, carried_by
from strandline.collection.interpretation import interpret
from strandline.collection.remote import (
    ExpiredCursorError,
    MakeSource,
    RemotePayload,
    ThrottledError,
    Window,
)
from strandline.engine.ports import WorkflowContext
from strandline.ledger.ports import Ledger
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import StrandlineError, UnavailableError
from strandline.vocabulary.event import Event, Fact, event_of, says
from strandline.vocabulary.feed import Feed, FeedCovered, FeedHeard
from strandline.vocabulary.reading import ReadingAdvanced, ReadingFailed, ReadingFinished

WORKFLOW = "reading"
PATIENCE = 8
"""How often in a row a source may not answer before a reading is given up."""
_RESTARTS = 3
_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=5)


class ReadingToRun(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the workflow is given."""

    reading: str
    feed: Feed
    window: Window


class PageRead(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of asking for a page: it was read, or it is to be asked for again."""

    next: str = ""
    payloads: int = 0
    new: int = 0
    known: int = 0
    unmapped: int = 0
    note: str = ""
    wait_seconds: float | None = None
    """After which it is to be asked for again; `None` if it was read."""
    is_expired: bool = False
    what: str = ""
    """Why it was not read."""


class ReadingWorkflow:
    """The workflow, with what it works on."""

    def __init__(self, ledger: Ledger, feeds: Feeds, make_source: MakeSource, clock: Clock) -> None:
        self._ledger = ledger
        self._feeds = feeds
        self._make_source = make_source
        self._clock = clock

    async def run(self, context: WorkflowContext, order: ReadingToRun) -> None:
        """Read everything that was ordered, and say how it ended."""
        pages: list[PageRead] = []
        try:
            streams = await context.step("streams", partial(self._streams, order), returns=list[str])
            for stream in streams:
                pages += await self._read_stream(context, order, stream)
        except StrandlineError as error:
            failed = ReadingFailed(
                feed=order.feed.name, what=error.what, where=error.where, remedy=error.remedy
            )
            await context.step("failed", partial(self._say, order, "failed", failed), returns=bool)
            return
        finished = ReadingFinished(
            feed=order.feed.name,
            from_at=order.window.from_at,
            to_at=order.window.to_at,
            pages=len(pages),
            payloads=sum(each.payloads for each in pages),
            new=sum(each.new for each in pages),
            unmapped=sum(each.unmapped for each in pages),
            notes=tuple(dict.fromkeys(each.note for each in pages if each.note)),
        )
        await context.step("finished", partial(self._finish, order, finished), returns=bool)

    async def _read_stream(
        self, context: WorkflowContext, order: ReadingToRun, stream: str
    ) -> list[PageRead]:
        pages: list[PageRead] = []
        cursor, asked, unanswered, restarts = "", 0, 0, 0
        while True:
            asked += 1
            ask = partial(self._read, order, stream, cursor, asked=asked, page=len(pages) + 1)
            read = await context.step(f"{stream}/{asked}", ask, returns=PageRead)
            if read.wait_seconds is not None:
                unanswered += 1
                if unanswered > PATIENCE:
                    what = f"{read.what} It was asked {PATIENCE + 1} times."
                    raise UnavailableError(what, where=stream, remedy="Order the reading again later.")
                pause = min(_FIRST_PAUSE * 2 ** (unanswered - 1), _LONGEST_PAUSE).total_seconds()
                await context.sleep(max(read.wait_seconds, pause))
                continue
            unanswered = 0
            if read.is_expired:
                restarts += 1
                if restarts > _RESTARTS:
                    raise UnavailableError(read.what, where=stream, remedy="Ask for a shorter time.")
                cursor, pages = "", []
                continue
            pages.append(read)
            if not read.next:
                return pages
            if read.next == cursor:
                what = "The source answers with the same page for ever."
                raise UnavailableError(what, where=stream, remedy="Report it; what was read stays.")
            cursor = read.next

    async def _streams(self, order: ReadingToRun) -> list[str]:
        source = await asyncio.to_thread(self._make_source, order.feed)
        return list(source.streams)

    async def _read(
        self, order: ReadingToRun, stream: str, cursor: str, *, asked: int, page: int
    ) -> PageRead:
        return await asyncio.to_thread(self._read_page, order, stream, cursor, asked, page)

    def _read_page(self, order: ReadingToRun, stream: str, cursor: str, asked: int, page: int) -> PageRead:
        try:
            found = self._make_source(order.feed).page(stream, order.window, cursor)
        except ThrottledError as error:
            return PageRead(wait_seconds=error.wait.total_seconds(), what=error.what)
        except ExpiredCursorError as error:
            return PageRead(is_expired=True, what=error.what)
        except UnavailableError as error:
            return PageRead(wait_seconds=0.0, what=error.what)
        now = self._clock.now()
        done = [self._interpreted(order.feed, each, now) for each in found.payloads]
        advanced = ReadingAdvanced(
            feed=order.feed.name,
            stream=stream,
            page=page,
            payloads=len(done),
            new=sum(new for new, _, _ in done),
            known=sum(known for _, known, _ in done),
            unmapped=sum(unmapped for _, _, unmapped in done),
            note=found.note,
        )
        event_id = f"{order.reading}/{stream}/{asked}"
        before = self._ledger.find(SOURCE, event_id)
        if before is not None:
            # It was read and could not be remembered: what was new then counts, not that it is known now.
            advanced = says(before.event, ReadingAdvanced) or advanced
        else:
            self._ledger.append([self._event(order, event_id, advanced, now)])
        return PageRead(
            next=found.next,
            payloads=advanced.payloads,
            new=advanced.new,
            known=advanced.known,
            unmapped=advanced.unmapped,
            note=found.note,
        )

    def _interpreted(self, feed: Feed, payload: RemotePayload, now: datetime) -> tuple[int, int, int]:
        digest = hashlib.sha256(payload.body).hexdigest()
        found = interpret(
            self._ledger,
            kind=feed.kind,
            body=payload.body,
            origin=f"read/{feed.name}/{digest[:24]}",
            at=now,
            names=feed.names,
            headers=payload.headers,
            source=SOURCE,
        )
        return found.new, found.known, len(found.unmapped)

    async def _say(self, order: ReadingToRun, key: str, fact: Fact) -> bool:
        event_id = f"{order.reading}/{key}"
        if self._ledger.find(SOURCE, event_id) is None:
            self._ledger.append([self._event(order, event_id, fact, self._clock.now())])
        return True

    async def _finish(self, order: ReadingToRun, fact: ReadingFinished) -> bool:
        """Say that it ended, and of which time everything is known now."""
        source = await asyncio.to_thread(self._make_source, order.feed)
        carried = carried_by(order.feed)
        covered = tuple(each for each in source.covers if each in carried)
        sign: Fact = FeedHeard(carries=carried)
        if covered:
            sign = FeedCovered(carries=covered, from_at=order.window.from_at, to_at=order.window.to_at)
        event_id = f"{order.reading}/finished"
        if self._ledger.find(SOURCE, event_id) is None:
            now = self._clock.now()
            heard = event_of(
                sign,
                id=f"{order.reading}/covered",
                source=SOURCE,
                subject_id=order.feed.name,
                occurred_at=now,
            )
            self._ledger.append([heard, self._event(order, event_id, fact, now)])
        return True

    def _event(self, order: ReadingToRun, event_id: str, fact: Fact, now: datetime) -> Event:
        return event_of(fact, id=event_id, source=SOURCE, subject_id=order.reading, occurred_at=now)
