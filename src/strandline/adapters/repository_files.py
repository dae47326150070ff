"""A Git repository's files as of its newest commit, and the commits that altered those that matter.

Everything comes from the store: nothing is checked out, and three questions to Git are enough.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from strandline.adapters.git_program import GitProgram, git_of
from strandline.adapters.git_repository import GitRepository, git_repository
from strandline.adapters.git_source import GitSource
from strandline.intake.git_log import git_time
from strandline.repository.contents import Contents, FileChange
from strandline.repository.reading import MOST_BYTES, File, wanted
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event

_MARK = ">"
_FORMAT = f"--format=tformat:{_MARK}%H%x00%ct%x00%an%x00%B"
_FIELDS = 4
_STATUS = re.compile(r"\n?[A-Z]\d*")
_REGULAR = (b"100644", b"100755")


@contextmanager
def repository_files(folder: Path) -> "Iterator[RepositoryFilesReader]":
    """Open a repository for an assessment; raises as `git_repository`."""
    with git_of(folder) as git, git_repository(folder) as repository:
        yield RepositoryFilesReader(folder, git, repository)


class RepositoryFilesReader:
    """Reads one repository; made by `repository_files`."""

    def __init__(self, folder: Path, git: GitProgram, repository: GitRepository) -> None:
        self._folder = folder
        self._git = git
        self._repository = repository
        self.address = GitSource(repository).address

    def commits(self, *, since: datetime) -> tuple[str, list[Event]]:
        """Return why the history is partial (empty if it is not), and the commits and tags since.

        Lines are not counted: that would take most of the time, and no criterion asks for them.
        """
        reading = self._repository.read(newer_than=since - timedelta(days=1))
        quick = msgspec.structs.replace(reading, is_counted=False)
        return reading.partial, list(self._repository.events(quick))

    def contents(self) -> Contents:
        """Return what the repository holds.

        Raises:
            BadInputError: there is no commit yet.
        """
        if not self._git.agrees("rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
            what = "There is no commit in this repository yet."
            raise BadInputError(what, where=str(self._folder), remedy="Commit something first.")
        commit, at = self._git.ask("log", "-1", "--format=%H %ct", "HEAD").decode().split()
        paths, chosen = self._listed(commit)
        files = tuple(self._read(chosen))
        tags = self._git.ask("for-each-ref", "--format=%(refname:strip=2)", "refs/tags")
        return Contents(
            commit=commit,
            committed_at=_moment(at.encode()),
            paths=tuple(paths),
            files=files,
            tags=tuple(tags.decode("utf-8", errors="replace").split()),
        )

    def _listed(self, commit: str) -> tuple[list[str], list[tuple[str, str]]]:
        """Return all paths, and of the files worth reading the path and the object."""
        paths: list[str] = []
        chosen: list[tuple[str, str]] = []
        for entry in self._git.ask("ls-tree", "-r", "-l", "-z", commit).split(b"\0")[:-1]:
            about, _, name = entry.partition(b"\t")
            mode, _, found, size = about.split()
            path = name.decode("utf-8", errors="replace")
            paths.append(path)
            if mode in _REGULAR and size.isdigit() and int(size) <= MOST_BYTES and wanted(path):
                chosen.append((path, found.decode()))
        return paths, chosen

    def _read(self, chosen: Sequence[tuple[str, str]]) -> Iterator[File]:
        said = self._git.ask(
            "cat-file", "--batch=%(objecttype) %(objectsize)", told=[each for _, each in chosen]
        )
        start = 0
        for path, _ in chosen:
            end = said.index(b"\n", start)
            kind, _, size = said[start:end].rpartition(b" ")
            if kind != b"blob":  # a partial clone without this file
                start = end + 1
                continue
            text = said[end + 1 : end + 1 + int(size)]
            start = end + int(size) + 2
            if b"\0" not in text:
                yield File(path=path, text=text.decode("utf-8", errors="replace"))

    def changes(self, commit: str, paths: Sequence[str]) -> tuple[FileChange, ...]:
        """Return the commits up to one that altered some of the files, the oldest first."""
        return tuple(self._changes(commit, paths)) if paths else ()

    def _changes(self, commit: str, paths: Iterable[str]) -> Iterator[FileChange]:
        shown = ("--no-notes", "--no-mailmap", "--no-show-signature", "--no-color", "--no-decorate")
        question = (
            "log",
            "-z",
            "--reverse",
            "--name-status",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
        )
        said = self._git.ask(*question, *shown, _FORMAT, commit, "--", *sorted(paths))
        tokens = iter(said.decode("utf-8", errors="replace").split("\0"))
        token = next(tokens, "")
        while token.startswith(_MARK):
            fields = [token[1:], *(next(tokens, "") for _ in range(_FIELDS - 1))]
            altered = []
            while _STATUS.fullmatch(token := next(tokens, "")):
                altered.append(next(tokens, ""))
            yield FileChange(
                commit=fields[0],
                at=_moment(fields[1].encode()),
                author=fields[2],
                message=fields[3],
                paths=tuple(altered),
            )


def _moment(text: bytes) -> datetime:
    found = git_time(text)
    if found is None:
        what = "Git tells a time that is none."
        raise BadInputError(what, where=text.decode(errors="replace"), remedy="Check it: git fsck.")
    return found
