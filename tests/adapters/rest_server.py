"""A server of ours that answers over a real socket as a documented REST interface does, faults included."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One question."""

    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    base: str

    def one(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Reply:
    """One answer; one that is cut says that it is longer than it is."""

    document: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False


Answers = Callable[[Asked], Reply]


class RestServer(ThreadingHTTPServer):
    """Answers as it is told, after the faults that are still to come."""

    daemon_threads = True

    def __init__(self, answers: Answers) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.faults: deque[Reply] = deque()
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RestServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(parts.path, parse_qs(parts.query), headers, self.server.url)
        self.server.asked.append(asked)
        reply = self.server.faults.popleft() if self.server.faults else self.server.answers(asked)
        body = json.dumps(reply.document).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if reply.is_cut else body)
        self.close_connection = reply.is_cut

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@contextmanager
def served(answers: Answers) -> Iterator[RestServer]:
    """Serve while the block runs."""
    server = RestServer(answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def linked(asked: Asked, items: list[Any], *, per_page: int) -> Reply:
    """Return a page of a list, and the address of the next in `Link`."""
    page = int(asked.one("page", "1"))
    part = items[(page - 1) * per_page : page * per_page]
    headers = {}
    if page * per_page < len(items):
        more = "&".join(f"{name}={each[0]}" for name, each in asked.query.items() if name != "page")
        headers["link"] = f'<{asked.base}{asked.path}?{more}&page={page + 1}>; rel="next", <x>; rel="last"'
    return Reply(part, headers=headers)
