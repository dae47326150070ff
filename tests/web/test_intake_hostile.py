"""Hostile deliveries over a real socket: no fault, nothing lost, and each refusal is recorded."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.site_trial import SiteTrial, served, wait_for

from strandline.collection.kinds import KINDS
from strandline.vocabulary.feed import (
    DeliveryInterpreted,
    DeliveryReceived,
    DeliveryRefused,
    DeliveryUnmapped,
    Feed,
    Names,
)

SENT = [kind for kind in KINDS if kind != "csv_rows"]


class Target:
    """A site with an open feed of every kind."""

    def __init__(self, trial: SiteTrial, url: str) -> None:
        self.trial, self.url = trial, url
        self.port = int(url.rpartition(":")[2])

    def count(self, fact: Any) -> int:
        """How many events of a type there are."""
        return sum(record.event.type == fact.TYPE for record in self.trial.ledger.read(types=(fact.TYPE,)))

    def raw(self, *parts: bytes, closes: bool = False) -> bytes:
        """Send bytes as they are; return what is answered."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            answer = b""
            # It may answer, and hang up, before all of it was sent.
            with suppress(OSError):
                for part in parts:
                    line.sendall(part)
                if closes:
                    line.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                while b"\r\n\r\n" not in answer and (more := line.recv(65536)):
                    answer += more
            return answer


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    trial = SiteTrial(tmp_path_factory.mktemp("hostile"))
    for kind in SENT:
        names = Names(environment="production")
        trial.feeds.set_up(
            Feed(name=kind, kind=kind, is_open=True, names=names, most_per_minute=10**6), actor="ada"
        )
    trial.feeds.set_up(Feed(name="signed", kind="github", secrets=("env:HOOK",)), actor="ada")
    trial.secrets["env:HOOK"] = b"a secret of the test"
    try:
        with served(trial.site) as url:
            yield Target(trial, url)
    finally:
        trial.close()


def head(*lines: str) -> bytes:
    first = "POST /intake/github HTTP/1.1", "Host: x", "X-GitHub-Event: push"
    return "\r\n".join((*first, *lines, "", "")).encode()


class TestTheWire:
    def test_a_body_shorter_than_it_says_is_no_delivery(self, target: Target) -> None:
        before = target.count(DeliveryReceived)
        target.raw(head("Content-Length: 100"), b'{"a": 1}', closes=True)
        assert target.count(DeliveryReceived) == before

    def test_a_body_longer_than_it_says_is_what_it_says_and_the_rest_a_bad_request(
        self, target: Target
    ) -> None:
        answer = target.raw(head("Content-Length: 2"), b"{}{}{}{}{}")
        assert answer.startswith((b"HTTP/1.1 202", b"HTTP/1.1 400"))
        assert httpx.get(f"{target.url}/api/v1/health").is_success

    @pytest.mark.parametrize(
        "lines",
        [
            ("Content-Length: -1",),
            ("Content-Length: 1e3",),
            ("Content-Length: 5", "Content-Length: 7"),
            ("Content-Length: 99999999999999999999",),
            ("Transfer-Encoding: chunked", "Content-Length: 3"),
        ],
    )
    def test_a_length_that_makes_no_sense_is_no_delivery(
        self, target: Target, lines: tuple[str, ...]
    ) -> None:
        before = target.count(DeliveryReceived)
        answer = target.raw(head(*lines), b"zz\r\n\r\n", closes=True)
        assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5")), answer
        assert target.count(DeliveryReceived) == before

    def test_chunks_without_end_are_refused_at_the_limit_and_that_is_recorded(self, target: Target) -> None:
        before = target.count(DeliveryRefused)

        def endless() -> Iterator[bytes]:
            for _ in range(50):
                yield b" " * 1_000_000

        try:
            status = httpx.post(f"{target.url}/intake/github", content=endless(), timeout=20).status_code
        except httpx.WriteError:
            status = 413  # it hung up on us in the middle, as it may
        assert status == 413
        wait_for(lambda: target.count(DeliveryRefused) == before + 1)

    def test_every_wrong_signature_is_refused_and_recorded(self, target: Target) -> None:
        before = target.count(DeliveryRefused)
        wrong = ["", "sha256=", "sha256=zz", "sha1=" + "0" * 40, "sha256=" + "0" * 64, "sha256=" + "0" * 9999]
        for each in wrong:
            headers = {"x-hub-signature-256": each}
            answer = httpx.post(f"{target.url}/intake/signed", content=b"{}", headers=headers)
            assert answer.status_code == 401
            assert answer.json()["error"]["kind"] == "SignatureError"
        assert target.count(DeliveryRefused) == before + len(wrong)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        [
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "0000-00-00",
            "2026-02-30T25:61:61Z",
            "1772442000000000000",
            1772442000000000000,
            -1,
            "\x00",
            "\ud800",
            "https://[",
            "a" * 5000,
        ]
    ),
)
"""What may stand anywhere: of a wrong type, in the year 1, in nanoseconds, half a character."""
KEYS = st.sampled_from(
    [
        "action", "alerts", "app", "created_at", "data", "deployment", "deployment_status", "environment",
        "event", "event_type", "fields", "id", "incident", "incidents", "involvedObject", "issue", "issues",
        "items", "key", "labels", "message", "metadata", "object", "object_attributes", "object_kind", "page",
        "project", "pull_request", "reason", "ref", "repository", "result", "spec", "startsAt", "state",
        "statement", "status", "status_changed_at", "timestamp", "type", "url", "verb", "webhookEvent",
        "workflow_run", "actor", "context", "subject", "specversion", "builds", "allBuilds", "actions",
    ]
)  # fmt: skip
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=25,
)  # fmt: skip


@pytest.mark.parametrize("kind", SENT)
def test_whatever_a_source_sends_is_kept_and_never_a_fault(target: Target, kind: str) -> None:
    with httpx.Client() as client:

        @given(document=DOCUMENTS)
        @settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
        def holds(document: object) -> None:
            answer = client.post(f"{target.url}/intake/{kind}", content=json.dumps(document).encode())
            assert answer.status_code == 202, answer.text

        holds()
    target.trial.reception.interpret_pending()
    assert target.count(DeliveryInterpreted) == target.count(DeliveryReceived)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 100_000, id="nested deep"),
        pytest.param(b'{"a":' * 20_000 + b"1" + b"}" * 20_000, id="nested deep and closed"),
        pytest.param(b"\xff\xfe{}", id="no UTF-8"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"1" * 10_000, id="a very long number"),
        pytest.param(b'{"a": 1e999999}', id="a number beyond all"),
        pytest.param(b'{"a": NaN}', id="no number"),
    ],
)
@pytest.mark.parametrize("kind", ["github", "alertmanager", "cdevents", "servicenow"])
def test_a_body_that_is_no_document_is_kept_as_unmapped(target: Target, kind: str, body: bytes) -> None:
    before = target.count(DeliveryUnmapped)
    unique = body + b" " * SENT.index(kind)
    assert httpx.post(f"{target.url}/intake/{kind}", content=unique).status_code == 202
    target.trial.reception.interpret_pending()
    is_known = target.count(DeliveryUnmapped) > before
    [*_, last] = target.trial.ledger.read(types=(DeliveryInterpreted.TYPE,))
    assert is_known or last.event.content.get("ignored"), last.event.content
    assert target.count(DeliveryInterpreted) == target.count(DeliveryReceived)
