"""Which incidents belong to which deployments: how that is known, how sure it is, and how far apart they are.

What a source or a person states is *explicit*. What only time suggests (the same service, soon after) is
*inferred*: it is never mixed in, figures that depend on it come twice. What a person disputed is gone,
whatever said it.
"""

import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain

from strandline.kpi.corrections import Correction
from strandline.kpi.deployments import Deployment
from strandline.kpi.history import History
from strandline.kpi.incidents import Incident
from strandline.kpi.scope import Scope
from strandline.vocabulary.deployment import Outcome
from strandline.vocabulary.link import LinkMethod

_HASH = 40
_AHEAD = 5
"""How many that ended later are looked at: one can be under way in a place, some may have been refused."""
_LONGEST_ROLLOUT = timedelta(days=30)
"""How long before its end users may have met a deployment."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class IncidentLink:
    """An incident and the deployment that it is taken to come from."""

    incident: Incident
    deployment: Deployment
    method: LinkMethod
    confidence: float
    """0 to 1: 1 for what is stated; for what is inferred it falls with the time between, to 0 at the cap."""
    age: timedelta
    """From the end of the deployment to the beginning of the incident; below zero if it was still running."""

    @property
    def is_explicit(self) -> bool:
        """Whether somebody or something stated it."""
        return self.method is not LinkMethod.TIME


def incident_links(history: History, scope: Scope) -> list[IncidentLink]:
    """Return the links between incidents and deployments of a scope.

    An incident that a person said no deployment caused has none. One that names its cause has that one;
    several where it names several. One that names nobody has the newest deployment of its service and
    environment that users met before it began, if that is no longer ago than the scope allows.
    """
    said = _corrections(history.corrections)
    by_name: Sequence[Mapping[str, list[Deployment]]] = [
        history.remembered(("named", place), every, partial(_named, every))
        for place, every in history.deployments.items()
    ]
    # An incident belongs to a deployment that users met before it, unless a person says otherwise.
    first = bisect.bisect_left(history.incidents, scope.start - _LONGEST_ROLLOUT, key=_began)
    last = bisect.bisect_right(history.incidents, scope.end + scope.cause_within, key=_began)
    stated = {incident for (incident, _), is_linked in said.items() if is_linked}
    earlier = [each for each in history.incidents[:first] if each.key in stated] if stated else []
    later = [each for each in history.incidents[last:] if each.key in stated or _names_a_cause(each)]
    looked_at = (*earlier, *history.incidents[first:last], *later)
    if len(looked_at) * len(by_name) > sum(map(len, by_name)):
        # Of many services: one look for each incident then, in place of one in each place.
        parts = by_name
        by_name = [history.remembered("named", history.deployments, lambda: _merged(parts))]
    found = []
    for incident in looked_at:
        if incident.is_caused_by_deployment is False or not _is_in(incident, scope):
            continue
        explicit = list(_explicit(incident, by_name, said))
        found += explicit or _inferred(incident, history, scope, said)
    return found


def _is_in(incident: Incident, scope: Scope) -> bool:
    return scope.has_place(incident.service, incident.environment)


def _corrections(corrections: Sequence[Correction]) -> Mapping[tuple[str, str], bool]:
    """Return what people last said about an incident and a deployment, whichever they named first."""
    said = {}
    for each in sorted(corrections, key=lambda each: each.at):
        ends = {each.from_kind: each.from_id, each.to_kind: each.to_id}
        if ends.keys() == {"incident", "deployment"}:
            said[ends["incident"], ends["deployment"]] = each.is_linked
    return said


def _named(every: tuple[Deployment, ...]) -> Mapping[str, list[Deployment]]:
    """Return the deployments of a place by everything that an incident may call them."""
    named: dict[str, list[Deployment]] = {}
    for each in every:
        short = each.key.rpartition("#")[2]
        for name in {each.key, short, each.artifact, each.commit if len(each.commit) >= _HASH else ""}:
            if name:
                named.setdefault(name, []).append(each)
    return named


def _merged(parts: Sequence[Mapping[str, list[Deployment]]]) -> Mapping[str, list[Deployment]]:
    merged: dict[str, list[Deployment]] = {}
    for part in parts:
        for name, every in part.items():
            known = merged.get(name)
            merged[name] = every if known is None else [*known, *every]
    return merged


def _names_a_cause(incident: Incident) -> bool:
    return bool(incident.deployment or incident.artifact or incident.commit)


def _began(incident: Incident) -> datetime:
    return incident.began_at or _NEVER


def _explicit(
    incident: Incident,
    by_name: Sequence[Mapping[str, list[Deployment]]],
    said: Mapping[tuple[str, str], bool],
) -> Iterator[IncidentLink]:
    seen = set()
    stated = [key for (about, key), is_linked in said.items() if is_linked and about == incident.key]
    names = [(key, LinkMethod.PERSON) for key in stated]
    names += [
        (name, LinkMethod.SOURCE)
        for name in (incident.deployment, incident.artifact, incident.commit)
        if name
    ]
    for name, method in names:
        # A commit or an artifact may have been deployed several times: the newest before the incident.
        candidates = [
            each for named in by_name for each in named.get(name, ()) if _fits(each, incident, method)
        ]
        for each in sorted(candidates, key=lambda each: (each.ended_at, each.key))[-1:]:
            if each.key not in seen and said.get((incident.key, each.key)) is not False:
                seen.add(each.key)
                yield _link(incident, each, method, 1.0)


def _fits(deployment: Deployment, incident: Incident, method: LinkMethod) -> bool:
    if method is LinkMethod.PERSON:
        return True
    began = deployment.exposed_at or deployment.started_at or deployment.ended_at
    is_same = incident.service in ("", deployment.service)
    return is_same and incident.began_at is not None and began <= incident.began_at


def _inferred(
    incident: Incident, history: History, scope: Scope, said: Mapping[tuple[str, str], bool]
) -> list[IncidentLink]:
    every = history.deployments.get(incident.place, ())
    began = incident.began_at
    if began is None or not incident.service:
        return []
    # A rollout may be what users feel while it is still under way.
    place = bisect.bisect_right(every, began, key=lambda each: each.ended_at)
    for each in chain(_under_way(every[place : place + _AHEAD], began), _before(every, place)):
        age = began - each.ended_at
        if age > scope.cause_within:
            break
        if said.get((incident.key, each.key)) is False:
            continue
        confidence = 1 - max(age, timedelta()) / scope.cause_within
        return [_link(incident, each, LinkMethod.TIME, confidence)]
    return []


def _under_way(later: Sequence[Deployment], began: datetime) -> Iterator[Deployment]:
    """Yield the first that ended later, but that users had met by then."""
    for each in later:
        if each.exposed_at is not None and each.exposed_at <= began:
            yield each
            return


def _before(every: Sequence[Deployment], place: int) -> Iterator[Deployment]:
    """Yield those that users had met and that ended before, newest first."""
    for number in range(place - 1, -1, -1):
        each = every[number]
        if each.is_exposed and each.outcome is not Outcome.REFUSED:
            yield each


def _link(incident: Incident, deployment: Deployment, method: LinkMethod, confidence: float) -> IncidentLink:
    began = incident.began_at or deployment.ended_at
    return IncidentLink(
        incident=incident,
        deployment=deployment,
        method=method,
        confidence=confidence,
        age=began - deployment.ended_at,
    )
