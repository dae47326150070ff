"""What was worked out, kept with what it was read from, so that one more event undoes only what rests on it.

Whatever reads the evidence says so with `note`: a fact's type, or one of the names below. `Memo.get` collects
what was noted while it worked something out, also what other kept values inside of it had been read from.
When the evidence has grown, `Memo.forget` drops what rests on what has changed; the rest stands.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

HISTORY = "history"
"""Deployments, commits, incidents, approvals, feedback: everything that figures are over."""
_SIGNS = "signs of "
_READS: ContextVar[set[str] | None] = ContextVar("reads", default=None)
T = TypeVar("T")


def signs_of(carries: str) -> str:
    """Return the name of what feeds say of themselves that carry something."""
    return _SIGNS + carries


def carried_of(name: str) -> str:
    """Return what the feeds carry whose signs of life a name stands for; empty for any other name."""
    return name.removeprefix(_SIGNS) if name.startswith(_SIGNS) else ""


def note(name: str) -> None:
    """Say that something of the evidence is read."""
    reads = _READS.get()
    if reads is not None:
        reads.add(name)


class Memo:
    """Values by key. Not for several threads at once."""

    def __init__(self) -> None:
        self._kept: dict[Any, tuple[Any, frozenset[str]]] = {}

    def get(self, key: Any, work_out: Callable[[], T]) -> T:  # noqa: ANN401 - any key
        """Return what was worked out for a key, or work it out."""
        outer = _READS.get()
        known = self._kept.get(key)
        if known is None:
            inner: set[str] = set()
            token = _READS.set(inner)
            try:
                value = work_out()
            finally:
                _READS.reset(token)
            known = self._kept[key] = (value, frozenset(inner))
        if outer is not None:
            outer |= known[1]
        found: T = known[0]
        return found

    def reads(self) -> frozenset[str]:
        """Return everything that any of it was read from."""
        return frozenset().union(*(reads for _, reads in self._kept.values()))

    def forget(self, changed: frozenset[str]) -> None:
        """Drop what was read from any of these."""
        for key in [key for key, (_, reads) in self._kept.items() if not reads.isdisjoint(changed)]:
            del self._kept[key]

    def __iter__(self) -> Iterator[Any]:
        """Yield the keys that are kept."""
        return iter(self._kept)

    def __len__(self) -> int:
        """Return how many values are kept."""
        return len(self._kept)
