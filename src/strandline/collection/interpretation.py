"""From a raw payload to records: what a translator makes of it, in one append with the bytes it came from."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from strandline.collection.kinds import events_of
from strandline.intake.translation import Payload, Translation, Unmapped
from strandline.ledger.codec import to_bytes
from strandline.ledger.ports import Ledger
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event, event_of
from strandline.vocabulary.facts import check_fact
from strandline.vocabulary.feed import DeliveryUnmapped, Names

_SHOWN = 500
"""Characters of a reason that are kept."""


Closing = Callable[[int, int, str, datetime | None], Event]
"""Says how a payload ended: from how many events, how many things unmapped, why it was ignored, and when the
newest of its events happened."""


class Interpreted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one payload."""

    new: int = 0
    """Events that the ledger did not know."""
    known: int = 0
    unmapped: tuple[Unmapped, ...] = ()
    ignored: str = ""


def read_payload(body: bytes) -> object:
    """Return the JSON that a body holds.

    Raises:
        BadInputError: it holds none.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        what = f"The body is not JSON: {str(error).rstrip('.') or type(error).__name__}."
        raise BadInputError(what, remedy="Sources send JSON; see the source's settings.") from error


def interpret(
    ledger: Ledger,
    *,
    kind: str,
    body: bytes,
    origin: str,
    at: datetime,
    names: Names,
    document: object = None,
    headers: dict[str, str] | None = None,
    closing: Closing | None = None,
    source: str = "/strandline/collection",
) -> Interpreted:
    """Record what a payload says, linked to its bytes. What cannot be recorded is recorded as unmapped.

    Args:
        ledger: where to.
        kind: which translator reads it.
        body: the bytes.
        origin: the name of the delivery or the place in a file; the same for the same payload.
        at: when it came.
        names: what names mean.
        document: what the bytes hold, where that is not their JSON (rows of a table).
        headers: of the delivery, in lower case.
        closing: gives an event that is recorded with the others, in the same append.
        source: who says that something was unmapped.

    Raises:
        UnavailableError: the ledger cannot be written; nothing was.
    """
    translation = _translation(kind, body, document, headers or {}, names)
    events, refused = _recordable(ledger, translation.events)
    unmapped = (*translation.unmapped, *refused)
    said = [
        event_of(
            DeliveryUnmapped(what=each.what[:_SHOWN], where=each.where[:_SHOWN], remedy=each.remedy),
            id=f"{origin}/unmapped-{number}",
            source=source,
            subject_id=origin,
            occurred_at=at,
        )
        for number, each in enumerate(unmapped, start=1)
    ]
    # What was found unmapped before, of the same payload, was said then.
    said = [each for each in said if ledger.find(each.source, each.id) is None]
    newest = max((each.occurred_at for each in events), default=None)
    last = [closing(len(events), len(unmapped), translation.ignored, newest)] if closing is not None else []
    appended = ledger.append([*events, *said, *last], payload=body)[: len(events)]
    return Interpreted(
        new=sum(each.is_new for each in appended),
        known=sum(not each.is_new for each in appended),
        unmapped=unmapped,
        ignored=translation.ignored,
    )


def _translation(
    kind: str, body: bytes, document: object, headers: dict[str, str], names: Names
) -> Translation:
    try:
        found = read_payload(body) if document is None else document
    except BadInputError as error:
        return Translation(unmapped=(Unmapped(what=error.what, remedy=error.remedy),))
    try:
        return events_of(kind, Payload(document=found, headers=headers, names=names))
    except Exception as error:  # noqa: BLE001 - a mistake in one translator must not hold up every delivery
        what = f"The translator failed: {type(error).__name__}: {error}"
        return Translation(unmapped=(Unmapped(what=what, remedy="Report it; the payload is kept."),))


def _recordable(ledger: Ledger, events: Sequence[Event]) -> tuple[list[Event], list[Unmapped]]:
    """Sort out what the ledger cannot hold, and what contradicts an event that it has."""
    good: dict[tuple[str, str], bytes] = {}
    kept, refused = [], []
    for event in events:
        if event.source.startswith(_OURS):
            # Rollouts are run, and commands with them, by what their events say: only we state those.
            what = f"An event from outside claims to be of Strandline itself: its source is {event.source!r}."
            refused.append(Unmapped(what=what, where=event.id, remedy=_NOT_OURS))
            continue
        try:
            check_fact(event)
            body = to_bytes(event)
        except BadInputError as error:
            refused.append(Unmapped(what=error.what, where=error.where, remedy=error.remedy))
            continue
        before = good.get((event.source, event.id)) or _known(ledger, event)
        if before not in (None, body):
            what = f"The event {event.id!r} of {event.source!r} was heard before and said something else."
            refused.append(Unmapped(what=what, where=event.id, remedy=_TWICE))
            continue
        if (event.source, event.id) not in good:
            kept.append(event)
        good[event.source, event.id] = body
    return kept, refused


_OURS = "/strandline"
_NOT_OURS = (
    "Send it with a source of your own; another Strandline's ledger is read by `strandline ledger import`."
)
_TWICE = "The first word stands; a source must give each event an id of its own."


def _known(ledger: Ledger, event: Event) -> bytes | None:
    record = ledger.find(event.source, event.id)
    return record.body if record is not None else None
