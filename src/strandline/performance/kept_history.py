"""The history kept in memory: only what changed is put together again."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from strandline.kpi import approvals, corrections, feedback, feeds, incidents, owners
from strandline.kpi.commits import COMMIT, PULL_REQUEST
from strandline.kpi.deployments import KIND as DEPLOYMENT
from strandline.kpi.deployments import Deployment
from strandline.kpi.entry import Entry
from strandline.kpi.history import VIEW_OF, History, Place, history_of, in_order, with_changed

_FIELD = {
    PULL_REQUEST: "pull_requests",
    incidents.KIND: "incidents",
    approvals.KIND: "approvals",
    feedback.KIND: "feedback",
    corrections.KIND: "corrections",
    owners.KIND: "owners",
}

_FEW = 100
"""Changes are put in one by one if they are less than a hundredth of what there is."""


class KeptHistory:
    """Values by kind, and the history that they make. Not for several threads at once."""

    def __init__(self) -> None:
        self._views: dict[str, dict[str, Any]] = {kind: {} for kind in VIEW_OF}
        self._places: dict[Place, dict[str, Deployment]] = {}
        self._history = History(commits=self._views[COMMIT])

    def take(self, entries: Iterable[Entry]) -> None:
        """Take over entries that are new or have changed. The history is another object then."""
        kinds: set[str] = set()
        moved: dict[Place, set[str]] = {}
        for entry in entries:
            view = VIEW_OF[entry.kind](entry)
            views = self._views[entry.kind]
            if isinstance(view, Deployment):
                for place in self._moved(views.get(entry.key), view):
                    moved.setdefault(place, set()).add(view.key)
            views[entry.key] = view
            kinds.add(entry.kind)
            if entry.kind == feeds.KIND:
                self._history.heard.add(view)
        if not kinds:
            return
        changed: dict[str, Any] = {}
        for kind in kinds & _FIELD.keys():
            changed[_FIELD[kind]] = getattr(history_of({kind: self._views[kind].values()}), _FIELD[kind])
        if DEPLOYMENT in kinds:
            deployments = dict(self._history.deployments)
            for place, keys in moved.items():
                deployments[place] = self._ordered(place, keys)
            changed["deployments"] = {place: every for place, every in deployments.items() if every}
        self._history = replace(self._history, **changed)

    @property
    def history(self) -> History:
        """Everything that was taken over. Its commits are added to in place as more come."""
        return self._history

    def _ordered(self, place: Place, changed: set[str]) -> tuple[Deployment, ...]:
        """Return the deployments of a place by their end; a few that changed are put in their places."""
        standing, before = self._places[place], self._history.deployments.get(place, ())
        if len(changed) * _FEW > len(before):
            return in_order(standing.values())
        return with_changed(before, (standing[key] for key in changed if key in standing), changed)

    def _moved(self, before: Deployment | None, now: Deployment) -> set[Place]:
        """Put a deployment where it belongs; return the places that this changes."""
        if before is not None:
            del self._places[before.place][before.key]
        self._places.setdefault(now.place, {})[now.key] = now
        return {now.place} if before is None else {now.place, before.place}
