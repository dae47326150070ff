"""What the client asks, and what it makes of the answers: good ones, errors, and nonsense."""

import json
from collections.abc import Callable

import httpx
import msgspec
import pytest
from tests.cli.samples import NOON, RUNNING, SERVICE

from strandline.cli.control_plane_client import ControlPlaneClient
from strandline.ledger.codec import to_bytes
from strandline.rollout.order import DeploymentOrder
from strandline.vocabulary.deployment import Action, DeploymentStarted
from strandline.vocabulary.errors import (
    BadInputError,
    NotFoundError,
    RefusedError,
    StrandlineError,
    UnavailableError,
)
from strandline.vocabulary.event import event_of

ORDER = DeploymentOrder(service="greeter", environment="production", release="/releases/2")


def client_of(
    answer: Callable[[httpx.Request], httpx.Response], actor: str = "ann@box"
) -> ControlPlaneClient:
    return ControlPlaneClient("http://127.0.0.1:1", actor=actor, transport=httpx.MockTransport(answer))


def answering(value: object, status: int = 200) -> ControlPlaneClient:
    return client_of(lambda _: httpx.Response(status, content=msgspec.json.encode(value)))


def test_it_asks_by_the_words_of_the_interface_and_says_who_asks() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, content=msgspec.json.encode(RUNNING))

    client = client_of(answer)
    assert client.deploy(ORDER) == RUNNING
    client.intervene("greeter-3", Action.PAUSE, reason="odd")
    client.rollback("greeter", "production", reason="calls")
    assert [(request.method, request.url.path) for request in seen] == [
        ("POST", "/api/v1/deployments"),
        ("POST", "/api/v1/deployments/greeter-3/pause"),
        ("POST", "/api/v1/services/greeter/environments/production/rollback"),
    ]
    assert json.loads(seen[0].content)["release"] == "/releases/2"
    assert all(request.headers["x-strandline-actor"] == "ann@box" for request in seen)
    assert all(request.headers["content-type"] == "application/json" for request in seen)


def test_filters_are_sent_only_where_they_are_given() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url.query, "ascii"))
        return httpx.Response(200, content=msgspec.json.encode([RUNNING]))

    client = client_of(answer)
    client.deployments()
    client.deployments(service="a b", is_open=True, limit=3)
    assert seen == ["limit=100", "limit=3&service=a+b&open=true"]


def test_services_are_read_as_they_are() -> None:
    assert answering([SERVICE]).services() == [SERVICE]


@pytest.mark.parametrize("name", ["..", "../../x", "a/b", "ä?#", "%2e"])
def test_a_name_can_never_lead_to_another_address(name: str) -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return httpx.Response(200, content=msgspec.json.encode(RUNNING))

    client_of(answer).deployment(name)
    assert seen[0].startswith(b"/api/v1/deployments/")
    assert seen[0].count(b"/") == 4
    assert b".." not in seen[0]
    assert b"?" not in seen[0]


def test_an_actor_with_a_foreign_name_can_be_sent() -> None:
    client = client_of(lambda _: httpx.Response(200, content=b"[]"), actor="žofie@počítač")
    assert client.services() == []


@pytest.mark.parametrize(
    ("kind", "exit_code", "expected"),
    [
        ("NotFoundError", 2, NotFoundError),
        ("RefusedError", 1, RefusedError),
        ("CatalogueError", 2, BadInputError),
        ("SomethingNew", 3, UnavailableError),
        ("SomethingNew", 1, RefusedError),
        ("ClassVar", 1, RefusedError),
    ],
)
def test_an_error_of_the_control_plane_is_the_same_error_here(
    kind: str, exit_code: int, expected: type[StrandlineError]
) -> None:
    error = {"what": "No.", "where": "greeter", "remedy": "Wait.", "kind": kind, "exitCode": exit_code}
    with pytest.raises(expected) as caught:
        answering({"error": error}, 409).deploy(ORDER)
    assert (caught.value.what, caught.value.where, caught.value.remedy) == ("No.", "greeter", "Wait.")
    assert caught.value.exit_code == exit_code


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, b"<html>Bad gateway"), (200, b"<html>Hello"), (200, b'{"id": 7}'), (200, b"")],
    ids=["a gateway's page", "another program's page", "another shape", "nothing"],
)
def test_an_answer_that_is_none_is_told_as_unavailable(status: int, body: bytes) -> None:
    with pytest.raises(UnavailableError, match="control plane answered"):
        client_of(lambda _: httpx.Response(status, content=body)).deployment("greeter-3")


def test_silence_is_told_as_unavailable() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        what = "refused"
        raise httpx.ConnectError(what, request=request)

    with pytest.raises(UnavailableError, match="does not answer"):
        client_of(answer).health()
    with pytest.raises(UnavailableError, match="does not answer"):
        list(client_of(answer).follow("greeter-3"))


def test_the_stream_of_events_is_read_one_by_one() -> None:
    event = event_of(
        DeploymentStarted(),
        id="greeter-3/started",
        source="/strandline/rollout",
        subject_id="greeter-3",
        occurred_at=NOON,
    )
    body = to_bytes(event)
    data = b'{"seq":7,"recordedAt":"2026-11-23T12:00:00Z","event":' + body + b"}"

    def answer(request: httpx.Request) -> httpx.Response:
        assert dict(request.url.params) == {"after": "3", "deployment": "greeter-3"}
        return httpx.Response(200, content=b": alive\n\nid: 7\nevent: x\ndata: " + data + b"\n\n")

    (entry,) = client_of(answer).follow("greeter-3", after=3)
    assert (entry.seq, entry.recorded_at, entry.event, entry.body) == (7, NOON, event, body)


def test_a_stream_that_is_refused_says_why() -> None:
    error = {"what": "There is none.", "kind": "NotFoundError", "exitCode": 2}
    with pytest.raises(NotFoundError, match="There is none"):
        list(answering({"error": error}, 404).follow("greeter-9"))
