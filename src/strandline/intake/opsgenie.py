"""Opsgenie's webhook: an alert is an incident, from *Create* to *Close*.

Times come in two units within one alert: `createdAt` in milliseconds, `updatedAt` in nanoseconds. The custom
properties (`details`) come with some actions only, so service and environment are read from what every action
brings: tags such as `environment:production`, and the entity.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from strandline.intake.moments import moment, possible_moment
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.delivery import Place
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Fact, JsonValue
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import (
    IncidentAcknowledged,
    IncidentDetected,
    IncidentResolved,
    ServiceReference,
)

_BY = "intake/opsgenie 1"
_SOURCE = "/opsgenie"
_KEPT = frozenset(("Create", "Acknowledge", "Close", "Delete"))


class Alert(msgspec.Struct, frozen=True, rename="camel"):
    """An alert."""

    alert_id: Annotated[str, msgspec.Meta(min_length=1)]
    message: str | None = None
    tags: list[str] | None = None
    entity: str | None = None
    alias: str | None = None
    username: str | None = None
    created_at: Any = None
    updated_at: Any = None
    priority: str | int | None = None


class _Hook(msgspec.Struct, frozen=True):
    action: str
    alert: Any = None


class _AlertHook(msgspec.Struct, frozen=True):
    alert: Alert


def translate(payload: Payload) -> Translation:
    """Return what was done to an alert."""
    hook = msgspec.convert(payload.document, _Hook)
    if hook.action not in _KEPT:
        return Translation(ignored=f"Opsgenie's action “{hook.action}” says nothing that is kept.")
    alert = msgspec.convert(payload.document, _AlertHook).alert
    if hook.action == "Delete":
        reason = Unmapped(
            what="An alert was deleted, and nobody says whether the service is restored.",
            where="action",
            remedy="Close alerts instead of deleting them. If it was closed before, nothing is missing.",
        )
        return Translation(unmapped=(reason,))
    names = payload.names
    environment = names.environment_of(_tagged(alert, names.environment_fields, names.environments))
    if not environment and hook.action != "Acknowledge":
        reason = Unmapped(
            what="The alert does not say which environment it is about.",
            where="alert.tags",
            remedy=f"Give alerts a tag such as {names.environment_fields[0]}:production, or say it of the "
            "feed: names.environment."
            if names.environment_fields
            else "Say which environment this feed is about: names.environment.",
        )
        return Translation(unmapped=(reason,))
    service = names.service_of(_service(alert, names))
    more: dict[str, JsonValue] = {} if alert.priority is None else {"priority": str(alert.priority)}
    details = Details(service=service, environment=environment, incident=alert.alert_id, by=_BY, more=more)
    fact, at = _said(hook.action, alert, environment, service)
    event = stated(
        fact,
        source=_SOURCE,
        subject_id=alert.alert_id,
        occurred_at=at,
        details=details,
        actor=alert.username or "",
    )
    return Translation(events=(event,))


def _said(action: str, alert: Alert, environment: str, service: str) -> tuple[Fact, datetime]:
    about = ServiceReference(id=service) if service else None
    if action == "Create":
        at = possible_moment(alert.created_at, "alert.createdAt")
        fact: Fact = IncidentDetected(
            environment=Place(id=environment), description=alert.message or "", service=about
        )
        return fact, at or moment(alert.updated_at, "alert.updatedAt")
    if action == "Acknowledge":
        fact = IncidentAcknowledged()
    else:
        fact = IncidentResolved(environment=Place(id=environment), service=about)
    return fact, moment(alert.updated_at, "alert.updatedAt")


def _service(alert: Alert, names: Names) -> str:
    # An alias that nobody chose is the alert's own id.
    alias = alert.alias if alert.alias != alert.alert_id else ""
    return _tagged(alert, names.service_fields, names.services) or alert.entity or alias or ""


def _tagged(alert: Alert, fields: Sequence[str], known: dict[str, str]) -> str:
    """Return what a tag such as `env:production` or `env=production` says, or one that is a known name."""
    tags = alert.tags or []
    for field in fields:
        for tag in tags:
            for sign in ":=":
                name, found, value = tag.partition(sign)
                if found and value.strip() and name.strip() == field:
                    return value.strip()
    return next((tag for tag in tags if tag in known), "")
