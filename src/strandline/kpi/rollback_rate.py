"""Rollback rate: the share of deployments that users met and that were taken back, by whatever means."""

from strandline.kpi import feeds
from strandline.kpi.failures import failures_of
from strandline.kpi.figure import Figure, Point, Unit
from strandline.kpi.history import History
from strandline.kpi.intervals import share
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "rollback-rate"
_SIGNS = frozenset(("rolled-back", "aborted", "taken-back"))


def rollback_rate(history: History, scope: Scope) -> Figure:
    """Return which share of the deployments was taken back, and how many of those a canary contained."""
    production = production_of(history, scope)
    back = [each for each in failures_of(history, scope, production) if each.signs & _SIGNS]
    value = share(len(back), len(production.exposed))
    heard = history.heard.coverage(feeds.DEPLOYMENTS, start=scope.start, end=scope.end)
    status, reason = standing(
        value,
        coverage=None,
        coverage_of="",
        of_what="production deployments that users met",
        feeds=() if heard.is_connected else (heard,),
    )
    counts = {"contained": sum(each.is_contained for each in back)}
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SHARE,
        explicit=without_value(value, status),
        feeds=(heard,),
        reason=reason,
        counts={name: count for name, count in counts.items() if count},
        points=tuple(
            Point(
                at=each.deployment.ended_at,
                value=each.deployment.peak_bp / 10_000,
                key=each.deployment.key,
                service=each.deployment.service,
                note=", ".join(sorted(each.signs)),
            )
            for each in back
        ),
    )
