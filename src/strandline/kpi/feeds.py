"""Whether we would have heard: at what times the sources that a figure relies on were connected.

A day without incidents and a day without a connection look alike; a figure over either must not. A source is
known to have spoken on a day by a sign of life (`feed.heard`), by an event of its own, or because a backfill
read all that it has of a time (`feed.covered`).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from strandline.kpi.entry import HEARD, Entry, Placed, placed
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import DeliveryReceived, FeedCovered, FeedHeard

KIND = "sign"
DEPLOYMENTS, COMMITS, INCIDENTS = "deployments", "commits", "incidents"
APPROVALS, FEEDBACK = "approvals", "feedback"
_FEEDS_NAMED = 20
_ALIVE = frozenset((FeedHeard.TYPE, DeliveryReceived.TYPE))


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """From when until when a source was connected."""

    feed: str
    carries: tuple[str, ...]
    start: datetime
    end: datetime


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a time is covered by sources of one kind."""

    carries: str
    share: float
    """0 to 1: days with a sign of life, among the days of the time."""
    feeds: tuple[str, ...]
    """Their names, twenty at most; none if no such source was ever heard."""
    missing: tuple[date, ...]
    """The first days without one, ten at most."""

    @property
    def is_connected(self) -> bool:
        """Whether there is any such source at all."""
        return bool(self.feeds)


def placed_sign(event: Event, carries: str = "") -> Iterable[Placed]:
    """Return the sign of life that an event is.

    Args:
        event: any event.
        carries: what the event itself is about, if it is evidence of some kind.
    """
    if event.type == FeedCovered.TYPE:
        said = event.content
        return (
            placed(
                KIND,
                f"{event.subject_id} {event.id}",
                event,
                "covered",
                feed=event.subject_id,
                carries=said.get("carries"),
                start=said.get("fromAt"),
                end=said.get("toAt"),
            ),
        )
    day = event.occurred_at.astimezone(UTC).date()
    if event.type in _ALIVE:
        kept = event.content.get("carries")
        return (placed(KIND, f"{event.subject_id} {day}", event, HEARD, feed=event.subject_id, carries=kept),)
    if carries:
        name = event.source
        return (placed(KIND, f"{name} {carries} {day}", event, HEARD, feed=name, carries=[carries]),)
    return ()


def sign_of(entry: Entry) -> Sign:
    """Return the time that an entry tells of: for a sign of life its whole day (UTC)."""
    first = entry.statements[0]
    carries = {
        str(each)
        for said in entry.statements
        for each in (said.data.get("carries") or ())  # type: ignore[union-attr]  # a list of texts
    }
    feed = str(first.data["feed"])
    if first.says == HEARD:
        start = datetime.combine(first.at.astimezone(UTC).date(), time(), UTC)
        end = start + timedelta(days=1)
    else:
        start, end = (msgspec.convert(first.data[name], datetime) for name in ("start", "end"))
    return Sign(feed=feed, carries=tuple(sorted(carries)), start=start, end=end)


class Heard:
    """On which days which source was heard, by what it carries. Days are counted as `date.toordinal` does."""

    def __init__(self, signs: Iterable[Sign] = ()) -> None:
        self._days: dict[str, dict[str, set[int]]] = {}
        for sign in signs:
            self.add(sign)

    def add(self, sign: Sign) -> None:
        """Take over a sign of life; one that is known changes nothing."""
        first = sign.start.astimezone(UTC).date().toordinal()
        last = (sign.end - timedelta(microseconds=1)).astimezone(UTC).date().toordinal()
        for carries in sign.carries:
            self._days.setdefault(carries, {}).setdefault(sign.feed, set()).update(range(first, last + 1))

    def days(self, carries: str) -> set[int]:
        """Return the days on which any source that carries something was heard."""
        return set().union(*self._days.get(carries, {}).values())

    def coverage(self, carries: str, *, start: datetime, end: datetime) -> Coverage:
        """Return how much of a time is covered by sources that carry something.

        A day counts if any such source gave a sign on it; the first and the last day count as whole days.
        """
        feeds = self._days.get(carries, {})
        first = start.astimezone(UTC).date().toordinal()
        last = (end - timedelta(microseconds=1)).astimezone(UTC).date().toordinal()
        window = set(range(first, last + 1))
        seen = set().union(*(window & days for days in feeds.values()))
        missing = [day for day in range(first, last + 1) if day not in seen]
        days = last - first + 1
        return Coverage(
            carries=carries,
            share=len(seen) / days if days > 0 else 0.0,
            feeds=tuple(sorted(feeds)[:_FEEDS_NAMED]),
            missing=tuple(map(date.fromordinal, missing[:10])),
        )
