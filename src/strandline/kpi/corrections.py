"""What people corrected: links that they stated, and links that they disputed."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from strandline.kpi.entry import Entry, Placed, placed
from strandline.vocabulary.event import Event
from strandline.vocabulary.link import LinkDisputed, LinkStated

KIND = "correction"


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What people last said about one pair of things."""

    from_kind: str
    from_id: str
    to_kind: str
    to_id: str
    is_linked: bool
    actor: str
    at: datetime
    reason: str = ""


def placed_correction(event: Event) -> Iterable[Placed]:
    """Return what an event says about a link; nothing if it is about something else."""
    if event.type not in {LinkStated.TYPE, LinkDisputed.TYPE}:
        return ()
    said = event.content
    ends = (said.get("fromKind"), said.get("fromId"), said.get("toKind"), said.get("toId"))
    if not all(isinstance(each, str) and each for each in ends):
        return ()
    return (
        placed(
            KIND,
            " ".join(map(str, ends)),
            event,
            "stated" if event.type == LinkStated.TYPE else "disputed",
            from_kind=ends[0],
            from_id=ends[1],
            to_kind=ends[2],
            to_id=ends[3],
            actor=event.actor,
            reason=said.get("reason"),
        ),
    )


def correction_of(entry: Entry) -> Correction:
    """Return what holds now: the last word counts, and those before stay in the ledger."""
    last = entry.statements[-1]
    return msgspec.convert({**last.data, "is_linked": last.says == "stated", "at": last.at}, Correction)
