"""Failed deployment recovery time: from when users feel a failed deployment until they do not (DORA, 2023).

Only deployments that failed count; incidents that no deployment caused do not. A failure that is not over
yet is not left out, which would make the worst ones vanish: it counts as lasting at least so long
(Kaplan-Meier).
"""

from strandline.kpi import feeds
from strandline.kpi.failures import Failure, failures_of
from strandline.kpi.figure import Figure, Point, Unit, Value
from strandline.kpi.history import History
from strandline.kpi.intervals import censored_median
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "failed-deployment-recovery-time"
_LEAST = 3
"""Failures are rare; three are few, and their interval says so."""


def failed_deployment_recovery_time(history: History, scope: Scope) -> Figure:
    """Return how long users feel a failed deployment."""
    failures = failures_of(history, scope, production_of(history, scope))
    timed = [each for each in failures if each.began_at is not None]
    heard = history.heard.coverage(feeds.INCIDENTS, start=scope.start, end=scope.end)
    explicit = _median([each for each in timed if each.is_explicit], scope)
    status, reason = standing(
        explicit,
        coverage=len(timed) / len(failures) if failures else None,
        coverage_of="the failed deployments (their beginning is known)",
        of_what="failed deployments",
        feeds=(heard,),
        least=_LEAST,
    )
    counts = {
        "still-open": sum(_is_open(each, scope) for each in timed),
        "negative": sum(_seconds(each, scope) < 0 for each in timed),
        "beginning-unknown": len(failures) - len(timed),
    }
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SECONDS,
        explicit=without_value(explicit, status),
        inferred=without_value(_median(timed, scope), status),
        coverage=len(timed) / len(failures) if failures else None,
        coverage_of="the failed deployments (their beginning is known)",
        feeds=(heard,),
        reason=reason,
        counts={name: count for name, count in counts.items() if count},
        points=tuple(
            Point(
                at=each.deployment.ended_at,
                value=_seconds(each, scope),
                key=each.deployment.key,
                service=each.deployment.service,
                note=", ".join(sorted(each.signs)),
                is_censored=_is_open(each, scope),
            )
            for each in timed
        ),
    )


def _median(failures: list[Failure], scope: Scope) -> Value:
    return censored_median(
        [_seconds(each, scope) for each in failures], [not _is_open(each, scope) for each in failures]
    )


def _is_open(failure: Failure, scope: Scope) -> bool:
    # What was restored after the end of the time was still open at its end.
    return failure.restored_at is None or failure.restored_at > scope.end


def _seconds(failure: Failure, scope: Scope) -> float:
    end = scope.end if _is_open(failure, scope) else failure.restored_at or scope.end
    began = failure.began_at or end
    return (end - began).total_seconds()
