"""The door for deliveries, without the HTTP: who is let in, stored at once, read afterwards, nothing lost.

A delivery is let in if its signature is right and it came in time. Its bytes and a record of it are in the
ledger before the sender hears *yes*; what it says is made of it afterwards, by a thread of this process or,
if that one dies, by the next. A delivery that comes twice is one delivery.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from strandline.collection.feeds import SOURCE, Feeds, carried_by
from strandline.collection.interpretation import interpret
from strandline.intake.signatures import Refused, delivery_id, verified
from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.projection import Projector
from strandline.ledger.record import Record
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import NotFoundError, RefusedError, UnavailableError
from strandline.vocabulary.event import Event, event_of, says
from strandline.vocabulary.feed import DeliveryInterpreted, DeliveryReceived, DeliveryRefused, Feed

KEPT_HEADERS = frozenset(
    (
        "content-type",
        "user-agent",
        "x-atlassian-webhook-identifier",
        "x-atlassian-webhook-retry",
        "x-github-delivery",
        "x-github-event",
        "x-github-hook-id",
        "x-gitlab-event",
        "x-gitlab-event-uuid",
        "x-gitlab-instance",
        "x-webhook-id",
        "webhook-id",
        "webhook-timestamp",
        "idempotency-key",
        "gotk-component",
        "ce-id",
        "ce-type",
        "ce-source",
    )
)
"""Headers that a translator or a person may need; none of them is a secret."""
_REFUSALS = 60
"""Refusals that are recorded each minute; what is more is counted, so that nobody can fill the ledger."""
_PATIENCE = timedelta(seconds=1)
_KNOWN_FOR = timedelta(seconds=1)
_TOGETHER = timedelta(milliseconds=100)
"""How long the reading waits for more to come: what is read together costs less."""

Secrets = Callable[[Feed], tuple[bytes, ...]]
"""Gives a feed's active secrets."""


class TooManyError(RefusedError):
    """More deliveries in a minute than the feed may take; a good sender comes again."""

    http_status = 429


class SignatureError(RefusedError):
    """A delivery that nobody vouches for: a wrong signature, none at all, or one that is too old."""

    http_status = 401


class Receipt(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the sender is told."""

    delivery: str
    """The record of it."""
    is_new: bool
    """False where this very delivery had come before; nothing was done then."""


class PendingProjection:
    """One row for each delivery that was received and not interpreted yet."""

    name = "deliveries-pending"
    version = 1

    def keys(self, event: Event) -> Iterable[str]:
        """Return the delivery that the event is about."""
        if event.type == DeliveryReceived.TYPE:
            return (event.id,)
        said = says(event, DeliveryInterpreted)
        return (said.delivery,) if said is not None else ()

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return the delivery's row: there from when it came until it was read."""
        del rows
        [key] = self.keys(record.event)
        return {key: str(record.seq).encode() if record.event.type == DeliveryReceived.TYPE else None}


class Reception:
    """Lets deliveries in. Every method may be called from any thread."""

    def __init__(
        self, ledger: Ledger, store: ProjectionStore, feeds: Feeds, *, clock: Clock, secrets: Secrets
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._feeds = feeds
        self._clock = clock
        self._secrets = secrets
        self.projector = Projector(ledger, store, (PendingProjection(),))
        self._known: dict[str, tuple[datetime, Feed]] = {}
        self._refused: dict[str, tuple[datetime, int]] = {}
        self._allowance: dict[str, tuple[float, timedelta]] = {}
        self._turns = threading.Lock()
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def receive(self, name: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        """Let a delivery in and store it; when this returns, it cannot be lost any more.

        Args:
            name: of the feed.
            headers: of the request, names in lower case.
            body: the raw bytes.

        Raises:
            NotFoundError: there is no such feed.
            SignatureError: its signature is wrong or too old; that it came is recorded.
            UnavailableError: it could not be stored; the sender should send it again.
        """
        now = self._clock.now()
        digest = hashlib.sha256(body).hexdigest()
        try:
            feed = self._feed(name, now)
        except NotFoundError:
            self.refuse(name, "There is no such feed.", headers=headers, size=len(body), digest=digest)
            raise
        answer = verified(feed.kind, headers, body, self._secrets(feed), now) if not feed.is_open else None
        if isinstance(answer, Refused):
            self.refuse(name, answer.why, headers=headers, size=len(body), digest=digest)
            raise SignatureError(answer.why, where=f"/intake/{name}", remedy=answer.remedy)
        # Only now: else whoever has no secret could use up the allowance of the one who has.
        self._take_turn(feed, headers, len(body), digest)
        number = delivery_id(feed.kind, headers, None)
        fact = DeliveryReceived(
            digest=digest,
            delivery=number,
            headers={key: value for key, value in headers.items() if key in KEPT_HEADERS},
            carries=carried_by(feed),
        )
        event_id = f"{name}/{number or digest}/{digest[:12]}"
        known = self._ledger.find(SOURCE, event_id)
        if known is not None:
            return Receipt(delivery=event_id, is_new=False)
        event = event_of(fact, id=event_id, source=SOURCE, subject_id=name, occurred_at=now)
        [appended] = self._ledger.append([event], payload=body)
        self._news.set()
        return Receipt(delivery=event_id, is_new=appended.is_new)

    def _take_turn(self, feed: Feed, headers: Mapping[str, str], size: int, digest: str) -> None:
        """Let a delivery pass if the feed's allowance has one left; it is full after a minute's rest."""
        now, most = self._clock.steady(), float(max(feed.most_per_minute, 1))
        with self._turns:
            left, since = self._allowance.get(feed.name, (most, now))
            left = min(most, left + most * ((now - since) / timedelta(minutes=1)))
            self._allowance[feed.name] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if left < 1:
            what = f"The feed “{feed.name}” takes {feed.most_per_minute:,} deliveries a minute."
            self.refuse(feed.name, what, headers=headers, size=size, digest=digest)
            remedy = "Send it again in a minute; `strandline feed add … --most-per-minute` allows more."
            raise TooManyError(what, where=f"/intake/{feed.name}", remedy=remedy)

    def _feed(self, name: str, now: datetime) -> Feed:
        """Return a feed as it was set up a second ago at most: to look it up costs more than to store."""
        known = self._known.get(name)
        if known is not None and abs(now - known[0]) < _KNOWN_FOR:
            return known[1]
        feed = self._feeds.feed(name)
        self._known[name] = (now, feed)
        return feed

    def refuse(
        self, name: str, why: str, *, headers: Mapping[str, str], size: int | None, digest: str = ""
    ) -> None:
        """Record that something was not let in; beyond a limit it is only counted."""
        now = self._clock.now()
        since, count = self._refused.get(name, (now, 0))
        if now - since >= timedelta(minutes=1):
            since, count = now, 0
        self._refused[name] = (since, count + 1)
        if count >= _REFUSALS:
            return
        kept = {key: value[:200] for key, value in headers.items() if key in KEPT_HEADERS}
        fact = DeliveryRefused(why=why, bytes=size, digest=digest, headers=kept)
        event_id = f"refused/{name[:100]}/{now.isoformat()}/{count}"
        event = event_of(fact, id=event_id, source=SOURCE, subject_id=name[:100], occurred_at=now)
        self._ledger.append([event])

    def interpret_pending(self) -> int:
        """Read every delivery that was received and not read yet; return how many there were."""
        self.projector.catch_up()
        pending = self._store.rows(PendingProjection.name)
        for event_id in sorted(pending, key=lambda key: int(pending[key])):
            record = self._ledger.find(SOURCE, event_id)
            if record is not None:
                self._interpret(record)
        return len(pending)

    def start(self) -> None:
        """Begin to read what comes, and what a process before this one left."""
        self._thread = threading.Thread(target=self._work, name="reception", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the reading; what is left is read at the next start."""
        self._stopping.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        self._news.set()
        while not self._stopping.is_set():
            self._news.wait(_PATIENCE.total_seconds() * 10)
            self._stopping.wait(_TOGETHER.total_seconds())
            self._news.clear()
            try:
                self.interpret_pending()
            except UnavailableError:
                # The deliveries are safe; they are read once the ledger can be written again.
                self._stopping.wait(_PATIENCE.total_seconds())
                self._news.set()

    def _interpret(self, record: Record) -> None:
        received = says(record.event, DeliveryReceived)
        body = self._ledger.payload(record.payload_digest)
        if received is None or body is None:
            return
        name, event_id = record.event.subject_id, record.event.id
        try:
            feed = self._feed(name, self._clock.now())
        except NotFoundError:
            feed = Feed(name=name, kind="cdevents")

        def closing(events: int, unmapped: int, ignored: str, newest: datetime | None) -> Event:
            at = record.recorded_at
            done = DeliveryInterpreted(
                delivery=event_id,
                events=events,
                unmapped=unmapped,
                ignored=ignored,
                lag_ms=round((at - newest) / timedelta(milliseconds=1)) if newest is not None else None,
            )
            return event_of(
                done, id=f"{event_id}/interpreted", source=SOURCE, subject_id=name, occurred_at=at
            )

        interpret(
            self._ledger,
            kind=feed.kind,
            body=body,
            origin=event_id,
            at=record.recorded_at,
            names=feed.names,
            headers=received.headers,
            closing=closing,
        )
