"""Processes that outlive us: started once, found again, stopped with a grace.

Each process has a folder of its own. Before it is started its order is written there; while its launcher
lives, the launcher holds a lock on a file there. So whether it runs is never guessed from a process id, and
nothing we could be killed between leaves a process that nobody knows of, or one started twice:

* the lock is taken here and passed to the launcher by inheritance, without a gap;
* a folder's order is carried out at most once, ever; a process that ended is replaced in a new folder.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from strandline.adapters import launcher
from strandline.adapters.durable_files import write_durably
from strandline.vocabulary.errors import UnavailableError

MARK = "STRANDLINE_INSTANCE"
"""The variable by which every process that we started, and its descendants, can be told: its folder."""

_LOCK_WAIT_SECONDS = 2.0
_RECORD_WAIT_SECONDS = 5.0
_POLL_SECONDS = 0.01


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to run."""

    command: tuple[str, ...]
    folder: str
    """Where it runs."""
    environment: dict[str, str]
    grace_seconds: float
    """How long it may take to end after it was told to."""


class _Started(msgspec.Struct, frozen=True):
    launcher: int
    launcher_ticks: int
    pid: int
    ticks: int


class _Ended(msgspec.Struct, frozen=True):
    code: int | None = None
    signal: int | None = None
    was_told: bool = False


_Record = TypeVar("_Record", _Started, _Ended)


@dataclass(frozen=True, kw_only=True)
class Running:
    """It runs."""

    pid: int
    ticks: int
    """When it began, in clock ticks since boot: ids are used again, ids with their beginning are not."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """It ran, or was withdrawn before it did."""

    how: str
    """In words: `killed by signal 9`, `ended with code 1`."""


@dataclass(frozen=True)
class NotStarted:
    """Its order stands, and nobody carries it out."""


Status = Running | Ended | NotStarted


def start(folder: Path, order: Order) -> None:
    """Start the process whose folder this is, unless it was started before; return when it runs.

    Raises:
        UnavailableError: its launcher could not be started.
    """
    folder.mkdir(parents=True, exist_ok=True)
    marked = msgspec.structs.replace(order, environment={**order.environment, MARK: str(folder)})
    with _locked(folder) as lock:
        if lock is None or (folder / "started.json").exists() or (folder / "ended.json").exists():
            return
        write_durably(folder / "order.json", msgspec.json.encode(marked))
        program = [sys.executable, "-I", "-S", launcher.__file__, str(folder), str(lock)]
        done = subprocess.run(  # noqa: S603 - our own launcher, with a folder of our own
            program,
            pass_fds=(lock,),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", os.defpath)},
            check=False,
        )
    if done.returncode != 0:
        what = f"The launcher did not start: {done.stderr.decode(errors='replace').strip()[-400:]}"
        raise UnavailableError(
            what,
            where=str(folder),
            remedy="See whether the machine has processes, memory and disk space left.",
        )


def status(folder: Path) -> Status:
    """Say whether the process runs, ended or was never started."""
    if not folder.exists():
        return NotStarted()
    if _is_locked(folder):
        started = _await_started(folder)
        if started is not None and not (folder / "ended.json").exists():
            return Running(pid=started.pid, ticks=started.ticks)
    ended = _read(folder / "ended.json", _Ended)
    if ended is not None:
        return Ended(how=_in_words(ended))
    if (folder / "started.json").exists():
        return Ended(how="ended without a trace: its launcher was killed, or the machine restarted")
    return NotStarted()


async def stop(folder: Path, *, within_seconds: float) -> None:
    """Tell the process to end, wait, and after this time kill it; withdraw it if it was never started.

    Raises:
        UnavailableError: it is still there.
    """
    if not folder.exists():  # noqa: ASYNC240 - one look at a local folder
        return
    if not withdraw(folder):
        started = tell_to_stop(folder)
        if not await _is_released(folder, within_seconds) and started is not None:
            # The launcher's own end takes its process with it.
            _signal(started.launcher, started.launcher_ticks, signal.SIGKILL)
            _signal(started.pid, started.ticks, signal.SIGKILL)
            if not await _is_released(folder, _RECORD_WAIT_SECONDS):
                what = f"Process {started.pid} does not end, not even when it is killed."
                raise UnavailableError(
                    what,
                    where=str(folder),
                    remedy="See what it waits for (`ps -o stat,wchan`); a hanging disk is the usual cause.",
                )
    kill_strays(folder)


def tell_to_stop(folder: Path) -> _Started | None:
    """Tell the process to end, and do not wait for it."""
    started = _await_started(folder)
    if started is not None:
        _signal(started.launcher, started.launcher_ticks, signal.SIGTERM)
    return started


def withdraw(folder: Path) -> bool:
    """See to it that a process that does not run will not start either; say whether it does not run."""
    with _locked(folder, wait_seconds=0.05) as lock:
        if lock is None:
            return False
        if not (folder / "ended.json").exists():
            write_durably(folder / "ended.json", msgspec.json.encode(_Ended(was_told=True)))
        return True


def forget(folder: Path) -> None:
    """Remove what is left of a process that ended."""
    shutil.rmtree(folder, ignore_errors=True)


def last_lines(folder: Path, count: int = 20) -> tuple[str, ...]:
    """Return the last lines that the process wrote."""
    lines: deque[str] = deque(maxlen=count)
    for name in ("output.1.log", "output.log"):
        with contextlib.suppress(OSError), (folder / name).open(encoding="utf-8", errors="replace") as file:
            lines.extend(line.rstrip("\n") for line in file)
    return tuple(lines)


def kill_strays(folder: Path) -> None:
    """Kill what descends from a process that ended: it would hold its port and never be seen again."""
    mark = f"{MARK}={folder}".encode()
    for pid, ticks in _processes_marked(mark):
        _signal(pid, ticks, signal.SIGKILL)


def is_of(pid: int, folder: Path) -> bool:
    """Say whether a process descends from the one whose folder this is."""
    return f"{MARK}={folder}".encode() in _environment(pid)


def _processes_marked(mark: bytes) -> Iterator[tuple[int, int]]:
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and mark in _environment(int(entry.name)):
            with contextlib.suppress(OSError):
                yield int(entry.name), launcher.start_ticks(int(entry.name))


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _signal(pid: int, ticks: int, number: signal.Signals) -> None:
    """Send a signal to the process that began at this tick, and to no other that got its id since."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if launcher.start_ticks(pid) == ticks:
            signal.pidfd_send_signal(handle, number)
    except (ProcessLookupError, FileNotFoundError):
        pass
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked(folder: Path, *, wait_seconds: float = _LOCK_WAIT_SECONDS) -> Iterator[int | None]:
    """Hold the folder's lock; `None` if a launcher holds it. Others only look for an instant, so we wait."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        give_up_at = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if (folder / "started.json").exists() or time.monotonic() > give_up_at:
                    yield None
                    return
                time.sleep(_POLL_SECONDS / 10)
            else:
                yield descriptor
                return
    finally:
        os.close(descriptor)


def _is_locked(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


async def _is_released(folder: Path, within_seconds: float) -> bool:
    give_up_at = time.monotonic() + within_seconds
    while _is_locked(folder):
        if time.monotonic() > give_up_at:
            return False
        await asyncio.sleep(_POLL_SECONDS)
    return True


def _await_started(folder: Path) -> _Started | None:
    """Read who was started; a launcher that lives but has not said so yet is at most starting up."""
    give_up_at = time.monotonic() + _RECORD_WAIT_SECONDS
    while (started := _read(folder / "started.json", _Started)) is None:
        if not _is_locked(folder) or time.monotonic() > give_up_at:
            return None
        time.sleep(_POLL_SECONDS / 10)
    return started


def _read(path: Path, kind: type[_Record]) -> _Record | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None


def _in_words(ended: _Ended) -> str:
    if ended.signal is not None:
        return f"killed by signal {ended.signal}"
    if ended.code is not None:
        return f"ended with code {ended.code}"
    return "withdrawn before it started"
