"""Change lead time: from a commit's first writing until users have it (DORA), per commit.

The clock starts when the work was first recorded (the earlier of Git's two times, which a rebase and a
cherry-pick keep) and stops at the end of the first production deployment that brought it. For a commit that a
pull request was squashed into, it starts when the pull request was opened, if that was earlier. Left out, and
counted: bots' commits, and the past that the first known deployment brought.
"""

from bisect import bisect_left
from collections import Counter
from datetime import datetime

from strandline.kpi import feeds
from strandline.kpi.carried_changes import Carried, changes_at
from strandline.kpi.commits import MadeCommit, PullRequest
from strandline.kpi.figure import Figure, Point, Unit
from strandline.kpi.history import History
from strandline.kpi.intervals import median
from strandline.kpi.production import places_of, production_of
from strandline.kpi.scope import Scope
from strandline.kpi.standing import standing, without_value

NAME = "change-lead-time"
_COVERAGE_OF = "the production deployments (their commits are known)"


def change_lead_time(history: History, scope: Scope) -> Figure:
    """Return how long changes take to reach users."""
    counted = {each.key for each in production_of(history, scope).succeeded}
    points: list[Point] = []
    parts: dict[str, list[float]] = {"until-merged": [], "until-deploying": [], "deploying": []}
    counts: Counter[str] = Counter()
    known = seeds = 0
    for place in places_of(history, scope):
        paths = scope.paths.get(place[0], ())
        every = changes_at(history, place, paths)
        first, last = (bisect_left(every, at, key=_end) for at in (scope.start, scope.end))
        for carried in every[first:last]:
            each = carried.deployment
            if each.key not in counted:
                continue
            known += carried.is_known
            seeds += carried.is_seed
            for key in carried.commits:
                commit = history.commits.get(key)
                if commit is None:
                    counts["commit-unknown"] += 1
                    continue
                if commit.is_bot:
                    counts["bot"] += 1
                    continue
                request = history.pull_requests.get(key)
                seconds = (each.ended_at - _start(commit, request)).total_seconds()
                counts["negative"] += seconds < 0
                points.append(
                    Point(at=each.ended_at, value=seconds, key=key, service=each.service, note=each.key)
                )
                merged_at = request.merged_at if request is not None else None
                if merged_at is not None and each.started_at is not None:
                    parts["until-merged"].append(_seconds(_start(commit, request), merged_at))
                    parts["until-deploying"].append(_seconds(merged_at, each.started_at))
                    parts["deploying"].append(_seconds(each.started_at, each.ended_at))
    counts["seed"] = seeds
    coverage = known / len(counted) if counted else None
    value = median([each.value for each in points])
    heard = history.heard.coverage(feeds.COMMITS, start=scope.start, end=scope.end)
    status, reason = standing(
        value,
        coverage=coverage,
        coverage_of=_COVERAGE_OF,
        of_what="changes that reached users",
        feeds=() if heard.is_connected or points else (heard,),
    )
    return Figure(
        kpi=NAME,
        status=status,
        unit=Unit.SECONDS,
        explicit=without_value(value, status),
        coverage=coverage,
        coverage_of=_COVERAGE_OF,
        feeds=(heard,),
        reason=reason,
        parts={name: median(values) for name, values in parts.items() if values},
        counts={name: count for name, count in counts.items() if count},
        points=tuple(points),
    )


def _end(carried: Carried) -> datetime:
    return carried.deployment.ended_at


def _start(commit: MadeCommit, request: PullRequest | None) -> datetime:
    # Only a squash makes a commit that is younger than the pull request it came in.
    is_merge = len(commit.parents) > 1
    if request is not None and request.created_at is not None and not is_merge:
        return min(commit.written_at, request.created_at)
    return commit.written_at


def _seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()
