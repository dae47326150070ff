"""Commits as `git log` writes them: one stream of bytes in, one value a commit out.

The stream is that of `git log -z --numstat` with `FORMAT`. Nothing in it needs quoting: neither a commit nor
a path can hold a NUL, so fields, messages and paths may hold anything else. A commit is a mark and eight
fields, then three parts for every file that it alters; the parts of a renamed file are its numbers, the old
path and the new one. What is read is one commit at a time, whatever the length of the history.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice

import msgspec

from strandline.vocabulary.errors import BadInputError

_MARK = b">"
"""Begins a commit; numbers of a file begin with a digit, a minus or a line feed."""
_FIELDS = ("%H", "%P", "%at", "%ct", "%an", "%ae", "%s", "%b")
FORMAT = f"--format=tformat:{_MARK.decode()}{'%x00'.join(_FIELDS)}"
"""What `git log` is to be asked for, together with `-z`."""
_MOST_AREAS = 100
"""A commit in more folders than this is told by its top folders: it is a sweep, not work on a service."""


class ReadCommit(msgspec.Struct, frozen=True, kw_only=True):
    """One commit, as Git knows it."""

    id: str
    parents: tuple[str, ...]
    authored_at: datetime | None
    """`None` where the commit has no author, or a time that is none."""
    committed_at: datetime | None
    author: str
    author_email: str
    subject: str
    """The first paragraph of its message, as one line."""
    body: str
    files: int | None
    """Files altered; `None` if they were not counted, as those of a merge never are."""
    insertions: int | None
    """Lines; those of binary files are not counted."""
    deletions: int | None
    areas: tuple[str, ...]
    """The folders of these files, two levels deep at most, in order."""

    @property
    def is_merge(self) -> bool:
        """Whether it joins several lines of history."""
        return len(self.parents) > 1


def read_commits(chunks: Iterable[bytes], *, is_counted: bool = True) -> Iterator[ReadCommit]:
    """Yield the commits of a stream, in its order, each as soon as it is whole.

    Args:
        chunks: the stream, cut anywhere.
        is_counted: whether Git was asked for `--numstat`.

    Raises:
        BadInputError: the stream ends within a commit, or is not what `FORMAT` asks for.
    """
    tokens = chain.from_iterable(_tokens(chunks))
    token = next(tokens, None)
    while token is not None:
        head = [token, *islice(tokens, len(_FIELDS) - 1)]
        if len(head) < len(_FIELDS) or not token.startswith(_MARK):
            raise _strange(token)
        files = insertions = deletions = 0
        folders: set[bytes] = set()
        while (token := next(tokens, None)) is not None and not token.startswith(_MARK):
            numbers = token.split(b"\t", 2)
            try:
                added, removed, path = numbers
                # Only the first file's numbers follow a line feed, which `int` passes over.
                if removed != b"-":
                    insertions += int(added)
                    deletions += int(removed)
                if path:
                    folders.add(path.rpartition(b"/")[0])
                else:
                    folders.update(next(tokens).rpartition(b"/")[0] for _ in (b"old", b"new"))
            except (ValueError, RuntimeError) as error:  # of a generator, StopIteration is a RuntimeError
                raise _strange(token) from error
            files += 1
        is_counted_here = is_counted and b" " not in head[1]
        yield ReadCommit(
            id=head[0][1:].decode(),
            parents=tuple(head[1].decode().split()),
            authored_at=git_time(head[2]),
            committed_at=git_time(head[3]),
            author=_text(head[4]),
            author_email=_text(head[5]),
            subject=_text(head[6]),
            body=_text(head[7]),
            files=files if is_counted_here else None,
            insertions=insertions if is_counted_here else None,
            deletions=deletions if is_counted_here else None,
            areas=_areas(folders) if folders else (),
        )


def _tokens(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield what stands before each NUL, in lists; what is cut by the end of a chunk waits for its rest."""
    parts: list[bytes] = []
    for chunk in chunks:
        first, *others = chunk.split(b"\0")
        parts.append(first)
        if others:
            rest = others.pop()
            yield [b"".join(parts), *others]
            parts = [rest]
    rest = b"".join(parts)
    if rest:
        raise _strange(rest)


def _areas(folders: set[bytes]) -> tuple[str, ...]:
    areas = {b"/".join(folder.split(b"/", 2)[:2]) for folder in folders}
    if len(areas) > _MOST_AREAS:
        areas = {area.partition(b"/")[0] for area in areas}
    return tuple(sorted(_text(area) for area in areas if area))


def _text(raw: bytes) -> str:
    """Git gives UTF-8 where a commit says what it is written in; what is not UTF-8 is shown as such."""
    return raw.decode("utf-8", errors="replace")


def git_time(raw: bytes | str) -> datetime | None:
    """Return a time that Git gives in seconds; `None` for none, and for one that no calendar has."""
    try:
        return datetime.fromtimestamp(int(raw), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _strange(token: bytes) -> BadInputError:
    what = f"What Git said of its history cannot be read at {_text(token[:60])!r}."
    return BadInputError(what, remedy="Check the repository: git fsck.")
