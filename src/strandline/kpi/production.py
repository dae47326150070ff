"""Which attempts count as production deployments, and what becomes of those that do not.

A *production deployment* is an ended attempt to bring changed content to the users of a service. Not counted,
but always shown: the same content once more, returns to what was before, further targets of the same run,
attempts that a gate refused, and attempts whose end nobody told.
"""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from strandline.kpi.deployments import Deployment
from strandline.kpi.history import History, Place
from strandline.kpi.scope import Scope
from strandline.vocabulary.deployment import Outcome


@dataclass(frozen=True, kw_only=True)
class Production:
    """The attempts of one scope, sorted out."""

    counted: tuple[Deployment, ...]
    """Production deployments that ended in the time, by when they ended."""
    rollbacks: tuple[Deployment, ...]
    """Returns to what was before, which ended in the time."""
    left_out: Counter[str]
    """What else ended in the time, and why it is not counted."""
    has_any: bool
    """Whether there was ever an attempt in these places, at any time."""

    @property
    def succeeded(self) -> tuple[Deployment, ...]:
        """Those that brought the change to all users."""
        return tuple(each for each in self.counted if each.outcome is Outcome.SUCCEEDED)

    @property
    def exposed(self) -> tuple[Deployment, ...]:
        """Those that any user met."""
        return tuple(each for each in self.counted if each.is_exposed or each.outcome is Outcome.ROLLED_BACK)


def production_of(history: History, scope: Scope) -> Production:
    """Sort out the attempts of a scope."""
    counted: list[Deployment] = []
    rollbacks: list[Deployment] = []
    left_out: Counter[str] = Counter()
    has_any = False
    for place in places_of(history, scope):
        every = history.deployments[place]
        has_any = has_any or bool(every)
        reasons = history.remembered(("left-out", place), every, partial(_reasons, every))
        first, last = (bisect_left(every, at, key=_end) for at in (scope.start, scope.end))
        for each, why in zip(every[first:last], reasons[first:last], strict=True):
            if why:
                left_out[why] += 1
            elif each.is_rollback:
                rollbacks.append(each)
            else:
                counted.append(each)
    if rollbacks:
        left_out["rollback"] = len(rollbacks)
    order = sorted(counted, key=lambda each: (each.ended_at, each.key))
    return Production(counted=tuple(order), rollbacks=tuple(rollbacks), left_out=left_out, has_any=has_any)


def _end(each: Deployment) -> datetime:
    return each.ended_at


def _reasons(every: tuple[Deployment, ...]) -> list[str]:
    """Return why each attempt of a place is not counted, in order; empty for those that are."""
    live = ""
    runs: set[tuple[str, str]] = set()
    reasons = []
    for each in every:
        reasons.append(_left_out(each, live, runs))
        if each.outcome is Outcome.SUCCEEDED:
            live = each.artifact or live
        if each.run:
            runs.add((each.run, each.artifact))
    return reasons


def places_of(history: History, scope: Scope) -> list[Place]:
    """Return the services and environments of a scope that anything was ever deployed to."""
    return sorted(
        place
        for place, every in history.deployments.items()
        if scope.has_place(*place) or scope.has_deployment(every[-1])
    )


def _left_out(each: Deployment, live: str, runs: set[tuple[str, str]]) -> str:
    """Return why an attempt is not counted; empty if it is."""
    if each.outcome is None:
        return "outcome-unknown"
    if each.outcome is Outcome.REFUSED:
        return "refused"
    if each.is_rollback:
        return ""
    if each.run and (each.run, each.artifact) in runs:
        return "further-target"
    if each.outcome is Outcome.SUCCEEDED and each.artifact and each.artifact == live:
        return "same-content"
    return ""
