"""Applications of an imagined Argo CD, and what they become."""

from datetime import UTC, datetime
from typing import Any

from tests.intake.payloads import said

from strandline.intake.translation import Translation
from strandline.vocabulary.delivery import ServiceDeployed
from strandline.vocabulary.details import Details, details_of
from strandline.vocabulary.feed import Names
from strandline.vocabulary.pipeline import TaskRunFinished, TaskRunStarted

SHA, OLD = "5e" * 20, "6f" * 20
DIGEST = f"sha256:{'ab' * 32}"
CONFIG = "https://github.com/Harbour/config.git"
BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
ENDED = datetime(2026, 3, 2, 9, 3, tzinfo=UTC)
STARTED, FINISHED, DEPLOYED = TaskRunStarted.TYPE, TaskRunFinished.TYPE, ServiceDeployed.TYPE


def operation(phase: str = "Succeeded", **changes: Any) -> dict[str, Any]:
    return {
        "phase": phase,
        "startedAt": "2026-03-02T09:00:00Z",
        "finishedAt": "2026-03-02T09:03:00Z",
        "operation": {"initiatedBy": {"username": "ada"}, "sync": {"revision": "main"}},
        "syncResult": {"revision": SHA, "source": {"repoURL": CONFIG, "path": "tide"}},
        **changes,
    }


def application(health: str = "Healthy", spec: Any = None, **status: Any) -> dict[str, Any]:
    return {
        "kind": "Application",
        "metadata": {"name": "tide", "namespace": "argocd", "labels": {"team": "sea"}},
        "spec": spec or {"destination": {"name": "eu-1", "namespace": "tide"}, "source": {"repoURL": CONFIG}},
        "status": {"health": {"status": health}, "operationState": operation(), **status},
    }


def row(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "revision": OLD,
        "deployStartedAt": "2026-03-01T09:00:00Z",
        "deployedAt": "2026-03-01T09:02:00Z",
        "source": {"repoURL": CONFIG},
        "initiatedBy": {"automated": True},
        **changes,
    }


def notification(**changes: Any) -> dict[str, Any]:
    return {
        "app": "tide",
        "namespace": "argocd",
        "destination": {"name": "eu-1", "namespace": "tide"},
        "repoURL": CONFIG,
        "phase": "Succeeded",
        "startedAt": "2026-03-02T09:00:00Z",
        "finishedAt": "2026-03-02T09:03:00Z",
        "revision": SHA,
        "healthStatus": "Healthy",
        "initiatedBy": {"username": "ada", "automated": False},
        **changes,
    }


def found(document: Any, names: Names | None = None) -> Translation:
    return said("argocd", document, names=names)


def types(document: Any) -> list[str]:
    return [each.type for each in found(document).events]


def last(document: Any, names: Names | None = None) -> Details:
    return details_of(found(document, names).events[-1])
