"""Releases in folders named by the digest of their content: copied aside, synced, renamed, read-only since.

The digest is SHA-256 over the folder's entries in the order of their paths' bytes. Each entry is its kind
(`f` file, `x` executable file, `l` symbolic link), the length of its path, the path, the length of its
content, and the content (of a link: where it leads). Lengths are 8 bytes, big-endian. Owners, times and
other mode bits do not count, nor do empty folders: a checkout elsewhere has the same digest.

`.git` and `__pycache__` are no part of a release. Where the service itself runs as the owner of the store,
Python may write its `__pycache__` there.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from strandline.adapters.durable_files import sync_folder
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError, UnavailableError

_IGNORED = frozenset({".git", "__pycache__"})
_ASIDE = ".incoming-"
_CHUNK_BYTES = 1 << 20
_MOST_LINKS = 40
"""How many links may lead on to each other: as many as Linux follows."""
_HEX_DIGITS = 64


class _Entry(NamedTuple):
    """One file or link of a folder."""

    kind: bytes
    relative: str
    path: Path
    size: int


class FolderReleaseStore:
    """Keeps releases in a folder of this machine, one folder each, named by digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def digest(self, folder: Path) -> str:
        """Return the content digest of a folder (hex).

        Raises:
            BadInputError: it is no folder, is empty, cannot be read, or holds what a release cannot: a
                socket, a device, a pipe, or a link that leads out of it or nowhere.
        """
        return _digest(folder, _entries(folder))

    def keep(self, folder: Path) -> str:
        """Copy the folder into the store unless it is there; return its digest.

        Killed at any instant, it leaves the release whole or not at all.

        Raises:
            BadInputError: as `digest`; or it changed while it was copied.
            RefusedError: it is there, and was tampered with.
            UnavailableError: the store cannot be written.
        """
        entries = _entries(folder)
        digest = _digest(folder, entries)
        kept = self._folder / digest
        try:
            with self._alone():
                if kept.exists():
                    self._refuse_tampered(kept, digest)
                    return digest
                aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=self._folder))
                _copy(entries, aside)
                if _digest(aside, _entries(aside)) != digest:
                    what = "The folder changed while it was copied."
                    raise BadInputError(
                        what, where=str(folder), remedy="Try again when nothing writes to it any more."
                    )
                _seal(aside)
                aside.rename(kept)
                sync_folder(self._folder)
        except OSError as error:
            what = f"The release cannot be kept: {error.strerror}."
            remedy = "See whether the disk is full, and whether the folder may be written."
            raise UnavailableError(what, where=str(self._folder), remedy=remedy) from error
        return digest

    def folder(self, digest: str) -> Path:
        """Return where the release lies.

        Raises:
            NotFoundError: it is not kept.
            RefusedError: its content no longer has this digest.
        """
        kept = self._folder / digest
        is_digest = len(digest) == _HEX_DIGITS and all(digit in "0123456789abcdef" for digit in digest)
        if not is_digest or not kept.is_dir():
            what = f"No release {digest[:12]!r} is kept."
            remedy = f"Kept are: {', '.join(self._known()) or 'none'}. Deploy it from its folder again."
            raise NotFoundError(what, where=str(self._folder), remedy=remedy)
        self._refuse_tampered(kept, digest)
        return kept.absolute()

    def _known(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(path.name[:12] for path in self._folder.iterdir() if len(path.name) == _HEX_DIGITS)

    def _refuse_tampered(self, kept: Path, digest: str) -> None:
        try:
            found = _digest(kept, _entries(kept))
        except BadInputError as error:
            found = error.what
        if found != digest:
            what = (
                f"The kept release {digest[:12]} is not what was kept any more; its content is {found[:12]}."
            )
            if len(found) != _HEX_DIGITS:
                what = f"The kept release {digest[:12]} is not what was kept any more: {found}"
            remedy = "Find out who wrote there; then move the folder away and deploy from the source again."
            raise RefusedError(what, where=str(kept), remedy=remedy)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process keep at a time: so whatever lies aside is left over, and is removed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                self._clear_aside()
                yield
            finally:
                self._clear_aside()
        finally:
            os.close(lock)

    def _clear_aside(self) -> None:
        for left in self._folder.glob(f"{_ASIDE}*"):
            for folder, _, _ in os.walk(left):
                Path(folder).chmod(0o700)
            shutil.rmtree(left)


def _entries(folder: Path) -> list[_Entry]:
    """Return everything that counts in a folder, in the order of the digest."""
    if not folder.is_dir():
        what = "This is no folder." if folder.exists() else "There is no such folder."
        raise BadInputError(what, where=str(folder), remedy="Name the folder that holds the release.")
    try:
        found = sorted(_walk(folder, ""), key=lambda entry: os.fsencode(entry.relative))
    except OSError as error:
        what = f"The folder cannot be read: {error.strerror}."
        where = str(error.filename or folder)
        raise BadInputError(what, where=where, remedy="Make it readable for Strandline.") from error
    if not found:
        what = "The folder is empty: there is nothing to run."
        raise BadInputError(what, where=str(folder), remedy="Name the folder that holds the release.")
    return found


def _walk(root: Path, within: str) -> Iterator[_Entry]:
    with os.scandir(root / within) as listing:
        for entry in listing:
            if entry.name in _IGNORED:
                continue
            relative = f"{within}{entry.name}"
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                yield from _walk(root, f"{relative}/")
            elif stat.S_ISREG(status.st_mode):
                kind = b"x" if status.st_mode & stat.S_IXUSR else b"f"
                yield _Entry(kind, relative, Path(entry.path), status.st_size)
            elif stat.S_ISLNK(status.st_mode):
                _refuse_leading_out(root, relative)
                yield _Entry(b"l", relative, Path(entry.path), 0)
            else:
                what = "A release holds files, folders and links; this is a socket, a pipe or a device."
                raise BadInputError(what, where=entry.path, remedy="Remove it, or build into a clean folder.")


def _refuse_leading_out(root: Path, relative: str) -> None:
    """Follow a link step by step, as the system would, and refuse it where it leaves the folder."""
    left = [*reversed(PurePosixPath(relative).parts)]
    here: list[str] = []
    links = 0
    problem = ""
    while left and not problem:
        step = left.pop()
        if step == "..":
            problem = "" if here else "leads out of the release"
            here = here[:-1]
            continue
        path = root.joinpath(*here, step)
        if step in _IGNORED or not os.path.lexists(path):
            problem = "leads nowhere"
        elif path.is_symlink():
            links += 1
            target = path.readlink()
            problem = "leads in a circle" if links > _MOST_LINKS else ""
            problem = "has an absolute path" if target.is_absolute() else problem
            left.extend(reversed(target.parts))
        else:
            here.append(step)
    if problem:
        what = f"This link {problem}."
        remedy = "Let it lead to something within the folder, by a relative path."
        raise BadInputError(what, where=str(root / relative), remedy=remedy)


def _digest(folder: Path, entries: list[_Entry]) -> str:
    sha = hashlib.sha256()
    for entry in entries:
        name = os.fsencode(entry.relative)
        sha.update(entry.kind + len(name).to_bytes(8, "big") + name)
        try:
            if entry.kind == b"l":
                target = os.fsencode(entry.path.readlink())
                sha.update(len(target).to_bytes(8, "big") + target)
                continue
            sha.update(entry.size.to_bytes(8, "big"))
            read = 0
            with entry.path.open("rb", buffering=0) as file:
                while chunk := file.read(_CHUNK_BYTES):
                    read += len(chunk)
                    sha.update(chunk)
        except OSError as error:
            what = f"The file cannot be read: {error.strerror}."
            where = str(entry.path)
            raise BadInputError(what, where=where, remedy="Make it readable for Strandline.") from error
        if read != entry.size:
            what = "The file changed while it was read."
            remedy = "Try again when nothing writes to the folder any more."
            raise BadInputError(what, where=str(folder), remedy=remedy)
    return sha.hexdigest()


def _copy(entries: list[_Entry], aside: Path) -> None:
    for entry in entries:
        target = aside / entry.relative
        target.parent.mkdir(parents=True, exist_ok=True)
        if entry.kind == b"l":
            target.symlink_to(entry.path.readlink())
            continue
        with entry.path.open("rb") as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy, _CHUNK_BYTES)
            copy.flush()
            os.fsync(copy.fileno())
        target.chmod(0o555 if entry.kind == b"x" else 0o444)


def _seal(aside: Path) -> None:
    """Make the folders last, and read-only."""
    for folder, _, _ in os.walk(aside, topdown=False):
        sync_folder(Path(folder))
        Path(folder).chmod(0o555)
