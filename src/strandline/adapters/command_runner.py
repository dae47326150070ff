"""Runs the commands of a user's deployer: within their time, their output kept, each operation once.

An operation has a folder of its own, and everything about it lies there before and after it is done. Once
it succeeded it is never run again; if it failed, or nobody knows how it ended, it is run again with the same
name. While a command is at work its supervisor holds a lock there: whoever asks for the same operation,
also another process after ours was killed, waits for that one instead of starting a second beside it.
Operations that move traffic wait for each other, too: a late `shift` must not undo a `restore`.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from strandline.adapters import command_supervisor
from strandline.adapters.durable_files import write_durably
from strandline.vocabulary.errors import UnavailableError

OUTPUT_LIMIT_BYTES = 4 << 20
ANSWER_LIMIT_BYTES = 1 << 20
_TAIL_BYTES = 4096
_TAIL_LINES = 12
_KEPT_OPERATIONS = 500
_SHORTEST_POLL_SECONDS = 0.005
_LONGEST_POLL_SECONDS = 0.1
_SLACK = timedelta(seconds=15)
"""How much longer than its limit a command may take to be ended and recorded, before it is given up."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What to run."""

    argv: tuple[str, ...]
    folder: Path
    variables: Mapping[str, str]
    """The `STRANDLINE_…` variables; the others are this process's own."""
    time_limit: timedelta


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended."""

    how: str
    """In words; empty if it succeeded."""
    tail: str = ""
    """The last lines that it wrote."""
    answer: bytes = b""
    """What it wrote to standard output, if it was asked something."""
    was_done_before: bool = False
    """It succeeded at an earlier time, and was not run again."""
    output: str = ""
    """The file that has its output."""


class _Result(msgspec.Struct, frozen=True):
    code: int | None = None
    signal: int | None = None
    has_exceeded: bool = False


class _Running(msgspec.Struct, frozen=True):
    pid: int
    ticks: int


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is done once."""

    place: Path
    """Where it is recorded."""
    step: str
    name: str
    alone: Path | None = None
    """A lock file: of the operations that share it, one is at work at a time."""


def operation_in(folder: Path, *, step: str, name: str, alone: bool) -> Operation:
    """Return the operation of this step and name, recorded below the folder.

    Args:
        folder: where the target keeps its operations.
        step: which of the commands it is.
        name: the same text for a repeated attempt.
        alone: whether it must not overlap with others that must not.
    """
    digest = hashlib.sha256(f"{step}\0{name}".encode()).hexdigest()[:32]
    lock = folder / "alone.lock" if alone else None
    return Operation(place=folder / "operations" / digest, step=step, name=name, alone=lock)


async def run_once(operation: Operation, command: Command) -> Outcome:
    """Run a command for an operation, unless it succeeded before; wait for one that is at work.

    Raises:
        UnavailableError: it could not be started, or somebody else's attempt does not end.
    """
    # Nobody knows when an attempt that we find at work began: it gets its whole time from now.
    give_up_at = time.monotonic() + (3 * command.time_limit + _SLACK).total_seconds()
    has_waited = False
    poll = _SHORTEST_POLL_SECONDS
    while True:
        found = await asyncio.to_thread(_advance, operation, command, has_waited=has_waited)
        if isinstance(found, Outcome):
            await asyncio.to_thread(_forget_old, operation.place.parent)
            return found
        has_waited = has_waited or found is _At.WORK
        if time.monotonic() > give_up_at:
            what = f"`{operation.step}` waits for an attempt that is still at work."
            remedy = "See what that one waits for, and end it."
            raise UnavailableError(what, where=str(operation.place), remedy=remedy)
        await asyncio.sleep(poll)
        poll = min(poll * 1.5, _LONGEST_POLL_SECONDS)


def forget_all(folder: Path) -> None:
    """Forget every operation below the folder: what they did is undone, and may be asked for again."""
    shutil.rmtree(folder / "operations", ignore_errors=True)


async def ask(command: Command) -> Outcome:
    """Run a command that changes nothing, and return what it answers; nothing is recorded."""
    cancelled = threading.Event()
    try:
        return await asyncio.to_thread(_ask, command, cancelled)
    finally:
        cancelled.set()


class _At(Enum):
    """What an operation that has no outcome yet is at."""

    WORK = "work"
    WAITING = "waiting"
    """Another one must end first."""


def _advance(operation: Operation, command: Command, *, has_waited: bool) -> Outcome | _At:
    """Return how the operation ended; else see to it that it is at work."""
    place = operation.place
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.ExitStack() as locks:
        lock = _locked(place / "lock", locks)
        if lock is None:
            return _At.WORK
        result = _read(place / "result.json", _Result)
        if result is not None and (has_waited or not _how(result)):
            return _outcome(place, result, command, was_done_before=not has_waited)
        if _is_at_work(place):
            return _At.WORK  # its supervisor was killed; it goes on
        held = [lock]
        if operation.alone is not None:
            alone = _locked(operation.alone, locks)
            if alone is None:
                return _At.WAITING
            held.append(alone)
        (place / "result.json").unlink(missing_ok=True)
        (place / "running.json").unlink(missing_ok=True)
        order = {
            "step": operation.step,
            "operation": operation.name,
            "command": command.argv,
            "folder": str(command.folder),
            "variables": dict(command.variables),
            "time_limit_seconds": command.time_limit.total_seconds(),
            "output_limit_bytes": OUTPUT_LIMIT_BYTES,
        }
        write_durably(place / "order.json", msgspec.json.encode(order))
        _start_supervisor(place, held, command)
        return _At.WORK


def _locked(path: Path, until: contextlib.ExitStack) -> int | None:
    """Lock a file, and close it in the end; return it, or `None` if somebody else holds it.

    A supervisor that was started meanwhile inherited it, and holds the lock on.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    return descriptor


def _start_supervisor(place: Path, locks: list[int], command: Command) -> None:
    program = [sys.executable, "-I", "-S", command_supervisor.__file__, str(place)]
    try:
        done = subprocess.run(  # noqa: S603 - our own supervisor, with a folder of our own
            program,
            pass_fds=locks,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=_environment(command),
            check=False,
        )
        problem = done.stderr.decode(errors="replace").strip()[-400:] if done.returncode else ""
    except OSError as error:
        problem = str(error)
    if problem:
        what = f"The command's supervisor did not start: {problem}"
        remedy = "See whether the machine has processes, memory and disk space left."
        raise UnavailableError(what, where=str(place), remedy=remedy)


def _is_at_work(place: Path) -> bool:
    """Say whether a command whose supervisor was killed is still at work; end it if its time is over."""
    running = _read(place / "running.json", _Running)
    if running is None or (place / "result.json").exists() or not _is_alive(running):
        return False
    order = msgspec.json.decode((place / "order.json").read_bytes())
    began = (place / "running.json").stat().st_mtime
    if time.time() - began > float(order["time_limit_seconds"]):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(running.pid, signal.SIGKILL)
    return True


def _is_alive(running: _Running) -> bool:
    try:
        fields = Path(f"/proc/{running.pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return False
    return int(fields[19]) == running.ticks and fields[0] not in {b"Z", b"X"}


def _forget_old(folder: Path) -> None:
    """Remove what lies here of operations that nobody will repeat any more."""
    places = sorted(folder.iterdir(), key=lambda place: place.stat().st_mtime)
    for place in places[:-_KEPT_OPERATIONS]:
        shutil.rmtree(place, ignore_errors=True)


def _ask(command: Command, cancelled: threading.Event) -> Outcome:
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command, from their strandline.yaml
                command.argv,
                cwd=command.folder,
                env=_environment(command),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=complained,
                start_new_session=True,
            )
        except OSError as error:
            return Outcome(how=f"cannot be started: {error.strerror}")
        with process:
            has_exceeded = _await_answer(process, said.fileno(), command, cancelled)
        result = _Result(
            code=process.returncode if process.returncode >= 0 else None,
            signal=-process.returncode if process.returncode < 0 else None,
            has_exceeded=has_exceeded,
        )
        said.seek(0)
        answer = said.read(ANSWER_LIMIT_BYTES + 1)
        tail = _tail(complained.fileno()) or _tail(said.fileno())
        how = _how(result, command.time_limit)
        if len(answer) > ANSWER_LIMIT_BYTES:
            how = f"wrote more than {ANSWER_LIMIT_BYTES} bytes"
        return Outcome(how=how, answer=answer, tail=tail)


def _await_answer(
    process: subprocess.Popen[bytes], said: int, command: Command, cancelled: threading.Event
) -> bool:
    """Wait for the command; end its whole group if nobody waits any more, or it takes or says too much."""
    limit_at = time.monotonic() + command.time_limit.total_seconds()
    poll = _SHORTEST_POLL_SECONDS
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(poll)
            return False
        poll = min(poll * 1.5, _LONGEST_POLL_SECONDS)
        has_exceeded = time.monotonic() > limit_at
        if has_exceeded or cancelled.is_set() or os.fstat(said).st_size > ANSWER_LIMIT_BYTES:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return has_exceeded


def _environment(command: Command) -> dict[str, str]:
    """Return what the command sees: our own environment, without what configures Strandline itself."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("STRANDLINE_")}
    return {**inherited, **command.variables}


def _outcome(place: Path, result: _Result, command: Command, *, was_done_before: bool) -> Outcome:
    output = place / "output"
    tail = ""
    with contextlib.suppress(OSError), output.open("rb") as file:
        tail = _tail(file.fileno())
    how = _how(result, command.time_limit)
    return Outcome(how=how, tail=tail, was_done_before=was_done_before, output=str(output))


def _how(result: _Result, time_limit: timedelta | None = None) -> str:
    if result.has_exceeded:
        limit = f" {time_limit.total_seconds():g} s" if time_limit is not None else ""
        return f"took longer than its time limit{limit} and was ended"
    if result.signal is not None:
        return f"was killed by signal {result.signal}"
    return f"ended with code {result.code}" if result.code else ""


def _tail(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    text = os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES)).decode(errors="replace")
    lines = [
        "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
        for line in text.expandtabs().splitlines()
    ]
    return "\n".join(lines[-_TAIL_LINES:])


def _read(path: Path, kind: Any) -> Any:  # noqa: ANN401 - the caller names the type
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
