"""Deployment success rate: the share of all production attempts that brought their change to all users.

Unlike the change fail rate it is over every attempt, those included that failed before any user met them: it
tells of the way there, not of what users felt.
"""

from strandline.kpi import feeds
from strandline.kpi.figure import Figure, Point, Unit
from strandline.kpi.history import History
from strandline.kpi.intervals import share
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value
from strandline.vocabulary.deployment import Outcome

NAME = "deployment-success-rate"
_COVERAGE_OF = "the attempts (their end is known)"


def deployment_success_rate(history: History, scope: Scope) -> Figure:
    """Return which share of the attempts succeeded."""
    production = production_of(history, scope)
    unknown = production.left_out["outcome-unknown"]
    n = len(production.counted)
    value = share(len(production.succeeded), n)
    coverage = n / (n + unknown) if n + unknown else None
    heard = history.heard.coverage(feeds.DEPLOYMENTS, start=scope.start, end=scope.end)
    status, reason = standing(
        value,
        coverage=coverage,
        coverage_of=_COVERAGE_OF,
        of_what="production deployments",
        feeds=() if heard.is_connected else (heard,),
    )
    failed = [each for each in production.counted if each.outcome is not Outcome.SUCCEEDED]
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SHARE,
        explicit=without_value(value, status),
        coverage=coverage,
        coverage_of=_COVERAGE_OF,
        feeds=(heard,),
        reason=reason,
        counts=dict(production.left_out),
        points=tuple(
            Point(at=each.ended_at, value=1, key=each.key, service=each.service, note=each.reason)
            for each in failed
        ),
    )
