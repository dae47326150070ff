"""Statuspage's webhooks: incidents that people announce, and components whose status changes.

An incident is detected with its first word and resolved with the update that says so; one that is taken up
again after that is reopened. Planned maintenance is no incident.

A component that goes out is an incident of the service of that name, until it is operational again. Such an
outage has no number of its own, so the component is the subject of all of its outages.
"""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

import msgspec

from strandline.intake.moments import moment, possible_moment
from strandline.intake.parts import joined, part
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.delivery import Place
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Event, Fact, JsonValue
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import (
    IncidentDetected,
    IncidentReopened,
    IncidentResolved,
    ServiceReference,
)

_BY = "intake/statuspage 1"
_PAGES = "https://api.statuspage.io/v1/pages"
_OUT = frozenset(("major_outage", "partial_outage"))
_OVER = frozenset(("resolved", "postmortem"))
_PLANNED = frozenset(("scheduled", "in_progress", "verifying", "completed"))

Id: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]


class Page(msgspec.Struct, frozen=True):
    """A status page."""

    id: Id


class Component(msgspec.Struct, frozen=True):
    """A part of the product, as customers know it."""

    name: str | None = None


class Update(msgspec.Struct, frozen=True):
    """One word on an incident."""

    status: str | None = None
    created_at: Any = None
    display_at: Any = None


class Incident(msgspec.Struct, frozen=True):
    """An incident with all that was said of it."""

    id: Id
    name: str | None = None
    status: str | None = None
    impact: str | None = None
    created_at: Any = None
    started_at: Any = None
    resolved_at: Any = None
    scheduled_for: Any = None
    shortlink: str | None = None
    incident_updates: list[Update] | None = None
    components: list[Component] | None = None


class ComponentUpdate(msgspec.Struct, frozen=True):
    """A change of a component's status."""

    component_id: Id
    created_at: Any
    new_status: str
    old_status: str | None = None


class _Shape(msgspec.Struct, frozen=True):
    incident: Any = None
    component_update: Any = None


class _IncidentHook(msgspec.Struct, frozen=True):
    page: Page
    incident: Incident


class _ComponentHook(msgspec.Struct, frozen=True):
    page: Page
    component_update: ComponentUpdate
    component: Component | None = None


def translate(payload: Payload) -> Translation:
    """Return what a page says of an incident or of a component."""
    shape = msgspec.convert(payload.document, _Shape)
    if shape.incident is not None:
        hook = msgspec.convert(payload.document, _IncidentHook)
        return part("incident", lambda: _incident(hook.incident, hook.page, payload.names))
    if shape.component_update is not None:
        return _component(msgspec.convert(payload.document, _ComponentHook), payload.names)
    return Translation(ignored="The page says nothing of an incident or of a component.")


def _incident(incident: Incident, page: Page, names: Names) -> Translation:
    if incident.impact == "maintenance" or incident.scheduled_for or incident.status in _PLANNED:
        return Translation(ignored="It is planned maintenance, not an incident.")
    environment = _environment(page, names)
    if not environment:
        return _without_environment()
    service = _service(incident, names)
    place, about = Place(id=environment), ServiceReference(id=service) if service else None
    components: list[JsonValue] = [each.name for each in incident.components or () if each.name]
    more: dict[str, JsonValue] = {"impact": incident.impact or "", "components": components}
    details = Details(
        service=service,
        environment=environment,
        incident=incident.id,
        url=incident.shortlink or "",
        is_automated=None,
        by=_BY,
        more={name: value for name, value in more.items() if value},
    )

    def told(fact: Fact, at: datetime) -> Event:
        source = f"{_PAGES}/{page.id}"
        return stated(fact, source=source, subject_id=incident.id, occurred_at=at, details=details)

    words = sorted(_words(incident))
    detected = IncidentDetected(environment=place, description=incident.name or "", service=about)
    resolved = IncidentResolved(environment=place, service=about)

    def course() -> Translation:
        events, is_over = [], False
        for at, status in words:
            if (status in _OVER) != is_over:
                is_over = not is_over
                events.append(told(resolved if is_over else IncidentReopened(), at))
        if incident.status in _OVER and not is_over:
            events.append(told(resolved, moment(incident.resolved_at, "resolved_at")))
        return Translation(events=tuple(events))

    return joined(Translation(events=(told(detected, _beginning(incident, words)),)), part("", course))


def _words(incident: Incident) -> list[tuple[datetime, str]]:
    """Return when each status was stated: as the page displays it, since people set that right."""
    found = []
    for number, each in enumerate(incident.incident_updates or ()):
        where = f"incident_updates[{number}]"
        at = possible_moment(each.display_at, f"{where}.display_at")
        at = at or moment(each.created_at, f"{where}.created_at")
        found.append((at, each.status or ""))
    return found


def _beginning(incident: Incident, words: list[tuple[datetime, str]]) -> datetime:
    # An incident that is written down afterwards was created after it was over.
    began = possible_moment(incident.started_at, "started_at")
    began = began or moment(incident.created_at, "created_at")
    return min([began, *(at for at, _ in words)])


def _service(incident: Incident, names: Names) -> str:
    """Return the service if it is one: the only component, or the one that all of them belong to."""
    services = {names.service_of(each.name) for each in incident.components or () if each.name}
    return services.pop() if len(services) == 1 else names.service


def _component(hook: _ComponentHook, names: Names) -> Translation:
    update = hook.component_update
    name = (hook.component.name if hook.component is not None else None) or update.component_id
    environment = _environment(hook.page, names)
    is_out, is_back = update.new_status in _OUT, update.new_status == "operational"
    if not is_out and not is_back:
        return Translation(ignored=f"A component that is “{update.new_status}” is neither out nor back.")
    if not environment:
        return _without_environment()
    service = names.service_of(name)
    place, about = Place(id=environment), ServiceReference(id=service) if service else None
    subject = f"component/{update.component_id}"
    fact: Fact
    if is_out:
        fact = IncidentDetected(environment=place, description=f"{name}: {update.new_status}", service=about)
    else:
        # Whatever it was before: an outage may have gone over into maintenance, or a degradation.
        fact = IncidentResolved(environment=place, service=about)
    details = Details(
        service=service,
        environment=environment,
        incident=subject,
        by=_BY,
        more={"oldStatus": update.old_status or "", "newStatus": update.new_status},
    )
    event = stated(
        fact,
        source=f"{_PAGES}/{hook.page.id}",
        subject_id=subject,
        occurred_at=moment(update.created_at, "component_update.created_at"),
        details=details,
    )
    return Translation(events=(event,))


def _environment(page: Page, names: Names) -> str:
    return names.environment_of(page.id if page.id in names.environments else "")


def _without_environment() -> Translation:
    reason = Unmapped(
        what="A status page does not say which environment it is about.",
        where="page",
        remedy="Say which environment this feed is about: names.environment.",
    )
    return Translation(unmapped=(reason,))
