"""Greets whoever asks: the smallest service that is worth deploying.

It greets in the reader's language, and keeps a guest book.
"""

import argparse
import json
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

VERSION = "1.4.0"

GREETINGS = {
    "de": "Hallo",
    "en": "Hello",
    "es": "Hola",
    "fr": "Bonjour",
    "it": "Ciao",
    "nl": "Hallo",
    "pt": "Olá",
}


def greeting(accepted: str) -> str:
    """Greet in the first language of `Accept-Language` that we speak; in English if we speak none."""
    for language in accepted.split(","):
        tag = language.partition(";")[0].strip().lower()
        if word := GREETINGS.get(tag.partition("-")[0]):
            return word
    return GREETINGS["en"]


class GuestBook:
    """The newest guests; from time to time it is put in order, and whoever comes then has to wait."""

    PAGE = 10
    ORDERING_SECONDS = 0.4

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._guests: list[str] = []

    def add(self, name: str) -> None:
        """Write a guest down."""
        with self._lock:
            self._guests.append(name)
            if len(self._guests) < self.PAGE:
                return
            page, self._guests = self._guests, []
        page.sort()
        time.sleep(self.ORDERING_SECONDS)


BOOK = GuestBook()


class Handler(BaseHTTPRequestHandler):
    """Answers `/ready` and `/hello?name=…`."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    # The whole answer in one packet: else the operating system waits 40 ms before it sends the second.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer one request; an error in ours is the user's 500, and stands in the output."""
        url = urlsplit(self.path)
        name = parse_qs(url.query).get("name", ["world"])[0]
        try:
            status, answer = self.answer(url.path, name)
        except Exception as error:  # noqa: BLE001 - the last resort of a server
            print(f"cannot answer {self.path}: {error!r}")
            status, answer = 500, {"error": "internal error"}
        body = json.dumps({**answer, "version": VERSION}, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.send_header("x-greeter-version", VERSION)
        self.end_headers()
        self.wfile.write(body)

    def answer(self, path: str, name: str) -> tuple[int, dict[str, str]]:
        """Return status and answer."""
        if path == "/ready":
            return 200, {"status": "ready"}
        if path == "/hello":
            BOOK.add(name)
            word = greeting(self.headers.get("accept-language", ""))
            return 200, {"message": f"{word}, {name}!"}
        return 404, {"error": "there is /hello?name=… and /ready"}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Write nothing for requests that went well."""


class Server(ThreadingHTTPServer):
    """One thread for each connection, and a queue that is long enough for a rush."""

    daemon_threads = True
    request_queue_size = 256


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    server = Server(("127.0.0.1", parser.parse_args().port), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"greeter {VERSION} listens at {server.server_address[0]}:{server.server_address[1]}")
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    print("greeter ends")


if __name__ == "__main__":
    main()
