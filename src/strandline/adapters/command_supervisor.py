"""The parent of one command of a user's deployer: keeps its time limit, and records how it ended.

Run as a program of its own (`python -I -S command_supervisor.py FOLDER`), so that a command that is
at work is neither lost nor doubled when the control plane is killed. It imports nothing of Strandline.

FOLDER holds `order.json`: the command, where it runs, its limits. The environment is inherited, and never
written down: it may hold secrets. Output goes to `output`, `running.json` says who runs, and at the end
`result.json` how it ended. Files that the starter has locked are passed to us open: so the locks pass to us
without a gap, and are held for as long as we live. What the command leaves running (a server, say) is left
in peace; only a command that exceeds its time limit takes its whole process group with it.
"""

import contextlib
import json
import os
import select
import signal
import sys
import time
from typing import Any, NoReturn

GRACE_SECONDS = 2.0
"""How long a command may take to end after it was told to."""
LOOK_SECONDS = 0.25
"""How often the size of the output is looked at."""
KEPT_BYTES = 64 * 1024
"""How much of an output that exceeds its limit is kept, from its end."""
CANNOT_START = 127
"""What a shell answers where a command cannot be run."""


def start_ticks(pid: int) -> int:
    """Return when a process began, in clock ticks since boot: with its id, its name for good."""
    with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - pathlib would double the start-up time
        return int(stat.read().rpartition(b")")[2].split()[19])


def write_record(name: str, record: dict[str, Any]) -> None:
    """Write a record into the current folder so that it is there whole, or not at all; and lasts."""
    aside = f"{name}.{os.getpid()}.new"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, name)  # noqa: PTH105 - as above
    folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)


def become(order: dict[str, Any], output: int) -> NoReturn:
    """Turn this forked process into the command."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.closerange(3, 4096)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(order["folder"])
        os.execvp(order["command"][0], order["command"])  # noqa: S606 - its whole purpose
    except OSError as error:
        os.write(2, f"cannot start {order['command'][0]}: {error.strerror}\n".encode())
    os._exit(CANNOT_START)


def kill_group(group: int, number: int) -> None:
    """Send a signal to every process of the group that is still there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def await_end(pid: int, output: int, order: dict[str, Any]) -> dict[str, Any]:
    """Wait for the command; end it at its limit; drop output beyond its limit, the oldest first."""
    handle = os.pidfd_open(pid)
    limit_at: float | None = time.monotonic() + float(order["time_limit_seconds"])
    kill_at: float | None = None
    has_exceeded = False
    while not select.select([handle], [], [], LOOK_SECONDS if limit_at is None else _wait(limit_at))[0]:
        now = time.monotonic()
        if limit_at is not None and now >= limit_at:
            has_exceeded, limit_at, kill_at = True, None, now + GRACE_SECONDS
            kill_group(pid, signal.SIGTERM)
        if kill_at is not None and now >= kill_at:
            kill_group(pid, signal.SIGKILL)
        if os.fstat(output).st_size > int(order["output_limit_bytes"]):
            size = os.fstat(output).st_size
            last = os.pread(output, KEPT_BYTES, max(0, size - KEPT_BYTES))
            os.ftruncate(output, 0)
            os.write(output, b"[what was written before was too long to keep]\n" + last)
    _, status = os.waitpid(pid, 0)
    if has_exceeded:
        kill_group(pid, signal.SIGKILL)
    how = {"signal": os.WTERMSIG(status)} if os.WIFSIGNALED(status) else {"code": os.WEXITSTATUS(status)}
    return {**how, "has_exceeded": has_exceeded}


def _wait(until: float) -> float:
    return min(LOOK_SECONDS, max(0.0, until - time.monotonic()))


def supervise(order: dict[str, Any]) -> None:
    """Run the command to its end and record it."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    output = os.open("output", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    pid = os.fork()
    if pid == 0:
        become(order, output)
    write_record("running.json", {"pid": pid, "ticks": start_ticks(pid)})
    write_record("result.json", await_end(pid, output, order))


def main() -> int:
    """Detach from the starter, then supervise."""
    os.chdir(sys.argv[1])
    with open("order.json", encoding="utf-8") as file:  # noqa: PTH123 - as above
        order = json.load(file)
    if os.fork():
        return 0
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    supervise(order)
    return 0


if __name__ == "__main__":
    sys.exit(main())
