"""Whether we would have heard: at what times the sources that a figure relies on were connected.

A day without incidents and a day without a connection look alike; a figure over either must not. A source is
known to have spoken on a day by a sign of life (`feed.heard`), by an event of its own, or because a backfill
read all that it has of a time (`feed.covered`).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from strandline.kpi.entry import HEARD, Entry, Placed, placed
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import DeliveryReceived, FeedCovered, FeedHeard

KIND = "sign"
DEPLOYMENTS, COMMITS, INCIDENTS = "deployments", "commits", "incidents"
APPROVALS, FEEDBACK = "approvals", "feedback"
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


def coverage(signs: Sequence[Sign], carries: str, *, start: datetime, end: datetime) -> Coverage:
    """Return how much of a time is covered by sources that carry something.

    A day counts if any such source gave a sign on it; the first and the last day count as whole days.
    """
    relevant = [each for each in signs if carries in each.carries]
    feeds = tuple(sorted({each.feed for each in relevant}))
    first, last = start.astimezone(UTC).date(), (end - timedelta(microseconds=1)).astimezone(UTC).date()
    days = (last - first).days + 1
    seen: set[date] = set()
    for each in relevant:
        day = max(each.start.astimezone(UTC).date(), first)
        until = min((each.end - timedelta(microseconds=1)).astimezone(UTC).date(), last)
        while day <= until:
            seen.add(day)
            day += timedelta(days=1)
    missing = [day for day in (first + timedelta(days=n) for n in range(days)) if day not in seen]
    share = len(seen) / days if days > 0 else 0.0
    return Coverage(carries=carries, share=share, feeds=feeds, missing=tuple(missing[:10]))
