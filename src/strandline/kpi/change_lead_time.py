"""Change lead time: from a commit's first writing until users have it (DORA), per commit.

The clock starts when the work was first recorded (the earlier of Git's two times, which a rebase and a
cherry-pick keep) and stops at the end of the first production deployment that brought it. For a commit that a
pull request was squashed into, it starts when the pull request was opened, if that was earlier. Left out, and
counted: bots' commits, and the past that the first known deployment brought.
"""

from bisect import bisect_left
from collections import Counter
from datetime import datetime
from typing import NamedTuple

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
    # A page asks for the whole scope and for its weeks: each deployment's changes are gone through once.
    known_of: dict[tuple[str, tuple[str, ...]], _Reached] = history.remembered(NAME, history, dict)
    points: list[Point] = []
    parts: dict[str, list[float]] = {"until-merged": [], "until-deploying": [], "deploying": []}
    counts: Counter[str] = Counter()
    known = seeds = 0
    for place in places_of(history, scope):
        paths = scope.paths.get(place[0], ())
        every = changes_at(history, place, paths)
        first, last = (bisect_left(every, at, key=_end) for at in (scope.start, scope.end))
        for carried in every[first:last]:
            key = carried.deployment.key
            if key not in counted:
                continue
            known += carried.is_known
            seeds += carried.is_seed
            reached = known_of.get((key, paths))
            if reached is None:
                reached = known_of[key, paths] = _reached(history, carried)
            points += reached.points
            for name, values in reached.parts.items():
                parts[name] += values
            counts.update(reached.counts)
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


class _Reached(NamedTuple):
    """What the changes of one deployment add to the figure."""

    points: list[Point]
    parts: dict[str, list[float]]
    counts: dict[str, int]


def _reached(history: History, carried: Carried) -> _Reached:
    each = carried.deployment
    points: list[Point] = []
    parts: dict[str, list[float]] = {}
    counts: dict[str, int] = {}

    def count(name: str) -> None:
        counts[name] = counts.get(name, 0) + 1

    def add(part: str, start: datetime, end: datetime) -> None:
        parts.setdefault(part, []).append((end - start).total_seconds())

    for key in carried.commits:
        commit = history.commits.get(key)
        if commit is None or commit.is_bot:
            count("commit-unknown" if commit is None else "bot")
            continue
        request = history.pull_requests.get(key)
        start = _start(commit, request)
        seconds = (each.ended_at - start).total_seconds()
        if seconds < 0:
            count("negative")
        points.append(Point(at=each.ended_at, value=seconds, key=key, service=each.service, note=each.key))
        merged_at = request.merged_at if request is not None else None
        if merged_at is not None and each.started_at is not None:
            add("until-merged", start, merged_at)
            add("until-deploying", merged_at, each.started_at)
            add("deploying", each.started_at, each.ended_at)
    return _Reached(points, parts, counts)


def _end(carried: Carried) -> datetime:
    return carried.deployment.ended_at


def _start(commit: MadeCommit, request: PullRequest | None) -> datetime:
    # Only a squash makes a commit that is younger than the pull request it came in.
    is_merge = len(commit.parents) > 1
    if request is not None and request.created_at is not None and not is_merge:
        return min(commit.written_at, request.created_at)
    return commit.written_at
