"""Where doors ask for figures: over any scope, as new as the ledger or as of any moment before."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from strandline.kpi.all_figures import FIGURES
from strandline.kpi.figure import Figure
from strandline.kpi.history import History, history_from, placed_all
from strandline.kpi.owners import services_of, teams_of
from strandline.kpi.scope import Scope
from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.projection import Projector
from strandline.performance.annotations import Annotation, annotations, rule_events
from strandline.performance.history_projection import HistoryProjection, read_row, row_key
from strandline.performance.kept_history import KeptHistory
from strandline.performance.trend import Period, trend
from strandline.vocabulary.errors import NotFoundError
from strandline.vocabulary.event import Event

Progress = Callable[[int, int], None]
"""Told how many of how many records were read."""


class Figures:
    """Answers from the ledger; every answer is as new as the ledger is when it is asked.

    The values are kept in memory and only what new events speak of is read again, so that one more event
    costs the same however long the ledger is. Every method may be called from any thread.
    """

    def __init__(self, ledger: Ledger, store: ProjectionStore) -> None:
        self._ledger = ledger
        self._store = store
        self.projector = Projector(ledger, store, (HistoryProjection(),))
        self._lock = threading.Lock()
        self._seen = 0
        self._kept = KeptHistory()

    def history(self, *, as_of: datetime | None = None, progress: Progress = lambda *_: None) -> History:
        """Return everything that is known; or that was known at a moment, however old the events were then.

        Args:
            as_of: only what had been recorded by then. This reads the whole ledger.
            progress: told how far the reading is.
        """
        if as_of is not None:
            return history_from(self._recorded_by(as_of, progress))
        with self._lock:
            self._catch_up()
            return self._kept.history

    def figures(
        self, scope: Scope, *, names: Iterable[str] = (), as_of: datetime | None = None
    ) -> list[Figure]:
        """Return figures over a scope, in the order in which they are listed.

        Args:
            scope: what they are over.
            names: which; empty for all of them.
            as_of: only by what had been recorded then.

        Raises:
            NotFoundError: a figure or the team has no such name; the message lists those there are.
        """
        wanted = [_named(name) for name in (list(names) or list(FIGURES))]
        history = self.history(as_of=as_of)
        scope = of_team(history, scope)
        return [figure(history, scope) for figure in wanted]

    def trend(self, name: str, scope: Scope) -> tuple[Period, ...]:
        """Return one figure by periods of a scope.

        Raises:
            NotFoundError: no figure, or no team, has this name.
        """
        history = self.history()
        return trend(_named(name), history, of_team(history, scope))

    def annotations(self, scope: Scope) -> tuple[Annotation, ...]:
        """Return what happened in a scope: deployments, incidents, changes of the rules."""
        history = self.history()
        return annotations(history, of_team(history, scope), rule_events(self._ledger))

    def services(self) -> list[str]:
        """Return the names of all services that anything is known of."""
        return sorted({service for service, _ in self.history().deployments if service})

    def teams(self) -> list[str]:
        """Return the names of all teams and business units that a catalogue knows."""
        return teams_of(self.history().owners)

    def _recorded_by(self, as_of: datetime, progress: Progress) -> Iterable[Event]:
        until = self._ledger.head().seq
        for record in self._ledger.read():
            if record.recorded_at > as_of:
                return
            progress(record.seq, until)
            yield record.event

    def _catch_up(self) -> None:
        self.projector.catch_up()
        seq, _ = self._store.checkpoint(HistoryProjection.name)
        if seq == self._seen:
            return
        if not self._seen or seq < self._seen:
            self._kept = KeptHistory()
            rows = self._store.rows(HistoryProjection.name)
        else:
            rows = self._store.rows(HistoryProjection.name, sorted(self._touched(seq)))
        self._kept.take(map(read_row, rows.values()))
        self._seen = seq

    def _touched(self, until: int) -> set[str]:
        records = self._ledger.read(after=self._seen, limit=until - self._seen)
        return {row_key(each.kind, each.key) for record in records for each in placed_all(record.event)}


def of_team(history: History, scope: Scope) -> Scope:
    """Return the scope with the services of its team looked up; as it is if it asks for none.

    Raises:
        NotFoundError: no catalogue knows the team; the message lists those that are known.
    """
    if not scope.team:
        return scope
    services = services_of(history.owners, scope.team)
    if not services:
        what = f"No team or business unit is called “{scope.team}”."
        known = ", ".join(teams_of(history.owners)) or "none yet: no catalogue says who owns which service"
        raise NotFoundError(what, remedy=f"Known: {known}.")
    return msgspec.structs.replace(scope, services=services)


def _named(name: str) -> Callable[[History, Scope], Figure]:
    if name not in FIGURES:
        what = f"No figure is called “{name}”."
        raise NotFoundError(what, remedy=f"Known figures: {', '.join(FIGURES)}.")
    return FIGURES[name]
