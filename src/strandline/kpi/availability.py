"""Availability: the share of a time in which a service had no open incident, and the downtime.

Incidents that overlap are not counted twice. It is over the time that a connected source of incidents
vouches for; a service with no incident is fully available only where one would have been heard of.
"""

from datetime import datetime, timedelta

from strandline.kpi import feeds
from strandline.kpi.figure import Figure, Point, Status, Unit, Value
from strandline.kpi.history import History
from strandline.kpi.production import places_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "availability"


def availability(history: History, scope: Scope) -> Figure:
    """Return the share of the time in which the services of a scope were whole, as a mean over services."""
    services = {service for service, _ in places_of(history, scope)}
    incidents = [
        each
        for each in history.incidents
        if scope.has_place(each.service, each.environment)
        and any(span.start < scope.end and (span.end or scope.end) > scope.start for span in each.spans)
    ]
    services |= {each.service for each in incidents}
    down = {
        service: _covered(
            [
                (max(span.start, scope.start), min(span.end or scope.end, scope.end))
                for each in incidents
                if each.service == service
                for span in each.spans
            ]
        )
        for service in services
    }
    whole = scope.end - scope.start
    heard = history.heard.coverage(feeds.INCIDENTS, start=scope.start, end=scope.end)
    total = sum(down.values(), timedelta())
    share = 1 - total / (whole * len(services)) if services and whole else None
    value = Value(value=share, n=len(services), method="time without an open incident")
    status, reason = standing(
        value, coverage=None, coverage_of="", of_what="services that were deployed", feeds=(heard,), least=1
    )
    downtime = Value(value=total.total_seconds(), n=len(services), method="sum")
    counts = {
        "incidents": len(incidents),
        "still-open": sum(each.restored_at is None for each in incidents),
    }
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SHARE,
        explicit=without_value(value, status),
        feeds=(heard,),
        reason=reason,
        parts={} if status is Status.NOT_COMPUTABLE else {"downtime": downtime},
        counts={name: count for name, count in counts.items() if count},
        points=tuple(
            Point(
                at=each.began_at or scope.start,
                value=each.open_for(until=scope.end).total_seconds(),
                key=each.key,
                service=each.service,
                note=each.description,
                is_censored=each.restored_at is None,
            )
            for each in incidents
        ),
    )


def _covered(spans: list[tuple[datetime, datetime]]) -> timedelta:
    """Return how long any of the spans lasts."""
    total = timedelta()
    reached: datetime | None = None
    for start, end in sorted(spans):
        begins = start if reached is None else max(start, reached)
        if end > begins:
            total += end - begins
            reached = end
    return total
