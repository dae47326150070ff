"""The door for deliveries over HTTP: what is let in, what is not, and that nothing breaks it."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.site_trial import SiteTrial

from strandline.vocabulary.feed import DeliveryReceived, DeliveryRefused, Feed
from strandline.web.intake import MOST_BYTES

SECRET = b"a secret of the test"


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[SiteTrial]:
    made = SiteTrial(tmp_path)
    made.secrets["env:HOOK"] = SECRET
    made.feeds.set_up(Feed(name="code", kind="github", secrets=("env:HOOK",)), actor="ada")
    made.feeds.set_up(Feed(name="open", kind="alertmanager", is_open=True), actor="ada")
    yield made
    made.close()


def signed(body: bytes, **headers: str) -> dict[str, str]:
    """Return the headers that GitHub would send with a body."""
    code = hmac.digest(SECRET, body, hashlib.sha256).hex()
    return {"x-hub-signature-256": f"sha256={code}", "x-github-event": "ping", **headers}


def count(trial: SiteTrial, fact: Any) -> int:
    """Return how many events of a type there are."""
    return sum(record.event.type == fact.TYPE for record in trial.ledger.read())


async def test_a_signed_delivery_is_stored_and_its_repetition_is_not(trial: SiteTrial) -> None:
    body = json.dumps({"zen": "Keep it logically awesome."}).encode()
    async with trial.client() as client:
        first = await client.post("/intake/code", content=body, headers=signed(body))
        second = await client.post("/intake/code", content=body, headers=signed(body))
    assert (first.status_code, first.json()["isNew"]) == (202, True)
    assert (second.status_code, second.json()["isNew"]) == (202, False)
    assert count(trial, DeliveryReceived) == 1


async def test_a_forged_delivery_is_refused_and_that_is_recorded(trial: SiteTrial) -> None:
    async with trial.client() as client:
        forged = await client.post("/intake/code", content=b"{}", headers=signed(b"other"))
        unsigned = await client.post("/intake/code", content=b"{}")
        unknown = await client.post("/intake/nobody", content=b"{}")
    assert [each.status_code for each in (forged, unsigned, unknown)] == [401, 401, 404]
    assert count(trial, DeliveryRefused) == 3
    assert SECRET.decode() not in forged.text


async def test_a_body_that_is_far_too_long_is_refused_and_that_is_recorded(trial: SiteTrial) -> None:
    async with trial.client() as client:
        answer = await client.post("/intake/open", content=b" " * (MOST_BYTES + 1))
    assert answer.status_code == 413
    assert count(trial, DeliveryRefused) == 1


async def test_a_page_in_a_browser_cannot_deliver_to_an_open_feed(trial: SiteTrial) -> None:
    async with trial.client() as client:
        for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
            assert (await client.post("/intake/open", content=b"{}", headers=headers)).status_code == 403


async def test_deliveries_come_under_any_name_of_this_machine(trial: SiteTrial) -> None:
    body = b"{}"
    async with trial.client() as client:
        answer = await client.post(
            "/intake/code", content=body, headers=signed(body, host="hooks.example.com")
        )
    assert answer.status_code == 202


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(body=st.binary(max_size=300), event=st.sampled_from(["push", "deployment_status", "", "\x7f"]))
async def test_no_body_at_all_is_answered_with_a_fault_or_lost(
    trial: SiteTrial, body: bytes, event: str
) -> None:
    before = count(trial, DeliveryReceived)
    async with trial.client() as client:
        headers = {**signed(body), "x-github-delivery": f"{before}"}
        if event.isprintable():
            headers["x-github-event"] = event
        answer = await client.post("/intake/code", content=body, headers=headers)
    assert answer.status_code == 202
    assert count(trial, DeliveryReceived) == before + 1
    trial.reception.interpret_pending()
    assert trial.reception.interpret_pending() == 0
