"""The history that figures are over: everything that the events said, by kind."""

from bisect import insort
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from strandline.kpi import approvals, corrections, feedback, feeds, incidents, owners
from strandline.kpi.approvals import Approval, approval_of, placed_approval
from strandline.kpi.commits import (
    COMMIT,
    PULL_REQUEST,
    MadeCommit,
    PullRequest,
    commit_of,
    placed_commit,
    pull_request_of,
)
from strandline.kpi.corrections import Correction, correction_of, placed_correction
from strandline.kpi.deployments import KIND as DEPLOYMENT
from strandline.kpi.deployments import Deployment, deployment_of, placed_deployment
from strandline.kpi.entry import Entry, Placed
from strandline.kpi.feedback import Feedback, feedback_of, placed_feedback
from strandline.kpi.feeds import Heard, placed_sign, sign_of
from strandline.kpi.incidents import Incident, incident_of, placed_incident
from strandline.kpi.owners import Owner, owner_of, placed_owner
from strandline.vocabulary.change import ChangeAbandoned, ChangeCreated, ChangeMerged, ChangeReviewed
from strandline.vocabulary.delivery import ServiceDeployed, ServiceRolledBack, ServiceUpgraded
from strandline.vocabulary.event import Event
from strandline.vocabulary.incident import IncidentDetected, IncidentReported, IncidentResolved
from strandline.vocabulary.pipeline import TaskRunFinished, TaskRunStarted

_READERS: tuple[tuple[Callable[[Event], Iterable[Placed]], str], ...] = (
    (placed_deployment, feeds.DEPLOYMENTS),
    (placed_commit, feeds.COMMITS),
    (placed_incident, feeds.INCIDENTS),
    (placed_approval, feeds.APPROVALS),
    (placed_feedback, feeds.FEEDBACK),
    (placed_correction, ""),
    (placed_owner, ""),
)
_KNOWN = {
    fact.TYPE.rsplit(".", 3)[0]: fact.TYPE
    for fact in (
        ChangeAbandoned,
        ChangeCreated,
        ChangeMerged,
        ChangeReviewed,
        IncidentDetected,
        IncidentReported,
        IncidentResolved,
        ServiceDeployed,
        ServiceRolledBack,
        ServiceUpgraded,
        TaskRunFinished,
        TaskRunStarted,
    )
}
"""CDEvents types by their name without the version."""
VIEW_OF: Mapping[str, Callable[[Entry], Any]] = {
    DEPLOYMENT: deployment_of,
    COMMIT: commit_of,
    PULL_REQUEST: pull_request_of,
    incidents.KIND: incident_of,
    approvals.KIND: approval_of,
    feedback.KIND: feedback_of,
    corrections.KIND: correction_of,
    owners.KIND: owner_of,
    feeds.KIND: sign_of,
}
"""How the entries of each kind are read."""

T = TypeVar("T")
Place = tuple[str, str]
"""A service and an environment."""


def placed_all(event: Event) -> list[Placed]:
    """Return everything that one event says, about whatever; empty for what no figure is over.

    Another version of a CDEvents type says the same in the fields that are read here (0.1 to 0.3).
    """
    known = _KNOWN.get(event.type.rpartition(".")[0].rpartition(".")[0].rpartition(".")[0])
    if known is not None and known != event.type:
        event = msgspec.structs.replace(event, type=known)
    for read, carries in _READERS:
        found = list(read(event))
        if found:
            return [*found, *placed_sign(event, carries)]
    return list(placed_sign(event))


@dataclass(frozen=True, kw_only=True)
class History:
    """Everything that is known, as values."""

    deployments: Mapping[Place, tuple[Deployment, ...]] = field(default_factory=dict)
    """By service and environment, in the order in which they ended."""
    commits: Mapping[str, MadeCommit] = field(default_factory=dict)
    """By hash."""
    pull_requests: Mapping[str, PullRequest] = field(default_factory=dict)
    """By the commit that they were merged as."""
    incidents: tuple[Incident, ...] = ()
    """By when they began."""
    approvals: tuple[Approval, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    corrections: tuple[Correction, ...] = ()
    owners: Mapping[str, Owner] = field(default_factory=dict)
    """By service."""
    heard: Heard = field(default_factory=Heard)
    """When which source was connected."""
    memo: dict[Any, tuple[Any, Any]] = field(default_factory=dict, compare=False, repr=False)
    """What was worked out of a part before, with that part; see `remembered`."""

    def remembered(self, key: Any, part: Any, work_out: Callable[[], T]) -> T:  # noqa: ANN401 - any part
        """Return what follows from a part of the history, worked out once while that part is the same.

        Args:
            key: what it is, and of what.
            part: the very object that it follows from alone.
            work_out: works it out.
        """
        known = self.memo.get(key)
        if known is not None and known[0] is part:
            found: T = known[1]
            return found
        found = work_out()
        self.memo[key] = (part, found)
        return found


def history_of(views: Mapping[str, Iterable[Any]]) -> History:
    """Return the history that these values make up.

    Args:
        views: values by the kind of their entry, in any order.
    """
    places: dict[Place, list[Deployment]] = {}
    for each in views.get(DEPLOYMENT, ()):
        places.setdefault(each.place, []).append(each)
    return History(
        deployments={place: in_order(every) for place, every in places.items()},
        commits={each.key: each for each in views.get(COMMIT, ())},
        pull_requests={each.commit: each for each in views.get(PULL_REQUEST, ()) if each.commit},
        incidents=by_beginning(views.get(incidents.KIND, ())),
        approvals=tuple(sorted(views.get(approvals.KIND, ()), key=lambda each: each.key)),
        feedback=tuple(sorted(views.get(feedback.KIND, ()), key=lambda each: (each.at, each.key))),
        corrections=tuple(views.get(corrections.KIND, ())),
        owners={each.service: each for each in views.get(owners.KIND, ())},
        heard=Heard(views.get(feeds.KIND, ())),
    )


def by_beginning(every: Iterable[Incident]) -> tuple[Incident, ...]:
    """Return the incidents whose beginning is known, by it."""
    episodes = (episode for each in every for episode in each.episodes())
    known = [(each.began_at, each.key, each) for each in episodes if each.began_at is not None]
    return tuple(each for *_, each in sorted(known, key=lambda row: row[:2]))


def in_order(deployments: Iterable[Deployment]) -> tuple[Deployment, ...]:
    """Return deployments in the order in which they ended."""
    return tuple(sorted(deployments, key=_end))


def with_changed(
    ordered: tuple[Deployment, ...], changed: Iterable[Deployment], gone: AbstractSet[str]
) -> tuple[Deployment, ...]:
    """Return deployments in the order in which they ended, after some of them changed.

    Args:
        ordered: as they were.
        changed: as those that changed are now.
        gone: the keys of all that are no longer what they were.
    """
    found = [each for each in ordered if each.key not in gone]
    for each in changed:
        insort(found, each, key=_end)
    return tuple(found)


def _end(each: Deployment) -> tuple[datetime, str]:
    return each.ended_at, each.key


def entries_of(events: Iterable[Event]) -> dict[tuple[str, str], Entry]:
    """Return the entries that events add up to, by kind and key; in whatever order the events come."""
    entries: dict[tuple[str, str], Entry] = {}
    for event in events:
        for each in placed_all(event):
            entry = entries.get((each.kind, each.key)) or Entry(each.kind, each.key)
            entries[each.kind, each.key] = entry.with_statement(each.said)
    return entries


def history_from(events: Iterable[Event]) -> History:
    """Return the history that events make up."""
    views: dict[str, list[Any]] = {}
    for (kind, _), entry in entries_of(events).items():
        views.setdefault(kind, []).append(VIEW_OF[kind](entry))
    return history_of(views)
