"""One control plane for one home: a lock that dies with its process, and says where that process answers.

The lock is the kernel's (`flock`), so a killed control plane never leaves it behind.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

import msgspec

from strandline.vocabulary.errors import RefusedError, UnavailableError


class _Note(msgspec.Struct, frozen=True):
    """What the holder says of itself."""

    pid: int
    url: str


class HomeClaim:
    """The claim of this process on a home; it ends with `release`, or with the process."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def publish(self, url: str) -> None:
        """Say where this control plane answers."""
        _write(self._file, _Note(pid=os.getpid(), url=url))

    def release(self) -> None:
        """Let another control plane have the home."""
        if not self._file.closed:
            self._file.truncate(0)
            self._file.close()


def claim_home(lock: Path) -> HomeClaim:
    """Claim a home for this process.

    Raises:
        RefusedError: another control plane runs on it.
        UnavailableError: the folder cannot be written.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        # Opened for appending: what the present holder wrote must stay until the lock is ours.
        file = lock.open("a+b", buffering=0)
    except OSError as error:
        what = f"The home cannot be written: {error.strerror}."
        raise UnavailableError(what, where=str(lock.parent), remedy="Choose another with --home.") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        note = _read(lock)
        file.close()
        who = (
            f"process {note.pid}, at {note.url or 'no address yet'}" if note else "a process that is starting"
        )
        what = f"Another control plane runs on this home ({who})."
        remedy = "Use that one, stop it, or choose another home with --home."
        raise RefusedError(what, where=str(lock.parent), remedy=remedy) from error
    claim = HomeClaim(file)
    claim.publish("")
    return claim


def live_control_plane(lock: Path) -> str:
    """Return where the control plane of a home answers; empty if none runs, or it does not answer yet."""
    try:
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                note = _read(lock)
                return note.url if note is not None else ""
    except OSError:
        return ""
    return ""


def _write(file: IO[bytes], note: _Note) -> None:
    file.truncate(0)
    file.write(msgspec.json.encode(note) + b"\n")


def _read(lock: Path) -> _Note | None:
    try:
        return msgspec.json.decode(lock.read_bytes(), type=_Note)
    except (OSError, msgspec.DecodeError):
        return None
