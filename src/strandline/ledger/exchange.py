"""Events in and out of a ledger: JSON Lines, each line a structured CloudEvent.

What is exported comes back as the same bytes, in any ledger. What others wrote is taken as `from_document`
says, and the line itself is kept as the event's raw payload; of a line that is canonical already the record's
body *is* the raw line, and it is not kept twice.
"""

import itertools
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

import msgspec

from strandline.ledger.codec import from_bytes, from_document, to_bytes
from strandline.ledger.ports import Ledger
from strandline.ledger.record import Appended
from strandline.vocabulary.errors import BadInputError, ConflictingEventError, UnavailableError
from strandline.vocabulary.event import Event
from strandline.vocabulary.facts import check_fact

_AT_ONCE = 1000
"""Events in one transaction."""
_IN_MEMORY = 2**24
"""Bytes of an import that are held in memory; what is more waits in a temporary file."""
_FRAME = 8
"""Bytes that tell the length of a waiting line."""


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the events that were imported."""

    new: int
    """Those that the ledger did not know."""
    known: int
    """Those that it knew already, and that changed nothing."""


class _Read(msgspec.Struct, frozen=True):
    """A line that was read."""

    number: int
    event: Event
    raw: bytes | None
    """The line, where it is not the event's canonical bytes."""


def import_lines(ledger: Ledger, lines: Iterable[bytes], *, source_name: str) -> ImportSummary:
    """Record the events in these lines. Empty lines are passed over.

    Every line is read before the first is recorded: where one is bad, nothing is. What is recorded is so for
    good, so an import that is interrupted is simply done again: what is known changes nothing.

    Args:
        ledger: where to record them.
        lines: the lines, with or without their ends.
        source_name: what they come from, such as a file's name; for messages.

    Raises:
        BadInputError: a line is no event; the error names it.
        ConflictingEventError: the ledger knows an event of this source and id that said something else; the
            error names the line. What stands before it may have been recorded.
        UnavailableError: the ledger's store does not work.
    """
    new = known = 0
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as waiting:
        for number, line in enumerate(map(bytes.strip, lines), start=1):
            if line:
                _read(line, number, source_name)
            _hold(waiting, line)
        waiting.seek(0)
        for together in _batches(_waiting(waiting, source_name)):
            appended = _append(ledger, together, source_name)
            new += sum(one.is_new for one in appended)
            known += sum(not one.is_new for one in appended)
    return ImportSummary(new=new, known=known)


def export_lines(
    ledger: Ledger,
    *,
    after: int = 0,
    limit: int | None = None,
    types: Iterable[str] = (),
    chain_id: str = "",
    subject_id: str = "",
) -> Iterator[bytes]:
    """Yield the events in order, each as one line with its end; filters as for `Ledger.read`."""
    for record in ledger.read(
        after=after, limit=limit, types=types, chain_id=chain_id, subject_id=subject_id
    ):
        yield record.body + b"\n"


def _read(line: bytes, number: int, source_name: str) -> _Read:
    try:
        try:
            event = from_bytes(line)
        except BadInputError:
            event = _foreign(line)
        check_fact(event)
        body = to_bytes(event)
    except BadInputError as error:
        place = f"{source_name}:{number}"
        remedy = error.remedy or "Each line is one CloudEvent in JSON."
        what = f"{error.what} Nothing was imported."
        raise BadInputError(what, where=place, remedy=remedy) from error
    return _Read(number, event, None if body == line else line)


def _foreign(line: bytes) -> Event:
    try:
        document = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what = f"This is not JSON: {str(error).rstrip('.')}."
        raise BadInputError(what, remedy="Each line is one CloudEvent in JSON.") from error
    if not isinstance(document, dict):
        what = "This is JSON, but not an object."
        raise BadInputError(what, remedy="Each line is one CloudEvent in JSON.")
    return from_document(document)


def _hold(file: IO[bytes], line: bytes) -> None:
    try:
        file.write(len(line).to_bytes(_FRAME, "big") + line)
    except OSError as error:
        what = f"There is no room to hold the import until all of it was read: {error.strerror}."
        remedy = "Free some space for temporary files, then import again."
        raise UnavailableError(what, where=tempfile.gettempdir(), remedy=remedy) from error


def _waiting(file: IO[bytes], source_name: str) -> Iterator[_Read]:
    """Read the lines again that were found to be good."""
    for number in itertools.count(1):
        frame = file.read(_FRAME)
        if not frame:
            return
        line = file.read(int.from_bytes(frame, "big"))
        if line:
            yield _read(line, number, source_name)


def _append(ledger: Ledger, together: list[_Read], source_name: str) -> list[Appended]:
    try:
        return ledger.append([one.event for one in together], payload=together[0].raw)
    except ConflictingEventError as error:
        raise _at_its_line(ledger, together, source_name, error) from error


def _batches(read: Iterable[_Read]) -> Iterator[list[_Read]]:
    """Put together what can be recorded at once: a line of others goes alone, with its payload."""
    for is_canonical, group in itertools.groupby(read, key=lambda one: one.raw is None):
        size = _AT_ONCE if is_canonical else 1
        while together := list(itertools.islice(group, size)):
            yield together


def _at_its_line(
    ledger: Ledger, together: list[_Read], source_name: str, error: ConflictingEventError
) -> ConflictingEventError:
    """Return the error with the line that it is about."""
    for one in together:
        record = ledger.find(one.event.source, one.event.id)
        twice = [
            other
            for other in together
            if (other.event.source, other.event.id) == (one.event.source, one.event.id)
        ]
        if (record is not None and record.body != to_bytes(one.event)) or len(twice) > 1:
            return ConflictingEventError(
                error.what, where=f"{source_name}:{twice[-1].number}", remedy=error.remedy
            )
    return error
