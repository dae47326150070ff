"""Rows of the ledger's tables as records and signed heads, and back.

SQLite keeps a value of another kind than its column's, if somebody puts one there. Such a value is read as
bytes that prove nothing, so that the proof finds it, and not an exception.
"""

from typing import Any

from sqlalchemy import Row

from strandline.adapters.sql_schema import RECORDS
from strandline.ledger.chain import StoredRecord
from strandline.ledger.checkpoint import Checkpoint

COLUMNS = tuple(RECORDS.c[name] for name in StoredRecord._fields)


def stored_record(row: Row[Any]) -> StoredRecord:
    """Return the record in a row of `COLUMNS`."""
    values: tuple[Any, ...] = tuple(row)
    body_digest, payload_digest, previous_hash, own_hash = values[8:]
    return StoredRecord(
        values[0],
        whole(values[1]),
        values[2],
        values[3],
        values[4],
        values[5],
        values[6],
        plain(values[7]),
        plain(body_digest).hex(),
        plain(payload_digest).hex(),
        plain(previous_hash).hex(),
        plain(own_hash).hex(),
    )


def row_of(stored: StoredRecord) -> tuple[object, ...]:
    """Return a record as the values of its row, in the order of `COLUMNS`."""
    return (*stored[:8], *map(bytes.fromhex, stored[8:]))


def signed_head(row: Row[Any]) -> Checkpoint:
    """Return the checkpoint in a row of the tables that keep them."""
    return Checkpoint(
        seq=whole(row.seq),
        hash=plain(row.hash).hex(),
        recorded_us=whole(row.recorded_us),
        key_id=str(row.key_id),
        signature=plain(row.signature),
    )


def plain(value: object) -> bytes:
    """Return the bytes of a value that should be some."""
    if type(value) is bytes:
        return value
    return bytes(value) if isinstance(value, bytes | memoryview) else repr(value).encode()


def whole(value: object) -> int:
    """Return the integer that a value should be; -1 for one that is none."""
    return value if type(value) is int else -1
