"""One batch of events on its way into the ledger: a transaction that holds the head."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, text, update

from strandline.adapters.sql_rows import row_of
from strandline.adapters.sql_schema import CHECKPOINTS, HEAD, RECORDS
from strandline.ledger.chain import StoredRecord, chained, conflict, digest, microseconds
from strandline.ledger.checkpoint import Signer, signed
from strandline.ledger.record import Appended, Head
from strandline.vocabulary.event import Event

_CHECKPOINT_EVERY = 1000
"""Records between two signed heads that the store keeps for good."""
_ASKED_AT_ONCE = 500
"""How many ids one query asks for: well below what any database takes as parameters."""

_HEAD = select(HEAD.c.seq, HEAD.c.hash, HEAD.c.recorded_us).where(HEAD.c.id == 1).with_for_update()
_NOTE_ANCHOR = text(
    "INSERT INTO ledger_anchors (key_id, number) VALUES (:key_id, :number) "
    "ON CONFLICT (key_id) DO UPDATE SET number = excluded.number "
    "WHERE excluded.number > ledger_anchors.number"
)
_KEEP_PAYLOAD = text(
    "INSERT INTO ledger_payloads (digest, content) VALUES (:digest, :content) ON CONFLICT (digest) DO NOTHING"
)

_Known = dict[tuple[str, str], tuple[int, str]]
"""Place and body digest of the events that the ledger knows, by source and id."""


class Batch:
    """Appends within one transaction; from its first query on, nobody else can.

    Attributes:
        head_before: where the ledger ended before.
        head: where it ends now.
        recorded_us: when its newest record was recorded (microseconds since 1970 in UTC).
    """

    def __init__(self, connection: Connection, signer: Signer) -> None:
        self._connection = connection
        self._signer = signer
        row = connection.execute(_HEAD).one()
        self.head_before = self.head = Head(seq=row.seq, hash=row.hash.hex())
        self.recorded_us: int = row.recorded_us

    def append(
        self, written: Sequence[tuple[Event, bytes]], *, payload: bytes | None, now: datetime
    ) -> list[Appended]:
        """Record the events (each with its canonical bytes) that the ledger does not know.

        Raises:
            ConflictingEventError: one of them has a known source and id, but says something else.
        """
        known = self._known([event for event, _ in written])
        payload_digest = digest(payload) if payload is not None else ""
        # A clock that was set back must not make a record older than the one ahead of it.
        recorded_us = max(self.recorded_us, microseconds(now))
        appended: list[Appended] = []
        new: list[StoredRecord] = []
        for event, body in written:
            before = known.get((event.source, event.id))
            if before is not None:
                appended.append(_as_before(event, body, before))
                continue
            stored = chained(
                event, body, after=self.head, recorded_us=recorded_us, payload_digest=payload_digest
            )
            new.append(stored)
            self.head = Head(seq=stored.seq, hash=stored.hash)
            known[event.source, event.id] = (stored.seq, stored.body_digest)
            appended.append(Appended(seq=stored.seq, is_new=True))
        if new:
            self.recorded_us = recorded_us
            self._store(new, payload)
        return appended

    def note_anchor(self, number: int) -> None:
        """Keep in mind how many lines the anchor file safely has, so that a cut of it shows."""
        if number:
            self._connection.execute(_NOTE_ANCHOR, {"key_id": self._signer.key_id, "number": number})

    def _store(self, new: list[StoredRecord], payload: bytes | None) -> None:
        if payload is not None:
            values = {"digest": bytes.fromhex(new[0].payload_digest), "content": payload}
            self._connection.execute(_KEEP_PAYLOAD, values)
        self._connection.execute(insert(RECORDS), [row_of(stored) for stored in new])
        head = signed(self._signer, seq=self.head.seq, hash_=self.head.hash, recorded_us=self.recorded_us)
        row = {
            "seq": head.seq,
            "hash": bytes.fromhex(head.hash),
            "recorded_us": head.recorded_us,
            "key_id": head.key_id,
            "signature": head.signature,
        }
        self._connection.execute(update(HEAD).where(HEAD.c.id == 1), row)
        if self.head_before.seq // _CHECKPOINT_EVERY != head.seq // _CHECKPOINT_EVERY:
            self._connection.execute(insert(CHECKPOINTS), row)

    def _known(self, events: Sequence[Event]) -> _Known:
        ids: dict[str, list[str]] = defaultdict(list)
        for event in events:
            ids[event.source].append(event.id)
        known: _Known = {}
        for source, all_ids in ids.items():
            for start in range(0, len(all_ids), _ASKED_AT_ONCE):
                query = select(RECORDS.c.event_id, RECORDS.c.seq, RECORDS.c.body_digest).where(
                    RECORDS.c.source == source,
                    RECORDS.c.event_id.in_(all_ids[start : start + _ASKED_AT_ONCE]),
                )
                for row in self._connection.execute(query):
                    known[source, row.event_id] = (row.seq, row.body_digest.hex())
        return known


def _as_before(event: Event, body: bytes, before: tuple[int, str]) -> Appended:
    seq, body_digest = before
    if digest(body) != body_digest:
        raise conflict(event, seq)
    return Appended(seq=seq, is_new=False)
