"""The readings: ordered, under way, ended; and what a source that is asked regularly is asked next."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from strandline.collection.feeds import SOURCE, Feeds
from strandline.collection.remote import Window
from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.projection import Projector
from strandline.ledger.record import Record
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError, NotFoundError
from strandline.vocabulary.event import Event, event_of, says
from strandline.vocabulary.reading import (
    ReadingAdvanced,
    ReadingFailed,
    ReadingFinished,
    ReadingOrdered,
)

OVERLAP = timedelta(hours=1)
"""How far a reconciliation reaches back into what was read before: clocks differ, and searches lag."""
FIRST_RECONCILIATION = timedelta(days=1)


class ReadingState(Enum):
    """Where a reading stands."""

    OPEN = "open"
    FINISHED = "finished"
    FAILED = "failed"


class ReadingView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One reading."""

    id: str
    feed: str
    from_at: datetime
    to_at: datetime
    is_reconciliation: bool
    ordered_at: datetime
    ordered_by: str = ""
    state: ReadingState = ReadingState.OPEN
    stream: str = ""
    """What was read last."""
    pages: int = 0
    payloads: int = 0
    new: int = 0
    unmapped: int = 0
    notes: tuple[str, ...] = ()
    what: str = ""
    """Why it failed."""
    remedy: str = ""

    @property
    def window(self) -> Window:
        """The time that it is about."""
        return Window(from_at=self.from_at, to_at=self.to_at)


class ReadingsProjection:
    """One row for each reading: its `ReadingView`."""

    name = "readings"
    version = 1

    def keys(self, event: Event) -> Iterable[str]:
        """Return the reading that the event is about."""
        return (event.subject_id,) if event.type in _TYPES else ()

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return the reading's row after this record."""
        event = record.event
        row = rows.get(event.subject_id)
        view = msgspec.json.decode(row, type=ReadingView) if row is not None else None
        after = _after(view, event)
        return {event.subject_id: msgspec.json.encode(after)} if after is not None else {}


_TYPES = frozenset(each.TYPE for each in (ReadingOrdered, ReadingAdvanced, ReadingFinished, ReadingFailed))


def _after(view: ReadingView | None, event: Event) -> ReadingView | None:
    ordered = says(event, ReadingOrdered)
    if ordered is not None:
        return view or ReadingView(
            id=event.subject_id,
            feed=ordered.feed,
            from_at=ordered.from_at,
            to_at=ordered.to_at,
            is_reconciliation=ordered.is_reconciliation,
            ordered_at=event.occurred_at,
            ordered_by=event.actor,
        )
    if view is None:
        return None
    advanced = says(event, ReadingAdvanced)
    if advanced is not None:
        return msgspec.structs.replace(
            view,
            stream=advanced.stream,
            pages=view.pages + 1,
            payloads=view.payloads + advanced.payloads,
            new=view.new + advanced.new,
            unmapped=view.unmapped + advanced.unmapped,
            notes=tuple(dict.fromkeys((*view.notes, *([advanced.note] if advanced.note else [])))),
        )
    failed = says(event, ReadingFailed)
    if failed is not None:
        return msgspec.structs.replace(
            view, state=ReadingState.FAILED, what=failed.what, remedy=failed.remedy
        )
    return msgspec.structs.replace(view, state=ReadingState.FINISHED)


class Readings:
    """Orders readings, and knows how they stand."""

    def __init__(self, ledger: Ledger, store: ProjectionStore, feeds: Feeds, clock: Clock) -> None:
        self._ledger = ledger
        self._store = store
        self._feeds = feeds
        self._clock = clock
        self.projector = Projector(ledger, store, (ReadingsProjection(),))

    def every(self) -> list[ReadingView]:
        """Return all readings, oldest first."""
        self.projector.catch_up()
        rows = self._store.rows(ReadingsProjection.name).values()
        views = [msgspec.json.decode(row, type=ReadingView) for row in rows]
        return sorted(views, key=lambda view: (view.ordered_at, view.id))

    def reading(self, reading_id: str) -> ReadingView:
        """Return one reading.

        Raises:
            NotFoundError: nobody ordered it.
        """
        self.projector.catch_up()
        row = self._store.row(ReadingsProjection.name, reading_id)
        if row is None:
            what = f"There is no reading “{reading_id}”."
            raise NotFoundError(what, remedy="`strandline feed readings` lists them.")
        return msgspec.json.decode(row, type=ReadingView)

    def order(self, feed_name: str, window: Window, *, actor: str) -> ReadingView:
        """Ask for everything that a source has of a time; the control plane reads it.

        Raises:
            NotFoundError: there is no such feed.
            BadInputError: it cannot be asked, or not for such a time.
        """
        feed = self._feeds.feed(feed_name)
        if feed.api is None:
            what = f"It is not known how the source of “{feed_name}” can be asked: it only sends."
            remedy = f"Say it: strandline feed add {feed_name} --kind {feed.kind} --api https://… --reads …"
            raise BadInputError(what, where=feed_name, remedy=remedy)
        if window.from_at >= window.to_at:
            what = "The time ends before it begins."
            raise BadInputError(what, where=f"{window.from_at:%Y-%m-%d %H:%M}", remedy="Turn it round.")
        return self._ordered(feed_name, window, actor=actor, is_reconciliation=False)

    def reconcile(self) -> list[ReadingView]:
        """Order whatever is due: each source that can be asked is, every so often."""
        now = self._clock.now()
        feeds = [each for each in self._feeds.every() if each.api is not None]
        if not feeds:
            return []
        by_feed: dict[str, list[ReadingView]] = {}
        for view in self.every():
            by_feed.setdefault(view.feed, []).append(view)
        ordered = []
        for feed in feeds:
            past = by_feed.get(feed.name, [])
            every = feed.api.every if feed.api is not None else timedelta.max
            if any(view.state is ReadingState.OPEN for view in past):
                continue
            if past and now - past[-1].ordered_at < every:
                continue
            reached = [view.to_at for view in past if view.state is ReadingState.FINISHED]
            start = max(reached) - OVERLAP if reached else now - FIRST_RECONCILIATION
            window = Window(from_at=start, to_at=now)
            ordered.append(self._ordered(feed.name, window, actor="strandline", is_reconciliation=True))
        return ordered

    def _ordered(self, feed_name: str, window: Window, *, actor: str, is_reconciliation: bool) -> ReadingView:
        now = self._clock.now()
        reading = f"{feed_name}/{now:%Y%m%dT%H%M%S.%fZ}"
        fact = ReadingOrdered(
            feed=feed_name,
            from_at=window.from_at,
            to_at=min(window.to_at, now),
            is_reconciliation=is_reconciliation,
        )
        event = event_of(
            fact, id=f"{reading}/ordered", source=SOURCE, subject_id=reading, occurred_at=now, actor=actor
        )
        self._ledger.append([event])
        return self.reading(reading)
