"""GitHub's workflow runs and packages: what is built, and what it becomes."""

from typing import Any

import msgspec

from strandline.intake.github_deployments import BY, User, full_name
from strandline.intake.moments import moment
from strandline.intake.translation import Translation, stated
from strandline.vocabulary.artifact import ArtifactPublished
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Fact
from strandline.vocabulary.feed import Names
from strandline.vocabulary.pipeline import (
    PipelineRunFinished,
    PipelineRunQueued,
    PipelineRunStarted,
    RunOutcome,
)

_OUTCOMES = {
    "success": RunOutcome.SUCCESS,
    "failure": RunOutcome.FAILURE,
    "startup_failure": RunOutcome.ERROR,
    "timed_out": RunOutcome.ERROR,
    "cancelled": RunOutcome.CANCEL,
}


class Run(msgspec.Struct, frozen=True):
    """A workflow run, as webhooks and the REST API have it."""

    id: int
    head_sha: str
    created_at: Any
    path: str = ""
    name: str | None = None
    head_branch: str | None = None
    html_url: str = ""
    run_attempt: int = 1
    run_started_at: Any = None
    updated_at: Any = None
    status: str | None = None
    conclusion: str | None = None
    event: str = ""
    actor: User | None = None
    triggering_actor: User | None = None


def run_events(run: Run, repository: str, names: Names) -> Translation:
    """Return what a workflow run says; the same for a webhook and for a backfill.

    A repeated run is a run of its own, begun by whoever repeated it: its number holds the attempt.
    """
    actor = run.triggering_actor or run.actor
    subject = f"run/{run.id}/{run.run_attempt}"
    name = run.path or run.name or ""
    details = Details(
        service=names.service_of(full_name(repository)),
        commit=run.head_sha,
        repository=repository,
        ref=run.head_branch or "",
        run=subject,
        url=run.html_url,
        is_automated=(actor.type == "Bot" or None) if actor is not None else None,
        by=BY,
        more={"trigger": run.event} if run.event else {},
    )
    fact: Fact
    if run.status == "completed":
        if run.conclusion not in _OUTCOMES:
            return Translation(ignored=f"The run ended as “{run.conclusion}”: it decided nothing.")
        outcome = _OUTCOMES[run.conclusion]
        fact, at = PipelineRunFinished(pipeline_name=name, uri=run.html_url, outcome=outcome), run.updated_at
    elif run.status == "in_progress":
        at = run.run_started_at or run.created_at
        fact = PipelineRunStarted(pipeline_name=name, uri=run.html_url)
    else:
        fact, at = PipelineRunQueued(pipeline_name=name, uri=run.html_url), run.created_at
    event = stated(
        fact,
        source=repository,
        subject_id=subject,
        occurred_at=moment(at, "workflow_run"),
        details=details,
        actor=actor.login if actor is not None else "",
    )
    return Translation(events=(event,))


class _Tag(msgspec.Struct, frozen=True):
    name: str = ""
    digest: str = ""


class _Container(msgspec.Struct, frozen=True):
    tag: _Tag | None = None


class _Version(msgspec.Struct, frozen=True):
    version: str
    html_url: str = ""
    target_oid: str = ""
    container_metadata: _Container | None = None
    author: User | None = None


class _Package(msgspec.Struct, frozen=True):
    name: str
    ecosystem: str = ""
    package_type: str = ""
    namespace: str | None = None
    created_at: Any = None
    updated_at: Any = None
    owner: User | None = None
    package_version: _Version | None = None


class _PackageHook(msgspec.Struct, frozen=True):
    registry_package: _Package
    action: str = ""


def package_events(document: Any, repository: str, names: Names) -> Translation:  # noqa: ANN401 - any JSON
    """Return what `registry_package` says: an artifact with its digest was published."""
    package = msgspec.convert(document, _PackageHook).registry_package
    version = package.package_version
    if version is None:
        return Translation(ignored="The package names no version.")
    kind = (package.ecosystem or package.package_type).lower()
    is_image = kind in {"container", "docker"}
    owner = package.namespace or (package.owner.login if package.owner is not None else "")
    name = "/".join(part.lower() for part in (owner, package.name) if part)
    subject = f"pkg:{'oci' if is_image else kind or 'generic'}/{name}@{version.version}"
    tag = version.container_metadata.tag if version.container_metadata is not None else None
    event = stated(
        ArtifactPublished(user=package.owner.login if package.owner is not None else ""),
        source=repository,
        subject_id=subject,
        occurred_at=moment(package.updated_at or package.created_at, "registry_package.updated_at"),
        details=Details(
            service=names.service_of(full_name(repository)),
            # What it was built from is a commit only where it looks like one; here it is often the digest.
            commit=version.target_oid if len(version.target_oid) == 40 else "",  # noqa: PLR2004 - a hash
            repository=repository,
            version=tag.name if tag is not None else "",
            url=version.html_url,
            by=BY,
        ),
    )
    return Translation(events=(event,))
