"""Processes that outlive us, for real."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from strandline.adapters import processes
from strandline.adapters.processes import Ended, NotStarted, Order, Running, last_lines, start, status, stop


def order(*command: str, grace_seconds: float = 2) -> Order:
    return Order(
        command=command, folder="/", environment={"PATH": os.environ["PATH"]}, grace_seconds=grace_seconds
    )


def python(code: str, **options: float) -> Order:
    return order(sys.executable, "-c", textwrap.dedent(code), **options)


SLEEPS = order("sleep", "1000")


def wait_until(condition: Callable[[], object], within_seconds: float = 10) -> None:
    give_up_at = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.005)


def running(folder: Path) -> Running:
    found = status(folder)
    assert isinstance(found, Running)
    return found


def ended(folder: Path) -> str:
    wait_until(lambda: isinstance(status(folder), Ended))
    found = status(folder)
    assert isinstance(found, Ended)
    return found.how


def marked(folder: Path) -> set[int]:
    return {pid for pid, _ in processes._processes_marked(f"STRANDLINE_INSTANCE={folder}".encode())}


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "it"
    for pid in marked(tmp_path / "it"):
        os.kill(pid, signal.SIGKILL)


def test_what_was_never_started_is_said_to_be_so(folder: Path) -> None:
    assert status(folder) == NotStarted()


def test_a_process_runs_and_is_found_again(folder: Path) -> None:
    start(folder, SLEEPS)
    found = running(folder)
    assert Path(f"/proc/{found.pid}/cmdline").read_bytes().startswith(b"sleep")
    assert running(folder) == found


def test_a_process_is_started_once_however_often_it_is_asked_for(folder: Path) -> None:
    start(folder, SLEEPS)
    first = running(folder)
    start(folder, SLEEPS)
    assert running(folder) == first
    assert marked(folder) == {first.pid}


def test_an_ended_process_is_not_started_again(folder: Path) -> None:
    start(folder, order("true"))
    assert ended(folder) == "ended with code 0"
    start(folder, SLEEPS)
    assert ended(folder) == "ended with code 0"


@pytest.mark.parametrize(
    ("given", "how"),
    [
        pytest.param(order("sh", "-c", "exit 7"), "ended with code 7", id="by itself"),
        pytest.param(order("sh", "-c", "kill -9 $$"), "killed by signal 9", id="killed"),
        pytest.param(order("no-such-program"), "ended with code 127", id="not startable"),
    ],
)
def test_how_a_process_ended_is_recorded_when_nobody_looks(folder: Path, given: Order, how: str) -> None:
    start(folder, given)
    assert ended(folder) == how


def test_the_reason_why_a_program_cannot_be_started_is_in_its_output(folder: Path) -> None:
    start(folder, order("no-such-program"))
    ended(folder)
    assert "cannot start no-such-program" in last_lines(folder)[-1]


def test_a_process_is_told_to_end_and_may_finish(folder: Path) -> None:
    code = """
        import signal, sys, time
        def finish(*_):
            time.sleep(0.2)
            print("finished")
            sys.exit(3)
        signal.signal(signal.SIGTERM, finish)
        print("ready", flush=True)
        time.sleep(1000)
    """
    start(folder, python(code))
    wait_until(lambda: last_lines(folder) == ("ready",))
    processes.tell_to_stop(folder)
    assert ended(folder) == "ended with code 3"
    assert last_lines(folder) == ("ready", "finished")


async def test_a_process_that_does_not_listen_is_killed_after_its_grace(folder: Path) -> None:
    code = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("ready", flush=True)
        time.sleep(1000)
    """
    start(folder, python(code, grace_seconds=0.2))
    wait_until(lambda: last_lines(folder) == ("ready",))
    began = time.monotonic()
    await stop(folder, within_seconds=5)
    assert ended(folder) == "killed by signal 9"
    assert 0.2 <= time.monotonic() - began < 3


async def test_stopping_takes_its_children_along(folder: Path) -> None:
    start(folder, order("sh", "-c", "setsid sleep 1000 & sleep 1000 & echo ready; sleep 1000"))
    wait_until(lambda: last_lines(folder) == ("ready",) and len(marked(folder)) == 4)
    await stop(folder, within_seconds=5)
    wait_until(lambda: not marked(folder))  # killed they are; on a busy machine their end takes an instant


async def test_what_was_stopped_before_it_began_does_not_begin(folder: Path) -> None:
    folder.mkdir()  # noqa: ASYNC240 - a test waits for nothing else
    await stop(folder, within_seconds=1)
    start(folder, SLEEPS)
    assert ended(folder) == "withdrawn before it started"


async def test_stopping_twice_is_no_harm(folder: Path) -> None:
    start(folder, SLEEPS)
    await stop(folder, within_seconds=5)
    await stop(folder, within_seconds=5)
    assert ended(folder) == "killed by signal 15"


def test_without_its_launcher_a_process_ends_and_is_known_to(folder: Path) -> None:
    start(folder, SLEEPS)
    found = running(folder)
    launcher = processes._await_started(folder)
    assert launcher is not None
    os.kill(launcher.launcher, signal.SIGKILL)
    assert "without a trace" in ended(folder)
    wait_until(lambda: not is_alive(found.pid))


def test_an_id_that_was_given_to_another_process_is_left_alone(folder: Path) -> None:
    start(folder, SLEEPS)
    found = running(folder)
    processes._signal(found.pid, found.ticks - 1, signal.SIGKILL)
    assert running(folder) == found


def test_output_is_bounded_and_its_end_is_kept(folder: Path) -> None:
    start(folder, python("for n in range(200_000): print('line', n, 'x' * 20)"))
    assert ended(folder) == "ended with code 0"
    size = sum(path.stat().st_size for path in folder.glob("output*.log"))
    assert size < 3 * 512 * 1024
    assert last_lines(folder, 2)[-1].startswith("line 199999")


@pytest.mark.parametrize("delay_ms", range(0, 60, 4))
def test_a_starter_that_dies_leaves_nothing_that_nobody_knows_of(folder: Path, delay_ms: int) -> None:
    code = f"""
        import os, signal, sys, threading, time
        from pathlib import Path
        from strandline.adapters.processes import Order, start
        print("now", flush=True)
        def die():
            time.sleep({delay_ms} / 1000)
            os.kill(os.getpid(), signal.SIGKILL)
        threading.Thread(target=die).start()
        start(Path({str(folder)!r}), Order(command=("sleep", "1000"), folder="/",
              environment={{"PATH": os.environ["PATH"]}}, grace_seconds=1))
        time.sleep(10)
    """
    victim = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.DEVNULL)
    assert victim.wait() == -signal.SIGKILL
    # As a new control plane does: it looks, and starts it unless it runs.
    if not isinstance(status(folder), Running):
        start(folder, SLEEPS)
    found = running(folder)
    time.sleep(0.05)
    assert marked(folder) == {found.pid}
