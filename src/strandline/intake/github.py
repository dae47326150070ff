"""GitHub's webhooks: which event it is, by its header or by its shape, and who reads it."""

from collections.abc import Callable
from typing import Any

import msgspec

from strandline.intake.github_changes import pull_request_hook, push_events, release_events
from strandline.intake.github_deployments import (
    Deployment,
    Status,
    deployment_events,
    review_events,
)
from strandline.intake.github_runs import Run, package_events, run_events
from strandline.intake.translation import Payload, Translation
from strandline.vocabulary.feed import Names


class _Repository(msgspec.Struct, frozen=True):
    html_url: str


class _Hook(msgspec.Struct, frozen=True):
    repository: _Repository | None = None
    action: str = ""


class _DeploymentHook(msgspec.Struct, frozen=True):
    deployment: Deployment
    deployment_status: Status | None = None


class _RunHook(msgspec.Struct, frozen=True):
    workflow_run: Run


def translate(payload: Payload) -> Translation:
    """Return what a delivery of GitHub says."""
    document = payload.document
    hook = msgspec.convert(document, _Hook)
    name = payload.headers.get("x-github-event") or _by_shape(document)
    read = _READ.get(name)
    if read is None:
        return Translation(ignored=f"GitHub's event “{name or 'without a name'}” says nothing that is kept.")
    if hook.repository is None:
        return Translation(ignored=f"The event “{name}” is about no repository.")
    return read(document, hook.repository.html_url, payload.names)


def _deployment(document: Any, repository: str, names: Names) -> Translation:  # noqa: ANN401 - any JSON
    hook = msgspec.convert(document, _DeploymentHook)
    return deployment_events(hook.deployment, hook.deployment_status, repository, names)


def _run(document: Any, repository: str, names: Names) -> Translation:  # noqa: ANN401 - any JSON
    return run_events(msgspec.convert(document, _RunHook).workflow_run, repository, names)


_READ: dict[str, Callable[[Any, str, Names], Translation]] = {
    "deployment": _deployment,
    "deployment_status": _deployment,
    "deployment_review": review_events,
    "pull_request": pull_request_hook,
    "pull_request_review": pull_request_hook,
    "push": push_events,
    "registry_package": package_events,
    "release": release_events,
    "workflow_run": _run,
}
_SHAPES = (
    # The first that fits: a status holds its deployment, a review its pull request.
    ("deployment_status", "deployment_status"),
    ("workflow_job", "workflow_job"),
    ("workflow_run", "workflow_run"),
    ("check_run", "check_run"),
    ("check_suite", "check_suite"),
    ("deployment_callback_url", "deployment_protection_rule"),
    ("deployment", "deployment"),
    ("review", "pull_request_review"),
    ("pull_request", "pull_request"),
    ("registry_package", "registry_package"),
    ("release", "release"),
    ("pusher", "push"),
)


def _by_shape(document: Any) -> str:  # noqa: ANN401 - any JSON
    """Return which event a file without headers holds."""
    return next((name for key, name in _SHAPES if document.get(key) is not None), "")
