"""The feeds that were set up, as the ledger has them."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from strandline.collection.feed_standing import FeedStanding, FeedTraffic, TrafficProjection, standing_of
from strandline.collection.kinds import KINDS
from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.projection import Projector
from strandline.ledger.record import Record
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError, NotFoundError
from strandline.vocabulary.event import Event, event_of, says
from strandline.vocabulary.feed import DeliveryUnmapped, Feed, FeedCatalogued

SOURCE = "/strandline/collection"
"""Who says it: the CloudEvents source of all that this room states."""
CARRIED: Mapping[str, tuple[str, ...]] = {
    "alertmanager": ("incidents",),
    "argocd": ("deployments",),
    "flux": ("deployments",),
    "github": ("deployments", "commits"),
    "gitlab": ("deployments", "commits"),
    "opsgenie": ("incidents",),
    "pagerduty": ("incidents",),
    "servicenow": ("approvals",),
    "statuspage": ("incidents",),
}
"""What a kind of source is relied on for where its owner does not say; nothing for the others."""


class UnmappedLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that could not be made into an event."""

    seq: int
    recorded_at: datetime
    delivery: str
    what: str
    where: str
    remedy: str
    payload: str
    """SHA-256 of the bytes that it was in (hex), under which the ledger keeps them."""


class FeedsProjection:
    """One row for each feed: its newest catalogue entry."""

    name = "feeds"
    version = 1

    def keys(self, event: Event) -> Iterable[str]:
        """Return the feed that was catalogued."""
        return (event.subject_id,) if event.type == FeedCatalogued.TYPE else ()

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return the feed's row after this record."""
        del rows
        said = says(record.event, FeedCatalogued)
        return {record.event.subject_id: msgspec.json.encode(said.entry)} if said is not None else {}


class Feeds:
    """The feeds: asked for by name, set up, listed."""

    def __init__(self, ledger: Ledger, store: ProjectionStore, clock: Clock) -> None:
        self._ledger = ledger
        self._store = store
        self._clock = clock
        self.projector = Projector(ledger, store, (FeedsProjection(),))
        self.traffic = Projector(ledger, store, (TrafficProjection(),))

    def every(self) -> list[Feed]:
        """Return all feeds, by name."""
        self.projector.catch_up()
        rows = self._store.rows(FeedsProjection.name)
        return [msgspec.json.decode(rows[name], type=Feed) for name in sorted(rows)]

    def feed(self, name: str) -> Feed:
        """Return one feed.

        Raises:
            NotFoundError: there is none of this name; the message lists those there are.
        """
        self.projector.catch_up()
        row = self._store.row(FeedsProjection.name, name)
        if row is not None:
            return msgspec.json.decode(row, type=Feed)
        known = ", ".join(sorted(self._store.rows(FeedsProjection.name)))
        what = f"There is no feed called “{name}”."
        remedy = (
            f"Known feeds: {known}." if known else f"Set it up: strandline feed add {name} --kind github."
        )
        raise NotFoundError(what, remedy=remedy)

    def standings(self, now: datetime) -> list[FeedStanding]:
        """Return how each feed stands at a moment, by name."""
        feeds = self.every()
        self.traffic.catch_up()
        rows = self._store.rows(TrafficProjection.name)
        return [
            standing_of(each, msgspec.json.decode(rows.get(each.name, b"{}"), type=FeedTraffic), now)
            for each in feeds
        ]

    def unmapped(self, number: int) -> list[UnmappedLine]:
        """Return the newest things that could not be made into events, newest last."""
        newest: deque[UnmappedLine] = deque(maxlen=max(number, 0))
        for record in self._ledger.read(types=(DeliveryUnmapped.TYPE,)):
            said = says(record.event, DeliveryUnmapped)
            if said is not None:
                newest.append(
                    UnmappedLine(
                        seq=record.seq,
                        recorded_at=record.recorded_at,
                        delivery=record.event.subject_id,
                        what=said.what,
                        where=said.where,
                        remedy=said.remedy,
                        payload=record.payload_digest,
                    )
                )
        return list(newest)

    def set_up(self, feed: Feed, *, actor: str) -> None:
        """Make a feed known, or alter it; what came over it before stays as it was read then.

        Raises:
            BadInputError: it makes no sense; the error says why.
        """
        if not feed.name.replace("-", "").replace("_", "").isalnum():
            what = f"“{feed.name}” cannot be the name of a feed: it is part of an address."
            raise BadInputError(what, remedy="Use letters, digits, - and _.")
        if feed.kind not in KINDS:
            what = f"No source is called “{feed.kind}”."
            raise BadInputError(what, remedy=f"Known sources: {', '.join(KINDS)}.")
        if not feed.secrets and not feed.is_open and feed.api is None:
            what = "A feed without a secret would let anybody speak in its name."
            remedy = (
                "Name where its secret is (--secret env:NAME or file:PATH), say --open, or where to ask it."
            )
            raise BadInputError(what, where=feed.name, remedy=remedy)
        now = self._clock.now()
        event = event_of(
            FeedCatalogued(entry=feed),
            id=f"feed/{feed.name}/{now.isoformat()}",
            source=SOURCE,
            subject_id=feed.name,
            occurred_at=now,
            actor=actor,
        )
        self._ledger.append([event])


def carried_by(feed: Feed) -> tuple[str, ...]:
    """Return what figures rely on a feed for."""
    return feed.carries or CARRIED.get(feed.kind, ())
