"""`strandline ledger`: events in and out, proof, and everything as it happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Annotated

import msgspec
from cyclopts import App, Parameter
from rich.text import Text

from strandline.cli.connection import reading
from strandline.cli.deployment_words import event_words, moment
from strandline.cli.importing import import_
from strandline.cli.output import line, words
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden
from strandline.collection.telling import is_routine as is_collected_routine
from strandline.ledger.ports import Ledger
from strandline.ledger.record import Record
from strandline.rollout.telling import is_routine
from strandline.vocabulary.errors import (
    BadInputError,
    TamperedLedgerError,
    UnavailableError,
)

_STANDARD = "-"
_PATIENCE = timedelta(seconds=1)
_WINDOW = 1000

ledger = App(name="ledger", help="Events in and out, proof, and everything as it happens.")


FileOrStandard = Annotated[str, Parameter(allow_leading_hyphen=True)]


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What `strandline ledger export FILE --json` writes."""

    events: int
    file: str


class Line(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One record under `--json`."""

    seq: int
    recorded_at: datetime
    event: msgspec.Raw


ledger.command(import_, name="import")


@ledger.command
def export(file: FileOrStandard = _STANDARD, /, *, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Write every event as a CloudEvent in JSON, one a line, exactly as it is in the ledger.

    Args:
        file: The file to write, which must not exist yet; - for standard output. With --json, standard
            output gets one JSON list instead of lines.
        common: What every command takes.
        session: This run of the command line.
    """
    output = session.output
    with reading(session.settings(common)) as reader:
        if file == _STANDARD and output.is_json:
            output.document([msgspec.Raw(record.body) for record in reader.ledger.read()])
            return 0
        if file == _STANDARD:
            for record in reader.ledger.read():
                output.raw(record.body)
            return 0
        path = session.path(file)
        with _new_file(path) as written, output.working("Writing events"):
            count = 0
            for count, record in enumerate(reader.ledger.read(), start=1):  # noqa: B007 - it is told below
                written.write(record.body + b"\n")
    output.result(
        Exported(events=count, file=str(path)),
        line(words(f"{count:,} events", "good"), f" written to {path}."),
    )
    return 0


@ledger.command
def verify(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Prove that the ledger is what was written: nothing altered, removed, swapped or put in.

    The exit code is 1 if it is not.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    output = session.output
    with reading(session.settings(common)) as reader, output.working("Proving every record") as status:

        def progress(done: int, of: int) -> None:
            if status is not None:
                status.update(words(f"Proving every record … {done:,} of {of:,}", "faint"))

        proof = reader.ledger.verify(progress)
    if not proof.faults:
        output.result(
            proof,
            line(words("✓ Proved  ", "good"), f"{proof.records:,} records, none altered, removed or put in."),
            words(f"Newest: record {proof.head.seq}, {proof.head.hash}", "faint"),
        )
        return 0
    output.result(
        proof,
        line(words("✗ Not proved  ", "bad"), "The ledger is not what was written:"),
        *(
            words(f"  record {fault.seq}: {fault.what}" if fault.seq else f"  {fault.what}")
            for fault in proof.faults
        ),
        words("Keep a copy of the home as it is, and find out who could write to it.", "faint"),
    )
    return TamperedLedgerError.exit_code


@ledger.command
def tail(
    *,
    once: Annotated[bool, Parameter(negative=())] = False,
    number: Annotated[int, Parameter(name=("--number", "-n"))] = 20,
    everything: Annotated[bool, Parameter(name="--all", negative=())] = False,
    deployment: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Tell the newest events in words, then each one as it happens.

    Args:
        once: End after the newest events. With --json this is needed: a document has an end.
        number: How many of the newest events to begin with.
        everything: Tell the routine as well: every single look, and whose turn it is.
        deployment: Only what happened to this deployment.
        common: What every command takes.
        session: This run of the command line.
    """
    output = session.output
    if output.is_json and not once:
        what = "A JSON document has an end, and this command has none."
        remedy = "Add --once; or follow /api/v1/events of `strandline serve`."
        raise BadInputError(what, where="ledger tail", remedy=remedy)
    with reading(session.settings(common)) as reader:

        def is_told(record: Record) -> bool:
            return deployment in ("", record.event.chain_id) and (
                everything or not (is_routine(record.event) or is_collected_routine(record.event))
            )

        newest, seen = _newest(reader.ledger, number, is_told)
        output.result([_line(record) for record in newest], *(_told(record) for record in newest))
        while not once:
            reader.ledger.wait(after=seen, timeout=_PATIENCE)
            for record in reader.ledger.read(after=seen):
                seen = record.seq
                if is_told(record):
                    output.show(_told(record))
    return 0


def _newest(ledger: Ledger, number: int, is_told: Callable[[Record], bool]) -> tuple[list[Record], int]:
    """Return the newest records that are told, and how far was read; without reading a long ledger whole."""
    head = ledger.head().seq
    window = _WINDOW
    while True:
        records = list(ledger.read(after=max(0, head - window)))
        told = [record for record in records if is_told(record)]
        if len(told) >= number or window >= head:
            return told[-number:] if number > 0 else [], records[-1].seq if records else head
        window *= 4


def _line(record: Record) -> Line:
    return Line(seq=record.seq, recorded_at=record.recorded_at, event=msgspec.Raw(record.body))


def _told(record: Record) -> Text:
    event = record.event
    about = event.chain_id or event.subject_id
    return line(
        words(f"{record.seq:>6}  {moment(event.occurred_at)}  ", "faint"),
        words(about, "bold"),
        f"  {event_words(event)}",
    )


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    try:
        opened = path.open("xb")
    except FileExistsError as error:
        what = "There is a file already, and it is left as it is."
        raise BadInputError(what, where=str(path), remedy="Name another one.") from error
    except OSError as error:
        what = f"The file cannot be written: {error.strerror}."
        raise UnavailableError(what, where=str(path), remedy="Name another one.") from error
    with opened:
        yield opened
