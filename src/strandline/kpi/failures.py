"""Which production deployments failed, by which sign, and when users were served well again.

A deployment failed if it was rolled back, ended by a person after users had met it, taken back later,
repaired by a revert of what it brought, or if an incident is linked to it. Only the last two can be
inferred.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from strandline.kpi.carried_changes import Carried, changes_at
from strandline.kpi.commits import MadeCommit
from strandline.kpi.deployments import Deployment
from strandline.kpi.history import History, Place
from strandline.kpi.links import IncidentLink, incident_links
from strandline.kpi.production import Production, places_of
from strandline.kpi.scope import Scope
from strandline.vocabulary.deployment import Outcome

_FIX_WITHIN = timedelta(hours=24)


@dataclass(kw_only=True)
class Failure:
    """One deployment that failed."""

    deployment: Deployment
    signs: set[str] = field(default_factory=set)
    """Why it counts as failed: `rolled-back`, `aborted`, `taken-back`, `reverted`, `incident`, `hotfix`."""
    is_explicit: bool = False
    """Whether a sign of it is stated; else it is inferred."""
    began_at: datetime | None = None
    """When users began to feel it."""
    restored_at: datetime | None = None
    """When they no longer did; `None` while they do."""
    incidents: list[IncidentLink] = field(default_factory=list)

    @property
    def is_contained(self) -> bool:
        """Whether it was caught before all users had met it, and no incident came of it."""
        return (
            self.deployment.peak_bp < _ALL and not self.incidents and self.signs <= {"rolled-back", "aborted"}
        )


_ALL = 10_000


def failures_of(history: History, scope: Scope, production: Production) -> list[Failure]:
    """Return the failed ones among the counted deployments that users met, in order.

    Several figures are over the same failures of the same scope; they are worked out once for all of them.
    """
    known = history.memo.get(_KEY)
    if known is not None and known[0][0] is history and known[0][1] is scope:
        kept: list[Failure] = known[1]
        return kept
    failures = _work_out(history, scope, production)
    history.memo[_KEY] = ((history, scope), failures)
    return failures


_KEY = "failures"


def _work_out(history: History, scope: Scope, production: Production) -> list[Failure]:
    found = {each.key: Failure(deployment=each) for each in production.exposed}
    for each in production.exposed:
        _by_its_own_end(found[each.key])
    for place in places_of(history, scope):
        _by_return(history.deployments[place], scope, found)
        _by_repair(history, scope, place, found)
    for link in incident_links(history, scope):
        failure = found.get(link.deployment.key)
        if failure is not None:
            _by_incident(failure, link)
    return [each for each in found.values() if each.signs]


def _by_its_own_end(failure: Failure) -> None:
    each = failure.deployment
    sign = {Outcome.ROLLED_BACK: "rolled-back", Outcome.ABORTED: "aborted"}.get(
        each.outcome or Outcome.SUCCEEDED
    )
    if sign is not None:
        _note(failure, sign, began_at=each.exposed_at or each.started_at, restored_at=each.finished_at)


def _by_return(every: Sequence[Deployment], scope: Scope, found: dict[str, Failure]) -> None:
    """Note what a later rollback took back: the one that it names, or else what was live."""
    live = ""
    for each in every[bisect_left(every, scope.start, key=_ended) :]:
        if each.is_rollback and each.outcome is Outcome.SUCCEEDED:
            failure = found.get(each.undoes or live)
            if failure is not None:
                began = failure.deployment.exposed_at or failure.deployment.finished_at
                _note(failure, "taken-back", began_at=began, restored_at=each.finished_at)
            live = ""
        elif each.outcome is Outcome.SUCCEEDED:
            live = each.key


def _by_repair(history: History, scope: Scope, place: Place, found: dict[str, Failure]) -> None:
    """Note what was repaired soon after, by a revert of what it brought or by an unplanned deployment."""
    paths = scope.paths.get(place[0], ())
    every = changes_at(history, place, paths)
    repairs = history.remembered(("repairs", place, paths), every, partial(_repairs, every, history.commits))
    first = bisect_left(every, scope.start, key=_end)
    last = bisect_left(every, scope.end + _FIX_WITHIN, key=_end)
    for number, culprit, sign in repairs[bisect_left(repairs, (first,)) : bisect_left(repairs, (last,))]:
        each, before = every[number].deployment, every[culprit].deployment
        if culprit >= first and each.ended_at - before.ended_at <= _FIX_WITHIN:
            _repaired(found.get(before.key), each, sign, is_explicit=sign == _REVERTED)


_REVERTED, _HOTFIX = "reverted", "hotfix"


def _repairs(every: Sequence[Carried], commits: Mapping[str, MadeCommit]) -> list[tuple[int, int, str]]:
    """Return which deployment may have repaired which, whenever it was: their places, and how it shows."""
    brought_by: dict[str, int] = {}
    repairs = []
    for number, carried in enumerate(every):
        for key in carried.commits:
            commit = commits.get(key)
            reverts = commit.reverts if commit is not None else ()
            repairs += [(number, brought_by[each], _REVERTED) for each in reverts if each in brought_by]
            brought_by[key] = number
        if carried.deployment.is_unplanned and number:
            repairs.append((number, number - 1, _HOTFIX))
    return repairs


def _ended(each: Deployment) -> datetime:
    return each.ended_at


def _end(carried: Carried) -> datetime:
    return carried.deployment.ended_at


def _repaired(failure: Failure | None, by: Deployment, sign: str, *, is_explicit: bool) -> None:
    if failure is not None:
        began = failure.deployment.exposed_at or failure.deployment.finished_at
        _note(failure, sign, began_at=began, restored_at=by.finished_at, is_explicit=is_explicit)


def _by_incident(failure: Failure, link: IncidentLink) -> None:
    failure.incidents.append(link)
    is_first = "incident" not in failure.signs
    incident = link.incident
    if is_first:
        # What users felt is better known from the incident than from when the release was rolled out.
        failure.began_at, failure.restored_at = incident.began_at, incident.restored_at
    else:
        starts = [each for each in (failure.began_at, incident.began_at) if each is not None]
        failure.began_at = min(starts, default=None)
        ends = (failure.restored_at, incident.restored_at)
        failure.restored_at = max(each for each in ends if each) if all(ends) else None
    failure.signs.add("incident")
    failure.is_explicit = failure.is_explicit or link.is_explicit


def _note(
    failure: Failure,
    sign: str,
    *,
    began_at: datetime | None,
    restored_at: datetime | None,
    is_explicit: bool = True,
) -> None:
    if not failure.signs:
        failure.began_at, failure.restored_at = began_at, restored_at
    failure.signs.add(sign)
    failure.is_explicit = failure.is_explicit or is_explicit
