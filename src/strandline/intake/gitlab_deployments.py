"""GitLab's deployments: they begin, succeed, fail, are cancelled, or wait for somebody's consent.

The full commit stands only in `commit_url`; `short_sha` is no commit. The job that deploys is told by job and
pipeline events as well: those are tasks and runs, so that nothing is counted as deployed twice.
"""

import re
from typing import Any

import msgspec

from strandline.intake.gitlab_project import BY, Project, User, actor_of, merged
from strandline.intake.moments import moment
from strandline.intake.package_urls import (
    COMMIT_FALLBACK,
    DEPLOYMENT_FALLBACK,
    full_hash,
    gitlab_package,
    unknown_package,
)
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.approval import ApprovalCreated
from strandline.vocabulary.delivery import Place, ServiceDeployed
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Fact
from strandline.vocabulary.pipeline import RunOutcome, TaskRunFinished, TaskRunStarted

_COMMIT = re.compile(r"/commits?/([0-9A-Fa-f]+)/?(?:[?#].*)?$")
_TASK = "deploy"
_ENDED = {"failed": RunOutcome.FAILURE, "canceled": RunOutcome.CANCEL}
_NOTHING_YET = frozenset(("created", "skipped"))


class Deployment(msgspec.Struct, frozen=True):
    """A deployment, as far as it is read."""

    status: str
    project: Project
    status_changed_at: Any = None
    deployment_id: int | str | None = None
    """Old versions do not tell it."""
    deployable_id: int | str | None = None
    """The job that deploys; there is none if the deployment was made by the API."""
    deployable_url: str | None = None
    environment: str | None = None
    environment_tier: str | None = None
    commit_url: str | None = None
    commit_title: str | None = None
    ref: str | None = None
    user: User | None = None


def deployment_hook(payload: Payload) -> Translation:
    """Return what a deployment's change of status says."""
    hook = msgspec.convert(payload.document, Deployment)
    if hook.status in _NOTHING_YET:
        return Translation(ignored=f"A deployment that is {hook.status} has not begun.")
    job = _text(hook.deployable_id)
    deployment = _text(hook.deployment_id) or (f"job-{job}" if job else "")
    environment = payload.names.environment_of(hook.environment or "")
    unmapped = _unmapped(hook, deployment, environment)
    if unmapped is not None:
        return Translation(unmapped=(unmapped,))
    project = hook.project
    found = _COMMIT.search(hook.commit_url or "")
    details = Details(
        deployment=deployment,
        service=payload.names.service_of(project.path_with_namespace),
        environment=environment,
        environment_tier=hook.environment_tier or "",
        commit=full_hash(found[1]) if found is not None else "",
        repository=project.address,
        ref=hook.ref or "",
        url=hook.deployable_url or "",
        by=BY,
        more=merged({"job": job, "commitTitle": hook.commit_title}),
    )
    fact, details = _fact(hook, details)
    event = stated(
        fact,
        source=project.address,
        subject_id=details.service if isinstance(fact, ServiceDeployed) else deployment,
        occurred_at=moment(hook.status_changed_at, "status_changed_at"),
        details=details,
        actor=actor_of(hook.user),
    )
    return Translation(events=(event,))


def _unmapped(hook: Deployment, deployment: str, environment: str) -> Unmapped | None:
    if hook.status not in {"running", "success", "blocked", *_ENDED}:
        return Unmapped(
            what=f"A deployment's status “{hook.status}” is not known.",
            where="status",
            remedy="The payload is kept. If it matters, the translator must learn this status.",
        )
    if not deployment:
        return Unmapped(
            what="The deployment has neither an id of its own nor a job.",
            where="deployment_id",
            remedy="Update GitLab: newer versions tell deployment_id.",
        )
    if not environment:
        return Unmapped(
            what="The deployment does not say which environment it goes to.",
            where="environment",
            remedy="Say which environment this feed is about: names.environment.",
        )
    return None


def _fact(hook: Deployment, details: Details) -> tuple[Fact, Details]:
    if hook.status == "running":
        return TaskRunStarted(task_name=_TASK, uri=details.url), details
    if hook.status == "blocked":
        return ApprovalCreated(resource_target_url=details.url, requestor=actor_of(hook.user)), details
    if hook.status != "success":
        return TaskRunFinished(task_name=_TASK, uri=details.url, outcome=_ENDED[hook.status]), details
    if details.commit:
        artifact = gitlab_package(hook.project.path_with_namespace, details.commit)
    else:
        artifact = unknown_package(details.service, details.deployment)
    resolution = COMMIT_FALLBACK if details.commit else DEPLOYMENT_FALLBACK
    deployed = ServiceDeployed(environment=Place(id=details.environment), artifact_id=artifact)
    return deployed, msgspec.structs.replace(details, artifact_resolution=resolution)


def _text(number: int | str | None) -> str:
    return "" if number is None else str(number)
