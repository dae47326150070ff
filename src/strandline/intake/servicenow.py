"""ServiceNow's records of changes and incidents: as its REST API has them, or as a business rule sends them.

A record tells how things stand, so each becomes all that it says: that it was opened, that it was altered or
closed, whether consent was asked for or given, and for an incident when it began and ended. Read again, the
same record says the same.

States can be of the organisation's own making. Whether a record is closed is said by `active`, then by the
time of closing, and by the number of its state only where both are missing. `on_hold` stands beside an
approval: what was approved and is on hold may not go on, whatever its state.

Only a part of what is sent names the instance, so events of all shapes come from `/servicenow`; the subject
is the record's `sys_id`, which is unique in the world.
"""

from datetime import datetime
from typing import Any

import msgspec

from strandline.intake.moments import moment
from strandline.intake.parts import every, joined, part
from strandline.intake.servicenow_record import ASK, CHANGE, INCIDENT, Record, record_of
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.approval import ApprovalClosed, ApprovalCreated, ApprovalStatus
from strandline.vocabulary.delivery import Place
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Fact, JsonValue
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import (
    IncidentDetected,
    IncidentReopened,
    IncidentResolved,
    ServiceReference,
)
from strandline.vocabulary.ticket import TicketClosed, TicketCreated, TicketUpdated

_BY = "intake/servicenow 1"
_SOURCE = "/servicenow"
_KINDS = {CHANGE: "change", INCIDENT: "incident"}
_CLOSED = {CHANGE: frozenset("34"), INCIDENT: frozenset("78")}
_CANCELLED = {CHANGE: "4", INCIDENT: "8"}
_UNRESOLVED = frozenset(("1", "2", "3"))
_RESOLVED = frozenset(("6", "resolved"))
_APPROVALS = {
    "approved": ApprovalStatus.APPROVED,
    "rejected": ApprovalStatus.REJECTED,
    "cancelled": ApprovalStatus.CANCELLED,
    "canceled": ApprovalStatus.CANCELLED,
}
_MORE = {
    "type": "type",
    "state": "state",
    "risk": "risk",
    "impact": "impact",
    "approval": "approval",
    "close_code": "closeCode",
    "conflict_status": "conflictStatus",
    "correlation_id": "correlationId",
    "caused_by": "causedBy",
}


def translate(payload: Payload) -> Translation:
    """Return what an answer of ServiceNow, or a record by itself, says."""
    things, where = msgspec.convert(payload.document, dict[str, Any] | list[Any]), ""
    if isinstance(things, dict):
        where = next((key for key in ("result", "records") if key in things), "")
        things = things[where] if where else things
    if isinstance(things, list):
        return every(where, things, dict, lambda thing: _record(thing, payload.names))
    if not isinstance(things, dict):
        return Translation(ignored="The answer holds no record.")
    alone = things
    return part(where, lambda: _record(alone, payload.names))


def _record(thing: dict[str, Any], names: Names) -> Translation:
    record = record_of(thing, names)
    if not {"sys_id", "number", "sys_class_name"} & set(record.fields):
        return Translation(ignored="The answer is about a change, but is no record of one.")
    table = record.table
    if table not in _KINDS:
        return Translation(ignored=f"Records of “{table or 'a table that is not named'}” are not read.")
    if not record["sys_id"].name:
        what, remedy = "The record does not say which one it is.", "Send its sys_id along."
        return Translation(unmapped=(Unmapped(what=what, where="sys_id", remedy=remedy),))
    if record.is_displayed and not names.zone:
        what = "The record's times are as a user was shown them, in a zone that it does not name."
        return Translation(unmapped=(Unmapped(what=what, where="sys_updated_on", remedy=ASK),))
    return joined(
        part("", lambda: _opened(record)),
        part("", lambda: _altered(record)),
        part("", lambda: _approval(record)),
        part("", lambda: _incident(record)) if table == INCIDENT else Translation(),
        nothing="The record has no time at which anything happened.",
    )


def _opened(record: Record) -> Translation:
    at = record.time("sys_created_on") or record.time("opened_at")
    if at is None:
        return Translation()
    creator = record["opened_by"].name or record["sys_created_by"].name
    if not creator:
        what, remedy = "The record does not say who opened it.", "Send opened_by or sys_created_by along."
        return Translation(unmapped=(Unmapped(what=what, where="opened_by", remedy=remedy),))
    # Only what stays as it is: the record is read again and again.
    fact = TicketCreated(
        summary=record["short_description"].name,
        creator=creator,
        uri=_uri(record),
        ticket_type=_KINDS[record.table],
    )
    return _told(record, fact, at, _details(record), creator)


def _altered(record: Record) -> Translation:
    at, who = record.time("sys_updated_on"), record["sys_updated_by"].name
    more: dict[str, JsonValue] = {name: text for field, name in _MORE.items() if (text := record[field].name)}
    if record["state"].label:
        more["stateLabel"] = record["state"].label
    details = msgspec.structs.replace(_details(record), more={**more, **_hold(record)})
    said = {
        "uri": _uri(record),
        "summary": record["short_description"].name,
        "ticketType": _KINDS[record.table],
        "group": record["assignment_group"].name,
        "assignees": [name] if (name := record["assigned_to"].name) else [],
        "priority": record["priority"].name,
    }
    if _is_closed(record):
        closer = record["closed_by"].name or who
        said.update(resolution=_resolution(record), updatedBy=closer)
        ended = record.time("closed_at") or at or moment(None, "closed_at")
        return _told(record, msgspec.convert(said, TicketClosed), ended, details, closer)
    if at is None or at == record.time("sys_created_on"):
        return Translation()
    return _told(record, msgspec.convert({**said, "updatedBy": who}, TicketUpdated), at, details, who)


def _approval(record: Record) -> Translation:
    answer = record.code("approval")
    status = _APPROVALS.get(answer)
    if status is None and answer != "requested":
        return Translation()
    at = record.time("approval_set")
    more = _hold(record)
    if at is None:
        # Unless that field is sent along, nobody says when it was: not later than any of these.
        times = [record.time(field) for field in ("sys_updated_on", "work_start", "closed_at")]
        at = min((each for each in times if each is not None), default=None)
        more["isLatestPossible"] = True
    at = at or moment(None, "approval_set")
    if status is None:
        requestor = record["opened_by"].name
        fact: Fact = ApprovalCreated(resource_target_url=_uri(record), requestor=requestor)
    else:
        fact = ApprovalClosed(status=status, resource_target_url=_uri(record), decision=answer)
    details = msgspec.structs.replace(_details(record), more=more)
    return _told(record, fact, at, details, "", subject=f"{record['sys_id'].name}/approval")


def _incident(record: Record) -> Translation:
    details = _details(record)
    if not details.environment:
        what = "The incident does not say which environment it is about."
        where = next(iter(record.names.environment_fields), "")
        remedy = "Name the field that holds it (names.environmentFields), or say which environment this feed "
        reason = Unmapped(what=what, where=where, remedy=f"{remedy}is about: names.environment.")
        return Translation(unmapped=(reason,))
    details = msgspec.structs.replace(details, incident=record["sys_id"].name)
    place = Place(id=details.environment)
    about = ServiceReference(id=details.service) if details.service else None

    def start() -> Translation:
        began = record.time("opened_at") or record.time("sys_created_on") or moment(None, "opened_at")
        summary = record["short_description"].name
        fact = IncidentDetected(environment=place, description=summary, service=about)
        return _told(record, fact, began, details, record["opened_by"].name)

    def again() -> Translation:
        at = record.time("reopened_time")
        return Translation() if at is None else _told(record, IncidentReopened(), at, details, "")

    def end() -> Translation:
        ended = _restored_at(record)
        if ended is None:
            return Translation()
        fact = IncidentResolved(environment=place, service=about)
        code = record["close_code"].name
        told = msgspec.structs.replace(details, more={"closeCode": code} if code else {})
        return _told(record, fact, ended, told, record["resolved_by"].name)

    return joined(part("", start), part("", again), part("", end))


def _restored_at(record: Record) -> datetime | None:
    resolved, reopened = record.time("resolved_at"), record.time("reopened_time")
    is_taken_back = resolved is not None and reopened is not None and reopened >= resolved
    state = record.code("state")
    if _is_closed(record) or state in _RESOLVED:
        known = None if is_taken_back else resolved
        return known or record.time("closed_at") or record.time("sys_updated_on")
    return None if is_taken_back or state in _UNRESOLVED else resolved


def _is_closed(record: Record) -> bool:
    if record.code("active"):
        return not record.is_true("active")
    return bool(record["closed_at"].name) or record.code("state") in _CLOSED[record.table]


def _resolution(record: Record) -> str:
    if record["close_code"].name:
        return record["close_code"].name
    state = record["state"]
    return "cancelled" if state.value == _CANCELLED[record.table] else state.label or "closed"


def _hold(record: Record) -> dict[str, JsonValue]:
    if not record.is_true("on_hold"):
        return {}
    reason = record["on_hold_reason"].name
    return {"onHold": True, "onHoldReason": reason} if reason else {"onHold": True}


def _uri(record: Record) -> str:
    return f"{record.site}/{record.table}.do?sys_id={record['sys_id'].name}"


def _details(record: Record) -> Details:
    names = record.names
    services = (*names.service_fields, "cmdb_ci", "business_service")
    service = next((said for each in services if (said := record[each].known_as(names.services))), "")
    places = (record[each].known_as(names.environments) for each in names.environment_fields)
    return Details(
        service=names.service_of(service),
        environment=names.environment_of(next((each for each in places if each), "")),
        tickets=(record["number"].name,) if record["number"].name else (),
        url=_uri(record) if record.site else "",
        by=_BY,
    )


def _told(
    record: Record, fact: Fact, at: datetime, details: Details, actor: str, *, subject: str = ""
) -> Translation:
    event = stated(
        fact,
        source=_SOURCE,
        subject_id=subject or record["sys_id"].name,
        occurred_at=at,
        details=details,
        actor=actor,
    )
    return Translation(events=(event,))
