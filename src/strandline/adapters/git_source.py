"""A Git repository as the import asks for it: where it was left, what is new, what was rewritten."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from strandline.adapters.git_repository import GitRepository, GitState, MovedReference, git_repository
from strandline.collection.repository_import import ReadHistory
from strandline.vocabulary.event import JsonValue


class GitSource:
    """Reads one repository; made by `git_source`."""

    def __init__(self, repository: GitRepository) -> None:
        self._repository = repository
        self.address = repository.address

    def history(self, since: dict[str, JsonValue] | None) -> ReadHistory:
        """Return what is new; see `Repository.history`."""
        before = msgspec.convert(since, GitState) if since is not None else None
        reading = self._repository.read(before)
        return ReadHistory(
            state=msgspec.to_builtins(reading.state),
            partial=reading.partial,
            rewritten=tuple(map(_moved, reading.rewritten)),
            events=self._repository.events(reading),
        )


@contextmanager
def git_source(folder: Path) -> Iterator[GitSource]:
    """Open a repository for an import; raises as `git_repository`."""
    with git_repository(folder) as repository:
        yield GitSource(repository)


def _moved(moved: MovedReference) -> str:
    if not moved.after:
        return f"{moved.name} is gone; it held {moved.before[:12]}."
    return f"{moved.name} was rewritten: it held {moved.before[:12]}, and now {moved.after[:12]}."
