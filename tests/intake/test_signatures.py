"""Signatures: the published vectors, and that nothing else is let in."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.intake.signatures import Refused, Verified, delivery_id, verified

VECTORS = Path(__file__).parents[3] / "shared" / "payloads" / "signature-vectors"
KINDS = {
    "github": "github",
    "pagerduty": "pagerduty",
    "slack": "slack",
    "flux-generic-hmac": "flux",
    "standard-webhooks": "gitlab",
}
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET, OLD = b"a secret of the test", b"the one before"


@pytest.mark.parametrize("name", KINDS)
def test_the_published_vectors_are_let_in(name: str) -> None:
    file = VECTORS / f"{name}.json"
    if not file.exists():
        pytest.skip(f"{file} is not here")
    vector = json.loads(file.read_text())
    headers = {key.lower(): value for key, value in vector["headers"].items()}
    stamp = headers.get("webhook-timestamp") or headers.get("x-slack-request-timestamp")
    now = datetime.fromtimestamp(int(stamp), UTC) if stamp else NOW
    args = (KINDS[name], headers, vector["body"].encode())
    assert isinstance(verified(*args, [b"another", vector["secret"].encode()], now), Verified)
    assert isinstance(verified(*args, [b"another"], now), Refused)


def signed(kind: str, body: bytes, secret: bytes = SECRET, at: datetime = NOW) -> dict[str, str]:
    """Return the headers with which a source of this kind would send a body."""
    code = hmac.digest(secret, body, hashlib.sha256).hex()
    stamp = str(int(at.timestamp()))
    if kind == "pagerduty":
        return {"x-pagerduty-signature": f"v1={'0' * 64},v1={code},v9=unknown"}
    if kind == "slack":
        code = hmac.digest(secret, f"v0:{stamp}:".encode() + body, hashlib.sha256).hex()
        return {"x-slack-signature": f"v0={code}", "x-slack-request-timestamp": stamp}
    if kind == "gitlab":
        code = base64.b64encode(hmac.digest(secret, f"m1.{stamp}.".encode() + body, hashlib.sha256)).decode()
        return {
            "webhook-id": "m1",
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1a,other v1,{code}",
        }
    name = {"github": "x-hub-signature-256", "jira": "x-hub-signature", "flux": "x-signature"}[kind]
    return {name: f"sha256={code}"}


SIGNING = ("github", "jira", "flux", "pagerduty", "slack", "gitlab")


@pytest.mark.parametrize("kind", SIGNING)
def test_each_active_secret_counts_while_they_are_changed_over(kind: str) -> None:
    for secret in (SECRET, OLD):
        assert isinstance(verified(kind, signed(kind, b"{}", secret), b"{}", [SECRET, OLD], NOW), Verified)
    assert isinstance(verified(kind, signed(kind, b"{}", OLD), b"{}", [SECRET], NOW), Refused)


@given(kind=st.sampled_from(SIGNING), body=st.binary(min_size=1, max_size=60), data=st.data())
def test_a_flipped_bit_anywhere_is_refused(kind: str, body: bytes, data: st.DataObject) -> None:
    headers = signed(kind, body)
    place = data.draw(st.integers(0, len(body) - 1))
    flipped = bytearray(body)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    assert isinstance(verified(kind, headers, bytes(flipped), [SECRET], NOW), Refused)


@given(kind=st.sampled_from(SIGNING), header=st.text(max_size=80))
def test_no_header_of_any_kind_breaks_the_check(kind: str, header: str) -> None:
    for name in signed(kind, b"{}"):
        headers = {**signed(kind, b"{}"), name: header}
        if headers != signed(kind, b"{}"):
            assert isinstance(verified(kind, headers, b"{}", [SECRET], NOW), Refused) or name == "webhook-id"


@pytest.mark.parametrize("kind", ["slack", "gitlab"])
@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_was_signed_too_long_ago_or_ahead_is_refused(kind: str, minutes: int) -> None:
    headers = signed(kind, b"{}", at=NOW + timedelta(minutes=minutes))
    answer = verified(kind, headers, b"{}", [SECRET], NOW)
    assert isinstance(answer, Refused)
    assert "2026-03-02" in answer.why


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("gitlab", {"x-gitlab-token": SECRET.decode()}),
        ("alertmanager", {"authorization": f"Bearer {SECRET.decode()}"}),
        ("opsgenie", {"authorization": "Basic " + base64.b64encode(b"us:" + SECRET).decode()}),
    ],
)
def test_a_source_that_cannot_sign_sends_a_shared_word(kind: str, headers: dict[str, str]) -> None:
    assert verified(kind, headers, b"{}", [SECRET], NOW) == Verified("shared word")
    assert isinstance(verified(kind, headers, b"{}", [OLD], NOW), Refused)
    assert isinstance(verified(kind, {}, b"{}", [SECRET], NOW), Refused)


def test_a_refusal_never_tells_a_secret() -> None:
    for kind in (*SIGNING, "alertmanager"):
        assert SECRET.decode() not in repr(verified(kind, {}, b"{}", [SECRET], NOW))


def test_no_secret_lets_nobody_in() -> None:
    for kind in SIGNING:
        assert isinstance(verified(kind, signed(kind, b"{}", b""), b"{}", [], NOW), Refused)


def test_the_senders_number_is_the_same_on_every_retry() -> None:
    assert delivery_id("github", {"x-github-delivery": "72d3162e"}, None) == "72d3162e"
    assert delivery_id("pagerduty", {}, {"event": {"id": "01DEF"}}) == "01DEF"
    assert delivery_id("alertmanager", {}, {}) == ""
