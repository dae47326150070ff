"""Projections: views folded from events, which can be deleted and rebuilt to the same bytes."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.record import Record
from strandline.vocabulary.errors import NotFoundError
from strandline.vocabulary.event import Event

_PAGE = 2000
"""Records that are folded between two checkpoints."""


class Projection(Protocol):
    """A fold over the ledger with keyed rows. It depends on the records alone: no clock, no randomness."""

    name: str
    """What its rows are kept under; it never changes."""
    version: int
    """Goes up whenever the fold gives other rows than before; the projection is rebuilt then."""

    def keys(self, event: Event) -> Iterable[str]:
        """Return the keys of the rows that the fold of this event reads or writes; none to skip it."""
        ...

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return the rows that change by this record; `None` removes one.

        Args:
            rows: the present rows of all `keys`; `None` for one that is not there.
            record: the next record.
        """
        ...


class Projector:
    """Keeps projections as new as the ledger. Every method may be called from any thread.

    Several processes may do so on one store: a fold that another one has overtaken is not written, but
    taken up from where that one left it.
    """

    def __init__(self, ledger: Ledger, store: ProjectionStore, projections: Sequence[Projection]) -> None:
        self._ledger = ledger
        self._store = store
        self._projections = {projection.name: projection for projection in projections}
        self._lock = threading.Lock()

    def catch_up(self) -> None:
        """Fold every record that is in the ledger now and not yet in the projections."""
        with self._lock:
            # How far they are comes first: the ledger can only be further than that.
            places = {name: self._place(projection) for name, projection in self._projections.items()}
            until = self._ledger.head().seq
            for name, place in places.items():
                if place > until:
                    # The ledger was put back to an older copy; what it forgot must not live on here.
                    self._store.drop(name)
                    places[name] = 0
            while places and min(places.values()) < until:
                after = min(places.values())
                page = list(self._ledger.read(after=after, limit=min(_PAGE, until - after)))
                if not page:
                    return
                for name, place in places.items():
                    if place < page[-1].seq:
                        places[name] = self._fold(self._projections[name], page, base=place)

    def rebuild(self, name: str) -> None:
        """Forget a projection's rows and fold them again from the first record.

        Raises:
            NotFoundError: there is no projection of this name; the message lists those there are.
        """
        if name not in self._projections:
            what = f"There is no projection called “{name}”."
            raise NotFoundError(what, remedy=f"Known projections: {', '.join(sorted(self._projections))}.")
        with self._lock:
            self._store.drop(name)
        self.catch_up()

    def _place(self, projection: Projection) -> int:
        """Return how far a projection has read; it begins anew where another version of it did."""
        seq, version = self._store.checkpoint(projection.name)
        if seq and version != projection.version:
            self._store.drop(projection.name)
            return 0
        return seq

    def _fold(self, projection: Projection, page: Sequence[Record], *, base: int) -> int:
        """Fold what is new on the page and save it; return how far the projection is then."""
        touched = [
            (record, keys)
            for record in page
            if record.seq > base and (keys := tuple(projection.keys(record.event)))
        ]
        wanted = {key for _, keys in touched for key in keys}
        rows: dict[str, bytes | None] = dict.fromkeys(wanted)
        if base and wanted:
            rows.update(self._store.rows(projection.name, sorted(wanted)))
        changed: dict[str, bytes | None] = {}
        for record, keys in touched:
            new = projection.fold({key: rows[key] for key in keys}, record)
            rows.update(new)
            changed.update(new)
        seq = page[-1].seq
        if self._store.save(projection.name, version=projection.version, seq=seq, rows=changed, base=base):
            return seq
        return self._place(projection)
