"""What the ledger needs of a store, and what every other room may ask of the ledger."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from strandline.ledger.record import Appended, Head, Record
from strandline.vocabulary.event import Event


class Ledger(Protocol):
    """The append-only record of events. Every method may be called from any thread.

    All of them raise `UnavailableError` when the store cannot be reached, is locked for too long, or is
    full; nothing is half done then.
    """

    def append(self, events: Sequence[Event], *, payload: bytes | None = None) -> list[Appended]:
        """Record the events in this order, all or none; one that is known already changes nothing.

        Args:
            events: what to record.
            payload: the raw bytes that all of these events were made from; stored and linked.

        Raises:
            ConflictingEventError: one has a known `(source, id)` but other content; none is recorded.
        """
        ...

    def read(
        self,
        *,
        after: int = 0,
        limit: int | None = None,
        types: Iterable[str] = (),
        chain_id: str = "",
        subject_id: str = "",
    ) -> Iterator[Record]:
        """Yield records in order, beginning after place `after`; empty filters let everything through.

        `types` are prefixes: `dev.cdeventsx.strandline-stage.` gives all that happened to stages.
        """
        ...

    def find(self, source: str, event_id: str) -> Record | None:
        """Return the record of this event, or `None` if the ledger does not know it."""
        ...

    def named(self, event_id: str) -> list[Record]:
        """Return the records of all events of this id, whatever their source, in the ledger's order."""
        ...

    def payload(self, digest: str) -> bytes | None:
        """Return the raw payload with this SHA-256 (hex), or `None`."""
        ...

    def head(self) -> Head:
        """Return the newest record's place and hash."""
        ...

    def wait(self, *, after: int, timeout: timedelta) -> bool:
        """Block until there is a record after place `after`; return whether there is one."""
        ...


class ProjectionStore(Protocol):
    """Where projections keep their rows and how far they have read."""

    def rows(self, projection: str, keys: Iterable[str] | None = None) -> dict[str, bytes]:
        """Return the rows of a projection, by key: all, or those of these keys that there are."""
        ...

    def row(self, projection: str, key: str) -> bytes | None:
        """Return one row, or `None`."""
        ...

    def checkpoint(self, projection: str) -> tuple[int, int]:
        """Return how far it has read (a place in the ledger; 0 if not at all) and its version then."""
        ...

    def save(
        self, projection: str, *, version: int, seq: int, rows: Mapping[str, bytes | None], base: int
    ) -> bool:
        """Write changed rows (`None` removes one) and the checkpoint in one transaction.

        Args:
            projection: its name.
            version: of the fold that made the rows.
            seq: how far it has read now.
            rows: what changed since `base`.
            base: how far it had read when it began. Where the checkpoint is elsewhere by now, another process
                has folded meanwhile: nothing is written, and the answer is `False`.
        """
        ...

    def drop(self, projection: str) -> None:
        """Forget the projection's rows and checkpoint, so that it is built again from the start."""
        ...


Announce = Callable[[Record], None]
"""Called for each new record by whoever follows the ledger."""
