"""How a command reaches what it asks: the control plane of this home, or the ledger itself.

What changes something always goes through a control plane's HTTP interface, so that there is one path;
where none runs and the command needs one, this process hosts it. What only reads takes the ledger itself
where no control plane runs.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Protocol

import msgspec
from rich.text import Text

from strandline import bootstrap
from strandline.cli.control_plane_client import ControlPlaneClient
from strandline.cli.hosting import hosted
from strandline.cli.output import line, words
from strandline.cli.service_file import Catalogue
from strandline.cli.session import Common, Session, actor
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import ServiceView
from strandline.rollout.order import DeploymentOrder
from strandline.rollout.plan_view import PlanView
from strandline.rollout.planning import with_power
from strandline.settings import Settings
from strandline.vocabulary.errors import BadInputError, RefusedError, UnavailableError
from strandline.vocabulary.event import Event
from strandline.vocabulary.service import Service

_SUCCESSOR_WITHIN_SECONDS = 10.0
"""How long a control plane that went away may take to come back before this process takes its place."""
_POLL_SECONDS = 0.2
_STAYS = "What is unfinished stays at its present share until `strandline serve` takes it up."


class Told(Protocol):
    """One line of the ledger, from wherever it was read."""

    @property
    def seq(self) -> int:
        """Its place in the ledger."""
        ...

    @property
    def event(self) -> Event:
        """What happened."""
        ...


class Questions(Protocol):
    """What can be asked without changing anything."""

    def services(self) -> list[ServiceView]:
        """Return every catalogued service."""
        ...

    def service(self, name: str) -> ServiceView:
        """Return one service."""
        ...

    def deployments(
        self, *, service: str = "", environment: str = "", is_open: bool | None = None, limit: int = 100
    ) -> list[DeploymentView]:
        """Return deployments, newest first."""
        ...

    def deployment(self, deployment_id: str) -> DeploymentView:
        """Return one deployment."""
        ...

    def events(self, deployment_id: str, *, after: int = 0) -> Sequence[Told]:
        """Return all that happened to it."""
        ...


class Planning(Catalogue, Protocol):
    """What a plan needs."""

    def plan(self, order: DeploymentOrder) -> PlanView:
        """Return what would happen."""
        ...


class Link:
    """The control plane that a rollout is asked of, with another one in its place if it goes away."""

    def __init__(self, session: Session, settings: Settings, stack: ExitStack) -> None:
        self._session = session
        self._settings = settings
        self._stack = stack
        self._client: ControlPlaneClient | None = None
        self.is_own = False
        """Whether it runs in this process, and so ends with it."""

    @property
    def client(self) -> ControlPlaneClient:
        """The control plane as it can be asked now."""
        if self._client is None:
            self._client = self._found_or_hosted()
        return self._client

    def renew(self) -> None:
        """Find another control plane, since the one before went away; host one if none comes.

        Raises:
            UnavailableError: the one before is there, and does not answer.
        """
        if self.is_own:
            what = "The control plane in this process stopped to answer."
            raise UnavailableError(what, remedy="`strandline serve` takes the rollout up again.")
        note = self._session.output.note
        note(words("The control plane went away; looking for another one.", "wait"))
        give_up_at = time.monotonic() + _SUCCESSOR_WITHIN_SECONDS
        while time.monotonic() < give_up_at:
            client = self._found(bootstrap.live_control_plane(self._settings))
            if client is not None and _answers(client):
                self._client = client
                break
            time.sleep(_POLL_SECONDS)
        else:
            self._client = self._found_or_hosted()
        note(self._whereabouts())

    def _whereabouts(self) -> Text:
        whose = "This command runs the rollout now" if self.is_own else "It goes on"
        return line(words(f"{whose}: ", "wait"), self.client.url)

    def _found_or_hosted(self) -> ControlPlaneClient:
        give_up_at = time.monotonic() + _SUCCESSOR_WITHIN_SECONDS
        while True:
            client = self._found(bootstrap.live_control_plane(self._settings))
            if client is not None:
                return client
            try:
                return self._host()
            except RefusedError:
                # Another one claimed the home just now, and has not said yet where it answers.
                if time.monotonic() > give_up_at:
                    raise
            time.sleep(_POLL_SECONDS)

    def _found(self, url: str) -> ControlPlaneClient | None:
        if not url:
            return None
        self._session.if_interrupted = "The rollout goes on in the control plane."
        return self._stack.enter_context(_client(url))

    def _host(self) -> ControlPlaneClient:
        # Any free port: the usual one is for `strandline serve`.
        settings = msgspec.structs.replace(self._settings, port=0)
        with self._session.output.working("Starting a control plane"):
            place = self._stack.enter_context(hosted(settings, self._session.make_pages))
        self.is_own = True
        self._session.if_interrupted = _STAYS
        return self._stack.enter_context(_client(place.url))


@contextmanager
def linked(session: Session, common: Common) -> Iterator[Link]:
    """Give a control plane: the one that runs on this home, or one in this process."""
    with ExitStack() as stack:
        yield Link(session, session.settings(common), stack)


@contextmanager
def running(session: Session, common: Common) -> Iterator[ControlPlaneClient]:
    """Give the control plane that runs on this home.

    Raises:
        UnavailableError: none runs.
    """
    settings = session.settings(common)
    url = bootstrap.live_control_plane(settings)
    if not url:
        what = "No control plane runs on this home, so no rollout is moving."
        remedy = "`strandline serve` takes up whatever is unfinished; then ask again."
        raise UnavailableError(what, where=str(settings.home), remedy=remedy)
    with _client(url) as client:
        yield client


def warn_if_nobody_works(session: Session, common: Common) -> None:
    """Say that an unfinished rollout waits, where no control plane runs that could move it."""
    if not bootstrap.live_control_plane(session.settings(common)):
        what = "No control plane runs on this home: what is unfinished waits. `strandline serve` takes it up."
        session.output.note(words(what, "wait"))


@contextmanager
def asking(session: Session, common: Common) -> Iterator[Questions]:
    """Give whom to ask: the control plane if one runs, else the ledger itself."""
    settings = session.settings(common)
    url = bootstrap.live_control_plane(settings)
    if url:
        with _client(url) as client:
            yield client
        return
    with reading(settings) as reader:
        yield reader.desk


@contextmanager
def reading(settings: Settings) -> Iterator[bootstrap.Reader]:
    """Open the ledger of a home that is there.

    Raises:
        BadInputError: there is no such home: a slip of the keyboard must not make one.
    """
    if not settings.database_url and not (settings.home / "ledger.db").exists():
        what = "Nothing was deployed from here yet: there is no ledger."
        remedy = (
            "Go to the folder that you deploy from, name it with --home, or begin with `strandline init`."
        )
        raise BadInputError(what, where=str(settings.home), remedy=remedy)
    reader = bootstrap.assemble_reader(settings)
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def planning(session: Session, common: Common) -> Iterator[Planning]:
    """Give whom to ask for a plan: the control plane if one runs, else one that never starts to work."""
    settings = session.settings(common)
    url = bootstrap.live_control_plane(settings)
    if url:
        with _client(url) as client:
            yield client
        return
    app = bootstrap.assemble(settings)
    try:
        yield _Idle(app)
    finally:
        app.close()


class _Idle:
    """A control plane that plans and does nothing else."""

    def __init__(self, app: bootstrap.App) -> None:
        self._control_plane = app.control_plane
        self._desk = app.desk
        self._clock = app.clock

    def catalogue(self, text: str, *, file: str) -> Service:
        """Make a service known."""
        return self._control_plane.catalogue(text, file=file, actor=actor())

    def plan(self, order: DeploymentOrder) -> PlanView:
        """Return what would happen."""
        return with_power(self._control_plane.plan(order), order, self._desk, now=self._clock.now())


@contextmanager
def _client(url: str) -> Iterator[ControlPlaneClient]:
    client = ControlPlaneClient(url, actor=actor())
    try:
        yield client
    finally:
        client.close()


def _answers(client: ControlPlaneClient) -> bool:
    try:
        client.health()
    except (UnavailableError, RefusedError):
        return False
    return True
