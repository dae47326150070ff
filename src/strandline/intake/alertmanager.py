"""Alertmanager's webhook (version 4): one incident for each alert, not for each message.

A message groups alerts, is repeated while they last, and its own status is *firing* as long as one of them
is. So each alert is read by itself: its fingerprint, or its labels where it has none, with the moment it
began, is the incident; an end in the year 1 is how Go writes *not ended*.
"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from strandline.intake.moments import moment, possible_moment
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.delivery import Place
from strandline.vocabulary.details import Details
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import IncidentDetected, IncidentResolved, ServiceReference

_BY = "intake/alertmanager 1"
_DESCRIBED = ("summary", "description", "message")
_SOURCE = "/alertmanager"


class Alert(msgspec.Struct, frozen=True, rename="camel"):
    """One alert, as far as it is read."""

    labels: dict[str, str]
    starts_at: Any = None
    ends_at: Any = None
    annotations: dict[str, str] = {}
    status: str = ""
    fingerprint: str = ""
    generator_url: str = msgspec.field(name="generatorURL", default="")


class Message(msgspec.Struct, frozen=True, rename="camel"):
    """One message of Alertmanager."""

    alerts: list[Alert]
    external_url: str = msgspec.field(name="externalURL", default="")


def translate(payload: Payload) -> Translation:
    """Return the incidents that a message tells of: that they began, and for those over that they ended."""
    message = msgspec.convert(payload.document, Message)
    events: list[Event] = []
    unmapped: list[Unmapped] = []
    for number, alert in enumerate(message.alerts):
        try:
            found = _translated(alert, message, payload.names, f"alerts[{number}]")
        except BadInputError as error:
            found = Unmapped(what=error.what, where=error.where, remedy=error.remedy)
        if isinstance(found, Unmapped):
            unmapped.append(found)
        else:
            events += found
    nothing = "" if message.alerts else "The message has no alert."
    return Translation(events=tuple(events), unmapped=tuple(unmapped), ignored=nothing)


def _translated(alert: Alert, message: Message, names: Names, where: str) -> list[Event] | Unmapped:
    environment = names.environment_of(_label(alert, names.environment_fields))
    if not environment:
        labels = ", ".join(names.environment_fields)
        return Unmapped(
            what="The alert does not say which environment it is about.",
            where=f"{where}.labels",
            remedy=f"Give it one of the labels {labels}, or say it of the feed: names.environment.",
        )
    service = names.service_of(_label(alert, names.service_fields))
    began = moment(alert.starts_at, f"{where}.startsAt")
    ended = possible_moment(alert.ends_at, f"{where}.endsAt") if _is_over(alert) else None
    incident = f"{alert.fingerprint or _print(alert)}@{began:%Y-%m-%dT%H:%M:%S.%fZ}"
    source = message.external_url or _SOURCE
    about = ServiceReference(id=service) if service else None
    description = next((alert.annotations[key] for key in _DESCRIBED if key in alert.annotations), "")
    details = Details(
        service=service,
        environment=environment,
        incident=incident,
        url=alert.generator_url,
        is_automated=True,
        by=_BY,
        more={"labels": dict(alert.labels)},
    )
    facts: list[tuple[IncidentDetected | IncidentResolved, datetime]] = [
        (
            IncidentDetected(
                environment=Place(id=environment),
                description=description or alert.labels.get("alertname", ""),
                service=about,
            ),
            began,
        )
    ]
    if ended is not None:
        facts.append((IncidentResolved(environment=Place(id=environment), service=about), ended))
    return [
        stated(fact, source=source, subject_id=incident, occurred_at=at, details=details)
        for fact, at in facts
    ]


def _is_over(alert: Alert) -> bool:
    # Old senders state no status; of a firing alert the end is a forecast: when it would time out.
    return alert.status in {"resolved", ""}


def _label(alert: Alert, names: tuple[str, ...]) -> str:
    return next((alert.labels[name] for name in names if alert.labels.get(name)), "")


def _print(alert: Alert) -> str:
    """Return what tells alerts apart that have no fingerprint: all their labels."""
    written = msgspec.json.encode(alert.labels, order="deterministic")
    return hashlib.sha256(written).hexdigest()[:16]
