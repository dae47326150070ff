"""Targets: what figures ought to be, as the ledger has it, and how they stand to it now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import quote

import msgspec

from strandline.kpi.all_figures import FIGURES
from strandline.kpi.availability import NAME as AVAILABILITY
from strandline.kpi.figure import Figure
from strandline.kpi.scope import Scope
from strandline.ledger.ports import Ledger, ProjectionStore
from strandline.ledger.projection import Projector
from strandline.ledger.record import Record
from strandline.performance.decimals import plain, read_decimal
from strandline.performance.figures import Figures
from strandline.performance.noticing import SOURCE
from strandline.performance.target_standing import (
    BAD_SHARES,
    GOOD_SHARES,
    Budget,
    Standing,
    budget,
    standing,
)
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError, NotFoundError
from strandline.vocabulary.event import Event, event_of, says
from strandline.vocabulary.performance import TargetSet

_SHARES = (*GOOD_SHARES, *BAD_SHARES, AVAILABILITY, "failure-exposure")
DURATIONS = (
    "change-lead-time",
    "failed-deployment-recovery-time",
    "deployment-duration",
    "approval-wait",
)
"""Figures that are in seconds."""
SHORTEST, LONGEST = timedelta(days=1), timedelta(days=400)
"""What targets can be judged over."""


class TargetLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A target, and how the figure stands to it."""

    target: TargetSet
    standing: Standing
    figure: Figure
    """Over the target's window; without the members of its sample."""
    budget: Budget | None = None
    """`None` for a target that has no error budget, such as one of a duration."""


class TargetsProjection:
    """One row for each figure of each service and environment that has a target: the newest one."""

    name = "figure-targets"
    version = 1

    def keys(self, event: Event) -> Iterable[str]:
        """Return the target that was set."""
        said = says(event, TargetSet)
        return (_key(said),) if said is not None else ()

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        """Return the target's row after this record."""
        del rows
        said = says(record.event, TargetSet)
        return {_key(said): msgspec.json.encode(said)} if said is not None else {}


class Targets:
    """The targets: set, listed, held against the figures. Every method may be called from any thread."""

    def __init__(self, ledger: Ledger, store: ProjectionStore, clock: Clock) -> None:
        self._ledger = ledger
        self._store = store
        self._clock = clock
        self.projector = Projector(ledger, store, (TargetsProjection(),))

    def every(self) -> list[TargetSet]:
        """Return all targets, by figure in the order in which they are listed, then by service."""
        self.projector.catch_up()
        rows = self._store.rows(TargetsProjection.name).values()
        order = {name: place for place, name in enumerate(FIGURES)}
        found = [msgspec.json.decode(row, type=TargetSet) for row in rows]
        return sorted(found, key=lambda each: (order.get(each.figure, 99), each.service, each.environment))

    def of(self, figure: str, *, service: str = "", environment: str = "") -> TargetSet | None:
        """Return the target that a figure has for a service; that for all services, where it has none."""
        every = {_key(each): each for each in self.every()}
        return every.get(_place(figure, service, environment)) or every.get(_place(figure, "", environment))

    def set_up(self, targets: Sequence[TargetSet], *, actor: str) -> None:
        """Record targets, all or none; each takes the place of the one that was there.

        Raises:
            BadInputError: one of them makes no sense; nothing is recorded.
        """
        checked = [checked_target(each) for each in targets]
        now, head = self._clock.now(), self._ledger.head().seq
        self._ledger.append(
            [
                event_of(
                    each,
                    id=f"target/{_key(each)}/{now.isoformat()}/{head + place}",
                    source=SOURCE,
                    subject_id=each.figure,
                    occurred_at=now,
                    actor=actor,
                )
                for place, each in enumerate(checked)
            ]
        )

    def lines(self, figures: Figures, now: datetime) -> list[TargetLine]:
        """Return how each target stands at a moment."""
        return [target_line(each, figures, now) for each in self.every()]


def target_line(target: TargetSet, figures: Figures, now: datetime) -> TargetLine:
    """Return how a target stands at a moment, over its own window up to then."""
    scope = Scope(start=now - target.window, end=now, service=target.service, environment=target.environment)
    [figure] = figures.figures(scope, names=[target.figure])
    return TargetLine(
        target=target,
        standing=standing(target, figure),
        figure=msgspec.structs.replace(figure, points=()),
        budget=budget(target, figure),
    )


def checked_target(target: TargetSet) -> TargetSet:
    """Return a target with its number written plainly.

    Raises:
        NotFoundError: no figure has this name; the message lists those there are.
        BadInputError: it makes no sense; the error says why.
    """
    where = f"target for {target.figure}"
    if target.figure not in FIGURES:
        what = f"No figure is called “{target.figure}”."
        raise NotFoundError(what, remedy=f"Known figures: {', '.join(FIGURES)}.")
    if bool(target.at_least) == bool(target.at_most):
        what = "A target has one bound."
        raise BadInputError(what, where=where, remedy="Give either --at-least or --at-most.")
    if not target.owner.strip():
        what = "Nobody answers for this target."
        raise BadInputError(what, where=where, remedy="Name a person or a team with --owner.")
    if not SHORTEST <= target.window <= LONGEST:
        what = f"A target cannot be judged over {target.window.days} days."
        raise BadInputError(what, where=where, remedy="Give from 1 to 400 days, such as --window 28d.")
    bound = read_decimal(target.at_least or target.at_most, where=where)
    if target.figure in _SHARES and not 0 <= bound <= 1:
        what = f"{target.figure} is a share; {plain(bound)} can never be reached, or always is."
        raise BadInputError(what, where=where, remedy="Give a number from 0 to 1, or from 0% to 100%.")
    if target.figure not in _SHARES and "%" in (target.at_least or target.at_most):
        what = f"{target.figure} is no share, so it has no percent."
        raise BadInputError(
            what, where=where, remedy="Give it in its unit: seconds, a number a day, a score."
        )
    kept = {"at_least": plain(bound)} if target.at_least else {"at_most": plain(bound)}
    return msgspec.structs.replace(target, **kept)


def due_on(target: TargetSet, today: date) -> bool:
    """Return whether a target is to be met by now."""
    return target.by is None or target.by <= today


def _key(target: TargetSet) -> str:
    return _place(target.figure, target.service, target.environment)


def _place(figure: str, service: str, environment: str) -> str:
    # The names of services may have slashes.
    return "/".join(quote(part, safe="") for part in (figure, service, environment))
