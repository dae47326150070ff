"""A record: an event with its place in the ledger, and what ties it to the record before."""

from datetime import datetime

import msgspec

from strandline.vocabulary.event import Event


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger."""

    seq: int
    """Place in the ledger: 1, 2, 3 … without a gap."""
    recorded_at: datetime
    """When we learned of it; aware, and never before the record ahead of it."""
    event: Event
    """What was said."""
    body: bytes
    """The event's canonical bytes: exactly what is stored and hashed."""
    payload_digest: str
    """SHA-256 of the raw payload that the event was made from (hex), or empty where there was none."""
    previous_hash: str
    """Hash of the record before (hex); sixty-four zeros for the first."""
    hash: str
    """SHA-256 over place, time, body, payload and `previous_hash` (hex); see `ledger/chain.py`."""


class Appended(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one event that was handed to the ledger."""

    seq: int
    """Its place: a new one, or the one it has had since it came the first time."""
    is_new: bool
    """False where the ledger knew this very event already and nothing was changed."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The newest record's place and hash: `(0, "00…")` while the ledger is empty."""

    seq: int
    hash: str
