"""Automation share: the share of production deployments that a program carried out from the beginning."""

from strandline.kpi import feeds
from strandline.kpi.figure import Figure, Point, Unit
from strandline.kpi.history import History
from strandline.kpi.intervals import share
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "automation-share"
_COVERAGE_OF = "the production deployments (their source says who carried them out)"


def automation_share(history: History, scope: Scope) -> Figure:
    """Return which share of the deployments no hand carried out."""
    every = production_of(history, scope).counted
    said = [each for each in every if each.is_automated is not None]
    value = share(sum(bool(each.is_automated) for each in said), len(said))
    coverage = len(said) / len(every) if every else None
    heard = history.heard.coverage(feeds.DEPLOYMENTS, start=scope.start, end=scope.end)
    status, reason = standing(
        value,
        coverage=coverage,
        coverage_of=_COVERAGE_OF,
        of_what="deployments that say who carried them out",
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
        points=tuple(
            Point(at=each.ended_at, value=0, key=each.key, service=each.service, note=each.actor)
            for each in said
            if not each.is_automated
        ),
    )
