"""Rows of the ledger's table as records, and back."""

from typing import Any

from sqlalchemy import Row

from strandline.adapters.sql_schema import RECORDS
from strandline.ledger.chain import StoredRecord
from strandline.ledger.checkpoint import Checkpoint

COLUMNS = tuple(RECORDS.c[name] for name in StoredRecord._fields)


def stored_record(row: Row[Any]) -> StoredRecord:
    """Return the record in a row of `COLUMNS`."""
    told: tuple[Any, ...] = row[:8]
    digests: tuple[bytes, ...] = row[8:]
    return StoredRecord._make((*told, *(part.hex() for part in digests)))


def row_of(stored: StoredRecord) -> dict[str, object]:
    """Return a record as the values of its row."""
    return {
        "seq": stored.seq,
        "recorded_us": stored.recorded_us,
        "type": stored.type,
        "source": stored.source,
        "event_id": stored.event_id,
        "subject_id": stored.subject_id,
        "chain_id": stored.chain_id,
        "body": stored.body,
        "body_digest": bytes.fromhex(stored.body_digest),
        "payload_digest": bytes.fromhex(stored.payload_digest),
        "previous_hash": bytes.fromhex(stored.previous_hash),
        "hash": bytes.fromhex(stored.hash),
    }


def signed_head(row: Row[Any]) -> Checkpoint:
    """Return the checkpoint in a row of the tables that keep them."""
    return Checkpoint(
        seq=row.seq,
        hash=row.hash.hex(),
        recorded_us=row.recorded_us,
        key_id=row.key_id,
        signature=bytes(row.signature),
    )
