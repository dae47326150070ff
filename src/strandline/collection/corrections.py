"""What people say of incidents: what caused them, and which deployment they belong to."""

import uuid

import msgspec

from strandline.collection.feeds import SOURCE
from strandline.kpi.history import History
from strandline.kpi.incidents import Incident
from strandline.ledger.ports import Ledger
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import NotFoundError
from strandline.vocabulary.event import Event, Fact, event_of
from strandline.vocabulary.incident import IncidentClassified
from strandline.vocabulary.link import LinkDisputed, LinkStated

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://strandline.dev/corrections")
_NAMED = 8


class Corrections:
    """Records what people correct. Nothing is taken back: the last word counts, and all of them are kept."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def classify(self, incident: Incident, *, is_caused_by_deployment: bool, cause: str, actor: str) -> None:
        """Record what caused an incident."""
        fact = IncidentClassified(is_caused_by_deployment=is_caused_by_deployment, cause=cause)
        home, _, number = incident.key.partition("#")
        event = self._event(fact, number or incident.key, actor)
        self._ledger.append([msgspec.structs.replace(event, subject_source=home)])

    def link(self, incident: Incident, deployment: str, *, is_linked: bool, reason: str, actor: str) -> None:
        """Record whether an incident came from a deployment."""
        kind = LinkStated if is_linked else LinkDisputed
        fact = kind(
            from_kind="incident",
            from_id=incident.key,
            to_kind="deployment",
            to_id=deployment,
            reason=reason,
        )
        self._ledger.append([self._event(fact, incident.key, actor)])

    def _event(self, fact: Fact, subject: str, actor: str) -> Event:
        now = self._clock.now()
        name = f"{fact.TYPE} {subject} {now.isoformat()} {actor} {self._ledger.head().seq}"
        return event_of(
            fact,
            id=str(uuid.uuid5(_NAMESPACE, name)),
            source=SOURCE,
            subject_id=subject,
            occurred_at=now,
            actor=actor,
        )


def incident_named(history: History, name: str) -> Incident:
    """Return the incident of this key, or of this number where only one has it.

    Raises:
        NotFoundError: there is none, or several; the message lists some.
    """
    found = [each for each in history.incidents if name in {each.key, each.key.rpartition("#")[2]}]
    if len(found) == 1:
        return found[0]
    some = [each.key for each in (found or history.incidents[-_NAMED:])]
    what = f"Several incidents are called “{name}”." if found else f"There is no incident “{name}”."
    remedy = (
        f"Name one of: {', '.join(some)}." if some else "None is known yet: connect a source of incidents."
    )
    raise NotFoundError(what, remedy=remedy)


def deployment_named(history: History, name: str) -> str:
    """Return the key of the deployment of this key, or of this number where only one has it.

    Raises:
        NotFoundError: there is none, or several; the message lists some.
    """
    every = [each for place in history.deployments.values() for each in place]
    found = [each.key for each in every if name in {each.key, each.key.rpartition("#")[2]}]
    if len(found) == 1:
        return found[0]
    what = f"Several deployments are called “{name}”." if found else f"There is no deployment “{name}”."
    some = found or [each.key for each in every[-_NAMED:]]
    raise NotFoundError(what, remedy=f"Name one of: {', '.join(some)}." if some else "None is known yet.")
