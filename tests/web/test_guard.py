from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from tests.web.site_trial import URL

from strandline.web.guard import CONTENT_SECURITY_POLICY, Guard


def client(host: str = "127.0.0.1") -> httpx.AsyncClient:
    guard = Guard(PlainTextResponse("inside"), host=host)
    return httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url=URL)


@pytest.mark.parametrize("host", ["localhost:8440", "127.0.0.1:8440", "[::1]:8440", "LOCALHOST"])
async def test_this_machine_by_any_of_its_names_is_let_in(host: str) -> None:
    answer = await client().get("/", headers={"host": host})
    assert answer.text == "inside"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8440", "10.0.0.7", "", "[::1"]
)
async def test_a_name_that_is_not_ours_is_turned_away_even_to_read(host: str) -> None:
    answer = await client().get("/api/v1/services", headers={"host": host})
    assert answer.status_code == 403
    assert answer.json()["error"]["kind"] == "ForeignRequestError"


async def test_the_configured_host_is_ours_and_only_that() -> None:
    asked = client("deploy.example")
    assert (await asked.get("/", headers={"host": "deploy.example:8440"})).text == "inside"
    assert (await asked.get("/", headers={"host": "other.example:8440"})).status_code == 403


async def test_where_it_listens_everywhere_any_address_is_ours_but_no_foreign_name() -> None:
    asked = client("0.0.0.0")  # noqa: S104 - what is tested
    assert (await asked.get("/", headers={"host": "192.0.2.7:8440"})).text == "inside"
    assert (await asked.get("/", headers={"host": "evil.example:8440"})).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "https://127.0.0.1:8440"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=lambda headers: "-".join(headers.values()),
)
async def test_another_site_may_not_change_anything(headers: dict[str, Any]) -> None:
    answer = await client().post("/deployments/greeter-1/abort", headers=headers)
    assert answer.status_code == 403
    assert "That was not done" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://127.0.0.1:8440"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}],
    ids=lambda headers: "-".join(headers.values()) or "a program",
)
async def test_our_own_pages_and_programs_may(headers: dict[str, Any]) -> None:
    assert (await client().post("/", headers=headers)).text == "inside"


async def test_every_answer_says_what_its_page_may_do_refusals_too() -> None:
    for host in ("localhost", "evil.example"):
        answer = await client().get("/", headers={"host": host})
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in CONTENT_SECURITY_POLICY
