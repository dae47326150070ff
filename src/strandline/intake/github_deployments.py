"""GitHub's deployments: the order, its statuses, and whose consent it waits for.

A deployment is an order to deploy; its statuses tell how it goes. GitHub names no artifact, only a commit:
the artifact's id is made from that, and says so. What the organisation puts into the deployment's own
payload under `artifact`, `version`, `service` or `environment` counts before anything that is made up.
"""

from typing import Any

import msgspec

from strandline.intake.moments import moment
from strandline.intake.translation import Translation, Unmapped, stated
from strandline.vocabulary.approval import ApprovalClosed, ApprovalCreated, ApprovalStatus
from strandline.vocabulary.delivery import Place, ServiceDeployed
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.feed import Names
from strandline.vocabulary.pipeline import DeploymentSuperseded, RunOutcome, TaskRunFinished, TaskRunStarted

BY = "intake/github 1"
_ENDED = {"failure": RunOutcome.FAILURE, "error": RunOutcome.ERROR}
_UNDER_WAY = frozenset(("pending", "queued", "in_progress"))


class User(msgspec.Struct, frozen=True):
    """Somebody, or some program."""

    login: str = ""
    type: str = ""


class Deployment(msgspec.Struct, frozen=True):
    """A deployment, as webhooks and the REST API have it."""

    id: int
    sha: str
    environment: str
    created_at: Any
    ref: str = ""
    task: str = "deploy"
    original_environment: str = ""
    payload: Any = None
    creator: User | None = None
    description: str | None = None
    production_environment: bool | None = None
    transient_environment: bool | None = None
    performed_via_github_app: dict[str, Any] | None = None


class Status(msgspec.Struct, frozen=True):
    """One status of a deployment."""

    id: int
    state: str
    created_at: Any
    environment: str = ""
    creator: User | None = None
    description: str | None = None
    target_url: str | None = None


def deployment_events(order: Deployment, status: Status | None, repository: str, names: Names) -> Translation:
    """Return what a deployment and one of its statuses say; the same for a webhook and for a backfill.

    Args:
        order: the deployment.
        status: one of its statuses; `None` for the order alone.
        repository: its address, such as `https://github.com/acme/shop`.
        names: what names mean.
    """
    theirs = (status.environment if status is not None else "") or order.environment
    environment = names.environment_of(_own(order, "environment") or theirs)
    if not environment:
        return Translation(
            unmapped=(
                Unmapped(
                    what="The deployment does not say which environment it goes to.",
                    where="deployment.environment",
                    remedy="Say which environment this feed is about: names.environment.",
                ),
            )
        )
    details = _details(order, status, repository, names, environment)
    subject = f"deployment/{order.id}"
    began = stated(
        TaskRunStarted(task_name=order.task),
        source=repository,
        subject_id=subject,
        occurred_at=moment(order.created_at, "deployment.created_at"),
        details=_details(order, None, repository, names, environment),
        actor=_login(order.creator),
    )
    if status is None or status.state in _UNDER_WAY:
        return Translation(events=(began,))
    fact = _fact(order, status, repository, environment)
    if fact is None:
        return Translation(events=(began,), ignored=f"The state “{status.state}” says nothing of its end.")
    is_service = isinstance(fact, ServiceDeployed)
    told = stated(
        fact,
        source=repository,
        subject_id=details.service if is_service else subject,
        occurred_at=moment(status.created_at, "deployment_status.created_at"),
        details=details,
        actor=_login(status.creator),
    )
    return Translation(events=(began, told))


def _fact(order: Deployment, status: Status, repository: str, environment: str) -> Fact | None:
    if status.state == "success":
        artifact = _own(order, "artifact") or commit_artifact(repository, order.sha)
        return ServiceDeployed(environment=Place(id=environment), artifact_id=artifact)
    if status.state in _ENDED:
        said = status.description or ""
        return TaskRunFinished(task_name=order.task, outcome=_ENDED[status.state], errors=said)
    if status.state == "inactive":
        return DeploymentSuperseded()
    if status.state == "waiting":
        return ApprovalCreated(resource_target_url=status.target_url or repository)
    return None


def _details(
    order: Deployment, status: Status | None, repository: str, names: Names, environment: str
) -> Details:
    is_named = bool(_own(order, "artifact"))
    tier = {True: "production", False: "other", None: ""}[order.production_environment]
    return Details(
        deployment=str(order.id),
        service=names.service_of(_own(order, "service") or full_name(repository)),
        environment=environment,
        environment_tier=tier,
        commit=order.sha,
        repository=repository,
        ref=order.ref,
        version=_own(order, "version"),
        artifact_resolution="" if is_named else "commit-fallback",
        url=(status.target_url or "") if status is not None else "",
        is_automated=_is_program(order),
        by=BY,
        more={"originalEnvironment": order.original_environment}
        if order.original_environment not in ("", order.environment)
        else {},
    )


def review_events(document: Any, repository: str, names: Names) -> Translation:  # noqa: ANN401 - any JSON
    """Return what `deployment_review` says: consent asked for, given or refused."""
    review = msgspec.convert(document, Review)
    environment = names.environment_of(review.environment)
    run = review.workflow_run
    subject = f"review/{run.id}/{review.environment}" if run is not None else f"review/{review.environment}"
    details = Details(
        service=names.service_of(full_name(repository)),
        environment=environment,
        commit=run.head_sha if run is not None else "",
        repository=repository,
        run=str(run.id) if run is not None else "",
        by=BY,
    )
    if review.action == "requested":
        fact: Fact = ApprovalCreated(
            requestor=_login(review.requestor),
            approval_details_url=run.html_url if run is not None else "",
            resource_target_url=repository,
        )
        at, actor = review.since, _login(review.requestor)
    elif review.action in {"approved", "rejected"}:
        fact = ApprovalClosed(
            status=ApprovalStatus(review.action),
            decision=review.action,
            responder=_login(review.approver) or _login(review.sender),
            comment=review.comment or "",
            resource_target_url=repository,
        )
        at = review.since if run is None else run.updated_at
        actor = _login(review.approver) or _login(review.sender)
    else:
        return Translation(ignored=f"The action “{review.action}” of a review is not known.")
    event: Event = stated(
        fact,
        source=repository,
        subject_id=subject,
        occurred_at=moment(at, "since"),
        details=details,
        actor=actor,
    )
    return Translation(events=(event,))


class ReviewedRun(msgspec.Struct, frozen=True):
    """The run that waits."""

    id: int
    head_sha: str = ""
    html_url: str = ""
    updated_at: Any = None


class Review(msgspec.Struct, frozen=True):
    """A `deployment_review`."""

    action: str
    environment: str = ""
    since: Any = None
    requestor: User | None = None
    approver: User | None = None
    sender: User | None = None
    comment: str | None = None
    workflow_run: ReviewedRun | None = None


def full_name(repository: str) -> str:
    """Return `owner/name` of a repository's address."""
    return "/".join(repository.rstrip("/").split("/")[-2:])


def commit_artifact(repository: str, commit: str) -> str:
    """Return the package URL of a commit: what is known of an artifact that nobody names."""
    return f"pkg:github/{full_name(repository).lower()}@{commit}"


def _own(order: Deployment, name: str) -> str:
    """Return what the organisation itself put into the deployment's payload."""
    payload = order.payload
    if isinstance(payload, str):
        try:
            payload = msgspec.json.decode(payload)
        except msgspec.DecodeError:
            return ""
    value = payload.get(name) if isinstance(payload, dict) else None
    return value if isinstance(value, str) else ""


def _is_program(order: Deployment) -> bool | None:
    if order.performed_via_github_app is not None:
        return True
    creator = order.creator
    return True if creator is not None and creator.type == "Bot" else None


def _login(user: User | None) -> str:
    return user.login if user is not None else ""
