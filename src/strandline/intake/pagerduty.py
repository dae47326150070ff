"""PagerDuty: version 3 webhooks, and incidents as its REST API has them.

Both say the same of an incident and become the same events. The API tells times in whole seconds and webhooks
in thousandths of one: the seconds are kept. Who began an incident by hand stands in the API's answer only if
it was asked for (`include[]=first_trigger_log_entries`).

PagerDuty has no environments. One is known from a custom field of the incident, from the service if
`names.environments` says which one the service is in, or because the feed is about one.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from strandline.intake.addresses import site_of
from strandline.intake.moments import moment, possible_moment
from strandline.intake.parts import every, joined, part
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.delivery import Place
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Event, Fact, JsonValue
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import (
    IncidentAcknowledged,
    IncidentDetected,
    IncidentReopened,
    IncidentResolved,
    ServiceReference,
)

_BY = "intake/pagerduty 1"
_SOURCE = "/pagerduty"
_KEPT = frozenset(
    ("incident.triggered", "incident.acknowledged", "incident.resolved", "incident.reopened"),
)


class Reference(msgspec.Struct, frozen=True):
    """A user, a service or something else, as PagerDuty refers to it."""

    id: str | None = None
    summary: str | None = None
    type: str | None = None


class CustomField(msgspec.Struct, frozen=True):
    """A field that the organisation defined."""

    name: str | None = None
    display_name: str | None = None
    value: Any = None


class LogEntry(msgspec.Struct, frozen=True):
    """An entry of an incident's log."""

    agent: Reference | None = None


class Acknowledgement(msgspec.Struct, frozen=True):
    """Who took an incident on, and when; the API tells it while that lasts."""

    at: Any
    acknowledger: Reference | None = None


class MergedInto(msgspec.Struct, frozen=True):
    """Why an incident was resolved, if not because it is over."""

    type: str | None = None
    incident: Reference | None = None


class Incident(msgspec.Struct, frozen=True):
    """An incident, as webhooks and the REST API have it."""

    id: Annotated[str, msgspec.Meta(min_length=1)]
    title: str | None = None
    status: str | None = None
    html_url: str | None = None
    created_at: Any = None
    resolved_at: Any = None
    last_status_change_at: Any = None
    last_status_change_by: Reference | None = None
    first_trigger_log_entry: LogEntry | None = None
    acknowledgements: list[Any] | None = None
    service: Reference | None = None
    custom_fields: list[CustomField] | None = None
    resolve_reason: MergedInto | None = None


class WebhookEvent(msgspec.Struct, frozen=True):
    """What a webhook tells of."""

    event_type: str
    occurred_at: Any = None
    agent: Reference | None = None
    data: Any = None


class _Document(msgspec.Struct, frozen=True):
    event: WebhookEvent | None = None
    incident: Any = None
    incidents: list[Any] | None = None
    type: str | None = None


def translate(payload: Payload) -> Translation:
    """Return what a webhook says, or what answers of the REST API say of incidents."""
    document = msgspec.convert(payload.document, _Document)
    if document.event is not None:
        return _webhook(document.event, payload.names)
    if document.incidents is not None:
        incidents = document.incidents
        return every("incidents", incidents, Incident, lambda one: incident_events(one, payload.names))
    one = document.incident
    if one is not None:
        return part("incident", lambda: incident_events(msgspec.convert(one, Incident), payload.names))
    if document.type == "incident":
        return incident_events(msgspec.convert(payload.document, Incident), payload.names)
    what = "This is neither a version 3 webhook of PagerDuty nor an incident of its API."
    return Translation(unmapped=(Unmapped(what=what, remedy="Set up a webhook subscription, version 3."),))


def incident_events(incident: Incident, names: Names) -> Translation:
    """Return what an incident says as it stands: that it was detected, taken on, and resolved if it was."""
    environment = _environment(incident, names)
    if not environment:
        return _without_environment()
    log = incident.first_trigger_log_entry
    began = moment(incident.created_at, "created_at")
    detected = _detected(incident, environment, names)
    start = _told(incident, detected, began, log.agent if log is not None else None, names)

    def acknowledged(each: Acknowledgement) -> Translation:
        at = moment(each.at, "at")
        return Translation(events=(_told(incident, IncidentAcknowledged(), at, each.acknowledger, names),))

    def resolved() -> Translation:
        if incident.status != "resolved":
            return Translation()
        ended = possible_moment(incident.resolved_at, "resolved_at")
        ended = ended or moment(incident.last_status_change_at, "last_status_change_at")
        fact = _resolved(incident, environment, names)
        return Translation(events=(_told(incident, fact, ended, incident.last_status_change_by, names),))

    taken_on = every("acknowledgements", incident.acknowledgements or (), Acknowledgement, acknowledged)
    return joined(Translation(events=(start,)), taken_on, part("", resolved))


def _webhook(event: WebhookEvent, names: Names) -> Translation:
    if event.event_type not in _KEPT:
        return Translation(ignored=f"PagerDuty's event “{event.event_type}” says nothing that is kept.")
    return part("event", lambda: _kept(event, names))


def _kept(event: WebhookEvent, names: Names) -> Translation:
    incident = msgspec.convert({"data": event.data}, _Data).data
    at = moment(event.occurred_at, "occurred_at")
    environment = _environment(incident, names)
    fact: Fact
    match event.event_type:
        case "incident.acknowledged":
            fact = IncidentAcknowledged()
        case "incident.reopened":
            fact = IncidentReopened()
        case _ if not environment:
            return _without_environment("data")
        case "incident.resolved":
            fact = _resolved(incident, environment, names)
        case _:
            fact = _detected(incident, environment, names)
            at = possible_moment(incident.created_at, "data.created_at") or at
    return Translation(events=(_told(incident, fact, at, event.agent, names),))


class _Data(msgspec.Struct, frozen=True):
    data: Incident


def _told(incident: Incident, fact: Fact, at: datetime, agent: Reference | None, names: Names) -> Event:
    more: dict[str, JsonValue] = {}
    reason = incident.resolve_reason
    if isinstance(fact, IncidentResolved) and reason is not None and reason.type:
        more["resolveReason"] = reason.type
        if reason.incident is not None and reason.incident.id:
            more["mergedInto"] = reason.incident.id
    details = Details(
        service=_service(incident, names),
        environment=_environment(incident, names),
        incident=incident.id,
        url=incident.html_url or "",
        by=_BY,
        more=more,
    )
    return stated(
        fact,
        source=site_of(incident.html_url) or _SOURCE,
        subject_id=incident.id,
        occurred_at=at.replace(microsecond=0),
        details=details,
        actor=_person(agent),
    )


def _detected(incident: Incident, environment: str, names: Names) -> IncidentDetected:
    service = _service(incident, names)
    return IncidentDetected(
        environment=Place(id=environment),
        description=incident.title or "",
        service=ServiceReference(id=service) if service else None,
    )


def _resolved(incident: Incident, environment: str, names: Names) -> IncidentResolved:
    service = _service(incident, names)
    about = ServiceReference(id=service) if service else None
    return IncidentResolved(environment=Place(id=environment), service=about)


def _person(agent: Reference | None) -> str:
    """Return who did it; an integration or a service is PagerDuty's word for nobody in person."""
    is_person = agent is not None and (agent.type or "").removesuffix("_reference") == "user"
    return (agent.summary or agent.id or "") if agent is not None and is_person else ""


def _service(incident: Incident, names: Names) -> str:
    field = _field(incident, names.service_fields)
    if field or incident.service is None:
        return names.service_of(field)
    number, name = incident.service.id or "", incident.service.summary or ""
    return names.service_of(number if number in names.services else name or number)


def _environment(incident: Incident, names: Names) -> str:
    field = _field(incident, names.environment_fields)
    if field or incident.service is None:
        return names.environment_of(field)
    of_service = (incident.service.id or "", incident.service.summary or "")
    return names.environment_of(next((each for each in of_service if each in names.environments), ""))


def _field(incident: Incident, names: tuple[str, ...]) -> str:
    given = {}
    for each in incident.custom_fields or ():
        if isinstance(each.value, str) and each.value:
            given[each.display_name or ""] = given[each.name or ""] = each.value
    return next((given[name] for name in names if name in given), "")


def _without_environment(where: str = "") -> Translation:
    reason = Unmapped(
        what="The incident does not say which environment it is about.",
        where=f"{where}.service" if where else "service",
        remedy="Say which environment this feed is about (names.environment), or which one each of "
        "PagerDuty's services is in (names.environments).",
    )
    return Translation(unmapped=(reason,))
