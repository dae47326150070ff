"""The projections of this room: deployments, what is live where, the catalogue, and known releases."""

from collections.abc import Iterable, Mapping

import msgspec

from strandline.ledger.record import Record
from strandline.rollout.deployment_fold import fold_deployment
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import (
    EnvironmentView,
    environment_key,
    fold_environment,
    fold_service,
)
from strandline.rollout.journal import SOURCE, read_place
from strandline.vocabulary.delivery import ReleaseRegistered, ServiceCatalogued
from strandline.vocabulary.event import Event, says
from strandline.vocabulary.service import Service

Rows = Mapping[str, bytes | None]


class DeploymentsProjection:
    """One row for each deployment: its `DeploymentView`."""

    name = "deployments"
    version = 2

    def keys(self, event: Event) -> Iterable[str]:
        """Return the deployment that the event belongs to."""
        return (event.chain_id,) if event.source == SOURCE and event.chain_id else ()

    def fold(self, rows: Rows, record: Record) -> dict[str, bytes | None]:
        """Return the deployment's row after this record."""
        key = record.event.chain_id
        row = rows.get(key)
        before = msgspec.json.decode(row, type=DeploymentView) if row is not None else None
        view = fold_deployment(before, record)
        return {key: msgspec.json.encode(view)} if view is not None else {}


class EnvironmentsProjection:
    """One row for each service and environment: its `EnvironmentView`."""

    name = "environments"
    version = 1

    def keys(self, event: Event) -> Iterable[str]:
        """Return the environment that the event happened in."""
        place = read_place(event.subject_source) if event.source == SOURCE else None
        return (environment_key(*place),) if place is not None else ()

    def fold(self, rows: Rows, record: Record) -> dict[str, bytes | None]:
        """Return the environment's row after this record."""
        place = read_place(record.event.subject_source)
        if place is None:
            return {}
        key = environment_key(*place)
        row = rows.get(key)
        before = (
            msgspec.json.decode(row, type=EnvironmentView)
            if row is not None
            else EnvironmentView(service=place[0], environment=place[1])
        )
        return {key: msgspec.json.encode(fold_environment(before, record))}


class CatalogueProjection:
    """One row for each service: its newest catalogue entry."""

    name = "catalogue"
    version = 1

    def keys(self, event: Event) -> Iterable[str]:
        """Return the service that was catalogued."""
        return (event.subject_id,) if event.type == ServiceCatalogued.TYPE else ()

    def fold(self, rows: Rows, record: Record) -> dict[str, bytes | None]:
        """Return the service's row after this record."""
        key = record.event.subject_id
        row = rows.get(key)
        before = msgspec.json.decode(row, type=Service) if row is not None else None
        entry = fold_service(before, record)
        return {key: msgspec.json.encode(entry)} if entry is not None else {}


class ReleasesProjection:
    """One row for each release: `<service>/<digest>`."""

    name = "releases"
    version = 1

    def keys(self, event: Event) -> Iterable[str]:
        """Return the release that was registered."""
        return (event.subject_id,) if event.type == ReleaseRegistered.TYPE else ()

    def fold(self, rows: Rows, record: Record) -> dict[str, bytes | None]:
        """Return the release's row after this record."""
        del rows
        registered = says(record.event, ReleaseRegistered)
        key = record.event.subject_id
        return {key: msgspec.json.encode(registered.release)} if registered is not None else {}
