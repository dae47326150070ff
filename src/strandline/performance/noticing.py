"""Noticing: what changes in the figures, and what is out of the ordinary, becomes an event, once.

Figures are watched by whole weeks that begin on a Monday (UTC), so that the same week is the same window
whenever somebody looks. A week is looked at a day after its end, as an incident may be taken for the
consequence of a deployment until then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from strandline.kpi.all_figures import FIGURES
from strandline.kpi.change_points import (
    FALSE_ANOMALY,
    FALSE_CHANGE,
    LEAST_BESIDE,
    NEEDED,
    Anomaly,
    ChangePoint,
    Watched,
    Window,
    watched,
)
from strandline.kpi.figure import Figure, Status
from strandline.kpi.history import History
from strandline.kpi.scope import Scope
from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.projection import Projector
from strandline.ledger.record import Record
from strandline.performance.decimals import written
from strandline.performance.figures import Figures
from strandline.vocabulary.errors import ConflictingEventError
from strandline.vocabulary.event import Event, event_of, says
from strandline.vocabulary.performance import FigureAnomalous, FigureChanged

SOURCE = "/strandline/performance"
"""Who says it: the CloudEvents source of all that this room states."""
WEEK = timedelta(days=7)
SETTLED_AFTER = timedelta(days=1)
"""How long after its end a week is looked at."""

Noticed = FigureChanged | FigureAnomalous
_MONDAY = datetime(2018, 1, 1, tzinfo=UTC)


class Notice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one look at the figures gave."""

    at: datetime
    """Until when the figures were looked at: the end of the last whole week."""
    stated: tuple[Noticed, ...]
    """What is new, and is in the ledger now."""
    watched: int
    """Series, each a figure of one service or of all, with enough weeks to be judged."""
    too_little: int
    """Series with too few computable weeks: that nothing was found in them says nothing."""


class NoticedRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All that was ever noticed in one figure of one scope."""

    changes: tuple[FigureChanged, ...] = ()
    anomalies: tuple[FigureAnomalous, ...] = ()


_ROW = msgspec.json.Decoder(NoticedRow)


class NoticedProjection:
    """One row for each figure of each scope."""

    name = "figures-noticed"
    version = 1

    def keys(self, event: Event) -> Iterable[str]:
        """Return the figure and scope that the event is about."""
        said = _said(event)
        return (_key(said),) if said is not None else ()

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return the row with what this record says."""
        said = _said(record.event)
        if said is None:
            return {}
        row = _read(rows[_key(said)])
        if isinstance(said, FigureChanged):
            row = msgspec.structs.replace(row, changes=(*row.changes, said))
        else:
            row = msgspec.structs.replace(row, anomalies=(*row.anomalies, said))
        return {_key(said): msgspec.json.encode(row)}


class Noticing:
    """Looks at every figure of every service, and states what it finds. May be called from any thread."""

    def __init__(self, ledger: Ledger, store: ProjectionStore, figures: Figures) -> None:
        self._ledger = ledger
        self._store = store
        self._figures = figures
        self.projector = Projector(ledger, store, (NoticedProjection(),))

    def notice(self, now: datetime, *, actor: str = "") -> Notice:
        """State every finding that is not in the ledger yet.

        A finding that is there already is not stated again, nor is a change that late events have moved by
        less than `LEAST_BESIDE` weeks. What late events take away stays: it was what was known then.

        Args:
            now: weeks that ended a day before this, or earlier, are looked at.
            actor: who asked for it; empty for the program itself.
        """
        history = self._figures.history()
        self.projector.catch_up()
        rows = self._store.rows(NoticedProjection.name)
        weeks = weeks_before(now)
        stated: list[Noticed] = []
        judged = too_little = 0
        for service in ("", *_services(history)):
            for name, figure in FIGURES.items():
                found = watched(_series(figure, history, service, weeks))
                judged += not found.is_too_little
                too_little += found.is_too_little
                known = _read(rows.get(_row_key(name, service, "", "")))
                for fact, ended_at in _facts(found, name, service, weeks):
                    if not _is_known(fact, known) and self._state(fact, ended_at, actor):
                        stated.append(fact)
        return Notice(at=weeks[-1] + WEEK, stated=tuple(stated), watched=judged, too_little=too_little)

    def known(self, figure: str, *, service: str = "", environment: str = "") -> NoticedRow:
        """Return all that was ever noticed in a figure of one scope, in the order in which it was stated."""
        self.projector.catch_up()
        return _read(self._store.row(NoticedProjection.name, _row_key(figure, service, "", environment)))

    def _state(self, fact: Noticed, ended_at: datetime, actor: str) -> bool:
        """Record a finding; return whether it is new."""
        kind = "changed" if isinstance(fact, FigureChanged) else "anomalous"
        event = event_of(
            fact,
            id=f"{kind}/{_key(fact)}/{fact.at.date()}",
            source=SOURCE,
            subject_id=fact.figure,
            occurred_at=ended_at,
            actor=actor,
        )
        try:
            return self._ledger.append([event])[0].is_new
        except ConflictingEventError:
            # Another process stated it meanwhile, by what it knew then.
            return False


def weeks_before(now: datetime) -> tuple[datetime, ...]:
    """Return the Mondays on which the weeks begin that are looked at and those that they are judged by."""
    number = (now - SETTLED_AFTER - _MONDAY) // WEEK
    return tuple(_MONDAY + place * WEEK for place in range(number - NEEDED, number))


def _services(history: History) -> list[str]:
    named = {service for service, _ in history.deployments}
    named |= {each.service for each in history.incidents} | {each.service for each in history.feedback}
    return sorted(named - {""})


def _series(
    figure: Callable[[History, Scope], Figure], history: History, service: str, weeks: Sequence[datetime]
) -> list[Window]:
    """Return a figure by weeks.

    One over too small a part of what it should be over is none: what seems to change may be what is missing.
    """
    made = []
    for start in weeks:
        found = figure(history, Scope(start=start, end=start + WEEK, service=service))
        value = found.explicit.value if found.status is Status.COMPUTED else None
        made.append(Window(value=value, n=found.explicit.n))
    return made


def _facts(
    found: Watched, figure: str, service: str, weeks: Sequence[datetime]
) -> list[tuple[Noticed, datetime]]:
    """Return findings as facts, each with the moment at which it could first be told, in this order."""
    facts: list[tuple[Noticed, datetime]] = [
        (_changed(each, figure, service, weeks), weeks[each.told_at] + WEEK) for each in found.changes
    ]
    facts += [(_anomalous(each, figure, service, weeks), weeks[each.at] + WEEK) for each in found.anomalies]
    return sorted(facts, key=lambda each: each[1])


def _changed(found: ChangePoint, figure: str, service: str, weeks: Sequence[datetime]) -> FigureChanged:
    return FigureChanged(
        figure=figure,
        service=service,
        at=weeks[found.at],
        before=written(found.before),
        after=written(found.after),
        weeks_before=found.windows_before,
        weeks_after=found.windows_after,
        n_before=found.n_before,
        n_after=found.n_after,
        false_alarm=written(FALSE_CHANGE),
    )


def _anomalous(found: Anomaly, figure: str, service: str, weeks: Sequence[datetime]) -> FigureAnomalous:
    return FigureAnomalous(
        figure=figure,
        service=service,
        at=weeks[found.at],
        until=weeks[found.at] + WEEK,
        value=written(found.value),
        low=written(found.low),
        high=written(found.high),
        weeks_before=found.windows_before,
        n=found.n,
        false_alarm=written(FALSE_ANOMALY),
    )


def _is_known(fact: Noticed, known: NoticedRow) -> bool:
    if isinstance(fact, FigureAnomalous):
        return any(each.at == fact.at for each in known.anomalies)
    return any(abs(each.at - fact.at) < LEAST_BESIDE * WEEK for each in known.changes)


def _said(event: Event) -> Noticed | None:
    return says(event, FigureChanged) or says(event, FigureAnomalous)


def _key(fact: Noticed) -> str:
    return _row_key(fact.figure, fact.service, fact.team, fact.environment)


def _row_key(*parts: str) -> str:
    # The names of services may have slashes.
    return "/".join(quote(part, safe="") for part in parts)


def _read(row: bytes | None) -> NoticedRow:
    return _ROW.decode(row) if row is not None else NoticedRow()
