"""How each feed stands: when it was last heard, and what came over it. Quiet is not disconnected."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum

import msgspec

from strandline.ledger.record import Record
from strandline.vocabulary.event import Event, says
from strandline.vocabulary.feed import (
    DeliveryInterpreted,
    DeliveryReceived,
    DeliveryRefused,
    Feed,
    FeedCovered,
    FeedHeard,
)


class Standing(Enum):
    """Whether a feed can be relied on now."""

    HEARD = "heard"
    SILENT = "silent"
    """Nothing came for longer than it may be quiet: it counts as disconnected."""
    NEVER_HEARD = "never-heard"


class FeedTraffic(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What came over one feed."""

    heard_at: datetime | None = None
    deliveries: int = 0
    events: int = 0
    unmapped: int = 0
    refused: int = 0
    refused_because: str = ""
    """Why, the last time."""
    lag_ms: int | None = None
    """How long the newest delivery that told of anything came after it."""


class FeedStanding(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One feed, and how it stands."""

    feed: Feed
    standing: Standing
    heard_at: datetime | None
    deliveries: int
    events: int
    unmapped: int
    refused: int
    refused_because: str
    lag_ms: int | None
    """How long the newest delivery came after what it tells of; `None` where none told of anything."""


def standing_of(feed: Feed, traffic: FeedTraffic, now: datetime) -> FeedStanding:
    """Return how a feed stands at a moment."""
    heard_at = traffic.heard_at
    if heard_at is None:
        standing = Standing.NEVER_HEARD
    else:
        standing = Standing.HEARD if now - heard_at <= feed.quiet_for else Standing.SILENT
    return FeedStanding(
        feed=feed,
        standing=standing,
        heard_at=heard_at,
        deliveries=traffic.deliveries,
        events=traffic.events,
        unmapped=traffic.unmapped,
        refused=traffic.refused,
        refused_because=traffic.refused_because,
        lag_ms=traffic.lag_ms,
    )


class TrafficProjection:
    """One row for each feed: its `FeedTraffic`."""

    name = "feed-traffic"
    version = 2

    def keys(self, event: Event) -> Iterable[str]:
        """Return the feed that the event is about."""
        return (event.subject_id,) if event.type in _COUNTED else ()

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return the feed's row after this record."""
        event = record.event
        row = rows.get(event.subject_id)
        before = msgspec.json.decode(row, type=FeedTraffic) if row is not None else FeedTraffic()
        return {event.subject_id: msgspec.json.encode(_after(before, event))}


_COUNTED = frozenset(
    each.TYPE for each in (DeliveryReceived, DeliveryInterpreted, DeliveryRefused, FeedHeard, FeedCovered)
)


def _after(traffic: FeedTraffic, event: Event) -> FeedTraffic:
    refused = says(event, DeliveryRefused)
    if refused is not None:
        return msgspec.structs.replace(traffic, refused=traffic.refused + 1, refused_because=refused.why)
    done = says(event, DeliveryInterpreted)
    if done is not None:
        return msgspec.structs.replace(
            traffic,
            events=traffic.events + done.events,
            unmapped=traffic.unmapped + done.unmapped,
            lag_ms=done.lag_ms if done.lag_ms is not None else traffic.lag_ms,
        )
    at = event.occurred_at
    heard_at = at if traffic.heard_at is None else max(traffic.heard_at, at)
    received = event.type == DeliveryReceived.TYPE
    return msgspec.structs.replace(traffic, heard_at=heard_at, deliveries=traffic.deliveries + received)
