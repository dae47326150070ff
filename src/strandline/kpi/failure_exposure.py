"""Failure exposure: which share of users met a failed deployment, at its median failure.

A fault that a canary caught at 5 % did a twentieth of the harm. Only rollouts that Strandline carried out
know their shares; of others' the share is taken as everybody, which is what is known.
"""

from strandline.kpi import feeds
from strandline.kpi.failures import failures_of
from strandline.kpi.figure import Figure, Point, Unit
from strandline.kpi.history import History
from strandline.kpi.intervals import median
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "failure-exposure"
_LEAST = 3
_ALL = 10_000


def failure_exposure(history: History, scope: Scope) -> Figure:
    """Return the share of users that a failed deployment reached."""
    every = failures_of(history, scope, production_of(history, scope))
    failures = [each for each in every if each.is_explicit]
    shares = [(each.deployment.peak_bp or _ALL) / _ALL for each in failures]
    value = median(shares)
    known = sum(each.deployment.is_ours for each in failures)
    heard = history.heard.coverage(feeds.DEPLOYMENTS, start=scope.start, end=scope.end)
    coverage = known / len(failures) if failures else None
    status, reason = standing(
        value,
        coverage=coverage,
        coverage_of="the failed deployments (their shares are known)",
        of_what="failed deployments",
        feeds=() if heard.is_connected else (heard,),
        least=_LEAST,
    )
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SHARE,
        explicit=without_value(value, status),
        coverage=coverage,
        coverage_of="the failed deployments (their shares are known)",
        feeds=(heard,),
        reason=reason,
        points=tuple(
            Point(
                at=each.deployment.ended_at,
                value=share,
                key=each.deployment.key,
                service=each.deployment.service,
                note=", ".join(sorted(each.signs)),
            )
            for each, share in zip(failures, shares, strict=True)
        ),
    )
