"""The parent of one process: starts it once, keeps its output bounded, and records how it ended.

Run as a program of its own (`python -I -S launcher.py FOLDER LOCK_FD`), so that what carries traffic lives
on when the control plane is killed, and so that somebody is there to see how it ends. It imports nothing of
Strandline: it must start in milliseconds, and an upgrade underneath must not touch it.

FOLDER holds `order.json` (what to run). The launcher writes `started.json`, `output.log` (and the one
before, `output.1.log`) and at the end `ended.json`. LOCK_FD is an open file that the starter has locked:
the lock passes to the launcher by inheritance, without a gap, and is held for as long as it lives.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import select
import signal
import sys
import time
from typing import Any, NoReturn

OUTPUT_LIMIT_BYTES = 512 * 1024
"""The output kept is between this and twice this."""
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
CANNOT_START = 127
"""What a shell answers where a command cannot be run."""


def start_ticks(pid: int) -> int:
    """Return when a process began, in clock ticks since boot: with its id, its name for good."""
    with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - pathlib would double the start-up time
        return int(stat.read().rpartition(b")")[2].split()[19])


def write_record(name: str, record: dict[str, Any]) -> None:
    """Write a record into the current folder so that it is there whole, or not at all."""
    aside = f"{name}.{os.getpid()}.new"
    with open(aside, "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, name)  # noqa: PTH105 - as above


class Output:
    """What the process says, kept in two files of bounded size."""

    def __init__(self) -> None:
        self._file = open("output.log", "ab", buffering=0)  # noqa: PTH123, SIM115 - open as long as we live

    def add(self, text: bytes) -> None:
        """Append; a full disk loses output, never the process."""
        with contextlib.suppress(OSError):
            if self._file.tell() > OUTPUT_LIMIT_BYTES:
                self._file.close()
                os.replace("output.log", "output.1.log")  # noqa: PTH105 - as above
                self._file = open("output.log", "ab", buffering=0)  # noqa: PTH123, SIM115 - as above
            self._file.write(text)


def become(order: dict[str, Any], output_fd: int, launcher: int) -> NoReturn:
    """Turn this forked process into the one that was ordered."""
    try:
        os.setpgid(0, 0)
        # A process without its launcher would be one that nobody knows of: it ends with it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != launcher:
            os._exit(CANNOT_START)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output_fd, 1)
        os.dup2(output_fd, 2)
        os.closerange(3, 4096)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(order["folder"])
        os.execvpe(order["command"][0], order["command"], order["environment"])  # noqa: S606 - its whole purpose
    except OSError as error:
        os.write(2, f"cannot start {order['command'][0]}: {error}\n".encode())
    os._exit(CANNOT_START)


def how_it_ended(status: int) -> dict[str, Any]:
    """Say in a record what `waitpid` said."""
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status)}
    return {"code": os.WEXITSTATUS(status)}


def kill_group(group: int, number: int) -> None:
    """Send a signal to every process of the group that is still there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def watch(pid: int, output_fd: int, wake_fd: int, grace_seconds: float) -> dict[str, Any]:
    """Pump output until the process ended; pass a request to stop on, and after the grace insist."""
    output = Output()
    stop_by: float | None = None
    is_told = False
    while True:
        wait = None if stop_by is None else max(0.0, stop_by - time.monotonic())
        ready, _, _ = select.select([output_fd, wake_fd], [], [], wait)
        if output_fd in ready:
            output.add(os.read(output_fd, 65536))
        signals = os.read(wake_fd, 512) if wake_fd in ready else b""
        if signal.SIGTERM in signals and not is_told:
            is_told = True
            stop_by = time.monotonic() + grace_seconds
            kill_group(pid, signal.SIGTERM)
        if stop_by is not None and time.monotonic() >= stop_by:
            kill_group(pid, signal.SIGKILL)
            stop_by = None
        if signal.SIGCHLD in signals:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                kill_group(pid, signal.SIGKILL)
                while select.select([output_fd], [], [], 0)[0] and (rest := os.read(output_fd, 65536)):
                    output.add(rest)
                return {**how_it_ended(status), "was_told": is_told}


def launch(order: dict[str, Any], told_fd: int) -> None:
    """Start the process, say so to whoever waits at `told_fd`, and stay with it to its end."""
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    # Grandchildren that lost their parent come to us, and end with us in `kill_strays` of the next adoption.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    output_read, output_write = os.pipe()
    me = os.getpid()
    pid = os.fork()
    if pid == 0:
        become(order, output_write, me)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    write_record(
        "started.json",
        {"launcher": me, "launcher_ticks": start_ticks(me), "pid": pid, "ticks": start_ticks(pid)},
    )
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 2)  # else the starter would wait for the end of what we might complain
    os.write(told_fd, b"1")
    os.close(told_fd)
    os.close(output_write)
    ended = watch(pid, output_read, wake_read, float(order["grace_seconds"]))
    write_record("ended.json", ended)


def main() -> int:
    """Detach from the starter, unless this order was carried out or withdrawn before."""
    folder, lock_fd = sys.argv[1], int(sys.argv[2])
    os.chdir(folder)
    # The lock is ours already by inheritance; taking it again refuses whoever passed us a wrong file.
    fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if os.path.exists("started.json") or os.path.exists("ended.json"):  # noqa: PTH110 - as above
        return 0
    with open("order.json", encoding="utf-8") as file:  # noqa: PTH123 - as above
        order = json.load(file)
    told_read, told_write = os.pipe()
    if os.fork():
        os.close(told_write)
        return 0 if os.read(told_read, 1) else 1
    os.close(told_read)
    launch(order, told_write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
