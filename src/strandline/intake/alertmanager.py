"""Alertmanager's webhook (version 4): one incident for each alert, not for each message.

A message groups alerts, is repeated while they last, and its own status is *firing* as long as one of them
is. So each alert is read by itself: its fingerprint, or its labels where it has none, with the moment it
began, is the incident; an end in the year 1 is how Go writes *not ended*.

What is said of an alert is the same in every repetition, so that these are one event: the summary counts,
and the description does not, as it usually holds the measured value.
"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from strandline.intake.moments import moment, possible_moment
from strandline.intake.parts import every, joined, part
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.delivery import Place
from strandline.vocabulary.details import Details
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import IncidentDetected, IncidentResolved, ServiceReference

_BY = "intake/alertmanager 1"
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

    alerts: list[Any]
    external_url: str = msgspec.field(name="externalURL", default="")


def translate(payload: Payload) -> Translation:
    """Return the incidents that a message tells of: that they began, and for those over that they ended."""
    message = msgspec.convert(payload.document, Message)
    source = message.external_url or _SOURCE
    return every("alerts", message.alerts, Alert, lambda alert: _alert(alert, source, payload.names))


def _alert(alert: Alert, source: str, names: Names) -> Translation:
    environment = names.environment_of(_label(alert, names.environment_fields))
    if not environment:
        labels = ", ".join(names.environment_fields)
        reason = Unmapped(
            what="The alert does not say which environment it is about.",
            where="labels",
            remedy=f"Give it one of the labels {labels}, or say it of the feed: names.environment.",
        )
        return Translation(unmapped=(reason,))
    service = names.service_of(_label(alert, names.service_fields))
    began = moment(alert.starts_at, "startsAt")
    incident = f"{alert.fingerprint or _print(alert)}@{began:%Y-%m-%dT%H:%M:%S.%fZ}"
    about = ServiceReference(id=service) if service else None
    details = Details(
        service=service,
        environment=environment,
        incident=incident,
        url=alert.generator_url,
        is_automated=True,
        by=_BY,
        more={"labels": dict(alert.labels)},
    )
    detected = IncidentDetected(
        environment=Place(id=environment),
        description=alert.annotations.get("summary") or alert.labels.get("alertname", ""),
        service=about,
    )
    start = stated(detected, source=source, subject_id=incident, occurred_at=began, details=details)

    def end() -> Translation:
        ended = _end(alert)
        if ended is None:
            return Translation()
        resolved = IncidentResolved(environment=Place(id=environment), service=about)
        event = stated(resolved, source=source, subject_id=incident, occurred_at=ended, details=details)
        return Translation(events=(event,))

    return joined(Translation(events=(start,)), part("", end))


def _end(alert: Alert) -> datetime | None:
    if alert.status == "resolved":
        return moment(alert.ends_at, "endsAt")
    # Old senders state no status; of a firing alert the end is a forecast: when it would time out.
    return possible_moment(alert.ends_at, "endsAt") if not alert.status else None


def _label(alert: Alert, names: tuple[str, ...]) -> str:
    return next((alert.labels[name] for name in names if alert.labels.get(name)), "")


def _print(alert: Alert) -> str:
    """Return what tells alerts apart that have no fingerprint: all their labels."""
    written = msgspec.json.encode(alert.labels, order="deterministic")
    return hashlib.sha256(written).hexdigest()[:16]
