"""The ledger in an SQL database: SQLite or PostgreSQL, with one code for both."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from strandline.adapters.anchor_file import AnchorFile
from strandline.adapters.postgres import PostgresBackend
from strandline.adapters.sql_append import Batch
from strandline.adapters.sql_backend import SqlBackend, explained
from strandline.adapters.sql_migrations import migrate
from strandline.adapters.sql_projections import SqlProjectionStore
from strandline.adapters.sql_proof import prove
from strandline.adapters.sql_rows import COLUMNS, signed_head, stored_record
from strandline.adapters.sql_schema import ANCHORS, HEAD, PAYLOADS, RECORDS
from strandline.adapters.sqlite import SqliteBackend
from strandline.ledger.chain import record_of
from strandline.ledger.checkpoint import Signer
from strandline.ledger.codec import to_bytes
from strandline.ledger.proof import Proof
from strandline.ledger.record import Appended, Head, Record
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event

_PAGE = 500
"""Records per query while reading: no cursor stays open while the reader thinks."""


class SqlLedger:
    """A `Ledger` in an SQL database, opened by `open_ledger`."""

    def __init__(self, backend: SqlBackend, *, clock: Clock, signer: Signer, anchor: AnchorFile) -> None:
        self._backend = backend
        self._clock = clock
        self._signer = signer
        self._anchor = anchor
        self._turn = threading.Lock()
        self._news = threading.Condition()
        self._newest = 0
        self.projections = SqlProjectionStore(backend)
        """Where projections of this ledger keep their rows."""

    def append(self, events: Sequence[Event], *, payload: bytes | None = None) -> list[Appended]:
        """Record the events in this order, all or none; see `Ledger.append`."""
        written = [(event, to_bytes(event)) for event in events]
        if not written:
            return []
        # Threads of this process wait for each other here, in order; only processes wait in the database.
        with self._turn:
            self._anchor.require_sound()
            with explained(self._backend), self._backend.appending() as cursor:
                batch = Batch(cursor, self._backend, self._signer)
                appended = batch.append(written, payload=payload, now=self._clock.now())
                batch.note_anchor(self._anchor.number)
            if batch.head.seq > batch.head_before.seq:
                self._anchor.note(batch.head, batch.recorded_us)
        with self._news:
            self._newest = max(self._newest, batch.head.seq)
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
        chosen = _filter(tuple(types), chain_id, subject_id)
        until = self.head().seq
        left = until if limit is None else limit
        while left > 0 and after < until:
            page = min(left, _PAGE)
            query = (
                select(*COLUMNS)
                .where(RECORDS.c.seq > after, RECORDS.c.seq <= until, *chosen)
                .order_by(RECORDS.c.seq)
                .limit(page)
            )
            rows = self._rows(query)
            for row in rows:
                yield record_of(stored_record(row))
            if len(rows) < page:
                return
            left -= len(rows)
            after = rows[-1].seq

    def find(self, source: str, event_id: str) -> Record | None:
        """Return the record of this event, or `None` if the ledger does not know it."""
        query = select(*COLUMNS).where(RECORDS.c.source == source, RECORDS.c.event_id == event_id)
        rows = self._rows(query)
        return record_of(stored_record(rows[0])) if rows else None

    def named(self, event_id: str) -> list[Record]:
        """Return the records of all events of this id; see `Ledger.named`."""
        query = select(*COLUMNS).where(RECORDS.c.event_id == event_id).order_by(RECORDS.c.seq)
        return [record_of(stored_record(row)) for row in self._rows(query)]

    def payload(self, digest: str) -> bytes | None:
        """Return the raw payload with this SHA-256 (hex), or `None`."""
        try:
            key = bytes.fromhex(digest)
        except ValueError:
            return None
        rows = self._rows(select(PAYLOADS.c.content).where(PAYLOADS.c.digest == key))
        return bytes(rows[0].content) if rows else None

    def head(self) -> Head:
        """Return the newest record's place and hash."""
        [row] = self._rows(select(HEAD.c.seq, HEAD.c.hash).where(HEAD.c.id == 1))
        return Head(seq=row.seq, hash=row.hash.hex())

    def wait(self, *, after: int, timeout: timedelta) -> bool:
        """Block until there is a record after place `after`; return whether there is one.

        What this process appends wakes at once; what others append is seen at the next look.
        """
        deadline = time.monotonic() + timeout.total_seconds()
        while True:
            seen = self.head().seq
            left = deadline - time.monotonic()
            with self._news:
                self._newest = max(self._newest, seen)
                if self._newest <= after and left > 0:
                    self._news.wait(min(left, self._backend.look_every.total_seconds()))
                if self._newest > after:
                    return True
            if left <= 0:
                return False

    def verify(self, progress: Callable[[int, int], None] | None = None) -> Proof:
        """Prove every record, payload and signed head, and name each fault with its place.

        Args:
            progress: told how many of how many records are done, now and then.

        Raises:
            UnavailableError: the database or the anchor cannot be read; nothing is proved then.
        """
        with explained(self._backend):
            return prove(self._backend, self._anchor, self._signer, progress or (lambda *_: None))

    def close(self) -> None:
        """Anchor what is not anchored yet, and let go of the database."""
        self._anchor.close()
        with self._turn:
            try:
                if self._anchor.has_written:
                    with explained(self._backend), self._backend.appending() as cursor:
                        Batch(cursor, self._backend, self._signer).note_anchor(self._anchor.number)
            finally:
                self._backend.engine.dispose()

    def take_up(self) -> None:
        """Anchor the head that a process left behind which died before it could."""
        of_this_anchor = select(ANCHORS.c.number).where(ANCHORS.c.key_id == self._signer.key_id)
        for row in self._rows(of_this_anchor):
            self._anchor.remember(row.number)
        for row in self._rows(select(HEAD)):
            head = signed_head(row)
            if head.seq and head.is_signed(self._signer):
                self._anchor.note(Head(seq=head.seq, hash=head.hash), head.recorded_us)

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with explained(self._backend), self._backend.engine.connect() as connection:
            return connection.execute(query).all()


def open_ledger(database_url: str, *, clock: Clock, signer: Signer, anchor: Path) -> SqlLedger:
    """Open the ledger at this address; make it if it is not there, and bring it to the present shape.

    Args:
        database_url: `sqlite:////absolute/path/ledger.db` or `postgresql://user@host/database`.
        clock: says when something is recorded.
        signer: signs heads.
        anchor: the file of signed heads, outside the database (`docs/decisions/0003-…`).

    Raises:
        BadInputError: the address is neither.
        UnavailableError: the database cannot be reached or used, or was made by a newer Strandline.
    """
    backend = _backend(database_url)
    try:
        backend.prepare()
        with explained(backend):
            migrate(backend)
        ledger = SqlLedger(backend, clock=clock, signer=signer, anchor=AnchorFile(anchor, signer))
        ledger.take_up()
    except BaseException:
        backend.engine.dispose()
        raise
    return ledger


def _backend(database_url: str) -> SqlBackend:
    remedy = "Give sqlite:////absolute/path/ledger.db or postgresql://user@host/database."
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        what = "This is no address of a database."
        raise BadInputError(what, where=database_url, remedy=remedy) from error
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database not in (None, "", ":memory:"):
        return SqliteBackend(url)
    if kind == "postgresql" and url.database:
        return PostgresBackend(url)
    what = "The ledger cannot be kept there."
    raise BadInputError(what, where=url.render_as_string(hide_password=True), remedy=remedy)


def _filter(types: tuple[str, ...], chain_id: str, subject_id: str) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if types:
        prefixes = (func.substr(RECORDS.c.type, 1, len(prefix)) == prefix for prefix in types)
        chosen.append(or_(*prefixes))
    if chain_id:
        # The second half is what lets the partial index be used.
        chosen.append(and_(RECORDS.c.chain_id == chain_id, RECORDS.c.chain_id != ""))
    if subject_id:
        chosen.append(RECORDS.c.subject_id == subject_id)
    return chosen
