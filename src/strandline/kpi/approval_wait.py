"""Approval wait: from when consent was asked for until somebody answered, or until now."""

from strandline.kpi import feeds
from strandline.kpi.approvals import Approval
from strandline.kpi.figure import Figure, Point, Unit
from strandline.kpi.history import History
from strandline.kpi.intervals import censored_median
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "approval-wait"


def approval_wait(history: History, scope: Scope) -> Figure:
    """Return how long deployments wait for somebody's consent."""
    asked = [
        (each, each.asked_at)
        for each in history.approvals
        if each.asked_at is not None and scope.has_time(each.asked_at) and _belongs(each, scope)
    ]
    is_over = [each.answered_at is not None and each.answered_at <= scope.end for each, _ in asked]
    seconds = [
        ((each.answered_at if over and each.answered_at else scope.end) - at).total_seconds()
        for (each, at), over in zip(asked, is_over, strict=True)
    ]
    value = censored_median(seconds, is_over)
    heard = history.heard.coverage(feeds.APPROVALS, start=scope.start, end=scope.end)
    status, reason = standing(
        value,
        coverage=None,
        coverage_of="",
        of_what="approvals",
        feeds=() if heard.is_connected else (heard,),
    )
    counts = {"still-open": is_over.count(False), "negative": sum(each < 0 for each in seconds)}
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SECONDS,
        explicit=without_value(value, status),
        feeds=(heard,),
        reason=reason,
        counts={name: count for name, count in counts.items() if count},
        points=tuple(
            Point(
                at=at,
                value=lasted,
                key=each.key,
                service=each.service,
                note=each.responder,
                is_censored=not over,
            )
            for (each, at), lasted, over in zip(asked, seconds, is_over, strict=True)
        ),
    )


def _belongs(each: Approval, scope: Scope) -> bool:
    # An approval that names no environment is of the whole change, and so of production.
    if not each.environment:
        return scope.has_service(each.service)
    return scope.has_place(each.service, each.environment)
