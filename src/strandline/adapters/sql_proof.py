"""Reads a whole ledger, at one moment, to prove it."""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, func, select

from strandline.adapters.anchor_file import AnchorFile
from strandline.adapters.sql_backend import SqlBackend
from strandline.adapters.sql_rows import COLUMNS, plain, signed_head, stored_record
from strandline.adapters.sql_schema import ANCHORS, CHECKPOINTS, HEAD, PAYLOADS, RECORDS
from strandline.ledger.chain import StoredRecord, digest
from strandline.ledger.checkpoint import Signer
from strandline.ledger.proof import Payloads, Proof, SignedHeads, verify

_AT_ONCE = 2000
"""Rows that are held in memory."""
_FEW_PAYLOADS = 50


def prove(
    backend: SqlBackend, anchor: AnchorFile, signer: Signer, progress: Callable[[int, int], None]
) -> Proof:
    """Prove the ledger as it is at this moment, while others go on appending to it."""
    # The anchor comes first: what it knows is in the store already, so a line cannot seem to be too far.
    lines, unreadable = anchor.read()
    with backend.reading().connect() as connection:
        head = connection.execute(select(HEAD).where(HEAD.c.id == 1)).first()
        of_this_anchor = select(ANCHORS.c.number).where(ANCHORS.c.key_id == signer.key_id)
        anchored = connection.execute(of_this_anchor).scalar() or 0
        if anchored > max((line.number for line in lines), default=0):
            # Written between the two looks, or cut off: a second look tells. Lines that came even later
            # may prove records that this transaction does not see.
            lines, unreadable = anchor.read()
            lines = [line for line in lines if line.number <= anchored]
        total = connection.execute(select(func.count()).select_from(RECORDS)).scalar() or 0
        heads = SignedHeads(
            newest=signed_head(head) if head is not None else None,
            kept=[signed_head(row) for row in connection.execute(select(CHECKPOINTS))],
            anchor=lines,
            unreadable_lines=unreadable,
            anchor_lines=anchored,
        )
        payloads = _payloads(connection)
        return verify(
            _records(connection), heads, verifier=signer, payloads=payloads, total=total, progress=progress
        )


def _records(connection: Connection) -> Iterator[StoredRecord]:
    query = select(*COLUMNS).order_by(RECORDS.c.seq).execution_options(yield_per=_AT_ONCE)
    for rows in connection.execute(query).partitions():
        yield from map(stored_record, rows)


def _payloads(connection: Connection) -> Payloads:
    query = select(PAYLOADS.c.digest, PAYLOADS.c.content).execution_options(yield_per=_FEW_PAYLOADS)
    altered = {
        plain(row.digest).hex()
        for row in connection.execute(query)
        if digest(plain(row.content)) != plain(row.digest).hex()
    }
    # Joins, and no `NOT IN`: a long list of payloads must not be gone through once for each of them.
    has_payload = RECORDS.c.payload_digest != b""
    named = select(RECORDS.c.payload_digest).where(has_payload).distinct().subquery()
    missing = (
        select(named.c.payload_digest)
        .outerjoin(PAYLOADS, PAYLOADS.c.digest == named.c.payload_digest)
        .where(PAYLOADS.c.digest.is_(None))
    )
    orphans = (
        select(PAYLOADS.c.digest)
        .outerjoin(named, PAYLOADS.c.digest == named.c.payload_digest)
        .where(named.c.payload_digest.is_(None))
    )
    return Payloads(
        altered=frozenset(altered),
        missing=frozenset(plain(row.payload_digest).hex() for row in connection.execute(missing)),
        orphans=tuple(plain(row.digest).hex() for row in connection.execute(orphans)),
    )
