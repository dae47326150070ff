"""What is sent over the wire and is no view of the rooms below."""

from datetime import datetime

import msgspec

from strandline.kpi.figure import Figure
from strandline.kpi.scope import Scope
from strandline.ledger.record import Record
from strandline.vocabulary.event import JsonValue


class Health(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """That the control plane answers, and which one it is."""

    status: str
    version: str
    home: str
    ledger_seq: int
    """Place of the newest record in the ledger."""


class CatalogueText(msgspec.Struct, frozen=True, kw_only=True):
    """A `strandline.yaml`, as it was read."""

    text: str
    file: str
    """Its absolute path, for messages, and for what lies beside it."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a person asks for something."""

    reason: str = ""


class RecordLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One record of the ledger."""

    seq: int
    recorded_at: datetime
    event: dict[str, JsonValue]
    """The CloudEvent, whose data is a CDEvent."""


class _RawLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    seq: int
    recorded_at: datetime
    event: msgspec.Raw


def record_line(record: Record) -> bytes:
    """Return a record as a `RecordLine`: JSON on one line, the event with the bytes of the ledger."""
    return msgspec.json.encode(
        _RawLine(seq=record.seq, recorded_at=record.recorded_at, event=msgspec.Raw(record.body))
    )


def record_lines(records: list[Record]) -> bytes:
    """Return records as a JSON list of `RecordLine`."""
    return b"[" + b",".join(record_line(record) for record in records) + b"]"


class KpiReport(msgspec.Struct, frozen=True, kw_only=True):
    """Figures, and what they are over."""

    scope: Scope
    figures: list[Figure]
