"""Importing a repository's history: everything at first, then what is new; a rewritten past is told."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

import msgspec

from strandline.collection.feeds import SOURCE
from strandline.intake.git_releases import TaggedReleases, check, release_event
from strandline.ledger.ports import Ledger
from strandline.ledger.record import Appended
from strandline.vocabulary.change import RepositoryRead, TagCreated
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import ConflictingEventError
from strandline.vocabulary.event import Event, JsonValue, event_of, says

_AT_ONCE = 1000


class ReadHistory(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of a repository: what there is to tell."""

    state: dict[str, JsonValue]
    """What it saw, for the next reading."""
    partial: str
    """Why this is not the whole history; empty if it is."""
    rewritten: tuple[str, ...]
    """Which branches and tags no longer hold what they held, in sentences."""
    events: Iterable[Event]


class Repository(Protocol):
    """A repository that can be read."""

    @property
    def address(self) -> str:
        """Return what it is called: `https://…` where it was cloned from, else `file://…`."""
        ...

    def history(self, since: dict[str, JsonValue] | None) -> ReadHistory:
        """Return what is new since a reading that saw `since`; everything for none.

        Raises:
            BadInputError: it cannot be read.
            UnavailableError: what reads it does not work.
        """
        ...


class RepositoryImported(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a repository's history."""

    repository: str
    new: int
    known: int
    partial: str
    rewritten: tuple[str, ...]
    releases: int = 0
    """Tags that were taken as deployments, and were not before."""


def import_repository(
    ledger: Ledger,
    repository: Repository,
    *,
    clock: Clock,
    actor: str,
    releases: TaggedReleases | None = None,
) -> RepositoryImported:
    """Record what a repository's history says that was not recorded yet.

    An import that is interrupted is simply done again: what it saw is only noted once all of it is recorded.

    Args:
        ledger: where to.
        repository: what to read.
        clock: the time.
        actor: who asks for it.
        releases: which tags are deployments, those that were read before among them; `None` for none.

    Raises:
        BadInputError: it cannot be read, or no tag can be told by that expression; nothing more is recorded.
        UnavailableError: what reads it, or the ledger, does not work.
    """
    pattern = check(releases) if releases is not None else None
    found = repository.history(_seen(ledger, repository.address))
    new = known = 0
    for together in _batches(found.events):
        appended = _append(ledger, together)
        new += sum(each.is_new for each in appended)
        known += sum(not each.is_new for each in appended)
    released = 0
    if releases is not None and pattern is not None:
        tags = (record.event for record in ledger.read(types=(TagCreated.TYPE,)))
        ours = (each for each in tags if each.source == repository.address)
        told = (release_event(each, releases, pattern) for each in ours)
        taken = [each for each in told if each is not None]
        released = record(ledger, taken)
    now = clock.now()
    read = RepositoryRead(state=found.state, partial=found.partial, rewritten=found.rewritten)
    done = event_of(
        read,
        id=f"repository/{repository.address}/{ledger.head().seq}",
        source=SOURCE,
        subject_id=repository.address,
        occurred_at=now,
        actor=actor,
    )
    ledger.append([done])
    return RepositoryImported(
        repository=repository.address,
        new=new,
        known=known,
        partial=found.partial,
        rewritten=found.rewritten,
        releases=released,
    )


def record(ledger: Ledger, events: Iterable[Event]) -> int:
    """Record what a repository says, and return how much of it is new; what is known stays as it is."""
    return sum(each.is_new for together in _batches(events) for each in _append(ledger, together))


def _append(ledger: Ledger, together: list[Event]) -> list[Appended]:
    try:
        return ledger.append(together)
    except ConflictingEventError:
        # What a newer reader makes of an old commit may differ in a detail. The first word stands.
        unheard = [each for each in together if ledger.find(each.source, each.id) is None]
        known = [Appended(seq=0, is_new=False)] * (len(together) - len(unheard))
        return [*ledger.append(unheard), *known] if unheard else known


def _seen(ledger: Ledger, address: str) -> dict[str, JsonValue] | None:
    """Return what the last reading saw."""
    seen = None
    for record in ledger.read(types=(RepositoryRead.TYPE,), subject_id=address):
        said = says(record.event, RepositoryRead)
        seen = said.state if said is not None else seen
    return seen


def _batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    coming = iter(events)
    while together := list(islice(coming, _AT_ONCE)):
        yield together
