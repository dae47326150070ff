"""Deployment duration: from when it was asked for until it ended, with its parts.

The parts are waiting for its turn, preparing and being watched (baking), standing paused for a person, and
the rest. Others' deployments have only the time from their task's beginning to its end.
"""

from datetime import timedelta

from strandline.kpi import feeds
from strandline.kpi.deployments import Deployment
from strandline.kpi.figure import Figure, Point, Unit
from strandline.kpi.history import History
from strandline.kpi.intervals import median
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "deployment-duration"
_COVERAGE_OF = "the production deployments (their beginning is known)"


def deployment_duration(history: History, scope: Scope) -> Figure:
    """Return how long deployments take."""
    every = production_of(history, scope).counted
    timed = [(each, seconds) for each in every if (seconds := _seconds(each)) is not None]
    value = median([seconds for _, seconds in timed])
    coverage = len(timed) / len(every) if every else None
    heard = history.heard.coverage(feeds.DEPLOYMENTS, start=scope.start, end=scope.end)
    status, reason = standing(
        value,
        coverage=coverage,
        coverage_of=_COVERAGE_OF,
        of_what="production deployments",
        feeds=() if heard.is_connected else (heard,),
    )
    parts: dict[str, list[float]] = {}
    for each, seconds in timed:
        for name, part in _parts(each, seconds).items():
            parts.setdefault(name, []).append(part)
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SECONDS,
        explicit=without_value(value, status),
        coverage=coverage,
        coverage_of=_COVERAGE_OF,
        feeds=(heard,),
        reason=reason,
        parts={name: median(values) for name, values in parts.items()},
        points=tuple(
            Point(at=each.ended_at, value=seconds, key=each.key, service=each.service, note=each.version)
            for each, seconds in timed
        ),
    )


def _seconds(each: Deployment) -> float | None:
    began = each.planned_at or each.started_at
    if began is None or each.finished_at is None:
        return None
    return (each.finished_at - began).total_seconds()


def _parts(each: Deployment, seconds: float) -> dict[str, float]:
    """Return the parts of a deployment of ours, in seconds; they add up to the whole."""
    if not each.is_ours or each.planned_at is None:
        return {}
    queued = (each.turn_at - each.planned_at if each.turn_at else timedelta()).total_seconds()
    baking, paused = each.baked.total_seconds(), each.paused.total_seconds()
    rest = max(seconds - queued - baking - paused, 0.0)
    return {"queued": queued, "baking": baking, "paused": paused, "working": rest}
