"""Deployment rework rate: the share of deployments that nobody planned, made because of a fault (DORA, 2024).

A deployment is rework if it said so when it began, or if it returns users to what was before. What is said
afterwards does not count: else every failure could be planned in hindsight.
"""

from strandline.kpi import feeds
from strandline.kpi.figure import Figure, Point, Unit
from strandline.kpi.history import History
from strandline.kpi.intervals import share
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "deployment-rework-rate"
_COVERAGE_OF = "the deployments (they say whether they were planned)"


def deployment_rework_rate(history: History, scope: Scope) -> Figure:
    """Return which share of the deployments repaired something."""
    production = production_of(history, scope)
    returns = list(production.rollbacks)
    said = [each for each in production.exposed if each.is_unplanned is not None]
    rework = [each for each in said if each.is_unplanned] + returns
    every = len(production.exposed) + len(returns)
    coverage = (len(said) + len(returns)) / every if every else None
    value = share(len(rework), len(said) + len(returns))
    heard = history.heard.coverage(feeds.DEPLOYMENTS, start=scope.start, end=scope.end)
    status, reason = standing(
        value,
        coverage=coverage,
        coverage_of=_COVERAGE_OF,
        of_what="deployments that say whether they were planned",
        feeds=() if heard.is_connected else (heard,),
    )
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SHARE,
        explicit=without_value(value, status),
        coverage=coverage,
        coverage_of=_COVERAGE_OF,
        feeds=(heard,),
        reason=reason,
        counts={
            name: n
            for name, n in {"rollback": len(returns), "unplanned": len(rework) - len(returns)}.items()
            if n
        },
        points=tuple(
            Point(at=each.ended_at, value=1, key=each.key, service=each.service, note=each.reason)
            for each in sorted(rework, key=lambda each: (each.ended_at, each.key))
        ),
    )
