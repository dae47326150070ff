"""All kinds of sources, and how a payload of each becomes events."""

from collections.abc import Mapping

from strandline.intake.cdevents import KIND as CDEVENTS
from strandline.intake.cdevents import cloudevents
from strandline.intake.sources import KINDS as TRANSLATED
from strandline.intake.sources import translated
from strandline.intake.translation import Payload, Translation, Unmapped
from strandline.ledger.codec import from_document
from strandline.vocabulary.errors import BadInputError, NotFoundError
from strandline.vocabulary.event import Event

KINDS = tuple(sorted((*TRANSLATED, CDEVENTS)))
"""What feeds and files may be of."""


def require_kind(kind: str) -> None:
    """Refuse a kind that nobody reads.

    Raises:
        NotFoundError: it is none; the message lists those there are.
    """
    if kind not in KINDS:
        what = f"No source is called “{kind}”."
        raise NotFoundError(what, remedy=f"Known sources: {', '.join(KINDS)}.")


def events_of(kind: str, payload: Payload) -> Translation:
    """Return what a payload says, by its kind. CDEvents are events already, and only brought into form."""
    return _cdevents(payload.document) if kind == CDEVENTS else translated(kind, payload)


def _cdevents(document: object) -> Translation:
    events: list[Event] = []
    unmapped: list[Unmapped] = []
    try:
        found: list[Mapping[str, object]] = cloudevents(document)
    except BadInputError as error:
        return Translation(unmapped=(Unmapped(what=error.what, where=error.where, remedy=error.remedy),))
    for number, each in enumerate(found):
        try:
            events.append(from_document(each))
        except BadInputError as error:
            where = f"[{number}].{error.where}" if len(found) > 1 else error.where
            unmapped.append(Unmapped(what=error.what, where=where, remedy=error.remedy))
    nothing = "" if events or unmapped else "The batch is empty."
    return Translation(events=tuple(events), unmapped=tuple(unmapped), ignored=nothing)
