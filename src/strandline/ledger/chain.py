"""The chain: what ties each record to the one before, so that no record can be altered unseen.

A record's hash is SHA-256 over six parts, each preceded by its length as eight bytes (big-endian), so that
no two different records read as the same bytes:

1. the text `strandline record 1`,
2. the place, as decimal digits,
3. the time it was recorded, as decimal digits: microseconds since 1970-01-01T00:00:00Z,
4. the SHA-256 of the body (hex),
5. the SHA-256 of the raw payload (hex), or nothing,
6. the hash of the record before (hex); sixty-four zeros for the first.

The body goes in by its digest. So a digest kept beside the body tells an altered body from an altered time,
and one who holds the digests alone can follow the chain past records that are none of their business.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from strandline.ledger.codec import from_bytes
from strandline.ledger.record import Head, Record
from strandline.vocabulary.errors import ConflictingEventError
from strandline.vocabulary.event import Event

GENESIS = "0" * 64
"""The hash "before" the first record."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KIND = b"strandline record 1"
_PREFIX = len(_KIND).to_bytes(8, "big") + _KIND
_LENGTHS = [length.to_bytes(8, "big") for length in range(65)]


class StoredRecord(NamedTuple):
    """A record as a store keeps it: what is hashed, and the columns that make it findable."""

    seq: int
    recorded_us: int
    """When it was recorded: microseconds since 1970 in UTC."""
    type: str
    source: str
    event_id: str
    subject_id: str
    chain_id: str
    body: bytes
    body_digest: str
    """SHA-256 of the body (hex)."""
    payload_digest: str
    """SHA-256 of the raw payload (hex), or empty."""
    previous_hash: str
    hash: str


def digest(content: bytes) -> str:
    """Return the SHA-256 of these bytes (hex)."""
    return hashlib.sha256(content).hexdigest()


def record_hash(
    *, seq: int, recorded_us: int, body_digest: str, payload_digest: str, previous_hash: str
) -> str:
    """Return the hash of a record (hex)."""
    parts = [_PREFIX]
    for text in (str(seq), str(recorded_us), body_digest, payload_digest, previous_hash):
        part = text.encode()
        parts.append(_LENGTHS[len(part)] if len(part) < len(_LENGTHS) else len(part).to_bytes(8, "big"))
        parts.append(part)
    return hashlib.sha256(b"".join(parts)).hexdigest()


def microseconds(moment: datetime) -> int:
    """Return an aware time as microseconds since 1970 in UTC, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(recorded_us: int) -> datetime:
    """Return the time that `microseconds` was given."""
    return _EPOCH + timedelta(microseconds=recorded_us)


def chained(event: Event, body: bytes, *, after: Head, recorded_us: int, payload_digest: str) -> StoredRecord:
    """Return the record of an event, to be stored after this head; `body` is its canonical bytes."""
    seq, body_digest = after.seq + 1, digest(body)
    return StoredRecord(
        seq=seq,
        recorded_us=recorded_us,
        type=event.type,
        source=event.source,
        event_id=event.id,
        subject_id=event.subject_id,
        chain_id=event.chain_id,
        body=body,
        body_digest=body_digest,
        payload_digest=payload_digest,
        previous_hash=after.hash,
        hash=record_hash(
            seq=seq,
            recorded_us=recorded_us,
            body_digest=body_digest,
            payload_digest=payload_digest,
            previous_hash=after.hash,
        ),
    )


def record_of(stored: StoredRecord) -> Record:
    """Return the record that a store kept.

    Raises:
        BadInputError: its body is no event; somebody has altered it.
    """
    return Record(
        seq=stored.seq,
        recorded_at=moment_of(stored.recorded_us),
        event=from_bytes(stored.body),
        body=stored.body,
        payload_digest=stored.payload_digest,
        previous_hash=stored.previous_hash,
        hash=stored.hash,
    )


def conflict(event: Event, seq: int) -> ConflictingEventError:
    """Return the error for an event that says something else than the record of its source and id."""
    what = (
        f"The event {event.id!r} of {event.source!r} is known (record {seq}), and said something else then."
    )
    remedy = "What is recorded stays: send what is new under a new id."
    return ConflictingEventError(what, where=f"record {seq}", remedy=remedy)
