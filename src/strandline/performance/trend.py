"""A figure over time: the same figure over each of several periods, the last of which ends with the scope."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from strandline.kpi.figure import Figure
from strandline.kpi.history import History
from strandline.kpi.scope import Scope

_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)
_MOST_WEEKS = 27
_MOST_PERIODS = 60


class Period(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One period of a trend."""

    start: datetime
    end: datetime
    figure: Figure
    """Without the members of its sample: the whole scope has them."""


def trend(figure: Callable[[History, Scope], Figure], history: History, scope: Scope) -> tuple[Period, ...]:
    """Return a figure by weeks, or by thirty days where that would be more than half a year of weeks.

    The periods end where the scope ends, so that all of them are whole; what is left over at its beginning is
    in none. A scope shorter than two weeks is one period.
    """
    length = _WEEK if scope.end - scope.start <= _MOST_WEEKS * _WEEK else _MONTH
    number = min(int((scope.end - scope.start) / length), _MOST_PERIODS)
    if number < 2:  # noqa: PLR2004 - one period is no trend
        return (_period(figure, history, scope, scope.start, scope.end),)
    first = scope.end - number * length
    return tuple(
        _period(figure, history, scope, first + place * length, first + (place + 1) * length)
        for place in range(number)
    )


def _period(
    figure: Callable[[History, Scope], Figure], history: History, scope: Scope, start: datetime, end: datetime
) -> Period:
    found = figure(history, msgspec.structs.replace(scope, start=start, end=end))
    return Period(start=start, end=end, figure=msgspec.structs.replace(found, points=()))
