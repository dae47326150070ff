"""GitLab's pipelines and jobs: runs and tasks, of whatever kind; a deployment is told by its own event.

A pipeline tells of itself at every change of status, and of no moment at which it began: that is when the
first of its jobs did. A job's `failure_reason` is filled in even where it succeeded, and then says nothing.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from strandline.intake.gitlab_project import BY, Address, Project, User, actor_of, merged
from strandline.intake.moments import moment, possible_moment
from strandline.intake.package_urls import full_hash
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Fact
from strandline.vocabulary.pipeline import (
    PipelineRunFinished,
    PipelineRunQueued,
    PipelineRunStarted,
    RunOutcome,
    RunReference,
    TaskRunFinished,
    TaskRunStarted,
)

_QUEUED = frozenset(("created", "waiting_for_resource", "preparing", "pending"))
_RESTING = frozenset(("manual", "scheduled", "skipped", "canceling", "waiting_for_callback"))
_ENDED = {"success": RunOutcome.SUCCESS, "failed": RunOutcome.FAILURE, "canceled": RunOutcome.CANCEL}
_IS_AUTOMATED = {"web": False, "schedule": True}
"""Sources of a pipeline that say by themselves who began it."""


class Environment(msgspec.Struct, frozen=True):
    """The environment of a job."""

    name: str | None = None
    action: str | None = None
    deployment_tier: str | None = None


class Build(msgspec.Struct, frozen=True):
    """A job, within its pipeline."""

    started_at: Any = None
    environment: Environment | None = None


class Run(msgspec.Struct, frozen=True):
    """A pipeline's own attributes."""

    id: int | str
    status: str
    created_at: Any = None
    finished_at: Any = None
    ref: str | None = None
    sha: str | None = None
    source: str | None = None
    name: str | None = None
    url: str | None = None


class MergeRequest(msgspec.Struct, frozen=True):
    """The merge request that a pipeline runs for."""

    url: str | None = None


class Pipeline(msgspec.Struct, frozen=True):
    """A pipeline event."""

    object_attributes: Run
    project: Project
    user: User | None = None
    merge_request: MergeRequest | None = None
    builds: list[Build] | None = None


class Repository(msgspec.Struct, frozen=True):
    """The repository, as job events describe it."""

    homepage: Address


class Job(msgspec.Struct, frozen=True):
    """A job event."""

    build_id: int | str
    build_status: str
    build_name: str | None = None
    build_started_at: Any = None
    build_finished_at: Any = None
    build_failure_reason: str | None = None
    pipeline_id: int | str | None = None
    ref: str | None = None
    sha: str | None = None
    user: User | None = None
    repository: Repository | None = None
    project: Project | None = None
    """Old versions have only the repository."""
    environment: Environment | None = None


def pipeline_hook(payload: Payload) -> Translation:
    """Return what a pipeline's change of status says."""
    hook = msgspec.convert(payload.document, Pipeline)
    run, project = hook.object_attributes, hook.project
    if run.status in _RESTING:
        return Translation(ignored=f"A pipeline that is {run.status} has not moved.")
    name = run.name or project.path_with_namespace
    url = run.url or f"{project.address}/-/pipelines/{run.id}"
    if run.status in _QUEUED:
        fact: Fact = PipelineRunQueued(pipeline_name=name, uri=url)
        at = moment(run.created_at, "object_attributes.created_at")
    elif run.status == "running":
        fact, at = PipelineRunStarted(pipeline_name=name, uri=url), _began_at(hook)
    elif run.status in _ENDED:
        fact = PipelineRunFinished(pipeline_name=name, uri=url, outcome=_ENDED[run.status])
        at = moment(run.finished_at, "object_attributes.finished_at")
    else:
        return _unknown("pipeline", run.status, "object_attributes.status")
    environments = [each.environment for each in hook.builds or () if each.environment is not None]
    targets = sorted({each.name for each in environments if each.name and each.action == "start"})
    event = stated(
        fact,
        source=project.address,
        subject_id=str(run.id),
        occurred_at=at,
        details=Details(
            service=payload.names.service_of(project.path_with_namespace),
            commit=full_hash(run.sha),
            repository=project.address,
            ref=run.ref or "",
            pull_request=(hook.merge_request.url or "") if hook.merge_request is not None else "",
            run=str(run.id),
            url=url,
            is_automated=_IS_AUTOMATED.get(run.source or ""),
            by=BY,
            more=merged({"source": run.source, "environments": targets}),
        ),
        actor=actor_of(hook.user),
    )
    return Translation(events=(event,))


def _began_at(hook: Pipeline) -> datetime:
    found = [
        at
        for number, each in enumerate(hook.builds or ())
        if (at := possible_moment(each.started_at, f"builds[{number}].started_at")) is not None
    ]
    return min(found) if found else moment(hook.object_attributes.created_at, "object_attributes.created_at")


def job_hook(payload: Payload) -> Translation:
    """Return what a job's change of status says."""
    job = msgspec.convert(payload.document, Job)
    if job.build_status in _QUEUED or job.build_status in _RESTING:
        return Translation(ignored=f"A job that is {job.build_status} has not begun.")
    if job.build_status != "running" and job.build_status not in _ENDED:
        return _unknown("job", job.build_status, "build_status")
    home = _home(job)
    if home is None:
        return Translation(
            unmapped=(Unmapped(what="The job names no repository.", where="repository", remedy=""),)
        )
    address, path = home
    where = job.environment or Environment()
    run = "" if job.pipeline_id is None else str(job.pipeline_id)
    url = f"{address}/-/jobs/{job.build_id}"
    reference = RunReference(id=run, source=address) if run else None
    name = job.build_name or ""
    if job.build_status == "running":
        fact: Fact = TaskRunStarted(task_name=name, uri=url, pipeline_run=reference)
        at = moment(job.build_started_at, "build_started_at")
    else:
        outcome = _ENDED[job.build_status]
        errors = (job.build_failure_reason or "") if outcome is RunOutcome.FAILURE else ""
        fact = TaskRunFinished(
            task_name=name, uri=url, pipeline_run=reference, outcome=outcome, errors=errors
        )
        at = moment(job.build_finished_at, "build_finished_at")
    event = stated(
        fact,
        source=address,
        subject_id=str(job.build_id),
        occurred_at=at,
        details=Details(
            service=payload.names.service_of(path),
            environment=payload.names.environment_of(where.name or "") if where.name else "",
            environment_tier=where.deployment_tier or "",
            commit=full_hash(job.sha),
            repository=address,
            ref=job.ref or "",
            run=run,
            url=url,
            by=BY,
            more=merged({"environmentAction": where.action}),
        ),
        actor=actor_of(job.user),
    )
    return Translation(events=(event,))


def _home(job: Job) -> tuple[str, str] | None:
    """Return the address and the path of the project."""
    if job.project is not None:
        return job.project.address, job.project.path_with_namespace
    if job.repository is None:
        return None
    address = job.repository.homepage.rstrip("/")
    try:
        path = urlsplit(address).path.strip("/")
    except ValueError:
        path = ""
    return (address, path) if path else None


def _unknown(what: str, status: str, where: str) -> Translation:
    sentence = f"A {what}'s status “{status}” is not known."
    remedy = "The payload is kept. If it matters, the translator must learn this status."
    return Translation(unmapped=(Unmapped(what=sentence, where=where, remedy=remedy),))
