"""Events as others tell them, for tests of figures: short to write, real in shape."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from strandline.kpi.history import History, history_from
from strandline.kpi.scope import Scope
from strandline.vocabulary.change import ChangeCreated, ChangeMerged, CommitMade
from strandline.vocabulary.delivery import Place, ServiceDeployed, ServiceRolledBack
from strandline.vocabulary.deployment import (
    DeploymentFinished,
    DeploymentStarted,
    Outcome,
)
from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.exposure import TrafficShifted
from strandline.vocabulary.feed import FeedCovered
from strandline.vocabulary.incident import (
    IncidentClassified,
    IncidentDetected,
    IncidentReopened,
    IncidentResolved,
    ServiceReference,
)
from strandline.vocabulary.link import LinkDisputed, LinkStated
from strandline.vocabulary.pipeline import RunOutcome, TaskRunFinished, TaskRunStarted

START = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday."""
CD, GIT, PAGER = "https://cd.example/shop", "https://git.example/shop", "https://pager.example"
SHOP, PRODUCTION = "shop", "production"
_numbers = itertools.count(1)


def at(days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    """Return a moment after the start."""
    return START + timedelta(days=days, hours=hours, minutes=minutes)


def told(
    fact: Fact, when: datetime, *, source: str, subject: str, details: Details | None = None, **more: Any
) -> Event:
    """Return an event with an id of its own."""
    return Event(
        id=f"event-{next(_numbers)}",
        source=source,
        type=fact.TYPE,
        occurred_at=when,
        subject_id=subject,
        content=msgspec.to_builtins(fact),
        custom_data=as_custom_data(details) if details is not None else {},
        **more,
    )


def deployed(
    key: str,
    when: datetime,
    *,
    artifact: str = "",
    commit: str = "",
    environment: str = PRODUCTION,
    service: str = SHOP,
    took: timedelta = timedelta(minutes=10),
    outcome: RunOutcome = RunOutcome.SUCCESS,
    **said: Any,
) -> list[Event]:
    """Return what somebody else's pipeline says of one deployment that ended at `when`."""
    details = Details(deployment=key, service=service, environment=environment, commit=commit, **said)
    began = told(TaskRunStarted(task_name="deploy"), when - took, source=CD, subject=key, details=details)
    if outcome is RunOutcome.SUCCESS:
        place = Place(id=environment)
        fact: Fact = ServiceDeployed(environment=place, artifact_id=artifact or f"pkg:generic/shop@{key}")
        return [began, told(fact, when, source=CD, subject=service, details=details)]
    fact = TaskRunFinished(task_name="deploy", outcome=outcome)
    return [began, told(fact, when, source=CD, subject=key, details=details)]


def returned(when: datetime, *, undoes: str = "", artifact: str = "pkg:generic/shop@before") -> Event:
    """Return a rollback that somebody else carried out."""
    details = Details(
        service=SHOP, environment=PRODUCTION, more={"undoes": f"{CD}#{undoes}"} if undoes else {}
    )
    fact = ServiceRolledBack(environment=Place(id=PRODUCTION), artifact_id=artifact)
    return told(fact, when, source=CD, subject=SHOP, details=details)


def planned(key: str, when: datetime, **content: Any) -> Event:
    """Return the plan of a deployment of ours; only what figures read."""
    said = {
        "service": SHOP,
        "environment": {"name": PRODUCTION},
        "release": {"digest": key, "version": key, "commit": content.pop("commit", "")},
        "kind": "rollout",
        **content,
    }
    return Event(
        id=f"{key}/planned",
        source="/strandline/rollout",
        type="dev.cdeventsx.strandline-deployment.planned.0.1.0",
        occurred_at=when,
        subject_id=key,
        chain_id=key,
        content=said,
    )


def rolled_out(
    key: str, when: datetime, *, outcome: Outcome = Outcome.SUCCEEDED, peak_bp: int = 10_000, **content: Any
) -> list[Event]:
    """Return what a rollout of ours leaves, that ended at `when` after ten minutes."""
    shifted = TrafficShifted(digest=key, weight_bp=peak_bp, because="stage 1", router_version="1", took_ms=5)
    finished = DeploymentFinished(outcome=outcome, reason="as tested", was_exposed=peak_bp > 0)
    facts = [(DeploymentStarted(), 9), (shifted, 8), (finished, 0)]
    source = "/strandline/rollout"
    return [
        planned(key, when - timedelta(minutes=10), **content),
        *(
            told(fact, when - timedelta(minutes=before), source=source, subject=key, chain_id=key)
            for fact, before in facts
            if peak_bp or not isinstance(fact, TrafficShifted)
        ),
    ]


def committed(
    key: str, when: datetime, *, parents: tuple[str, ...] = (), authored: datetime | None = None, **said: Any
) -> Event:
    """Return a commit; its name is padded to the length of a hash."""
    fact = CommitMade(
        repository=GIT,
        author="Ada",
        authored_at=authored or when,
        parents=tuple(map(sha, parents)),
        **said,
    )
    return told(fact, when, source=GIT, subject=sha(key))


def sha(name: str) -> str:
    """Return a name as long as a commit's hash."""
    return name.encode().hex().ljust(40, "0")[:40]


def merged(number: int, commit: str, opened: datetime, when: datetime) -> list[Event]:
    """Return a pull request that was opened and merged as `commit`."""
    url = f"{GIT}/pull/{number}"
    details = Details(pull_request=url, repository=GIT)
    done = Details(pull_request=url, repository=GIT, commit=sha(commit))
    return [
        told(ChangeCreated(), opened, source=GIT, subject=str(number), details=details, actor="ada"),
        told(ChangeMerged(), when, source=GIT, subject=str(number), details=done),
    ]


def incident(
    key: str,
    began: datetime,
    ended: datetime | None = None,
    *,
    service: str = SHOP,
    again: tuple[datetime, datetime] | None = None,
    **said: Any,
) -> list[Event]:
    """Return what a pager says of one incident."""
    place, reference = Place(id=PRODUCTION), ServiceReference(id=service)
    details = Details(incident=key, **said)

    def say(fact: Fact, when: datetime) -> Event:
        return told(fact, when, source=PAGER, subject=key, details=details)

    events = [say(IncidentDetected(environment=place, service=reference), began)]
    if ended is not None:
        events.append(say(IncidentResolved(environment=place, service=reference), ended))
    if again is not None:
        events += [say(IncidentReopened(), again[0])]
        events += [say(IncidentResolved(environment=place, service=reference), again[1])]
    return events


def classified(key: str, when: datetime, *, is_caused: bool, cause: str = "") -> Event:
    """Return a person's word on what caused an incident."""
    fact = IncidentClassified(is_caused_by_deployment=is_caused, cause=cause)
    return told(fact, when, source=PAGER, subject=key, actor="ada")


def linked(incident_key: str, deployment_key: str, when: datetime, *, is_linked: bool = True) -> Event:
    """Return a person's word on whether an incident came from a deployment."""
    kind = LinkStated if is_linked else LinkDisputed
    fact = kind(
        from_kind="incident",
        from_id=f"{PAGER}#{incident_key}",
        to_kind="deployment",
        to_id=f"{CD}#{deployment_key}",
    )
    return told(fact, when, source="/people", subject=incident_key, actor="ada")


def heard(*carries: str, start: datetime = START, days: float = 30) -> Event:
    """Return that everything of these kinds was read, of so many days."""
    fact = FeedCovered(
        carries=carries or ("deployments", "commits", "incidents"),
        from_at=start,
        to_at=start + timedelta(days=days),
    )
    return told(fact, start + timedelta(days=days), source="/feeds", subject="everything")


def history(*parts: Event | list[Event]) -> History:
    """Return the history that these events make."""
    events: list[Event] = []
    for part in parts:
        events += [part] if isinstance(part, Event) else part
    return history_from(events)


def scope(days: float = 30, **more: Any) -> Scope:
    """Return production from the start on."""
    return Scope(start=START, end=START + timedelta(days=days), **more)
