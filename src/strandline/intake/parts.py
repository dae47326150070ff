"""Payloads that say several things: each is read by itself, so that a strange one loses none of the rest."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from strandline.intake.translation import Translation, Unmapped
from strandline.vocabulary.errors import BadInputError

ReadT = TypeVar("ReadT")


def every(
    where: str, things: Sequence[object], shape: type[ReadT], read: Callable[[ReadT], Translation]
) -> Translation:
    """Return what several things of one kind say together.

    Args:
        where: the place of their list in the document.
        things: as they came.
        shape: what each should be.
        read: reads one.
    """

    def one(number: int) -> Translation:
        return part(f"{where}[{number}]", lambda: read(msgspec.convert(things[number], shape)))

    return joined(*map(one, range(len(things))), nothing="There is nothing in it.")


def part(where: str, read: Callable[[], Translation]) -> Translation:
    """Return what a part of a payload says; one that cannot be read is unmapped, with its place.

    Args:
        where: its place in the document; what `read` says of places is within it.
        read: reads it.
    """
    try:
        found = read()
    except msgspec.ValidationError as error:
        sentence, _, inside = str(error).partition(" - at `$")
        return Translation(unmapped=(Unmapped(what=f"{sentence}.", where=f"{where}{inside.rstrip('`')}"),))
    except BadInputError as error:
        reason = Unmapped(what=error.what, where=_within(where, error.where), remedy=error.remedy)
        return Translation(unmapped=(reason,))
    placed = (
        msgspec.structs.replace(reason, where=_within(where, reason.where)) for reason in found.unmapped
    )
    return msgspec.structs.replace(found, unmapped=tuple(placed))


def joined(*parts: Translation, nothing: str = "") -> Translation:
    """Return what several parts say together.

    Args:
        parts: what each says.
        nothing: why they say nothing, if they do and do not say why.
    """
    events = tuple(event for each in parts for event in each.events)
    unmapped = tuple(reason for each in parts for reason in each.unmapped)
    if events or unmapped:
        return Translation(events=events, unmapped=unmapped)
    why = dict.fromkeys(each.ignored for each in parts if each.ignored)
    return Translation(ignored=" ".join(why) or nothing)


def _within(where: str, inside: str) -> str:
    return f"{where}.{inside}" if where and inside else where or inside
