"""Whether we would have heard: a source counts as alive for its heartbeat after each sign of life, no longer.

A sign is any event that the source carries, or a sign of life of a feed that says it carries such events. The
heartbeats are long where things happen seldom (a drill, a survey), and short where silence means that nobody
is listening (an audit log).
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from strandline.kpi import feeds
from strandline.kpi.feeds import Heard
from strandline.maturity.memo import note, signs_of
from strandline.maturity.told import CARRIES, Practice

ENOUGH = 0.8
"""The smallest part of a window in which the sources have to be alive for it to be judged."""
_WEEK, _MONTH, _QUARTER, _YEAR = 7, 31, 100, 400
_ENOUGH_SIGNS = 5
"""From so many days with a sign on it is known how often a source speaks."""
HEARTBEATS: Mapping[str, int] = {
    feeds.DEPLOYMENTS: _MONTH,
    feeds.COMMITS: _MONTH,
    feeds.INCIDENTS: _MONTH,
    feeds.APPROVALS: _MONTH,
    feeds.FEEDBACK: 2 * _MONTH,
    "acknowledgements": _MONTH,
    "actions": _QUARTER,
    "attestations": _YEAR,
    "catalogue": _YEAR,
    "change-records": _MONTH,
    "channels": _YEAR,
    "consumers": _MONTH,
    "courses": _YEAR,
    "directory": _YEAR,
    "document-checks": _QUARTER,
    "document-reviews": 2 * _QUARTER,
    "documents": _QUARTER,
    "drills": 2 * _QUARTER,
    "evidence-packs": _QUARTER,
    "experiments": _YEAR,
    "figures": _QUARTER,
    "forecasts": _MONTH,
    "gates": _MONTH,
    "impact": _MONTH,
    "inventory": _WEEK,
    "notices": _MONTH,
    "parameters": 2 * _QUARTER,
    "plan-comparisons": _QUARTER,
    "plan-ratings": _QUARTER,
    "practice-changes": _QUARTER,
    "register": _YEAR,
    "reviews": _QUARTER,
    "rollouts": _MONTH,
    "runbook-steps": _QUARTER,
    "runtime": 2 * _WEEK,
    "schedule": _MONTH,
    "sessions": 2 * _QUARTER,
    "strategies": _MONTH,
    "subscriptions": _YEAR,
    "support": _MONTH,
    "surveys": _YEAR,
    "traces": _MONTH,
    "training": 2 * _QUARTER,
    "versions": _MONTH,
}
"""After how many days without a sign a source counts as silent."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where the sources of something stand at a moment."""

    carries: str
    last: datetime | None
    """The last day on which one was heard; `None` if none ever was."""
    is_alive: bool
    share: float
    """0 to 1: the part of the window in which they were alive."""

    @property
    def words(self) -> str:
        """Say what is wrong."""
        if self.last is None:
            return f"no source of {self.carries} is connected"
        if not self.is_alive:
            return f"the source of {self.carries} has been silent since {self.last:%Y-%m-%d}"
        return f"the source of {self.carries} was heard in {100 * self.share:.0f} % of the time only"


class Liveness:
    """When which sources were alive, up to a moment."""

    def __init__(self, heard: Heard, practice: Practice, *, until: datetime) -> None:
        self._until = until
        self._feeds = heard
        self._types: dict[str, list[str]] = {}
        for fact, carries in CARRIES.items():
            self._types.setdefault(carries, []).append(fact.TYPE)
        self._practice = practice
        self._days: dict[str, list[int]] = {}

    def is_alive(self, carries: str, moment: datetime) -> bool:
        """Return whether a source was alive at a moment."""
        days = self._heard(carries)
        day = _ordinal(moment)
        place = bisect_right(days, day)
        return place > 0 and day - days[place - 1] <= HEARTBEATS[carries]

    def overdue_after(self, carries: str) -> datetime | None:
        """Return from when on a source should have spoken and did not; nothing if it is not overdue.

        It should have if it was silent for a week, and for three times as long as it usually (in nine of
        ten cases) is. What happened after its last sign nobody was there to tell.
        """
        days = self._heard(carries)
        if len(days) < _ENOUGH_SIGNS:
            return None
        gaps = sorted(later - earlier for earlier, later in pairwise(days))
        usual = gaps[int(0.9 * (len(gaps) - 1))]
        if _ordinal(self._until) - days[-1] <= max(_WEEK, 3 * usual):
            return None
        return datetime.fromordinal(days[-1] + 1).replace(tzinfo=UTC)

    def standing(self, carries: str, start: datetime) -> Standing:
        """Return where the sources of something stand, over the time from `start` to now."""
        days = self._heard(carries)
        first, last = _ordinal(start), _ordinal(self._until)
        if not days:
            return Standing(carries=carries, last=None, is_alive=False, share=0.0)
        length = HEARTBEATS[carries]
        alive, reached = 0, first
        for day in days[max(bisect_right(days, first - length) - 1, 0) :]:
            begin, end = max(day, reached), min(day + length, last)
            if end >= begin:
                alive += end - begin + 1
                reached = end + 1
        return Standing(
            carries=carries,
            last=datetime.fromordinal(days[-1]).replace(tzinfo=UTC),
            is_alive=last - days[-1] <= length,
            share=min(alive / (last - first + 1), 1.0),
        )

    def days_alive(self, carries: str, start: datetime) -> tuple[int, int]:
        """Return on how many days since there was a sign of life, and how many days those are."""
        first, last = _ordinal(start), _ordinal(self._until - timedelta(microseconds=1))
        return sum(first <= day <= last for day in self._heard(carries)), last - first + 1

    def _heard(self, carries: str) -> list[int]:
        note(signs_of(carries))
        for kind in self._types.get(carries, ()):
            note(kind)
        days = self._days.get(carries)
        if days is None:
            # What feeds say of themselves, and the days of everything that was told.
            told = (self._practice.days(kind) for kind in self._types.get(carries, ()))
            found = self._feeds.days(carries).union(*told)
            latest = _ordinal(self._until)
            days = self._days[carries] = sorted(day for day in found if day <= latest)
        return days


def _ordinal(moment: datetime) -> int:
    return moment.astimezone(UTC).date().toordinal()
