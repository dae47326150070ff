"""Deployments as the figures see them: one attempt, whoever carried it out, folded from what was said of it.

Ours speak in `dev.cdeventsx.strandline-deployment.*`. Others' are tasks that began (`taskrun.started`), and
ended as `service.deployed`, `.upgraded` or `.rolledback`, or as a `taskrun.finished` with another outcome;
what ties those together is `customData.deployment`. A bare `service.deployed` is an attempt of its own.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from strandline.kpi.entry import Entry, Placed, Statement, placed
from strandline.vocabulary.delivery import ServiceDeployed, ServiceRolledBack, ServiceUpgraded
from strandline.vocabulary.deployment import (
    ROLLOUT_SOURCE,
    DeploymentFinished,
    DeploymentKind,
    DeploymentPaused,
    DeploymentPlanned,
    DeploymentResumed,
    DeploymentRolledBack,
    DeploymentStarted,
    Outcome,
    SlotTaken,
)
from strandline.vocabulary.details import details_of
from strandline.vocabulary.event import Event
from strandline.vocabulary.exposure import StageBaked, TrafficShifted
from strandline.vocabulary.pipeline import DeploymentSuperseded, RunOutcome, TaskRunFinished, TaskRunStarted

KIND = "deployment"
_OURS = "dev.cdeventsx.strandline-"
_OUTCOMES = {
    RunOutcome.SUCCESS: Outcome.SUCCEEDED,
    RunOutcome.FAILURE: Outcome.FAILED,
    RunOutcome.ERROR: Outcome.FAILED,
    RunOutcome.CANCEL: Outcome.ABORTED,
}


class Deployment(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One attempt to bring a release into an environment."""

    key: str
    service: str = ""
    environment: str = ""
    environment_tier: str = ""
    is_ours: bool = False
    """Whether Strandline carried it out, and so knows its stages."""
    is_rollback: bool = False
    """Whether it returns the service to what ran before."""
    undoes: str = ""
    """For a rollback: the key of the deployment that it undoes, where that is said."""
    artifact: str = ""
    """What is deployed: the digest, package URL or commit; the same for the same content."""
    version: str = ""
    commit: str = ""
    repository: str = ""
    changes: tuple[str, ...] | None = None
    """The commits that it brings, where the one who planned it said so; `None` where nobody did."""
    run: str = ""
    """The pipeline run that it belongs to; deployments of one run to several targets are one."""
    is_automated: bool | None = None
    is_unplanned: bool | None = None
    """Whether it was said when it began that it repairs an incident or a fault; later words do not count."""
    actor: str = ""
    url: str = ""
    planned_at: datetime | None = None
    turn_at: datetime | None = None
    """When its turn came."""
    started_at: datetime | None = None
    exposed_at: datetime | None = None
    """When the first user met it; of others' deployments only known once they succeeded."""
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    """`None` while it runs, and for one whose end nobody told."""
    is_exposed: bool = False
    peak_bp: int = 0
    """The largest share of users that met it, in basis points."""
    paused: timedelta = timedelta()
    baked: timedelta = timedelta()
    reason: str = ""
    events: tuple[str, ...] = ()
    """Ids of the events that it is known from, in order."""

    @property
    def place(self) -> tuple[str, str]:
        """The service and the environment."""
        return self.service, self.environment

    @property
    def ended_at(self) -> datetime:
        """When it ended, or the last moment at which anything was said of it."""
        return self.finished_at or self.started_at or self.planned_at or _NEVER


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def placed_deployment(event: Event) -> Iterable[Placed]:
    """Return what an event says about a deployment; nothing if it is about something else."""
    read = _READ.get(event.type)
    if read is None:
        return ()
    if event.type.startswith(_OURS) and event.type != DeploymentSuperseded.TYPE:
        # Whoever speaks in our words names the deployment as we do.
        key = event.chain_id or (event.subject_id if event.type.startswith(f"{_OURS}deployment.") else "")
        return (read(event, key),) if key else ()
    if event.source == ROLLOUT_SOURCE:
        # What we tell the rest of the world of a deployment of ours, which is known already.
        return ()
    name = details_of(event).deployment
    if not name and event.type in _TASKS:
        # A task that is nobody's deployment: a build, a test.
        return ()
    return (read(event, f"{event.source}#{name or event.id}"),)


def _planned(event: Event, key: str) -> Placed:
    fact = msgspec.convert(event.content, _Planned)
    return placed(
        KIND,
        key,
        event,
        "planned",
        service=fact.service,
        environment=fact.environment.name,
        artifact=f"sha256:{fact.release.digest}",
        version=fact.release.version,
        commit=fact.release.commit,
        is_rollback=fact.kind is DeploymentKind.ROLLBACK,
        undoes=fact.returns_from,
        is_unplanned=fact.is_emergency or None,
        changes=[change.id for change in fact.changes] if fact.changes is not None else None,
        has_changes=fact.changes is not None,
        actor=event.actor,
    )


class _Named(msgspec.Struct, frozen=True):
    name: str = ""


class _Release(msgspec.Struct, frozen=True):
    digest: str
    version: str = ""
    commit: str = ""


class _Commit(msgspec.Struct, frozen=True):
    id: str


class _Planned(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The part of a `DeploymentPlanned` that figures need; the rules of the rollout are not among it."""

    service: str
    environment: _Named
    release: _Release
    kind: DeploymentKind = DeploymentKind.ROLLOUT
    returns_from: str = ""
    is_emergency: bool = False
    changes: tuple[_Commit, ...] | None = None


def _said(says: str, *fields: str) -> Callable[[Event, str], Placed]:
    """Return a reader that keeps these fields of the content."""

    def read(event: Event, key: str) -> Placed:
        return placed(KIND, key, event, says, **{field: event.content.get(field) for field in fields})

    return read


def _of_others(says: str) -> Callable[[Event, str], Placed]:
    """Return a reader of what others say; most of it lies beside the content."""

    def read(event: Event, key: str) -> Placed:
        said, content = details_of(event), event.content
        environment = content.get("environment")
        stated = environment.get("id") if isinstance(environment, dict) else ""
        is_service = event.type in _SERVICE
        return placed(
            KIND,
            key,
            event,
            says,
            service=said.service or (event.subject_id if is_service else ""),
            environment=said.environment or stated,
            environment_tier=said.environment_tier,
            artifact=content.get("artifactId") or said.commit,
            version=said.version,
            commit=said.commit,
            repository=said.repository,
            run=said.run,
            is_automated=said.is_automated,
            is_unplanned=said.is_unplanned,
            actor=event.actor,
            url=said.url or content.get("uri"),
            outcome=content.get("outcome"),
            reason=content.get("errors"),
            undoes=str(said.more.get("undoes", "")),
        )

    return read


_SERVICE = frozenset((ServiceDeployed.TYPE, ServiceUpgraded.TYPE, ServiceRolledBack.TYPE))
_TASKS = frozenset((TaskRunStarted.TYPE, TaskRunFinished.TYPE))
_READ: dict[str, Callable[[Event, str], Placed]] = {
    DeploymentPlanned.TYPE: _planned,
    SlotTaken.TYPE: _said("turn"),
    DeploymentStarted.TYPE: _said("started"),
    TrafficShifted.TYPE: _said("shifted", "weightBp"),
    StageBaked.TYPE: _said("baked", "watchedMs"),
    DeploymentPaused.TYPE: _said("paused"),
    DeploymentResumed.TYPE: _said("resumed"),
    DeploymentRolledBack.TYPE: _said("rolled-back"),
    DeploymentFinished.TYPE: _said("finished", "outcome", "reason", "wasExposed"),
    TaskRunStarted.TYPE: _of_others("started"),
    TaskRunFinished.TYPE: _of_others("task-finished"),
    ServiceDeployed.TYPE: _of_others("succeeded"),
    ServiceUpgraded.TYPE: _of_others("succeeded"),
    ServiceRolledBack.TYPE: _of_others("returned"),
    DeploymentSuperseded.TYPE: _said("superseded"),
}


def deployment_of(entry: Entry) -> Deployment:
    """Return the deployment that the statements add up to."""
    found: dict[str, Any] = {"key": entry.key, "events": tuple(each.id for each in entry.statements)}
    paused_at: datetime | None = None
    for each in entry.statements:
        _CARRY[each.says](found, each)
        if each.says == "paused":
            paused_at = paused_at or each.at
        elif paused_at is not None and each.says in {"resumed", "finished"}:
            found["paused"] = found.get("paused", timedelta()) + (each.at - paused_at)
            paused_at = None
    return Deployment(**found)


def _carry_names(found: dict[str, Any], said: Statement) -> None:
    for name in _NAMES:
        if name in said.data:
            found[name] = said.data[name]


_NAMES = (
    "service",
    "environment",
    "environment_tier",
    "artifact",
    "version",
    "commit",
    "repository",
    "run",
    "is_automated",
    "actor",
    "url",
    "reason",
    "undoes",
)


def _carry_planned(found: dict[str, Any], said: Statement) -> None:
    _carry_names(found, said)
    found["is_ours"] = True
    found["planned_at"] = said.at
    found["is_rollback"] = bool(said.data.get("is_rollback"))
    found["is_unplanned"] = bool(said.data.get("is_unplanned"))
    found["is_automated"] = True
    if said.data.get("has_changes"):
        found["changes"] = tuple(map(str, said.data.get("changes") or ()))  # type: ignore[arg-type]  # a list


def _carry_started(found: dict[str, Any], said: Statement) -> None:
    _carry_names(found, said)
    found.setdefault("started_at", said.at)
    if "is_unplanned" in said.data:
        found.setdefault("is_unplanned", said.data["is_unplanned"])


def _carry_turn(found: dict[str, Any], said: Statement) -> None:
    found.setdefault("turn_at", said.at)


def _carry_shifted(found: dict[str, Any], said: Statement) -> None:
    weight = int(str(said.data.get("weightBp", 0)))
    found["peak_bp"] = max(found.get("peak_bp", 0), weight)
    if weight:
        found.setdefault("exposed_at", said.at)
        found["is_exposed"] = True


def _carry_baked(found: dict[str, Any], said: Statement) -> None:
    watched = timedelta(milliseconds=int(str(said.data.get("watchedMs", 0))))
    found["baked"] = found.get("baked", timedelta()) + watched


def _carry_finished(found: dict[str, Any], said: Statement) -> None:
    found["finished_at"] = said.at
    found["outcome"] = Outcome(str(said.data["outcome"]))
    found["reason"] = said.data.get("reason", "")
    found["is_exposed"] = bool(said.data.get("wasExposed")) or found.get("is_exposed", False)


def _carry_task_finished(found: dict[str, Any], said: Statement) -> None:
    _carry_names(found, said)
    outcome = said.data.get("outcome")
    if outcome is not None and found.get("outcome") is None:
        found["outcome"] = _OUTCOMES[RunOutcome(str(outcome))]
        found["finished_at"] = said.at


def _carry_succeeded(found: dict[str, Any], said: Statement) -> None:
    _carry_names(found, said)
    if found.get("outcome") is None:
        found.update(outcome=Outcome.SUCCEEDED, finished_at=said.at, exposed_at=said.at)
        found.update(is_exposed=True, peak_bp=10_000)
    if "is_unplanned" in said.data and "started_at" not in found:
        found.setdefault("is_unplanned", said.data["is_unplanned"])


def _carry_returned(found: dict[str, Any], said: Statement) -> None:
    if "planned_at" in found or "started_at" in found:
        # Of a deployment that is under way: it was taken back.
        found.update(outcome=Outcome.ROLLED_BACK, finished_at=said.at)
        return
    _carry_succeeded(found, said)
    found["is_rollback"] = True


def _carry_nothing(found: dict[str, Any], said: Statement) -> None:
    """Its time alone counts."""


_CARRY: dict[str, Callable[[dict[str, Any], Statement], None]] = {
    "planned": _carry_planned,
    "turn": _carry_turn,
    "started": _carry_started,
    "shifted": _carry_shifted,
    "baked": _carry_baked,
    "paused": _carry_nothing,
    "resumed": _carry_nothing,
    "rolled-back": _carry_nothing,
    "superseded": _carry_nothing,
    "finished": _carry_finished,
    "task-finished": _carry_task_finished,
    "succeeded": _carry_succeeded,
    "returned": _carry_returned,
}
