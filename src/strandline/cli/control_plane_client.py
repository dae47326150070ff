"""Talks to a control plane by its HTTP interface: the same words as `ControlPlane`, from another process."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from strandline.cli.event_stream import data_of
from strandline.cli.failures import ErrorDocument, ErrorView
from strandline.ledger.codec import from_bytes
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import ServiceView
from strandline.rollout.order import DeploymentOrder
from strandline.rollout.plan_view import PlanView
from strandline.vocabulary import errors
from strandline.vocabulary.deployment import Action
from strandline.vocabulary.errors import (
    BadInputError,
    RefusedError,
    StrandlineError,
    UnavailableError,
)
from strandline.vocabulary.event import Event
from strandline.vocabulary.service import Service

_ANSWER_WITHIN_SECONDS = 30.0
_STORE_WITHIN_SECONDS = 3600.0
"""Storing a large release takes as long as reading it twice; a control plane that dies is noticed at once."""
_SILENCE_SECONDS = 45.0
"""Heartbeats come more often than this; a stream that is silent for longer is dead."""
_CONNECT_WITHIN_SECONDS = 5.0
_REASON_SHORT = 200

Answer = TypeVar("Answer")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger, as the HTTP interface tells it."""

    seq: int
    recorded_at: datetime
    event: Event
    body: bytes
    """The event's bytes, a CloudEvent."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    seq: int
    recorded_at: datetime
    event: msgspec.Raw


class Health(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a control plane says of itself."""

    status: str
    version: str = ""
    home: str = ""
    ledger_seq: int = 0


class ControlPlaneClient:
    """A control plane that answers at a URL.

    Every method raises `UnavailableError` if it does not answer, and whatever error it answers with.
    """

    def __init__(self, url: str, *, actor: str, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"X-Strandline-Actor": actor.encode("ascii", "backslashreplace").decode()},
            timeout=httpx.Timeout(_ANSWER_WITHIN_SECONDS, connect=_CONNECT_WITHIN_SECONDS),
            transport=transport,
            # A proxy of the environment is for the outside world; a control plane is on this machine.
            trust_env=False,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def health(self) -> Health:
        """Return what it says of itself."""
        return self._get("/health", Health)

    def services(self) -> list[ServiceView]:
        """Return every catalogued service, by name."""
        return self._get("/services", list[ServiceView])

    def service(self, name: str) -> ServiceView:
        """Return one service; `NotFoundError` lists the known ones."""
        return self._get(f"/services/{_part(name)}", ServiceView)

    def catalogue(self, text: str, *, file: str) -> Service:
        """Let it read a `strandline.yaml`."""
        return self._post("/services", {"text": text, "file": file}, Service)

    def plan(self, order: DeploymentOrder) -> PlanView:
        """Return what `deploy` would do now."""
        return self._post("/plans", order, PlanView, within_seconds=_STORE_WITHIN_SECONDS)

    def deploy(self, order: DeploymentOrder) -> DeploymentView:
        """Start a rollout."""
        return self._post("/deployments", order, DeploymentView, within_seconds=_STORE_WITHIN_SECONDS)

    def rollback(self, service: str, environment: str, *, reason: str = "") -> DeploymentView:
        """Return to the release before."""
        path = f"/services/{_part(service)}/environments/{_part(environment)}/rollback"
        return self._post(path, {"reason": reason}, DeploymentView)

    def intervene(self, deployment_id: str, action: Action, *, reason: str = "") -> DeploymentView:
        """Ask something of a running rollout."""
        path = f"/deployments/{_part(deployment_id)}/{action.value}"
        return self._post(path, {"reason": reason}, DeploymentView)

    def deployments(
        self, *, service: str = "", environment: str = "", is_open: bool | None = None, limit: int = 100
    ) -> list[DeploymentView]:
        """Return deployments, newest first."""
        asked: dict[str, str | int] = {"limit": limit}
        if service:
            asked["service"] = service
        if environment:
            asked["environment"] = environment
        if is_open is not None:
            asked["open"] = "true" if is_open else "false"
        return self._get("/deployments", list[DeploymentView], asked)

    def deployment(self, deployment_id: str) -> DeploymentView:
        """Return one deployment; `NotFoundError` lists the newest ones."""
        return self._get(f"/deployments/{_part(deployment_id)}", DeploymentView)

    def events(self, deployment_id: str, *, after: int = 0) -> list[Entry]:
        """Return all that happened to a deployment, in order."""
        path = f"/deployments/{_part(deployment_id)}/events"
        return [_entry(raw) for raw in self._get(path, list[_Entry], {"after": after})]

    def follow(
        self, deployment_id: str, *, after: int = 0, on_silence: Callable[[], None] = lambda: None
    ) -> Iterator[Entry]:
        """Yield what happened to a deployment and what happens from now on, as it happens.

        `on_silence` is called every few seconds while nothing happens. It ends when the control plane ends
        it; then follow again, after the last entry.
        """
        asked: dict[str, str | int] = {"after": after, "deployment": deployment_id}
        timeout = httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_WITHIN_SECONDS)
        try:
            with self._http.stream("GET", "/events", params=asked, timeout=timeout) as response:
                if not response.is_success:
                    response.read()
                    raise _error_of(response)
                for data in data_of(response.iter_lines(), on_comment=on_silence):
                    yield _entry(self._read(data.encode(), _Entry))
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error

    def _get(self, path: str, kind: type[Answer], asked: Mapping[str, str | int] | None = None) -> Answer:
        try:
            response = self._http.get(path, params=dict(asked or {}))
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error
        return self._answer(response, kind)

    def _post(
        self,
        path: str,
        body: object,
        kind: type[Answer],
        *,
        within_seconds: float = _ANSWER_WITHIN_SECONDS,
    ) -> Answer:
        headers = {"Content-Type": "application/json"}
        timeout = httpx.Timeout(within_seconds, connect=_CONNECT_WITHIN_SECONDS)
        content = msgspec.json.encode(body)
        try:
            response = self._http.post(path, content=content, headers=headers, timeout=timeout)
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error
        return self._answer(response, kind)

    def _answer(self, response: httpx.Response, kind: type[Answer]) -> Answer:
        if not response.is_success:
            raise _error_of(response)
        return self._read(response.content, kind)

    def _read(self, data: bytes, kind: type[Answer]) -> Answer:
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.DecodeError as error:
            what = f"The control plane answered something else than was asked ({error})."
            remedy = "Is another program, or another version of Strandline, at this address?"
            raise UnavailableError(what, where=self.url, remedy=remedy) from error

    def _unavailable(self, error: httpx.HTTPError) -> UnavailableError:
        what = f"The control plane does not answer ({type(error).__name__})."
        return UnavailableError(what, where=self.url, remedy="Look with `strandline doctor`.")


def _part(name: str) -> str:
    """Return a name as one part of a path, whatever a user typed."""
    return quote(name, safe="").replace(".", "%2E")


def _entry(raw: _Entry) -> Entry:
    body = bytes(raw.event)
    return Entry(seq=raw.seq, recorded_at=raw.recorded_at, event=from_bytes(body), body=body)


def _error_of(response: httpx.Response) -> StrandlineError:
    """Return the error that the control plane answered with, as its own class where we know it."""
    try:
        view = msgspec.json.decode(response.content, type=ErrorDocument).error
    except msgspec.DecodeError:
        text = response.text[:_REASON_SHORT].strip()
        what = f"The control plane answered {response.status_code}. {text}".strip()
        return UnavailableError(what, where=str(response.url), remedy="Look with `strandline doctor`.")
    return _class_of(view)(view.what, where=view.where, remedy=view.remedy)


def _class_of(view: ErrorView) -> type[StrandlineError]:
    known = getattr(errors, view.kind, None)
    if isinstance(known, type) and issubclass(known, StrandlineError):
        return known
    by_exit_code: dict[int, type[StrandlineError]] = {
        BadInputError.exit_code: BadInputError,
        UnavailableError.exit_code: UnavailableError,
    }
    return by_exit_code.get(view.exit_code, RefusedError)
