"""Deployment frequency: successful production deployments per day, and the time between them (DORA).

Counted are those that brought changed content to all users. A failed attempt brings nothing, a rollback
returns, the same content again is no change, and ten regions of one run are one deployment.
"""

from itertools import pairwise

from strandline.kpi import feeds
from strandline.kpi.figure import Figure, Point, Unit
from strandline.kpi.history import History
from strandline.kpi.intervals import median, rate
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "deployment-frequency"


def deployment_frequency(history: History, scope: Scope) -> Figure:
    """Return how often changed content reached users."""
    production = production_of(history, scope)
    heard = history.heard.coverage(feeds.DEPLOYMENTS, start=scope.start, end=scope.end)
    value = rate(len(production.succeeded), scope.days)
    # Quiet days are proved by a source that was connected; without one they may be days that nobody told of.
    status, reason = standing(
        value, coverage=None, coverage_of="", of_what="production deployments", feeds=_relied(heard)
    )
    gaps = [
        (later.ended_at - earlier.ended_at).total_seconds()
        for earlier, later in pairwise(production.succeeded)
    ]
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.PER_DAY,
        explicit=without_value(value, status),
        feeds=(heard,),
        reason=reason,
        parts={"time-between": median(gaps)},
        counts=dict(production.left_out),
        points=tuple(
            Point(at=each.ended_at, value=1, key=each.key, service=each.service, note=each.version)
            for each in production.succeeded
        ),
    )


def _relied(heard: feeds.Coverage) -> tuple[feeds.Coverage, ...]:
    """Deployments themselves are signs of life: days without any are what the figure is about."""
    return (heard,) if not heard.is_connected else ()
