"""What Argo CD says of an application: the resource itself, or the short body of a notification.

The notification's template is the reader's own; this is the body that is understood, each field but `app`
may be missing:

    {"app", "namespace", "project", "labels", "destination": {"name", "server", "namespace"}, "url",
     "repoURL", "chart", "phase", "startedAt", "finishedAt", "message", "revision", "revisions",
     "healthStatus", "healthChangedAt", "images", "initiatedBy": {"username", "automated"}}

A template may as well send the whole resource as `app` (`{{toJson .app}}`).
"""

from typing import Annotated, Any

import msgspec

from strandline.vocabulary.feed import Names

BY = "intake/argocd 1"
SOURCE = "/argocd"
_Name = Annotated[str, msgspec.Meta(min_length=1)]


class Initiator(msgspec.Struct, frozen=True):
    """Who began an operation; what is false is left out by Argo CD."""

    username: str | None = None
    automated: bool | None = None


class Destination(msgspec.Struct, frozen=True):
    """Where to: a cluster, by name or by address, and a namespace in it."""

    name: str | None = None
    server: str | None = None
    namespace: str | None = None


class Origin(msgspec.Struct, frozen=True):
    """Where the configuration is from: a repository, or a chart in one of charts."""

    repo_url: str | None = msgspec.field(name="repoURL", default=None)
    chart: str | None = None


class SyncOrder(msgspec.Struct, frozen=True, rename="camel"):
    """What an operation was told to do."""

    dry_run: bool | None = None


class Operation(msgspec.Struct, frozen=True, rename="camel"):
    """An operation, as it was ordered."""

    initiated_by: Initiator | None = None
    sync: SyncOrder | None = None


class SyncResult(msgspec.Struct, frozen=True):
    """What an operation brought. Applications of several sources fill in the plural fields only."""

    revision: str | None = None
    revisions: list[str] | None = None
    source: Origin | None = None
    sources: list[Origin] | None = None


class OperationState(msgspec.Struct, frozen=True, rename="camel"):
    """The present or the last operation."""

    phase: str | None = None
    started_at: Any = None
    finished_at: Any = None
    message: str | None = None
    operation: Operation | None = None
    sync_result: SyncResult | None = None


class HistoryRow(msgspec.Struct, frozen=True, rename="camel"):
    """A sync that succeeded; without its images."""

    deployed_at: Any = None
    deploy_started_at: Any = None
    revision: str | None = None
    revisions: list[str] | None = None
    source: Origin | None = None
    sources: list[Origin] | None = None
    initiated_by: Initiator | None = None


class Health(msgspec.Struct, frozen=True, rename="camel"):
    """How it is, and since when; old versions do not tell the latter."""

    status: str | None = None
    last_transition_time: Any = None
    message: str | None = None


class Summary(msgspec.Struct, frozen=True):
    """What runs now."""

    images: list[str] | None = None


class Metadata(msgspec.Struct, frozen=True):
    """The resource's name and labels."""

    name: _Name
    namespace: str | None = None
    labels: dict[str, str] | None = None


class Spec(msgspec.Struct, frozen=True):
    """What was asked for."""

    destination: Destination = Destination()
    source: Origin | None = None
    sources: list[Origin] | None = None
    project: str | None = None


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """What there is."""

    operation_state: OperationState | None = None
    health: Health | None = None
    summary: Summary | None = None
    history: list[Any] | None = None


class Application(msgspec.Struct, frozen=True):
    """An application."""

    metadata: Metadata
    spec: Spec = Spec()
    status: Status | None = None
    url: str = ""


class Notification(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a notification."""

    app: _Name
    namespace: str | None = None
    project: str | None = None
    labels: dict[str, str] | None = None
    destination: Destination = Destination()
    url: str | None = None
    repo_url: str | None = msgspec.field(name="repoURL", default=None)
    chart: str | None = None
    phase: str | None = None
    started_at: Any = None
    finished_at: Any = None
    message: str | None = None
    revision: str | None = None
    revisions: list[str] | None = None
    health_status: str | None = None
    health_changed_at: Any = None
    images: list[str] | None = None
    initiated_by: Initiator | None = None

    def application(self) -> Application:
        """Return it as the application that it tells of."""
        origin = Origin(repo_url=self.repo_url, chart=self.chart)
        operation = OperationState(
            phase=self.phase,
            started_at=self.started_at,
            finished_at=self.finished_at,
            message=self.message,
            operation=Operation(initiated_by=self.initiated_by),
            sync_result=SyncResult(revision=self.revision, revisions=self.revisions),
        )
        return Application(
            metadata=Metadata(name=self.app, namespace=self.namespace, labels=self.labels),
            spec=Spec(destination=self.destination, source=origin, project=self.project),
            status=Status(
                operation_state=operation if self.phase else None,
                health=Health(status=self.health_status, last_transition_time=self.health_changed_at),
                summary=Summary(images=self.images),
            ),
            url=self.url or "",
        )


class Home(msgspec.Struct, frozen=True):
    """What is the same in all that is said of an application."""

    name: str
    """Its name and namespace; Argo CD's name of it."""
    service: str
    environment: str
    url: str


def home_of(application: Application, names: Names) -> Home:
    """Return the names that hold for all that is said of an application.

    A label counts before the destination; the destination may be mapped as `cluster/namespace`, cluster or
    namespace, and a feed that is about one environment is about that.
    """
    metadata, destination = application.metadata, application.spec.destination
    labels = metadata.labels or {}
    service = next((labels[name] for name in names.service_fields if labels.get(name)), "")
    environment = next((labels[name] for name in names.environment_fields if labels.get(name)), "")
    if environment:
        environment = names.environment_of(environment)
    else:
        clusters = [each for each in (destination.name, destination.server) if each]
        space = destination.namespace or ""
        places = [*(f"{each}/{space}" for each in clusters if space), *clusters, *filter(None, (space,))]
        mapped = next((names.environments[each] for each in places if each in names.environments), "")
        environment = mapped or names.environment or (places[0] if clusters else "")
    return Home(
        name=f"{metadata.namespace or 'argocd'}/{metadata.name}",
        service=names.service_of(service or metadata.name),
        environment=environment,
        url=application.url,
    )
