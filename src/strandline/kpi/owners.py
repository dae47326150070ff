"""Who answers for a service: the newest word of a catalogue on its team and its business unit."""

from collections.abc import Iterable, Mapping

import msgspec

from strandline.kpi.entry import Entry, Placed, placed
from strandline.vocabulary.delivery import ServiceCatalogued
from strandline.vocabulary.event import Event
from strandline.vocabulary.organisation import ServiceProfiled

KIND = "owner"


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for one service; a field is empty where no catalogue says."""

    service: str
    team: str = ""
    business_unit: str = ""


def placed_owner(event: Event) -> Iterable[Placed]:
    """Return what an event says about a service's owner; nothing if it is about something else."""
    said = event.content
    if event.type == ServiceProfiled.TYPE:
        team, unit = said.get("unit"), said.get("businessUnit", said.get("business_unit"))
    elif event.type == ServiceCatalogued.TYPE:
        entry = said.get("entry")
        team, unit = (entry.get("owner") if isinstance(entry, dict) else None), None
    else:
        return ()
    names = {
        name: value.strip()
        for name, value in (("team", team), ("business_unit", unit))
        if isinstance(value, str) and value.strip()
    }
    return (placed(KIND, event.subject_id, event, "owned", **names),) if names else ()


def owner_of(entry: Entry) -> Owner:
    """Return who answers now: of each field the last word counts."""
    said: dict[str, object] = {}
    for statement in entry.statements:
        said |= statement.data
    return msgspec.convert({**said, "service": entry.key}, Owner)


def teams_of(owners: Mapping[str, Owner]) -> list[str]:
    """Return the names of all teams and business units that own anything."""
    return sorted({name for each in owners.values() for name in (each.team, each.business_unit) if name})


def services_of(owners: Mapping[str, Owner], team: str) -> tuple[str, ...]:
    """Return the services of a team or a business unit, by name."""
    return tuple(
        sorted(each.service for each in owners.values() if team and team in {each.team, each.business_unit})
    )
