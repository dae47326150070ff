"""The DBOS engine in processes that are really killed, and in front of stores that do not answer.

The file is also the program that is killed: its workflows note each effect as a line in a journal, so that
the tests can count how often it was done, across processes.
"""

import asyncio
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from strandline.adapters.dbos_engine import EXECUTOR_ID, WORKFLOW_VERSION, DbosEngine
from strandline.engine.ports import Engine, Workflow, WorkflowContext, WorkflowStatus
from strandline.testing.engine_trial import wait_for_end, wait_until
from strandline.testing.killing_engine import KillingEngine
from strandline.vocabulary.errors import BadInputError, ConflictingEventError, RefusedError, UnavailableError


class Task(msgspec.Struct, frozen=True):
    journal: str
    steps: int = 3
    seconds: float = 0.0


def note(task: Task, line: str) -> None:
    """One write of one line: killed before it or after it, never within."""
    handle = os.open(task.journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


async def rollout(context: WorkflowContext, task: Task) -> None:
    """Shift, be refused, shift: three steps, each with its effect."""

    async def shift(share: int) -> int:
        note(task, f"shift {share}")
        return share + 1

    async def refuse() -> int:
        note(task, "refuse")
        msg = "The gate said no."
        raise ConflictingEventError(msg, where="gate", remedy="Wait.")

    share = await context.step("shift", lambda: shift(5), returns=int)
    try:
        await context.step("refuse", refuse, returns=int)
    except ConflictingEventError as error:
        note(task, f"caught {error.what}|{error.where}|{error.remedy}")
    await context.step("shift", lambda: shift(share), returns=int)


async def many(context: WorkflowContext, task: Task) -> None:
    """Many small steps, to be killed anywhere among them."""
    for number in range(task.steps):

        async def do(number: int = number) -> int:
            note(task, f"begin {number}")
            await asyncio.sleep(0.01)
            note(task, f"end {number}")
            return number

        assert await context.step("do", do, returns=int) == number


async def nap(context: WorkflowContext, task: Task) -> None:
    """Sleep, and tell when it fell asleep and when it woke."""

    async def lie_down() -> None:
        note(task, f"asleep {time.time()}")

    async def get_up() -> None:
        note(task, f"awake {time.time()}")

    await context.step("lie down", lie_down, returns=type(None))
    await context.sleep(task.seconds)
    await context.step("get up", get_up, returns=type(None))


WORKFLOWS: dict[str, Workflow] = {"rollout": rollout, "many": many, "nap": nap}


def registered(engine: Engine) -> Engine:
    for name, workflow in WORKFLOWS.items():
        engine.register(name, workflow, takes=Task)
    return engine


def be_killed(url: str, at: str, points_log: str, name: str, task: str) -> None:
    log = Path(points_log) if points_log else None
    engine = registered(KillingEngine(DbosEngine(url), at=at, points_log=log))
    engine.launch()
    if name:
        engine.start(name, name, msgspec.json.decode(task, type=Task))
    while any(engine.status(each) is WorkflowStatus.RUNNING for each in WORKFLOWS) or not name:
        time.sleep(0.02)
    engine.stop()


POINTS = [
    f"{point}:{step}"
    for step in ("shift#1", "refuse#1", "shift#2")
    for point in ("before", "after", "remembered")
]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'engine.db'}"


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return Task(journal=str(tmp_path / "journal"))


def lines(task: Task) -> list[str]:
    journal = Path(task.journal)
    return journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []


@contextmanager
def victim(
    url: str, *, name: str = "", task: Task | None = None, at: str = "", log: str = ""
) -> Iterator[subprocess.Popen[str]]:
    arguments = [url, at, log, name, msgspec.json.encode(task).decode() if task else ""]
    process = subprocess.Popen(
        [sys.executable, __file__, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def relaunched(url: str) -> Iterator[Engine]:
    engine = registered(DbosEngine(url))
    engine.launch()
    try:
        yield engine
    finally:
        engine.stop()


def test_runs_without_a_word_and_tells_every_point(url: str, task: Task, tmp_path: Path) -> None:
    log = tmp_path / "points"
    with victim(url, name="rollout", task=task, log=str(log)) as process:
        said = process.communicate(timeout=60)
    assert said == ("", "")
    assert process.returncode == 0
    assert log.read_text(encoding="utf-8").splitlines() == POINTS


@pytest.mark.parametrize("point", POINTS)
def test_resumes_after_being_killed(point: str, url: str, task: Task) -> None:
    with victim(url, name="rollout", task=task, at=point) as process:
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    with relaunched(url) as engine:
        assert wait_for_end(engine, "rollout") is WorkflowStatus.DONE
        assert engine.failure("rollout") == ""

    done = Counter(line for line in lines(task) if not line.startswith("caught"))
    interrupted = {
        "after:shift#1": "shift 5",
        "after:refuse#1": "refuse",
        "after:shift#2": "shift 6",
    }.get(point)
    expected = Counter({"shift 5": 1, "refuse": 1, "shift 6": 1})
    if interrupted:
        # At least once: the effect was done, and nobody had written down that it was.
        expected[interrupted] += 1
    assert done == expected
    caught = {line for line in lines(task) if line.startswith("caught")}
    assert caught == {"caught The gate said no.|gate|Wait."}


def test_comes_to_its_end_however_often_it_is_killed(url: str, task: Task) -> None:
    steps, kills, chance = 60, 5, random.Random(20261123)  # noqa: S311 - no secret; the same instants each time
    task = msgspec.structs.replace(task, steps=steps)
    for kill in range(kills):
        before = len(lines(task))

        def went_on(before: int = before) -> bool:
            return len(lines(task)) > before

        with victim(url, name="many", task=task) as process:
            wait_until(went_on, f"victim {kill} to go on")
            time.sleep(chance.uniform(0.0, 0.1))
            process.kill()
            process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert len(lines(task)) < 2 * steps, "it was never killed in the midst"
    with relaunched(url) as engine:
        assert wait_for_end(engine, "many") is WorkflowStatus.DONE

    ends = [int(line.split()[1]) for line in lines(task) if line.startswith("end")]
    assert sorted(set(ends)) == list(range(steps))
    assert ends == sorted(ends), "a step ran after a later one"
    begins = Counter(line for line in lines(task) if line.startswith("begin"))
    assert sum(begins.values()) <= steps + kills, "a kill cost more than the one step under way"


def test_sleeps_on_to_the_same_moment_after_a_restart(url: str, task: Task) -> None:
    task = msgspec.structs.replace(task, seconds=4.0)
    with victim(url, name="nap", task=task) as process:
        wait_until(lambda: len(lines(task)) == 1, "it to lie down")
        time.sleep(1.0)
        process.kill()
        process.communicate()
    relaunched_at = time.time()
    with relaunched(url) as engine:
        assert wait_for_end(engine, "nap") is WorkflowStatus.DONE
    asleep, awake = (float(line.split()[1]) for line in lines(task))
    assert awake - asleep >= task.seconds
    assert awake - relaunched_at < task.seconds, "slept all over again"


def test_refuses_a_store_that_a_living_process_holds_and_takes_it_from_a_dead_one(
    url: str, task: Task
) -> None:
    with victim(url, name="nap", task=msgspec.structs.replace(task, seconds=3600)) as process:
        wait_until(lambda: len(lines(task)) == 1, "it to lie down")
        with pytest.raises(RefusedError, match=f"in use by process {process.pid}"):
            registered(DbosEngine(url)).launch()
        process.kill()
        process.communicate()
    with relaunched(url) as engine:
        assert engine.status("nap") is WorkflowStatus.RUNNING


def test_writes_json_in_a_write_ahead_log_under_our_own_names(url: str, task: Task, tmp_path: Path) -> None:
    with relaunched(url) as engine:
        engine.start("rollout", "rollout", task)
        assert wait_for_end(engine, "rollout") is WorkflowStatus.DONE
    with sqlite3.connect(tmp_path / "engine.db") as store:
        workflows = store.execute(
            "SELECT serialization, i.inputs, o.output, executor_id, application_version "
            "FROM workflow_status JOIN workflow_input i USING (workflow_uuid) "
            "JOIN workflow_output o USING (workflow_uuid)"
        ).fetchall()
        steps = store.execute("SELECT serialization, output, error FROM operation_outputs").fetchall()
        journal = store.execute("PRAGMA journal_mode").fetchone()
    store.close()
    assert journal == ("wal",)
    ((form, inputs, output, executor, version),) = workflows
    assert (form, executor, version) == ("portable_json", EXECUTOR_ID, WORKFLOW_VERSION)
    assert json.loads(inputs)["positionalArgs"] == [msgspec.to_builtins(task)]
    assert json.loads(output) == ""
    assert [json.loads(output) for form, output, error in steps if form == "portable_json" and not error] == [
        {"outcome": "result", "value": 6},
        {
            "outcome": "error",
            "kinds": ["ConflictingEventError", "RefusedError", "StrandlineError"],
            "what": "The gate said no.",
            "where": "gate",
            "remedy": "Wait.",
        },
        {"outcome": "result", "value": 7},
    ]


def test_holds_no_thread_for_a_workflow_that_waits(url: str, task: Task) -> None:
    sleepy = msgspec.structs.replace(task, seconds=3600)
    with relaunched(url) as engine:
        for number in range(50):
            engine.start("nap", f"nap{number}", sleepy)
        wait_until(lambda: len(lines(task)) == 50)
        assert threading.active_count() < 40
    assert not [thread.name for thread in threading.enumerate() if "dbos" in thread.name]


def missing_folder(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'missing' / 'engine.db'}"


def no_database(tmp_path: Path) -> str:
    (tmp_path / "engine.db").write_bytes(b"This is a letter, and no database. " * 100)
    return f"sqlite:///{tmp_path / 'engine.db'}"


def dead_port(_: Path) -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"postgresql://strand:secret@127.0.0.1:{free.getsockname()[1]}/engine"


@pytest.mark.parametrize("unreachable", [missing_folder, no_database, dead_port])
def test_says_what_to_do_when_the_store_cannot_be_reached(
    unreachable: Callable[[Path], str], tmp_path: Path
) -> None:
    engine = DbosEngine(unreachable(tmp_path))
    with pytest.raises(UnavailableError) as caught:
        engine.launch()
    assert caught.value.remedy
    assert caught.value.where
    assert "secret" not in str(caught.value)
    # The failed one is not in the way of one that works.
    with relaunched(f"sqlite:///{tmp_path / 'other.db'}") as other:
        assert other.status("nobody") is WorkflowStatus.UNKNOWN


@pytest.mark.parametrize("url", ["", "engine.db", "mysql://host/engine", "sqlite://", "postgresql://host"])
def test_refuses_a_url_that_names_no_database_it_can_use(url: str) -> None:
    with pytest.raises(BadInputError, match=r"sqlite:////absolute/path/engine\.db"):
        DbosEngine(url)


def test_leaves_what_it_no_longer_knows_for_a_later_launch(url: str, task: Task) -> None:
    with relaunched(url) as engine:
        engine.start("nap", "nap", msgspec.structs.replace(task, seconds=2.0))
        wait_until(lambda: len(lines(task)) == 1)

    async def other(_: WorkflowContext, __: Task) -> None:
        return

    ignorant = DbosEngine(url)
    ignorant.register("other", other, takes=Task)
    ignorant.launch()
    time.sleep(1.5)
    assert ignorant.status("nap") is WorkflowStatus.RUNNING
    ignorant.stop()
    with relaunched(url) as engine:
        assert wait_for_end(engine, "nap") is WorkflowStatus.DONE


if __name__ == "__main__":
    be_killed(*sys.argv[1:])


def test_is_not_called_failed_while_its_end_is_being_written(url: str, task: Task) -> None:
    """The store is busy at the very moment at which a workflow comes to its end."""
    is_locked = threading.Event()

    async def waits(_: WorkflowContext, __: Task) -> None:
        await asyncio.to_thread(is_locked.wait)

    engine = DbosEngine(url)
    engine.register("waits", waits, takes=Task)
    engine.launch()
    try:
        engine.start("waits", "w", task)
        with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            is_locked.set()
            until = time.monotonic() + 0.5
            while time.monotonic() < until:
                assert engine.status("w") is WorkflowStatus.RUNNING
            other.execute("ROLLBACK")
        assert wait_for_end(engine, "w") is WorkflowStatus.DONE
    finally:
        engine.stop()
