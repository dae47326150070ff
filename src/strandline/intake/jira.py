"""Jira's webhooks and issues: issues are tickets, those of the type *Incident* are incidents as well.

What an event is called says little: `issue_event_type_name` is missing on old servers, and what happened
stands in the changelog. Statuses have other names on every site, so only their category and the resolution
are read. Approvals of Jira Service Management come with the issue (`jira_approvals.py`).
"""

from datetime import datetime
from typing import Any

import msgspec

from strandline.intake.jira_approvals import approvals_of
from strandline.intake.jira_issue import (
    Fields,
    Issue,
    User,
    details_of_issue,
    is_done,
    name_of,
    type_of,
)
from strandline.intake.moments import moment, possible_moment
from strandline.intake.parts import every, joined, part
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.delivery import Place
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Fact, FactT, JsonValue
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import (
    IncidentDetected,
    IncidentReopened,
    IncidentResolved,
    ServiceReference,
)
from strandline.vocabulary.ticket import TicketClosed, TicketCreated, TicketUpdated

_CREATED, _UPDATED, _DELETED = "jira:issue_created", "jira:issue_updated", "jira:issue_deleted"
_TELLING = frozenset(
    (
        "assignee",
        "duedate",
        "fix version",
        "fixversions",
        "issuetype",
        "key",
        "priority",
        "project",
        "resolution",
        "status",
        "summary",
    )
)
"""Changes of these are kept; those of labels, descriptions, ranks, links, estimates and such are not."""
_TURNING = frozenset(("issuetype", "resolution", "status"))
"""Changes of these may begin or end an incident."""


class Item(msgspec.Struct, frozen=True):
    """One field that was altered."""

    field: str
    field_id: str | None = msgspec.field(name="fieldId", default=None)
    before: str | None = msgspec.field(name="fromString", default=None)
    after: str | None = msgspec.field(name="toString", default=None)

    def is_of(self, names: frozenset[str]) -> bool:
        """Return whether it is one of these fields."""
        return self.field.lower() in names or (self.field_id or "").lower() in names


class Changelog(msgspec.Struct, frozen=True):
    """What was altered in one go."""

    items: list[Item] = []


class Hook(msgspec.Struct, frozen=True):
    """A webhook about an issue."""

    issue: Issue
    timestamp: Any = None
    user: User | None = None
    changelog: Changelog | None = None
    event_type: str | None = msgspec.field(name="issue_event_type_name", default=None)

    @property
    def items(self) -> list[Item]:
        """What was altered; nothing where there is no changelog."""
        return self.changelog.items if self.changelog is not None else []

    @property
    def is_reopening(self) -> bool:
        """Whether a resolution was taken back."""
        resolution = self.altered("resolution")
        return self.event_type == "issue_reopened" or (resolution is not None and not resolution.after)

    def altered(self, field: str) -> Item | None:
        """Return how a field was altered; `None` if it was not."""
        return next((item for item in self.items if item.is_of(frozenset((field,)))), None)


class _Kind(msgspec.Struct, frozen=True):
    event: str = msgspec.field(name="webhookEvent", default="")
    issues: list[Any] | None = None
    key: str = ""


class _Typed(msgspec.Struct, frozen=True):
    fields: Fields


class _TypedHook(msgspec.Struct, frozen=True):
    issue: _Typed


def translate(payload: Payload) -> Translation:
    """Return what a webhook says of an issue, or what answers of the REST API say of issues as they stand."""
    shape = msgspec.convert(payload.document, _Kind)
    if shape.issues is not None:
        return every("issues", shape.issues, dict, lambda one: issue_events(one, payload.names))
    kind = shape.event
    if not kind and shape.key:
        return issue_events(payload.document, payload.names)
    if not kind:
        what = "This is neither a webhook of Jira (it has no webhookEvent) nor an issue of its API."
        return Translation(unmapped=(Unmapped(what=what, where="webhookEvent"),))
    if kind not in {_CREATED, _UPDATED, _DELETED}:
        return Translation(ignored=f"Jira's event “{kind}” says nothing that is kept.")
    hook = msgspec.convert(payload.document, Hook)
    fields = msgspec.convert(payload.document, _TypedHook).issue.fields
    details = details_of_issue(hook.issue, fields, payload.names)
    placing = {name.lower() for name in (*payload.names.service_fields, *payload.names.environment_fields)}
    return joined(
        part("", lambda: _ticket(kind, hook, fields, details, frozenset(_TELLING | placing))),
        part("", lambda: _incident(kind, hook, fields, details, frozenset(_TURNING | placing))),
        approvals_of(hook.issue, details),
        nothing="Nothing of the issue was altered that is kept.",
    )


def issue_events(document: dict[str, Any], names: Names) -> Translation:
    """Return what an issue says as it stands: that it was opened and closed, and the incident that it is.

    Who closed it stands only in its history, and is not told here.
    """
    issue = msgspec.convert(document, Issue)
    fields = msgspec.convert(document, _Typed).fields
    details = details_of_issue(issue, fields, names)
    hook = Hook(issue=issue)
    ended = possible_moment(fields.resolution_date, "fields.resolutiondate") if is_done(fields) else None

    def closed() -> Translation:
        if ended is None:
            return Translation()
        resolution = (fields.resolution.name if fields.resolution is not None else None) or "closed"
        return _told(hook, _filled(TicketClosed, hook, fields, resolution=resolution), ended, details, "")

    return joined(
        part("", lambda: _ticket(_CREATED, hook, fields, details, frozenset())),
        part("", closed),
        part("", lambda: _incident_as_it_stands(hook, fields, details, ended)),
        approvals_of(issue, details),
    )


def _incident_as_it_stands(
    hook: Hook, fields: Fields, details: Details, ended: datetime | None
) -> Translation:
    if type_of(fields) != "incident":
        return Translation()
    if not details.environment:
        what = "The incident does not say which environment it is about."
        return Translation(unmapped=(Unmapped(what=what, where="fields", remedy=_DO_PLACE),))
    details = msgspec.structs.replace(details, incident=hook.issue.key)
    place = Place(id=details.environment)
    about = ServiceReference(id=details.service) if details.service else None
    detected = IncidentDetected(environment=place, description=fields.summary or "", service=about)
    began = moment(fields.created, "fields.created")
    start = _told(hook, detected, began, details, name_of(fields.creator))
    if ended is None:
        return start
    return joined(start, _told(hook, IncidentResolved(environment=place, service=about), ended, details, ""))


def _ticket(kind: str, hook: Hook, fields: Fields, details: Details, telling: frozenset[str]) -> Translation:
    who = name_of(hook.user)
    if kind == _CREATED:
        creator = name_of(fields.creator) or name_of(fields.reporter) or who
        if not creator:
            what = "The issue does not say who opened it."
            return Translation(unmapped=(Unmapped(what=what, where="issue.fields.creator"),))
        fact: Fact = _filled(TicketCreated, hook, fields, creator=creator)
        at = possible_moment(fields.created, "issue.fields.created")
        return _told(hook, fact, at or moment(hook.timestamp, "timestamp"), details, creator)
    at = moment(hook.timestamp, "timestamp")
    if kind == _DELETED:
        fact = _filled(TicketClosed, hook, fields, resolution="deleted", updatedBy=who)
        return _told(hook, fact, at, details, who)
    items = [item for item in hook.items if item.is_of(telling)]
    if not items:
        return Translation()
    if hook.altered("status") is not None and is_done(fields):
        resolution = (fields.resolution.name if fields.resolution is not None else None) or "closed"
        fact = _filled(TicketClosed, hook, fields, resolution=resolution, updatedBy=who)
    else:
        fact = _filled(TicketUpdated, hook, fields, updatedBy=who)
    changed: list[JsonValue] = [
        {"field": item.field, "from": item.before or "", "to": item.after or ""} for item in items
    ]
    status = (fields.status.name if fields.status is not None else None) or ""
    more: dict[str, JsonValue] = {"status": status, "changed": changed}
    return _told(hook, fact, at, msgspec.structs.replace(details, more=more), who)


def _filled(kind: type[FactT], hook: Hook, fields: Fields, **more: str) -> FactT:
    """Return a fact about a ticket with what all of them say."""
    said = {
        "summary": fields.summary or "",
        "uri": hook.issue.uri,
        "ticketType": type_of(fields),
        "group": (fields.project.key if fields.project is not None else None) or "",
        "assignees": [name] if (name := name_of(fields.assignee)) else [],
        "priority": (fields.priority.name if fields.priority is not None else None) or "",
        "labels": fields.labels or [],
        "milestone": ", ".join(each.name for each in fields.fix_versions or () if each.name),
    }
    return msgspec.convert({**said, **more}, kind)


def _told(hook: Hook, fact: Fact, at: datetime, details: Details, actor: str) -> Translation:
    event = stated(
        fact,
        source=hook.issue.home,
        subject_id=hook.issue.key,
        occurred_at=at,
        details=details,
        actor=actor,
    )
    return Translation(events=(event,))


def _incident(
    kind: str, hook: Hook, fields: Fields, details: Details, turning: frozenset[str]
) -> Translation:
    is_turn = kind != _UPDATED or any(item.is_of(turning) for item in hook.items)
    if type_of(fields) != "incident" or not is_turn:
        return Translation()
    if kind == _DELETED:
        if is_done(fields):
            return Translation()
        what = "An incident was deleted, and nobody says whether the service is restored."
        return Translation(unmapped=(Unmapped(what=what, where="webhookEvent", remedy=_DO_CLOSE),))
    if not details.environment:
        what = "The incident does not say which environment it is about."
        return Translation(unmapped=(Unmapped(what=what, where="issue.fields", remedy=_DO_PLACE),))
    details = msgspec.structs.replace(details, incident=hook.issue.key)
    place = Place(id=details.environment)
    about = ServiceReference(id=details.service) if details.service else None
    detected = IncidentDetected(environment=place, description=fields.summary or "", service=about)
    began = possible_moment(fields.created, "issue.fields.created")
    began = began or (moment(hook.timestamp, "timestamp") if kind == _CREATED else None)
    start = Translation() if began is None else _told(hook, detected, began, details, name_of(fields.creator))

    def end() -> Translation:
        now, who = moment(hook.timestamp, "timestamp"), name_of(hook.user)
        if not is_done(fields):
            return _told(hook, IncidentReopened(), now, details, who) if hook.is_reopening else Translation()
        resolved = IncidentResolved(environment=place, service=about)
        # Jira's own time counts: an incident is often closed days after it was resolved, and by a program.
        at = possible_moment(fields.resolution_date, "issue.fields.resolutiondate")
        is_now = at is None or hook.altered("resolution") is not None
        return _told(hook, resolved, at or now, details, who if is_now else "")

    return joined(start, part("", end))


_DO_CLOSE = "Close incidents instead of deleting them."
_DO_PLACE = (
    "Name the field that holds it (names.environmentFields, such as customfield_10050), or say which "
    "environment this feed is about: names.environment."
)
