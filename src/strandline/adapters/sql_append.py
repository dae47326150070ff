"""One batch of events on its way into the ledger: a transaction that holds the head.

This is the path of every append, so the statements are written out and given to the driver as they are:
to compose them and to carry them through SQLAlchemy took longer than all that makes the ledger trustworthy.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from strandline.adapters.sql_backend import Cursor, SqlBackend
from strandline.adapters.sql_rows import row_of
from strandline.ledger.chain import StoredRecord, chained, conflict, digest, microseconds
from strandline.ledger.checkpoint import Signer, signed
from strandline.ledger.record import Appended, Head
from strandline.vocabulary.event import Event

_CHECKPOINT_EVERY = 1000
"""Records between two signed heads that the store keeps for good."""
_ASKED_AT_ONCE = 500
"""How many ids one query asks for: well below what any database takes as parameters."""

_LOCK_HEAD = "SELECT seq, hash, recorded_us FROM ledger_head WHERE id = 1"
_KNOWN = "SELECT event_id, seq, body_digest FROM ledger_records WHERE source = ? AND event_id IN "
_RECORD = "INSERT INTO ledger_records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PAYLOAD = "INSERT INTO ledger_payloads VALUES (?, ?) ON CONFLICT (digest) DO NOTHING"
_HEAD = "UPDATE ledger_head SET seq = ?, hash = ?, recorded_us = ?, key_id = ?, signature = ? WHERE id = 1"
_CHECKPOINT = (
    "INSERT INTO ledger_checkpoints (seq, hash, recorded_us, key_id, signature) VALUES (?, ?, ?, ?, ?)"
)
_ANCHOR = (
    "INSERT INTO ledger_anchors VALUES (?, ?) ON CONFLICT (key_id) DO UPDATE "
    "SET number = excluded.number WHERE excluded.number > ledger_anchors.number"
)

_Known = dict[tuple[str, str], tuple[int, bytes]]
"""Place and body digest of the events that the ledger knows, by source and id."""


class Batch:
    """Appends within one transaction; from its first query on, nobody else can.

    Attributes:
        head_before: where the ledger ended before.
        head: where it ends now.
        recorded_us: when its newest record was recorded (microseconds since 1970 in UTC).
    """

    def __init__(self, cursor: Cursor, backend: SqlBackend, signer: Signer) -> None:
        self._cursor = cursor
        self._backend = backend
        self._signer = signer
        [(seq, head_hash, recorded_us)] = self._ask(_LOCK_HEAD + backend.head_lock, ())
        self.head_before = self.head = Head(seq=seq, hash=head_hash.hex())
        self.recorded_us: int = recorded_us

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
            known[event.source, event.id] = (stored.seq, bytes.fromhex(stored.body_digest))
            appended.append(Appended(seq=stored.seq, is_new=True))
        if new:
            self.recorded_us = recorded_us
            self._store(new, payload)
        return appended

    def note_anchor(self, number: int) -> None:
        """Keep in mind how many lines the anchor file safely has, so that a cut of it shows."""
        if number:
            self._do(_ANCHOR, (self._signer.key_id, number))

    def _store(self, new: list[StoredRecord], payload: bytes | None) -> None:
        if payload is not None:
            self._do(_PAYLOAD, (bytes.fromhex(new[0].payload_digest), payload))
        self._cursor.executemany(self._spelt(_RECORD), list(map(row_of, new)))
        head = signed(self._signer, seq=self.head.seq, hash_=self.head.hash, recorded_us=self.recorded_us)
        values = (head.seq, bytes.fromhex(head.hash), head.recorded_us, head.key_id, head.signature)
        self._do(_HEAD, values)
        if self.head_before.seq // _CHECKPOINT_EVERY != head.seq // _CHECKPOINT_EVERY:
            self._do(_CHECKPOINT, values)

    def _known(self, events: Sequence[Event]) -> _Known:
        ids: dict[str, list[str]] = defaultdict(list)
        for event in events:
            ids[event.source].append(event.id)
        known: _Known = {}
        for source, all_ids in ids.items():
            for start in range(0, len(all_ids), _ASKED_AT_ONCE):
                some = all_ids[start : start + _ASKED_AT_ONCE]
                query = f"{_KNOWN}({', '.join('?' * len(some))})"
                for event_id, seq, body_digest in self._ask(query, (source, *some)):
                    known[source, event_id] = (seq, body_digest)
        return known

    def _ask(self, query: str, values: Sequence[object]) -> Sequence[Any]:
        self._do(query, values)
        return self._cursor.fetchall()

    def _do(self, statement: str, values: Sequence[object]) -> None:
        self._cursor.execute(self._spelt(statement), values)

    def _spelt(self, statement: str) -> str:
        """Return a statement with its parameters marked as the driver wants them."""
        return statement.replace("?", self._backend.placeholder)


def _as_before(event: Event, body: bytes, before: tuple[int, bytes]) -> Appended:
    seq, body_digest = before
    if digest(body) != body_digest.hex():
        raise conflict(event, seq)
    return Appended(seq=seq, is_new=False)
