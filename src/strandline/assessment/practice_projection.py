"""The projection of what events tell of the practice: one row for each such event."""

from collections.abc import Iterable, Mapping

import msgspec

from strandline.ledger.record import Record
from strandline.maturity.told import Told, told_of
from strandline.vocabulary.event import Event

_TOLD = msgspec.json.Decoder(Told)
_WRITE = msgspec.json.Encoder()


class PracticeProjection:
    """Keeps what the judgement reads of each event."""

    name = "practice"
    version = 2

    def keys(self, event: Event) -> Iterable[str]:
        """Return the row of an event; none if it tells nothing of the practice."""
        return [row_key(event)] if told_of(event, event.occurred_at) is not None else []

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return the row with what the event tells."""
        del rows
        told = told_of(record.event, record.recorded_at, record.hash)
        return {row_key(record.event): _WRITE.encode(told)} if told is not None else {}


def row_key(event: Event) -> str:
    """Return the key of an event's row."""
    return f"{event.source} {event.id}"


def read_row(row: bytes) -> Told:
    """Return what a row holds."""
    return _TOLD.decode(row)
