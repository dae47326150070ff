"""Change fail rate: the share of production deployments that needed immediate intervention (DORA).

Over deployments that users met: an attempt that failed before anybody met it neither helps nor hurts the
rate. It comes twice: by what is stated alone, and with incidents that are taken for a consequence because
they began soon after. Those that a canary contained are counted as failed, and shown.
"""

from strandline.kpi import feeds
from strandline.kpi.failures import failures_of
from strandline.kpi.figure import Figure, Point, Unit
from strandline.kpi.history import History
from strandline.kpi.intervals import share
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "change-fail-rate"


def change_fail_rate(history: History, scope: Scope) -> Figure:
    """Return which share of the deployments failed."""
    production = production_of(history, scope)
    failures = failures_of(history, scope, production)
    n = len(production.exposed)
    explicit = share(sum(each.is_explicit for each in failures), n)
    inferred = share(len(failures), n)
    heard = history.heard.coverage(feeds.INCIDENTS, start=scope.start, end=scope.end)
    status, reason = standing(
        explicit,
        coverage=None,
        coverage_of="",
        of_what="production deployments that users met",
        feeds=(heard,),
    )
    counts = {
        "contained": sum(each.is_contained for each in failures),
        "several-incidents": sum(len(each.incidents) > 1 for each in failures),
        **production.left_out,
        "never-exposed": len(production.counted) - n,
    }
    for failure in failures:
        for sign in failure.signs:
            counts[f"by-{sign}"] = counts.get(f"by-{sign}", 0) + 1
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SHARE,
        explicit=without_value(explicit, status),
        inferred=without_value(inferred, status),
        feeds=(heard,),
        reason=reason,
        counts={name: count for name, count in counts.items() if count},
        points=tuple(
            Point(
                at=each.deployment.ended_at,
                value=1,
                key=each.deployment.key,
                service=each.deployment.service,
                note=", ".join(sorted(each.signs)),
            )
            for each in failures
        ),
    )
