"""A ledger in memory: the same promises as the real ones, until the process ends."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from strandline.ledger.chain import GENESIS, StoredRecord, chained, conflict, digest, microseconds, record_of
from strandline.ledger.codec import to_bytes
from strandline.ledger.record import Appended, Head, Record
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.event import Event


class MemoryProjections:
    """A `ProjectionStore` in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, dict[str, bytes]] = {}
        self._checkpoints: dict[str, tuple[int, int]] = {}

    def rows(self, projection: str, keys: Iterable[str] | None = None) -> dict[str, bytes]:
        """Return the rows of a projection, by key: all, or those of these keys that there are."""
        with self._lock:
            rows = self._rows.get(projection, {})
            return dict(rows) if keys is None else {key: rows[key] for key in keys if key in rows}

    def row(self, projection: str, key: str) -> bytes | None:
        """Return one row, or `None`."""
        return self.rows(projection, (key,)).get(key)

    def checkpoint(self, projection: str) -> tuple[int, int]:
        """Return how far it has read, and its version then."""
        with self._lock:
            return self._checkpoints.get(projection, (0, 0))

    def save(
        self, projection: str, *, version: int, seq: int, rows: Mapping[str, bytes | None], base: int
    ) -> bool:
        """Write changed rows and the checkpoint, unless somebody else went on from `base`."""
        with self._lock:
            if self._checkpoints.get(projection, (0, 0))[0] != base:
                return False
            kept = self._rows.setdefault(projection, {})
            for key, row in rows.items():
                if row is None:
                    kept.pop(key, None)
                else:
                    kept[key] = row
            self._checkpoints[projection] = (seq, version)
            return True

    def drop(self, projection: str) -> None:
        """Forget the projection's rows and checkpoint."""
        with self._lock:
            self._rows.pop(projection, None)
            self._checkpoints.pop(projection, None)


class MemoryLedger:
    """A `Ledger` in memory.

    Args:
        clock: says when something is recorded.
    """

    def __init__(self, *, clock: Clock) -> None:
        self.clock = clock
        self.projections = MemoryProjections()
        self._news = threading.Condition()
        self._records: list[Record] = []
        self._places: dict[tuple[str, str], int] = {}
        self._payloads: dict[str, bytes] = {}

    def append(self, events: Sequence[Event], *, payload: bytes | None = None) -> list[Appended]:
        """Record the events in this order, all or none; see `Ledger.append`."""
        written = [(event, to_bytes(event)) for event in events]
        payload_digest = digest(payload) if payload is not None else ""
        with self._news:
            recorded_us = max(
                [microseconds(self.clock.now())]
                + [microseconds(record.recorded_at) for record in self._records[-1:]]
            )
            head, appended, new = self._head(), list[Appended](), list[StoredRecord]()
            places: dict[tuple[str, str], int] = {}
            for event, body in written:
                key = (event.source, event.id)
                seq = self._places.get(key) or places.get(key)
                if seq is not None:
                    known = (
                        self._records[seq - 1].body
                        if seq <= len(self._records)
                        else new[seq - len(self._records) - 1].body
                    )
                    if known != body:
                        raise conflict(event, seq)
                    appended.append(Appended(seq=seq, is_new=False))
                    continue
                stored = chained(
                    event, body, after=head, recorded_us=recorded_us, payload_digest=payload_digest
                )
                new.append(stored)
                head = Head(seq=stored.seq, hash=stored.hash)
                places[key] = stored.seq
                appended.append(Appended(seq=stored.seq, is_new=True))
            if new:
                if payload is not None:
                    self._payloads[payload_digest] = payload
                self._records.extend(record_of(stored) for stored in new)
                self._places.update(places)
                self._news.notify_all()
            return appended

    def read(
        self,
        *,
        after: int = 0,
        limit: int | None = None,
        types: Iterable[str] = (),
        chain_id: str = "",
        subject_id: str = "",
    ) -> Iterator[Record]:
        """Yield records in order, up to what is the newest when the reading begins; see `Ledger.read`."""
        prefixes = tuple(types)
        with self._news:
            records = self._records[after:]
        left = len(records) if limit is None else limit
        for record in records:
            if left <= 0:
                return
            event = record.event
            if (
                (not prefixes or event.type.startswith(prefixes))
                and chain_id in ("", event.chain_id)
                and subject_id in ("", event.subject_id)
            ):
                left -= 1
                yield record

    def find(self, source: str, event_id: str) -> Record | None:
        """Return the record of this event, or `None` if the ledger does not know it."""
        with self._news:
            seq = self._places.get((source, event_id))
            return self._records[seq - 1] if seq is not None else None

    def named(self, event_id: str) -> list[Record]:
        """Return the records of all events of this id; see `Ledger.named`."""
        with self._news:
            places = sorted(seq for (_, name), seq in self._places.items() if name == event_id)
            return [self._records[seq - 1] for seq in places]

    def payload(self, digest: str) -> bytes | None:
        """Return the raw payload with this SHA-256 (hex), or `None`."""
        with self._news:
            return self._payloads.get(digest)

    def head(self) -> Head:
        """Return the newest record's place and hash."""
        with self._news:
            return self._head()

    def wait(self, *, after: int, timeout: timedelta) -> bool:
        """Block until there is a record after place `after`; return whether there is one."""
        deadline = time.monotonic() + timeout.total_seconds()
        with self._news:
            while len(self._records) <= after:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._news.wait(left)
            return True

    def _head(self) -> Head:
        if not self._records:
            return Head(seq=0, hash=GENESIS)
        return Head(seq=self._records[-1].seq, hash=self._records[-1].hash)
