"""A tiny router: serves each request from the canary or the control, by the share in a file, and counts.

python3 router.py PORT TRAFFIC.JSON
"""

import json
import os
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COUNTS: dict[str, dict[str, int]] = {}
LOCK = threading.Lock()
EPOCH = f"{os.getpid()}-{time.time_ns()}"
"""Names this run: when the router is started again, its counters begin anew, and Strandline must know."""


class Router(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    traffic = Path()

    def do_GET(self) -> None:
        """Serve the request; two paths are for the deployer."""
        if self.path == "/_counts":
            with LOCK:
                self.answer(200, json.dumps({"epoch": EPOCH, "releases": COUNTS}))
        elif self.path == "/_stop":
            self.answer(200, "{}")
            threading.Thread(target=self.server.shutdown).start()
        else:
            self.serve()

    def serve(self) -> None:
        """Answer from the canary or the control, and count."""
        traffic = json.loads(self.traffic.read_text())
        is_canary = random.random() * 100 < traffic["percent"]
        digest = traffic["canary"] if is_canary else traffic["control"]
        folder = traffic["ready"].get(digest)
        if folder is None:
            self.answer(503, "no release serves\n")
            return
        page = (Path(folder) / "page.txt").read_text()
        # A release of this example can be bad: its page says how often it fails.
        share = float(page.partition("fails: ")[2].partition("%")[0] or 0)
        is_failure = random.random() * 100 < share
        with LOCK:
            counts = COUNTS.setdefault(digest, {"requests": 0, "errors": 0})
            counts["requests"] += 1
            counts["errors"] += is_failure
        self.answer(500 if is_failure else 200, page)

    def answer(self, status: int, text: str) -> None:
        """Send one answer."""
        body = text.encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing: the log would grow for as long as the router lives."""


def main() -> None:
    """Serve until told to stop."""
    port, Router.traffic = int(sys.argv[1]), Path(sys.argv[2])
    with ThreadingHTTPServer(("127.0.0.1", port), Router) as server:
        server.daemon_threads = True
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
