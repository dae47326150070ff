"""Incidents as the figures see them: when users felt it, until when, and whose it was."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from strandline.kpi.entry import Entry, Placed, placed
from strandline.vocabulary.details import details_of
from strandline.vocabulary.event import Event
from strandline.vocabulary.incident import (
    IncidentClassified,
    IncidentDetected,
    IncidentReopened,
    IncidentReported,
    IncidentResolved,
)

KIND = "incident"


class Span(msgspec.Struct, gc=False, frozen=True):
    """From when until when it was open; one that is still open has no end."""

    start: datetime
    end: datetime | None = None
    is_again: bool = False
    """Whether it was said to be opened *again*; else it is a new one, of a source that numbers none."""


class Incident(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One incident: an interruption to a service, from the first word of it to the last."""

    key: str
    service: str = ""
    environment: str = ""
    description: str = ""
    artifact: str = ""
    deployment: str = ""
    """The deployment that its own source names as the cause; a key, or the source's name of one."""
    commit: str = ""
    url: str = ""
    spans: tuple[Span, ...] = ()
    """When it was open. More than one where it was opened again."""
    is_caused_by_deployment: bool | None = None
    """What a person said; `None` while nobody did."""
    cause: str = ""
    events: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """The service and the environment."""
        return self.service, self.environment

    @property
    def began_at(self) -> datetime | None:
        """The first word of it; `None` where only its end is known."""
        return self.spans[0].start if self.spans else None

    @property
    def restored_at(self) -> datetime | None:
        """When it was over for good; `None` while it is open."""
        return self.spans[-1].end if self.spans else None

    def episodes(self) -> Iterator["Incident"]:
        """Yield the incidents that it is: some sources tell each outage of a thing under the thing's name."""
        starts = [place for place, span in enumerate(self.spans) if place == 0 or not span.is_again]
        for number, (first, after) in enumerate(pairwise([*starts, len(self.spans)]), start=1):
            key = self.key if number == 1 else f"{self.key}~{number}"
            yield msgspec.structs.replace(self, key=key, spans=self.spans[first:after])

    def open_for(self, *, until: datetime) -> timedelta:
        """Return how long it was open up to a moment, without the time in which it counted as resolved."""
        total = timedelta()
        for span in self.spans:
            end = min(span.end or until, until)
            total += max(end - span.start, timedelta())
        return total


def placed_incident(event: Event) -> Iterable[Placed]:
    """Return what an event says about an incident; nothing if it is about something else."""
    says = _SAYS.get(event.type)
    if says is None:
        return ()
    said, content = details_of(event), event.content
    environment, service = content.get("environment"), content.get("service")
    # The subject is the incident; its source and number are one name, since numbers repeat between tools.
    home = event.subject_source or event.source
    return (
        placed(
            KIND,
            f"{home}#{said.incident or event.subject_id}",
            event,
            says,
            service=said.service or (service.get("id") if isinstance(service, dict) else ""),
            environment=said.environment or (environment.get("id") if isinstance(environment, dict) else ""),
            description=content.get("description"),
            artifact=content.get("artifactId"),
            deployment=said.deployment,
            commit=said.commit,
            url=said.url or content.get("ticketURI"),
            is_caused=content.get("isCausedByDeployment"),
            cause=content.get("cause"),
        ),
    )


_SAYS = {
    IncidentDetected.TYPE: "detected",
    IncidentReported.TYPE: "reported",
    IncidentResolved.TYPE: "resolved",
    IncidentReopened.TYPE: "reopened",
    IncidentClassified.TYPE: "classified",
}
_NAMES = ("service", "environment", "description", "artifact", "deployment", "commit", "url")


def incident_of(entry: Entry) -> Incident:
    """Return the incident that the statements add up to."""
    found: dict[str, Any] = {"key": entry.key, "events": tuple(each.id for each in entry.statements)}
    spans: list[Span] = []
    for each in entry.statements:
        for name in _NAMES:
            if name in each.data:
                found[name] = each.data[name]
        if each.says == "classified":
            found["is_caused_by_deployment"] = bool(each.data.get("is_caused"))
            found["cause"] = each.data.get("cause", "")
        else:
            _MOVE[each.says](spans, each.at)
    return Incident(**found, spans=tuple(spans))


def _opened(spans: list[Span], at: datetime) -> None:
    # A second alarm of an open incident says nothing new; one after its end opens it again.
    if not spans or spans[-1].end is not None:
        spans.append(Span(at))


def _opened_again(spans: list[Span], at: datetime) -> None:
    if not spans or spans[-1].end is not None:
        spans.append(Span(at, is_again=bool(spans)))


def _reported(spans: list[Span], at: datetime) -> None:
    # A ticket that is written after the end is paperwork.
    if not spans:
        spans.append(Span(at))


def _closed(spans: list[Span], at: datetime) -> None:
    if spans and spans[-1].end is None:
        spans[-1] = Span(spans[-1].start, at, spans[-1].is_again)


_MOVE: dict[str, Callable[[list[Span], datetime], None]] = {
    "detected": _opened,
    "reopened": _opened_again,
    "reported": _reported,
    "resolved": _closed,
}
