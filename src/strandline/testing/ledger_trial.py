"""What the conformance suites of ledgers share: events to record, and a projection to fold them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.record import Record
from strandline.vocabulary.event import Event, JsonValue

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When the events of a trial happen."""
SOURCE = "/trial"
STARTED = "dev.cdeventsx.strandline-trial.started.0.1.0"
FINISHED = "dev.cdeventsx.strandline-trial.finished.0.1.0"


class KeptLedger(Ledger, Protocol):
    """A ledger with a place for projections beside it."""

    @property
    def projections(self) -> ProjectionStore:
        """Where projections of this ledger keep their rows."""
        ...


def event(
    number: int,
    *,
    type: str = STARTED,  # noqa: A002 - the CloudEvents attribute has this name
    subject_id: str = "",
    chain_id: str = "",
    **content: JsonValue,
) -> Event:
    """Return the event with this number; the same number is the same event."""
    return Event(
        id=f"event-{number}",
        source=SOURCE,
        type=type,
        occurred_at=MORNING + timedelta(seconds=number),
        subject_id=subject_id or f"subject-{number % 3}",
        chain_id=chain_id,
        content={"number": number, **content},
    )


def events(count: int, *, first: int = 1) -> list[Event]:
    """Return this many events, numbered from `first`."""
    return [event(number) for number in range(first, first + count)]


class Tally:
    """Counts the events of each subject; a subject whose end is told is forgotten."""

    name = "tally"

    def __init__(self, *, version: int = 1, step: int = 1) -> None:
        self.version = version
        self._step = step

    def keys(self, event: Event) -> Iterable[str]:
        """Return the subject."""
        return (event.subject_id,)

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return the subject's new count."""
        key = record.event.subject_id
        if record.event.type == FINISHED:
            return {key: None}
        before = rows[key]
        return {key: str((int(before) if before is not None else 0) + self._step).encode()}
