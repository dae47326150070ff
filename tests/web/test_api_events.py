import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.web.site_trial import SiteTrial, served, wait_for


def parts(response: httpx.Response) -> Iterator[dict[str, str]]:
    """Yield the events of a stream; a comment is an event without a type."""
    part: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(":")
            part[name or "comment"] = value.strip()
        else:
            yield part
            part = {}


def events(response: httpx.Response) -> Iterator[tuple[int, str, Any]]:
    for part in parts(response):
        if "data" in part:
            yield int(part["id"]), part["event"], json.loads(part["data"])


def test_a_stream_tells_all_after_a_place_and_then_what_happens(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    known = list(trial.ledger.read())
    with (
        served(trial.site) as url,
        httpx.stream("GET", f"{url}/api/v1/events", params={"after": 0}, timeout=20) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        told = events(response)
        for record in known:
            seq, kind, line = next(told)
            assert (seq, kind) == (record.seq, record.event.type)
            assert line["seq"] == record.seq
            assert line["event"] == json.loads(record.body)
        trial.deploy("1.1.0")
        assert next(told)[0] == known[-1].seq + 1


def test_a_client_that_lost_the_stream_goes_on_after_what_it_had_last(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    with (
        served(trial.site) as url,
        httpx.stream(
            "GET", f"{url}/api/v1/events", params={"after": 0}, headers={"Last-Event-ID": "4"}, timeout=20
        ) as response,
    ):
        assert next(events(response))[0] == 5


async def test_a_place_that_is_none_is_refused(trial: SiteTrial) -> None:
    async with trial.client() as client:
        answer = await client.get("/api/v1/events", headers={"Last-Event-ID": "yesterday"})
    assert answer.status_code == 422
    assert answer.json()["error"]["where"] == "Last-Event-ID"


def test_a_stream_of_one_deployment_tells_of_no_other(trial: SiteTrial) -> None:
    first = trial.rolled_out("1.0.0")
    second = trial.rolled_out("1.1.0")
    with (
        served(trial.site) as url,
        httpx.stream(
            "GET", f"{url}/api/v1/events", params={"after": 0, "deployment": second.id}, timeout=20
        ) as response,
    ):
        assert next(events(response))[0] == trial.desk.events(second.id)[0].seq
    assert first.id != second.id


def test_a_page_is_told_that_there_is_news_and_not_what(trial: SiteTrial) -> None:
    with served(trial.site) as url, httpx.stream("GET", f"{url}/live", timeout=20) as response:
        told = parts(response)
        assert "retry" in next(told)
        assert next(told)["event"] == "beat"
        trial.deploy("1.0.0")
        news = next(told)
        assert "event" not in news
        assert news["data"] == news["id"] if "id" in news else news["data"].isdecimal()


@pytest.mark.parametrize("path", ["/live", "/api/v1/events"])
def test_open_streams_end_at_once_when_the_server_stops(trial: SiteTrial, path: str) -> None:
    ended = threading.Event()
    streams = trial.site.state.streams

    def listen(url: str) -> None:
        with httpx.stream("GET", f"{url}{path}", timeout=60) as response:
            for _ in response.iter_bytes():
                pass
        ended.set()

    with served(trial.site) as url:
        threading.Thread(target=listen, args=(url,), daemon=True).start()
        wait_for(lambda: streams.open_count == 1)
        stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < 5
    assert ended.wait(5)
    assert streams.open_count == 0


def test_a_client_that_does_not_read_holds_nobody_up(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    with served(trial.site) as url:
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port or 80)) as deaf:
            # A small window, so that the server cannot push everything into the kernel's buffers.
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            deaf.sendall(b"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            wait_for(lambda: trial.site.state.streams.open_count == 1)
            trial.rolled_out("1.1.0")
            with httpx.stream("GET", f"{url}/api/v1/events", params={"after": 0}, timeout=20) as response:
                told = events(response)
                head = trial.ledger.head().seq
                assert max(next(told)[0] for _ in range(head)) == head


def test_a_client_that_goes_leaves_nothing_behind(trial: SiteTrial) -> None:
    streams = trial.site.state.streams
    with served(trial.site) as url:
        with httpx.stream("GET", f"{url}/live", timeout=20) as response:
            told = parts(response)  # kept: httpx hangs up as soon as nobody holds what it reads
            next(told)
            wait_for(lambda: streams.open_count == 1)
        wait_for(lambda: streams.open_count == 0)
