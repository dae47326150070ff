"""Incidents: unplanned interruptions to a service, or reductions in its quality (CDEvents 0.5.1)."""

from typing import ClassVar

import msgspec

from strandline.vocabulary.delivery import Place
from strandline.vocabulary.event import Fact


class ServiceReference(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A reference to a service, as CDEvents writes it."""

    id: str
    source: str = ""


class IncidentDetected(Fact, frozen=True, kw_only=True):
    """It was noticed, by a program or a person."""

    TYPE: ClassVar[str] = "dev.cdevents.incident.detected.0.3.0"
    environment: Place
    description: str = ""
    service: ServiceReference | None = None
    artifact_id: str = ""


class IncidentReported(Fact, frozen=True, kw_only=True):
    """A ticket was opened for it."""

    TYPE: ClassVar[str] = "dev.cdevents.incident.reported.0.3.0"
    environment: Place
    ticket_uri: str = msgspec.field(name="ticketURI")
    description: str = ""
    service: ServiceReference | None = None
    artifact_id: str = ""


class IncidentResolved(Fact, frozen=True, kw_only=True):
    """The service is restored."""

    TYPE: ClassVar[str] = "dev.cdevents.incident.resolved.0.3.0"
    environment: Place
    description: str = ""
    service: ServiceReference | None = None
    artifact_id: str = ""


class IncidentAcknowledged(Fact, frozen=True, kw_only=True):
    """Somebody took it on."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-incident.acknowledged.0.1.0"


class IncidentReopened(Fact, frozen=True, kw_only=True):
    """It was called resolved, and was not."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-incident.reopened.0.1.0"


class IncidentClassified(Fact, frozen=True, kw_only=True):
    """A person said what caused it."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-incident.classified.0.1.0"
    is_caused_by_deployment: bool
    cause: str = ""
    """Such as `external-outage`, in the words of who classified it."""
    severity: int | None = None
    """1 (the worst) to 5."""
