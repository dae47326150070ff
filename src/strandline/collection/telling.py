"""What other tools told, in a sentence each."""

from collections.abc import Callable

from strandline.vocabulary.approval import ApprovalClosed, ApprovalCreated
from strandline.vocabulary.artifact import ArtifactPublished
from strandline.vocabulary.change import (
    ChangeAbandoned,
    ChangeCreated,
    ChangeMerged,
    ChangeReviewed,
    CommitMade,
    RepositoryRead,
    TagCreated,
)
from strandline.vocabulary.delivery import ServiceDeployed, ServiceRolledBack, ServiceUpgraded
from strandline.vocabulary.deployment import ROLLOUT_SOURCE
from strandline.vocabulary.details import Details, details_of
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import (
    DeliveryInterpreted,
    DeliveryReceived,
    DeliveryRefused,
    DeliveryUnmapped,
    FeedCatalogued,
)
from strandline.vocabulary.incident import IncidentDetected, IncidentReopened, IncidentResolved
from strandline.vocabulary.pipeline import PipelineRunFinished, TaskRunFinished, TaskRunStarted
from strandline.vocabulary.reading import (
    ReadingAdvanced,
    ReadingFailed,
    ReadingFinished,
    ReadingOrdered,
)

_SHORT = 12


def told(event: Event) -> str:
    """Return what an event of another tool says, as one sentence; empty for what is told elsewhere."""
    if event.source == ROLLOUT_SOURCE:
        return ""
    tell = _TOLD.get(event.type)
    return tell(event, details_of(event)) if tell is not None else ""


def is_routine(event: Event) -> bool:
    """Return whether an event matters so little by itself that a log does without it."""
    return event.type in {DeliveryReceived.TYPE, DeliveryInterpreted.TYPE}


def _place(said: Details) -> str:
    where = f" in {said.environment}" if said.environment else ""
    return f"{said.service or 'a service'}{where}"


def _by(event: Event) -> str:
    return f", by {event.actor}" if event.actor else ""


def _text(event: Event, name: str) -> str:
    value = event.content.get(name)
    return value if isinstance(value, str) else ""


def _what(said: Details) -> str:
    return said.version or said.commit[:_SHORT]


def _started(event: Event, said: Details) -> str:
    if not said.deployment:
        return f"The task {_text(event, 'taskName') or event.subject_id} began{_by(event)}."
    return f"A deployment of {_place(said)} began: {_what(said) or said.deployment}{_by(event)}."


def _ended(event: Event, said: Details) -> str:
    outcome = _text(event, "outcome") or "no outcome"
    if not said.deployment:
        return f"The task {_text(event, 'taskName') or event.subject_id} ended: {outcome}."
    why = f": {_text(event, 'errors')}" if _text(event, "errors") else "."
    return f"The deployment of {_place(said)} ended, {outcome}{why}"


def _serves(event: Event, said: Details) -> str:
    place = event.content.get("environment")
    environment = said.environment or (place.get("id") if isinstance(place, dict) else "")
    where = _place(Details(service=said.service or event.subject_id, environment=str(environment)))
    verb = "was returned to" if event.type == ServiceRolledBack.TYPE else "runs"
    return f"{where} {verb} {_what(said) or _text(event, 'artifactId')}{_by(event)}."


def _incident(verb: str) -> Callable[[Event, Details], str]:
    def tell(event: Event, said: Details) -> str:
        reference = event.content.get("service")
        service = said.service or (reference.get("id") if isinstance(reference, dict) else "")
        place = event.content.get("environment")
        environment = said.environment or (place.get("id") if isinstance(place, dict) else "")
        where = _place(Details(service=str(service), environment=str(environment)))
        about = f": {_text(event, 'description')}" if _text(event, "description") else "."
        return f"An incident of {where} {verb}{about}"

    return tell


def _change(verb: str) -> Callable[[Event, Details], str]:
    def tell(event: Event, said: Details) -> str:
        about = f": {_text(event, 'description')}" if _text(event, "description") else "."
        return (
            f"Pull request {event.subject_id} of {said.repository or event.source} {verb}{_by(event)}{about}"
        )

    return tell


def _reading_ended(event: Event, _: Details) -> str:
    if event.type == ReadingFailed.TYPE:
        return f"The source of {_text(event, 'feed')} could not be read to the end: {_text(event, 'what')}"
    new = event.content.get("new", 0)
    return f"The source of {_text(event, 'feed')} was read to the end: {new} new events."


_TOLD: dict[str, Callable[[Event, Details], str]] = {
    TaskRunStarted.TYPE: _started,
    TaskRunFinished.TYPE: _ended,
    PipelineRunFinished.TYPE: lambda event, _: (
        f"The pipeline {_text(event, 'pipelineName') or event.subject_id} ended: "
        f"{_text(event, 'outcome') or 'no outcome'}{_by(event)}."
    ),
    IncidentDetected.TYPE: _incident("was detected"),
    IncidentReopened.TYPE: _incident("was opened again"),
    IncidentResolved.TYPE: _incident("was resolved"),
    ServiceDeployed.TYPE: _serves,
    ServiceUpgraded.TYPE: _serves,
    ServiceRolledBack.TYPE: _serves,
    ChangeCreated.TYPE: _change("was opened"),
    ChangeReviewed.TYPE: _change("was reviewed"),
    ChangeMerged.TYPE: _change("was merged"),
    ChangeAbandoned.TYPE: _change("was closed without a merge"),
    CommitMade.TYPE: lambda event, _: (
        f"{_text(event, 'author') or 'Somebody'} committed {event.subject_id[:_SHORT]}: "
        f"{_text(event, 'subject')}"
    ),
    TagCreated.TYPE: lambda event, said: (
        f"The tag {event.subject_id} names {said.commit[:_SHORT]}{_by(event)}."
    ),
    ArtifactPublished.TYPE: lambda event, _: f"{event.subject_id} was published{_by(event)}.",
    ApprovalCreated.TYPE: lambda event, said: f"Consent was asked for {_place(said)}{_by(event)}.",
    ApprovalClosed.TYPE: lambda event, said: (
        f"Consent for {_place(said)}: {_text(event, 'status') or 'closed'}{_by(event)}."
    ),
    ReadingOrdered.TYPE: lambda event, _: (
        f"The source of {_text(event, 'feed')} is asked for what it has{_by(event)}."
    ),
    ReadingAdvanced.TYPE: lambda event, _: (
        f"Page {event.content.get('page', '')} of {_text(event, 'stream')} became "
        f"{event.content.get('new', 0)} new events."
    ),
    ReadingFinished.TYPE: _reading_ended,
    ReadingFailed.TYPE: _reading_ended,
    RepositoryRead.TYPE: lambda event, _: f"The history of {event.subject_id} was read.",
    FeedCatalogued.TYPE: lambda event, _: f"The feed {event.subject_id} was set up{_by(event)}.",
    DeliveryReceived.TYPE: lambda event, _: f"A delivery came over {event.subject_id}.",
    DeliveryInterpreted.TYPE: lambda event, _: f"It became {event.content.get('events', 0)} events.",
    DeliveryUnmapped.TYPE: lambda event, _: (
        f"Unmapped: {_text(event, 'what')} {_text(event, 'where')}".rstrip()
    ),
    DeliveryRefused.TYPE: lambda event, _: (
        f"A delivery to {event.subject_id} was refused: {_text(event, 'why')}"
    ),
}
