"""Argo CD's operations, present and past, as deployments.

The revision is of the repository of the configuration, which is rarely the service's own: `repository` says
which it is. The history has neither failures nor images, and what runs now says nothing about what ran then.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from strandline.intake.argocd_application import (
    BY,
    SOURCE,
    Application,
    HistoryRow,
    Home,
    Initiator,
    OperationState,
    Origin,
    Spec,
    SyncResult,
)
from strandline.intake.git_address import web_address
from strandline.intake.moments import moment, possible_moment
from strandline.intake.package_urls import (
    COMMIT_FALLBACK,
    DEPLOYMENT_FALLBACK,
    commit_package,
    full_hash,
    image_package,
    unknown_package,
)
from strandline.intake.translation import stated
from strandline.vocabulary.delivery import Place, ServiceDeployed
from strandline.vocabulary.details import Details
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event, Fact, JsonValue
from strandline.vocabulary.pipeline import RunOutcome, TaskRunFinished, TaskRunStarted

_TASK = "deploy"
_OUTCOMES = {"Failed": RunOutcome.FAILURE, "Error": RunOutcome.ERROR}
_PHASES = frozenset(("Running", "Terminating", "Succeeded", *_OUTCOMES))


class _Brought(msgspec.Struct, frozen=True):
    """What an operation brought."""

    commit: str
    """Of the configuration; empty if it is none, or if there are several."""
    repository: str
    revisions: tuple[str, ...]
    chart: str


def _brought(result: SyncResult | None, spec: Spec) -> _Brought:
    if result is None:
        return _Brought("", "", (), "")
    told = result.revisions or [result.revision or ""]
    revisions = tuple(each for each in told if each)
    # An application of several sources has an empty `source` beside its `sources`.
    plural = result.sources or spec.sources
    origins = plural if result.revisions and plural else [result.source or spec.source or Origin()]
    hashes = {found for each in told if (found := full_hash(each))}
    commit = hashes.pop() if len(hashes) == 1 else ""
    if not commit and len(revisions) > 1:
        return _Brought("", "", revisions, "")
    place = next((number for number, each in enumerate(told) if full_hash(each) == commit), 0)
    origin = origins[place] if place < len(origins) else Origin()
    repository = origin.repo_url or ""
    return _Brought(commit, web_address(repository) or repository, revisions, origin.chart or "")


def _details(home: Home, brought: _Brought, began_at: datetime, by: Initiator | None) -> Details:
    more: dict[str, JsonValue] = {"revisionOf": "configuration"} if brought.revisions else {}
    if len(brought.revisions) > 1:
        more["revisions"] = list(brought.revisions)
    return Details(
        deployment=f"{home.name}@{began_at:%Y-%m-%dT%H:%M:%S.%fZ} {home.environment}",
        service=home.service,
        environment=home.environment,
        commit=brought.commit,
        repository=brought.repository,
        version=brought.revisions[0] if len(brought.revisions) == 1 and not brought.commit else "",
        url=home.url,
        is_automated=_is_automated(by),
        by=BY,
        more=more,
    )


def _is_automated(by: Initiator | None) -> bool | None:
    if by is None or not (by.automated or by.username):
        return None
    return bool(by.automated)


def operation_events(application: Application, home: Home) -> Iterator[Event]:
    """Yield what the present or last operation says."""
    status = application.status
    operation = status.operation_state if status is not None else None
    if status is None or operation is None or _is_rehearsal(operation):
        return
    if operation.phase not in _PHASES:
        what = f"The phase “{operation.phase}” of an operation is not known."
        raise BadInputError(what, where="status.operationState.phase", remedy="The payload is kept.")
    began_at = moment(operation.started_at, "status.operationState.startedAt")
    by = operation.operation.initiated_by if operation.operation is not None else None
    actor = (by.username or "") if by is not None else ""
    brought = _brought(operation.sync_result, application.spec)
    details = _details(home, brought, began_at, by)

    def told(fact: Fact, at: datetime, subject: str, said: Details) -> Event:
        return stated(fact, source=SOURCE, subject_id=subject, occurred_at=at, details=said, actor=actor)

    yield told(TaskRunStarted(task_name=_TASK), began_at, details.deployment, details)
    if operation.phase in _OUTCOMES:
        ended_at = moment(operation.finished_at, "status.operationState.finishedAt")
        fact = TaskRunFinished(
            task_name=_TASK, outcome=_OUTCOMES[operation.phase], errors=operation.message or ""
        )
        yield told(fact, ended_at, details.deployment, details)
    elif operation.phase == "Succeeded" and status.health is not None and status.health.status == "Healthy":
        ended_at = moment(operation.finished_at, "status.operationState.finishedAt")
        images = (status.summary.images or []) if status.summary is not None else []
        deployed, said = _deployed(home, brought, details, images)
        yield told(deployed, ended_at, home.service, said)


def _is_rehearsal(operation: OperationState) -> bool:
    order = operation.operation.sync if operation.operation is not None else None
    return order is not None and bool(order.dry_run)


def _deployed(
    home: Home, brought: _Brought, details: Details, images: list[str]
) -> tuple[ServiceDeployed, Details]:
    """Return the fact, and the details with what the artifact is called after."""
    place = Place(id=home.environment)
    # Of several images nobody says which one is the service.
    artifact, tag = image_package(images[0]) if len(images) == 1 else ("", "")
    if len(images) > 1:
        details = msgspec.structs.replace(details, more={**details.more, "images": sorted(images)})
    if artifact:
        said = msgspec.structs.replace(details, version=tag or details.version)
        return ServiceDeployed(environment=place, artifact_id=artifact), said
    resolution = COMMIT_FALLBACK if any(map(full_hash, brought.revisions)) else ""
    if len(brought.revisions) > 1:
        # All of them together are the content: a new chart beside the same values is another one.
        artifact = commit_package("", "-".join(brought.revisions), home.service)
    elif brought.revisions:
        version = brought.commit or brought.revisions[0]
        artifact = commit_package(brought.repository, version, brought.chart or home.service)
    else:
        artifact, resolution = unknown_package(home.service, details.deployment), DEPLOYMENT_FALLBACK
    said = msgspec.structs.replace(details, artifact_resolution=resolution)
    return ServiceDeployed(environment=place, artifact_id=artifact), said


def row_events(
    raw: Any,  # noqa: ANN401 - any JSON
    application: Application,
    home: Home,
    where: str,
) -> Iterator[Event]:
    """Yield the deployment that a row of the history tells of; the present operation tells of its own."""
    try:
        row = msgspec.convert(raw, HistoryRow)
    except msgspec.ValidationError as error:
        sentence, _, inside = str(error).partition(" - at `$")
        what = f"{sentence}."
        raise BadInputError(what, where=f"{where}{inside.rstrip('`')}") from error
    at = moment(row.deployed_at, f"{where}.deployedAt")
    present = _present_began_at(application)
    if present is not None and at >= present:
        return
    began_at = possible_moment(row.deploy_started_at, f"{where}.deployStartedAt")
    result = SyncResult(row.revision, row.revisions, row.source, row.sources)
    # Not by what the application asks for today: its source may have moved since.
    brought = _brought(result, Spec())
    details = _details(home, brought, began_at or at, row.initiated_by)
    actor = (row.initiated_by.username or "") if row.initiated_by is not None else ""
    if began_at is not None:
        yield stated(
            TaskRunStarted(task_name=_TASK),
            source=SOURCE,
            subject_id=details.deployment,
            occurred_at=began_at,
            details=details,
            actor=actor,
        )
    fact, said = _deployed(home, brought, details, [])
    yield stated(fact, source=SOURCE, subject_id=home.service, occurred_at=at, details=said, actor=actor)


def _present_began_at(application: Application) -> datetime | None:
    operation = application.status.operation_state if application.status is not None else None
    try:
        return possible_moment(operation.started_at, "") if operation is not None else None
    except BadInputError:
        return None  # said of the operation itself
