"""The anchor: a file of signed heads outside the database, which only grows.

Whoever can write the database can take its newest records away and put an older signed head in place. The
anchor knows better. A line is written at most once a second, and at latest a second after the record that
it proves; each is numbered, so that a cut shows. Written and synced before the store is told of it: a crash
may leave the anchor behind the store, which proves nothing wrong, but never the store ahead of the truth.
"""

import base64
import binascii
import fcntl
import os
import threading
import time
from pathlib import Path

import msgspec

from strandline.ledger.checkpoint import Checkpoint, Signer, signed
from strandline.ledger.record import Head
from strandline.vocabulary.errors import UnavailableError

_PACE_SECONDS = 1.0
_LONGEST_LINE = 4096


class _Line(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of the file, as JSON."""

    number: int
    seq: int
    hash: str
    recorded_us: int
    key_id: str
    signature: str


class AnchorFile:
    """Writes and reads the anchor. Several processes may share it; every method may be called at any time.

    Args:
        file: `checkpoints.jsonl` in the home.
        signer: signs the lines.
    """

    def __init__(self, file: Path, signer: Signer) -> None:
        self._file = file
        self._signer = signer
        self._lock = threading.Lock()
        self._pending: tuple[Head, int] | None = None
        self._failure: OSError | None = None
        self._timer: threading.Timer | None = None
        self._written_at = -_PACE_SECONDS
        self._number = 0
        self.has_written = False
        """Whether this process has added a line."""

    @property
    def number(self) -> int:
        """The newest line that is known to lie safely in the file; 0 if none is."""
        return self._number

    def remember(self, number: int) -> None:
        """Learn from the store how many lines there were: a number that was cut off is not given again."""
        with self._lock:
            self._number = max(self._number, number)

    def require_sound(self) -> None:
        """Write what could not be written the last time.

        Raises:
            UnavailableError: it still cannot be written; what is recorded now could not be proved.
        """
        with self._lock:
            if self._failure is not None:
                self._write()
            if self._failure is not None:
                what = f"The anchor of the ledger cannot be written: {self._failure.strerror}."
                remedy = "Free some space, or check who owns the file; nothing is recorded until then."
                raise UnavailableError(what, where=str(self._file), remedy=remedy) from self._failure

    def note(self, head: Head, recorded_us: int) -> None:
        """Anchor this head: now, or within a second if a line was written just before."""
        with self._lock:
            if self._pending is None or head.seq > self._pending[0].seq:
                self._pending = (head, recorded_us)
            wait = self._written_at + _PACE_SECONDS - time.monotonic()
            if wait <= 0:
                self._write()
            elif self._timer is None:
                self._timer = threading.Timer(wait, self._write_later)
                self._timer.name = "strandline-anchor"
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """Write what is pending."""
        with self._lock:
            timer, self._timer = self._timer, None
            if timer is not None:
                timer.cancel()
            self._write()
        if timer is not None:
            timer.join()

    def read(self) -> tuple[list[Checkpoint], list[int]]:
        """Return the checkpoints in the file, and the numbers of the lines that are none (from 1).

        A last line without its end is what a crash leaves, and no line.

        Raises:
            UnavailableError: the file is there but cannot be read.
        """
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return [], []
        except OSError as error:
            what = f"The anchor of the ledger cannot be read: {error.strerror}."
            raise UnavailableError(what, where=str(self._file), remedy="Check who owns the file.") from error
        checkpoints: list[Checkpoint] = []
        unreadable: list[int] = []
        for place, line in enumerate(content.split(b"\n")[:-1], start=1):
            checkpoint = _parsed(line)
            if checkpoint is None:
                unreadable.append(place)
            else:
                checkpoints.append(checkpoint)
        return checkpoints, unreadable

    def _write_later(self) -> None:
        with self._lock:
            self._timer = None
            self._write()

    def _write(self) -> None:
        """Append the pending head, if the file does not reach as far already."""
        if self._pending is None:
            return
        try:
            self._append(*self._pending)
        except OSError as error:
            self._failure = error
            return
        self._pending = self._failure = None
        self._written_at = time.monotonic()

    def _append(self, head: Head, recorded_us: int) -> None:
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            last = _last_line(descriptor)
            if last is not None:
                self._number = max(self._number, last.number)
                if last.seq >= head.seq:
                    return
            checkpoint = signed(
                self._signer, seq=head.seq, hash_=head.hash, recorded_us=recorded_us, number=self._number + 1
            )
            end = os.fstat(descriptor).st_size
            try:
                _write_whole(descriptor, _printed(checkpoint))
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, end)
                raise
            self._number = checkpoint.number
            self.has_written = True
        finally:
            os.close(descriptor)


def _printed(checkpoint: Checkpoint) -> bytes:
    line = _Line(
        number=checkpoint.number,
        seq=checkpoint.seq,
        hash=checkpoint.hash,
        recorded_us=checkpoint.recorded_us,
        key_id=checkpoint.key_id,
        signature=base64.b64encode(checkpoint.signature).decode(),
    )
    return msgspec.json.encode(line) + b"\n"


def _parsed(line: bytes) -> Checkpoint | None:
    try:
        said = msgspec.json.decode(line, type=_Line)
        signature = base64.b64decode(said.signature, validate=True)
    except (msgspec.MsgspecError, UnicodeDecodeError, binascii.Error):
        return None
    return Checkpoint(
        seq=said.seq,
        hash=said.hash,
        recorded_us=said.recorded_us,
        number=said.number,
        key_id=said.key_id,
        signature=signature,
    )


def _last_line(descriptor: int) -> Checkpoint | None:
    """Return the last whole line, and cut off what a crash left after it."""
    size = os.fstat(descriptor).st_size
    start = max(0, size - _LONGEST_LINE)
    tail = os.pread(descriptor, size - start, start)
    end = tail.rfind(b"\n") + 1
    if start + end < size and (end or start == 0):
        os.ftruncate(descriptor, start + end)
    lines = tail[:end].split(b"\n")
    return _parsed(lines[-2]) if len(lines) > 1 else None


def _write_whole(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
