"""The load: what users felt, and nothing else."""

import math
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from strandline.testing.load import Load, LoadReport

Answer = Callable[[int], bytes]


def answer(body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n".encode() + body


@contextmanager
def server(answers: Answer) -> Iterator[str]:
    """Serve what `answers` gives for the n-th request; nothing means that the connection is closed."""
    served = iter(range(1_000_000))

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while True:
                line = self.rfile.readline()
                if not line:
                    return
                while self.rfile.readline().strip():
                    pass
                said = answers(next(served))
                if not said:
                    return
                self.wfile.write(said)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/hello?name=Ada"
        running.shutdown()
        thread.join()


def run(url: str, *, requests: int = 40, rate: float = 200, time_limit: float = 10) -> LoadReport:
    load = Load(url, rate=rate, time_limit=timedelta(seconds=time_limit))
    load.start()
    give_up_at = time.monotonic() + 20
    while load.report().requests < requests and time.monotonic() < give_up_at:
        time.sleep(0.01)
    return load.stop()


def test_answers_are_counted_by_the_release_that_gave_them() -> None:
    with server(lambda n: answer(headers=f"x-greeter-version: 1.{n % 2}\r\n")) as url:
        report = run(url)
    assert report.failed == 0
    assert sum(report.by_version.values()) == report.requests >= 40
    assert abs(report.by_version["1.0"] - report.by_version["1.1"]) <= 1
    assert 0 < report.p50_ms <= report.p99_ms


def test_the_release_may_stand_in_the_body() -> None:
    with server(lambda _: answer(b'{"version": "2"}', headers="content-type: application/json\r\n")) as url:
        assert run(url).by_version.keys() == {"2"}


@pytest.mark.parametrize(
    ("given", "how"),
    [
        pytest.param(lambda _: answer(status="503 Service Unavailable"), "503", id="another status"),
        pytest.param(lambda _: b"", "IncompleteReadError", id="closed"),
        pytest.param(lambda _: b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "TimeoutError", id="cut"),
        pytest.param(lambda _: b"nonsense\r\n\r\n", "ValueError", id="no HTTP"),
    ],
)
def test_whatever_a_user_would_feel_is_a_failure(given: Answer, how: str) -> None:
    with server(given) as url:
        report = run(url, requests=20, time_limit=0.3)
    assert report.failures == {how: report.requests}
    assert report.failed == report.requests


def test_a_refused_connection_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    report = run(f"http://127.0.0.1:{port}/", requests=20)
    assert report.failures == {"ConnectionRefusedError": report.requests}
    assert math.isnan(report.p50_ms)


def test_answers_in_chunks_are_read_whole() -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n3;x=y\r\nend\r\n0\r\n\r\n"
    with server(lambda _: chunked) as url:
        report = run(url)
    assert report.failed == 0


def test_the_rate_does_not_wait_for_slow_answers() -> None:
    def slow(_: int) -> bytes:
        time.sleep(0.5)
        return answer()

    with server(slow) as url:
        load = Load(url, rate=100)
        load.start()
        time.sleep(1.5)
        report = load.stop()
    # A closed loop of one user would have made three requests.
    assert 120 <= report.requests <= 160
    assert report.failed == 0
    assert report.p50_ms >= 490


def test_two_hundred_a_second_cost_little() -> None:
    with server(lambda _: answer()) as url:
        began, spent = time.monotonic(), time.process_time()
        report = run(url, requests=400)
        took = time.monotonic() - began
    assert 1.8 <= took <= 4
    assert report.failed == 0
    # Of one processor, and the server it talks to is in this figure too.
    assert time.process_time() - spent < took / 2
