"""What is live where: one row for each service and environment, and one for each service."""

import msgspec

from strandline.ledger.record import Record
from strandline.vocabulary.delivery import ReleaseRetired, ServiceCatalogued
from strandline.vocabulary.deployment import (
    DeploymentFinished,
    DeploymentKind,
    DeploymentPlanned,
    Outcome,
    ReleasePrepared,
)
from strandline.vocabulary.event import says
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import Service


class EnvironmentView(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a service runs in one environment."""

    service: str
    environment: str
    stable: Release | None = None
    """The release that serves; `None` before the first deployment succeeded."""
    stable_since: str = ""
    """The deployment that brought it."""
    warm: Release | None = None
    """The release before it, while it still runs without traffic."""
    before: Release | None = None
    """The release before it, whether it runs or not: where a rollback returns to."""
    open_deployments: tuple[str, ...] = ()
    """Those that have not ended, oldest first."""
    last: str = ""
    """The newest deployment."""
    planned: dict[str, DeploymentPlanned] = {}
    """The plans of the open deployments."""

    @property
    def active(self) -> str:
        """The deployment whose turn it is; empty if none is open."""
        return self.open_deployments[0] if self.open_deployments else ""


class ServiceView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A catalogued service and what it runs."""

    entry: Service
    environments: tuple[EnvironmentView, ...]


def environment_key(service: str, environment: str) -> str:
    """Return the name of one service's environment, in event ids and in projections."""
    return f"{service}/{environment}"


def fold_environment(view: EnvironmentView, record: Record) -> EnvironmentView:
    """Return what is live after this record of one of the environment's deployments."""
    event = record.event
    if (planned := says(event, DeploymentPlanned)) is not None:
        return msgspec.structs.replace(
            view,
            open_deployments=(*view.open_deployments, event.subject_id),
            last=event.subject_id,
            planned={**view.planned, event.subject_id: planned},
        )
    if (retired := says(event, ReleaseRetired)) is not None:
        is_warm = view.warm is not None and view.warm.digest == retired.digest
        return msgspec.structs.replace(view, warm=None) if is_warm else view
    if (prepared := says(event, ReleasePrepared)) is not None:
        return _without_warm(view, prepared.digest)
    if (finished := says(event, DeploymentFinished)) is not None:
        return _after(view, event.chain_id, finished)
    return view


def fold_service(entry: Service | None, record: Record) -> Service | None:
    """Return the catalogue entry after this record."""
    catalogued = says(record.event, ServiceCatalogued)
    return catalogued.entry if catalogued is not None else entry


def _without_warm(view: EnvironmentView, digest: str) -> EnvironmentView:
    """A warm release that is being rolled out again is not waiting to be retired any more."""
    is_warm = view.warm is not None and view.warm.digest == digest
    return msgspec.structs.replace(view, warm=None) if is_warm else view


def _after(view: EnvironmentView, deployment_id: str, finished: DeploymentFinished) -> EnvironmentView:
    planned = view.planned.get(deployment_id)
    view = msgspec.structs.replace(
        view,
        open_deployments=tuple(other for other in view.open_deployments if other != deployment_id),
        planned={key: plan for key, plan in view.planned.items() if key != deployment_id},
    )
    if planned is None or finished.outcome is not Outcome.SUCCEEDED:
        return view
    is_rollback = planned.kind is DeploymentKind.ROLLBACK
    return msgspec.structs.replace(
        view,
        stable=planned.release,
        stable_since=deployment_id,
        warm=view.stable,
        # After a rollback, the release that was rolled back is not what one would want to return to.
        before=None if is_rollback else view.stable,
    )
