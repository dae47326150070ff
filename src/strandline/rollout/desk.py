"""The desk: where doors ask what stands where. It reads projections and the ledger, and changes nothing."""

from datetime import timedelta

import msgspec

from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.projection import Projector
from strandline.ledger.record import Record
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import EnvironmentView, ServiceView, environment_key
from strandline.rollout.evidence import EvidencePoint, evidence_of
from strandline.rollout.noise_record import NoiseRecord, noise_of
from strandline.rollout.projections import (
    CatalogueProjection,
    DeploymentsProjection,
    EnvironmentsProjection,
    ReleasesProjection,
)
from strandline.vocabulary.deployment import DeploymentPlanned
from strandline.vocabulary.errors import NotFoundError
from strandline.vocabulary.event import says
from strandline.vocabulary.exposure import AnalysisMeasured
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import Service

_NAMES_LISTED = 8
_ROLLOUTS_READ = 20
_SAME_INSTANT = timedelta(minutes=1)


class Desk:
    """Answers from the ledger; every answer is as new as the ledger is when it is asked."""

    def __init__(self, ledger: Ledger, store: ProjectionStore) -> None:
        self._ledger = ledger
        self._store = store
        projections = (
            DeploymentsProjection(),
            EnvironmentsProjection(),
            CatalogueProjection(),
            ReleasesProjection(),
        )
        self.projector = Projector(ledger, store, projections)

    def services(self) -> list[ServiceView]:
        """Return every catalogued service, by name."""
        self.projector.catch_up()
        rows = self._store.rows(CatalogueProjection.name)
        entries = [msgspec.json.decode(rows[name], type=Service) for name in sorted(rows)]
        return [self._with_environments(entry) for entry in entries]

    def service(self, name: str) -> ServiceView:
        """Return one service.

        Raises:
            NotFoundError: it is not catalogued; the message lists those that are.
        """
        self.projector.catch_up()
        row = self._store.row(CatalogueProjection.name, name)
        if row is not None:
            return self._with_environments(msgspec.json.decode(row, type=Service))
        known = sorted(self._store.rows(CatalogueProjection.name))
        what = f"There is no service called “{name}”."
        remedy = (
            f"Known services: {_listed(known)}."
            if known
            else "None is known yet: write one with `strandline init`, and deploy from its folder."
        )
        raise NotFoundError(what, remedy=remedy)

    def environment(self, service: str, environment: str) -> EnvironmentView:
        """Return what a service runs in one environment; an empty view before the first deployment."""
        self.projector.catch_up()
        row = self._store.row(EnvironmentsProjection.name, environment_key(service, environment))
        if row is None:
            return EnvironmentView(service=service, environment=environment)
        return msgspec.json.decode(row, type=EnvironmentView)

    def is_first_in_line(self, service: str, environment: str, deployment_id: str) -> bool:
        """Return whether no older deployment there is still open."""
        return self.environment(service, environment).active in ("", deployment_id)

    def environments(self) -> list[EnvironmentView]:
        """Return every environment that something was ever deployed to."""
        self.projector.catch_up()
        rows = self._store.rows(EnvironmentsProjection.name)
        return [msgspec.json.decode(rows[key], type=EnvironmentView) for key in sorted(rows)]

    def deployments(
        self, *, service: str = "", environment: str = "", is_open: bool | None = None, limit: int = 100
    ) -> list[DeploymentView]:
        """Return deployments, newest first; empty filters let everything through."""
        self.projector.catch_up()
        rows = self._store.rows(DeploymentsProjection.name)
        views = (msgspec.json.decode(row, type=DeploymentView) for row in rows.values())
        chosen = [
            view
            for view in views
            if (not service or view.service == service)
            and (not environment or view.environment == environment)
            and (is_open is None or view.is_open is is_open)
        ]
        return sorted(chosen, key=lambda view: view.planned_at, reverse=True)[:limit]

    def deployment(self, deployment_id: str) -> DeploymentView:
        """Return one deployment.

        Raises:
            NotFoundError: nobody knows it; the message lists the newest ones.
        """
        self.projector.catch_up()
        row = self._store.row(DeploymentsProjection.name, deployment_id)
        if row is not None:
            return msgspec.json.decode(row, type=DeploymentView)
        newest = [view.id for view in self.deployments(limit=_NAMES_LISTED)]
        what = f"There is no deployment called “{deployment_id}”."
        remedy = f"The newest are {_listed(newest)}." if newest else "Nothing was deployed yet."
        raise NotFoundError(what, remedy=remedy)

    def plan_of(self, deployment_id: str) -> DeploymentPlanned:
        """Return the plan that a deployment runs under."""
        view = self.deployment(deployment_id)
        for record in self._ledger.read(types=(DeploymentPlanned.TYPE,), chain_id=view.id):
            planned = says(record.event, DeploymentPlanned)
            if planned is not None:
                return planned
        what = f"The plan of {deployment_id} is not in the ledger."
        raise NotFoundError(what, remedy="Run `strandline ledger verify`.")

    def was_imported(self, deployment_id: str) -> bool:
        """Return whether a deployment's plan was made elsewhere: then it was another one's to run.

        A plan that is made here is recorded in the same instant; one that was imported is older.
        """
        plans = self._ledger.read(types=(DeploymentPlanned.TYPE,), chain_id=deployment_id)
        return any(plan.recorded_at - plan.event.occurred_at > _SAME_INSTANT for plan in plans)

    def events(self, deployment_id: str, *, after: int = 0) -> list[Record]:
        """Return all that happened to a deployment, in order."""
        self.deployment(deployment_id)
        return list(self._ledger.read(after=after, chain_id=deployment_id))

    def evidence(self, deployment_id: str) -> list[EvidencePoint]:
        """Return how a deployment's evidence grew, thinned for a plot."""
        self.deployment(deployment_id)
        return evidence_of(self._ledger.read(types=(AnalysisMeasured.TYPE,), chain_id=deployment_id))

    def noise(self, service: str, environment: str, *, look_every: timedelta) -> NoiseRecord:
        """Return what the newest rollouts to a place say about its noise."""
        views = self.deployments(service=service, environment=environment, limit=_ROLLOUTS_READ)
        records = (self._ledger.read(types=(AnalysisMeasured.TYPE,), chain_id=view.id) for view in views)
        return noise_of(records, look_every=look_every)

    def release(self, service: str, name: str) -> Release:
        """Return a known release of a service, by its version or by the first digits of its digest.

        Raises:
            NotFoundError: nobody knows it, or several have that name; the message lists them.
        """
        self.projector.catch_up()
        rows = self._store.rows(ReleasesProjection.name)
        releases = [msgspec.json.decode(row, type=Release) for row in rows.values()]
        mine = [release for release in releases if release.service == service]
        fitting = [release for release in mine if release.version == name or release.digest.startswith(name)]
        if len(fitting) == 1:
            return fitting[0]
        what = f"{'Several releases' if fitting else 'No releases'} of {service} match “{name}”."
        known = [f"{release.version} ({release.short_digest})" for release in (fitting or mine)]
        remedy = (
            f"Name one by its digest: {_listed(known)}."
            if known
            else "Give the folder that the release lies in."
        )
        raise NotFoundError(what, remedy=remedy)

    def _with_environments(self, entry: Service) -> ServiceView:
        return ServiceView(
            entry=entry,
            environments=tuple(self.environment(entry.name, name) for name in entry.environments),
        )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMES_LISTED} more" if len(names) > _NAMES_LISTED else ""
    return ", ".join(names[:_NAMES_LISTED]) + more
