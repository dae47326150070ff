"""Argo CD's applications: the resource, a list of them, or a notification (`argocd_application.py`).

An operation is a deployment. It is a success once it succeeded *and* the application is healthy; a sync that
succeeded into an application that is not healthy yet has only begun.

A degraded application is an incident, from the moment that its health changed. Argo CD does not say what it
was before, so nobody can tell from one payload that an incident is over: that is for the monitoring to say.
Nor does it name a cause, so no deployment is named as one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from strandline.intake.argocd_application import BY, SOURCE, Application, Home, Notification, home_of
from strandline.intake.argocd_deployments import operation_events, row_events
from strandline.intake.moments import possible_moment
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.delivery import Place
from strandline.vocabulary.details import Details
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import IncidentDetected, IncidentResolved, ServiceReference

_IN_NOTIFICATION: Mapping[str, str] = {
    "spec.destination": "destination",
    "status.health.lastTransitionTime": "healthChangedAt",
    "status.operationState.finishedAt": "finishedAt",
    "status.operationState.phase": "phase",
    "status.operationState.startedAt": "startedAt",
}
"""Where in a notification that stands which has its place in the resource."""


class _Shape(msgspec.Struct, frozen=True):
    items: list[Any] | None = None
    app: Any = None


def translate(payload: Payload) -> Translation:
    """Return what Argo CD says of one application or of several."""
    shape = msgspec.convert(payload.document, _Shape)
    if shape.items is not None:
        return _every(shape.items, payload.names)
    if isinstance(shape.app, str):
        notification = msgspec.convert(payload.document, Notification)
        found = _application(notification.application(), payload.names)
        placed = (
            msgspec.structs.replace(reason, where=_IN_NOTIFICATION.get(reason.where, reason.where))
            for reason in found.unmapped
        )
        return msgspec.structs.replace(found, unmapped=tuple(placed))
    document = payload.document if shape.app is None else shape.app
    return _application(msgspec.convert(document, Application), payload.names)


def _every(items: list[Any], names: Names) -> Translation:
    events: list[Event] = []
    unmapped: list[Unmapped] = []
    for number, each in enumerate(items):
        try:
            found = _application(msgspec.convert(each, Application), names)
        except msgspec.ValidationError as error:
            sentence, _, inside = str(error).partition(" - at `$")
            unmapped.append(Unmapped(what=f"{sentence}.", where=f"items[{number}]{inside.rstrip('`')}"))
            continue
        events += found.events
        unmapped += [
            msgspec.structs.replace(reason, where=f"items[{number}].{reason.where}")
            for reason in found.unmapped
        ]
    nothing = "" if events or unmapped else "No application in it has done anything."
    return Translation(events=tuple(events), unmapped=tuple(unmapped), ignored=nothing)


def _application(application: Application, names: Names) -> Translation:
    home = home_of(application, names)
    status = application.status
    if status is None:
        return Translation(ignored="The application has no status: nothing was done yet.")
    if not home.environment:
        return Translation(
            unmapped=(
                Unmapped(
                    what="The application does not say which environment it goes to.",
                    where="spec.destination",
                    remedy="Say which environment this feed is about: names.environment.",
                ),
            )
        )
    events: list[Event] = []
    unmapped: list[Unmapped] = []
    rows = enumerate(status.history or ())
    parts = (
        operation_events(application, home),
        _health_events(application, home),
        *(row_events(row, application, home, f"status.history[{number}]") for number, row in rows),
    )
    for part in parts:
        try:
            # One by one: what a part said before it could not go on is kept.
            for event in part:
                events.append(event)  # noqa: PERF402 - see above
        except BadInputError as error:
            unmapped.append(Unmapped(what=error.what, where=error.where, remedy=error.remedy))
    nothing = "" if events or unmapped else "The application has done nothing that is kept."
    return Translation(events=tuple(events), unmapped=tuple(unmapped), ignored=nothing)


def _health_events(application: Application, home: Home) -> Iterator[Event]:
    """Yield the incident of a degraded application, or that a healthy one has none.

    What its health was before, a payload does not say: that it is well ends an incident if one is open.
    """
    health = application.status.health if application.status is not None else None
    if health is None or health.status not in {"Degraded", "Healthy"}:
        return
    at = possible_moment(health.last_transition_time, "status.health.lastTransitionTime")
    if at is None:
        if health.status == "Healthy":
            return
        what = "The application is degraded, and it is not said since when."
        remedy = "In a notification, send healthChangedAt: app.status.health.lastTransitionTime."
        raise BadInputError(what, where="status.health.lastTransitionTime", remedy=remedy)
    incident = f"{home.name} {home.environment} health"
    place, about = Place(id=home.environment), ServiceReference(id=home.service)
    told = health.message or f"{home.name} is degraded."
    fact: IncidentDetected | IncidentResolved = (
        IncidentDetected(environment=place, description=told, service=about)
        if health.status == "Degraded"
        else IncidentResolved(environment=place, service=about)
    )
    details = Details(
        service=home.service,
        environment=home.environment,
        incident=incident,
        url=home.url,
        is_automated=True,
        by=BY,
    )
    yield stated(fact, source=SOURCE, subject_id=incident, occurred_at=at, details=details)
