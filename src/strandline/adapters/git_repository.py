"""A Git repository as a source of events: its commits and tags, all of them at first, then what is new.

The commits are those that branches, remote branches, tags and `HEAD` reach; stashes, notes and the heads of
unmerged pull requests are not history. Commits come before those that build on them. They are read in
batches, several at a time, so that memory does not grow with the files they alter.
"""

import functools
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec

from strandline.adapters.git_program import GitProgram, git_of
from strandline.adapters.git_references import references
from strandline.intake.git_address import web_address
from strandline.intake.git_events import ReadTag, commit_event, patch_event, tag_event
from strandline.intake.git_log import FORMAT, ReadCommit, read_commits
from strandline.intake.git_patches import FORMAT as COPY_FORMAT
from strandline.intake.git_patches import Copy, patch_ids, possible_copies
from strandline.vocabulary.event import Event

_MOST_COUNTED = 16_000
"""Commits that one `git` counts the lines of: few starts, each of which costs tenths of a second, and answers
that memory holds."""
_MOST_COMPARED = 1_000
"""Commits that one `git` makes patches of, which are kept on the disk meanwhile."""
_FEWEST = 200
"""Fewer commits are not worth a `git` of their own."""
_MOST_WORKERS = 8
_SHOWN = ("-z", "--no-notes", "--no-mailmap", "--no-show-signature", "--no-color", "--no-decorate")
_DIFFERENCE = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-relative",
    "--ignore-submodules=none",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "--diff-merges=off",
)
"""What a difference is must depend on nobody's configuration: a commit is to be counted alike forever."""
_COUNTED = (*_DIFFERENCE, "--numstat", "--find-renames=50%", "-l1000")
_PATCHES = (
    *_DIFFERENCE,
    "--patch",
    "--no-renames",
    "--full-index",
    "--unified=3",
    "--inter-hunk-context=0",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--submodule=short",
)
T = TypeVar("T")
_REMOTES = r"^remote\..*\.url$"


class GitState(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a reading saw: enough to read only what is new the next time."""

    heads: dict[str, str] = {}
    """From each branch and tag, by its full name, to the object that it names."""
    boundary: tuple[str, ...] = ()
    """Where a shallow clone was cut off."""


class MovedReference(msgspec.Struct, frozen=True, kw_only=True):
    """A branch or tag that no longer holds what it held: history was rewritten, or taken away."""

    name: str
    before: str
    after: str
    """Empty if it is gone: a tag, or a branch whose work is in no other branch or tag."""


class GitReading(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of a repository: what there is to tell, before it is told."""

    repository: str
    """Its address: `https` where it was cloned from, else `file`."""
    state: GitState
    """To be kept for the next reading, once all events are recorded."""
    partial: str
    """Why this is not the whole history, in sentences; empty if it is."""
    rewritten: tuple[MovedReference, ...]
    commits: tuple[str, ...]
    """Hashes of the commits to tell, those that others build on first."""
    tags: tuple[ReadTag, ...]
    is_counted: bool
    """Whether the contents are here, so that altered lines can be counted."""


@contextmanager
def git_repository(
    folder: Path, *, program: str = "git", workers: int | None = None, time_limit_seconds: float = 3600.0
) -> "Iterator[GitRepository]":
    """Open a repository for reading.

    Args:
        folder: the top folder of a working tree, or a bare repository.
        program: what `git` is called here.
        workers: how many `git` count at once; by default as many as there are processors, at most eight.
        time_limit_seconds: how long one question to Git may take.

    Raises:
        BadInputError: there is no repository that may be read.
        UnavailableError: there is no `git`.
    """
    with git_of(folder, program=program, time_limit_seconds=time_limit_seconds) as git:
        yield GitRepository(
            folder.resolve(), git, workers or min(len(os.sched_getaffinity(0)), _MOST_WORKERS)
        )


class GitRepository:
    """Reads one repository; made by `git_repository`."""

    def __init__(self, folder: Path, git: GitProgram, workers: int) -> None:
        self._folder = folder
        self._git = git
        self._workers = workers

    def read(self, since: GitState | None = None, *, newer_than: datetime | None = None) -> GitReading:
        """Return what there is to tell that an earlier reading did not; raises as `GitProgram.ask`.

        Args:
            since: what an earlier reading saw.
            newer_than: leave out the commits that are older.
        """
        since = since or GitState()
        found = references(self._git)
        boundary = self._git.cut_off()
        heads = {reference.name: reference.object for reference in found}
        known = self._still_here(since.heads)
        # A clone that was deepened has older commits that are new here, below those that were read.
        begun = known if boundary == since.boundary else set()
        told = {*(reference.commit for reference in found), *(f"^{each}" for each in begun)}
        limit = () if newer_than is None else (f"--since={newer_than.isoformat()}",)
        commits = self._git.ask(
            "rev-list", "--topo-order", "--reverse", *limit, "--stdin", told=sorted(told)
        ).decode()
        is_counted = not self._is_partial_clone()
        return GitReading(
            repository=self.address,
            state=GitState(heads=heads, boundary=boundary),
            partial=" ".join(_why_partial(boundary, is_counted=is_counted)),
            rewritten=tuple(self._moved(since.heads, heads, known)),
            # The parents of a commit at the boundary are not here, so what it altered cannot be told.
            commits=tuple(each for each in commits.split() if each not in frozenset(boundary)),
            tags=tuple(
                reference.tag
                for reference in found
                if reference.tag is not None and since.heads.get(reference.name) != reference.object
            ),
            is_counted=is_counted,
        )

    def events(self, reading: GitReading) -> Iterator[Event]:
        """Yield a reading's commits, its tags, and the patches of what may be copies; raises as `read`."""
        for commit in self._commits(reading):
            event = commit_event(commit, reading.repository)
            if event is not None:
                yield event
        for tag in reading.tags:
            yield tag_event(tag, reading.repository)
        if reading.is_counted and reading.commits:
            yield from self._patches(reading)

    def _commits(self, reading: GitReading) -> Iterator[ReadCommit]:
        shown = (*_SHOWN, FORMAT, *(_COUNTED if reading.is_counted else ("--no-patch",)))

        def said(batch: Sequence[str]) -> bytes:
            return self._git.ask("log", "--no-walk=unsorted", "--stdin", *shown, told=batch)

        for answer in self._ahead(said, reading.commits, most=_MOST_COUNTED):
            yield from read_commits([answer], is_counted=reading.is_counted)

    def _patches(self, reading: GitReading) -> Iterator[Event]:
        heads = sorted(set(reading.state.heads.values()))
        listed = self._git.ask("log", "--no-merges", "--stdin", *_SHOWN, COPY_FORMAT, told=heads)
        outside = frozenset(reading.state.boundary)
        copies = [
            each for each in possible_copies(listed, new=set(reading.commits)) if each.id not in outside
        ]
        question = ("log", "--no-walk=unsorted", "--stdin", *_SHOWN[1:], *_PATCHES, "--format=%H")

        def said(batch: Sequence[Copy]) -> bytes:
            hashes = [copy.id for copy in batch]
            return self._git.ask_about_answer(*question, told=hashes, then=("patch-id", "--stable"))

        found: dict[str, str] = {}
        for answer in self._ahead(said, copies, most=_MOST_COMPARED):
            found |= patch_ids(answer)
        for copy in copies:
            if copy.id in found:
                yield patch_event(copy.id, found[copy.id], copy.committed_at, reading.repository)

    def _ahead(self, ask: Callable[[Sequence[T]], bytes], told: Sequence[T], *, most: int) -> Iterator[bytes]:
        """Yield the answers about all that is told, in its order, while the next ones are being found."""
        size = min(most, max(_FEWEST, -(-len(told) // (2 * self._workers))))
        with ThreadPoolExecutor(self._workers) as pool:
            batches = (told[first : first + size] for first in range(0, len(told), size))
            coming = (pool.submit(ask, batch) for batch in batches)
            waiting = deque(islice(coming, self._workers + 1))
            try:
                while waiting:
                    answer = waiting.popleft().result()
                    waiting.extend(islice(coming, 1))
                    yield answer
            finally:
                pool.shutdown(cancel_futures=True)

    @functools.cached_property
    def address(self) -> str:
        """The address of `origin`, else of the first remote that has one, else of the folder itself."""
        if self._git.agrees("config", "--get-regexp", _REMOTES):
            said = self._git.ask("config", "-z", "--get-regexp", _REMOTES).decode("utf-8", errors="replace")
            remotes = [entry.partition("\n")[::2] for entry in said.split("\0")]
            remotes.sort(key=lambda remote: remote[0] != "remote.origin.url")
            found = next(filter(None, (web_address(url) for _, url in remotes)), "")
            if found:
                return found
        return self._folder.as_uri()

    def _is_partial_clone(self) -> bool:
        return self._git.agrees(
            "config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$"
        )

    def _still_here(self, heads: dict[str, str]) -> set[str]:
        """Return the objects of an earlier reading that were not cleared away since."""
        if not heads:
            return set()
        before = sorted(set(heads.values()))
        said = self._git.ask("cat-file", "--batch-check=%(objecttype)", told=before).decode().splitlines()
        return {each for each, kind in zip(before, said, strict=True) if kind in {"commit", "tag"}}

    def _moved(
        self, before: dict[str, str], after: dict[str, str], known: set[str]
    ) -> Iterator[MovedReference]:
        for name, old in sorted(before.items()):
            new = after.get(name, "")
            if new == old or name == "HEAD":
                continue
            if name.startswith("refs/tags/") or old not in known:
                is_kept = False
            elif new:
                is_kept = self._git.agrees("merge-base", "--is-ancestor", old, new)
            else:
                told = [old, *(f"^{each}" for each in set(after.values()))]
                is_kept = not self._git.ask("rev-list", "--max-count=1", "--stdin", told=told)
            if not is_kept:
                yield MovedReference(name=name, before=old, after=new)


def _why_partial(boundary: tuple[str, ...], *, is_counted: bool) -> Iterator[str]:
    if boundary:
        yield "This is a shallow clone, so the history is partial: older commits are missing."
        yield "To have them: git fetch --unshallow."
    if not is_counted:
        yield "This is a partial clone without contents, so altered lines and copies are not told."
