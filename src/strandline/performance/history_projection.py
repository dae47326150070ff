"""The projection that figures are over: one row for each entry, `<kind>/<key>`."""

from collections.abc import Iterable, Mapping

import msgspec

from strandline.kpi.entry import Entry
from strandline.kpi.history import placed_all
from strandline.ledger.record import Record
from strandline.vocabulary.event import Event

_ENTRY = msgspec.json.Decoder(Entry)
_WRITE = msgspec.json.Encoder()


def row_key(kind: str, key: str) -> str:
    """Return the key of an entry's row."""
    return f"{kind}/{key}"


def read_row(row: bytes) -> Entry:
    """Return the entry that a row holds."""
    return _ENTRY.decode(row)


class HistoryProjection:
    """One row for each thing that figures are over, with all that was said about it."""

    name = "kpi-history"
    version = 3

    def keys(self, event: Event) -> Iterable[str]:
        """Return the entries that the event speaks of."""
        return [row_key(each.kind, each.key) for each in placed_all(event)]

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return those entries with what the event says of them."""
        changed: dict[str, bytes | None] = {}
        for each in placed_all(record.event):
            key = row_key(each.kind, each.key)
            row = changed.get(key) or rows[key]
            entry = read_row(row) if row is not None else Entry(each.kind, each.key)
            changed[key] = _WRITE.encode(entry.with_statement(each.said))
        return changed
