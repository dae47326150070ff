"""Which level a measure is to reach, by when, and who answers for it; and when it gets there at its pace."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

import msgspec
from scipy.stats import theilslopes

from strandline.ledger.ports import Ledger
from strandline.maturity.model import LEVELS
from strandline.vocabulary.ambition import LevelTargetSet
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import event_of, says

SOURCE = "/strandline/assessment"
_FEWEST_POINTS = 4
_CONFIDENCE = 0.9
_FARTHEST = timedelta(days=5 * 365)
"""A forecast beyond this says nothing."""


class LevelTarget(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a measure is to reach."""

    measure: str
    level: int
    due_on: date
    owner: str
    unit: str
    set_at: datetime
    reason: str


class Forecast(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """When a measure gets to a level, if it goes on as it went."""

    says: str
    on: date | None
    earliest: date | None
    """By the steeper end of the slope's 90 % interval."""
    latest: date | None
    """By the flatter end; nothing if that end does not rise."""


class LevelTargets:
    """The targets that were set; the newest word for each measure and unit counts."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def all(self, *, unit: str = "") -> Mapping[str, LevelTarget]:
        """Return the target of each measure that has one."""
        found: dict[str, LevelTarget] = {}
        for record in self._ledger.read(types=(LevelTargetSet.TYPE,)):
            said = says(record.event, LevelTargetSet)
            if said is not None and said.unit == unit:
                found[record.event.subject_id] = LevelTarget(
                    measure=record.event.subject_id,
                    level=said.level,
                    due_on=said.due_on,
                    owner=said.owner,
                    unit=said.unit,
                    set_at=record.event.occurred_at,
                    reason=said.reason,
                )
        return found

    def set_target(self, measure: str, target: LevelTargetSet, *, actor: str) -> None:
        """Record a target.

        Raises:
            BadInputError: there is no such level, or the day is past.
        """
        now = self._clock.now()
        if not 1 <= target.level <= LEVELS:
            what = f"There is no level {target.level}."
            raise BadInputError(what, remedy=f"Give one from 1 to {LEVELS}.")
        if target.due_on <= now.date():
            what = f"{target.due_on} is past."
            raise BadInputError(what, remedy="Give a day to come.")
        key = f"{measure}|{target.unit}|{target.level}|{target.due_on}|{now.isoformat()}"
        event = event_of(
            target,
            id=f"level-target-{uuid5(NAMESPACE_URL, key)}",
            source=SOURCE,
            subject_id=measure,
            occurred_at=now,
            actor=actor,
        )
        self._ledger.append([event])


def forecast(points: Sequence[tuple[datetime, float]], level: int) -> Forecast:
    """Return when a level is reached, by the trend of what was measured.

    The trend is the median of the slopes between all pairs of points, with its 90 % interval (Theil 1950, Sen
    1968): a single jump does not carry it.

    Args:
        points: moments, the oldest first, with the proved level and the share of the next that holds.
        level: which level.
    """
    if points and points[-1][1] >= level:
        return Forecast(says="It is there.", on=points[-1][0].date(), earliest=None, latest=None)
    if len(points) < _FEWEST_POINTS:
        return Forecast(
            says="Too little is known of the past for a forecast.", on=None, earliest=None, latest=None
        )
    last, value = points[-1]
    days = [(at - last) / timedelta(days=1) for at, _ in points]
    fit = theilslopes([each for _, each in points], days, alpha=_CONFIDENCE)
    slope, flat, steep = float(fit[0]), float(fit[2]), float(fit[3])
    reached = [_reached(last, (level - value), each) for each in (slope, steep, flat)]
    on, earliest, latest = reached
    if on is None:
        said = "At its pace it does not get there within five years."
    else:
        between = f" (between {earliest} and {latest or 'never'})" if earliest else ""
        said = f"At its pace it gets there about {on}{between}."
    return Forecast(says=said, on=on, earliest=earliest, latest=latest)


def _reached(last: datetime, missing: float, slope: float) -> date | None:
    if slope <= 0 or missing / slope > _FARTHEST / timedelta(days=1):
        return None
    return (last + timedelta(days=missing / slope)).date()
