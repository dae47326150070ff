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
        ends = ("incident", incident.key), ("deployment", deployment)
        self.correct(*ends, is_linked=is_linked, reason=reason, actor=actor)

    def correct(
        self, one: tuple[str, str], other: tuple[str, str], *, is_linked: bool, reason: str, actor: str
    ) -> None:
        """Record whether two things belong together; each is a kind (see `kpi/trace.py`) and a name."""
        kind = LinkStated if is_linked else LinkDisputed
        fact = kind(from_kind=one[0], from_id=one[1], to_kind=other[0], to_id=other[1], reason=reason)
        self._ledger.append([self._event(fact, one[1], actor)])

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
    """Return the key of the deployment of this key; or of this number or version, where only one has it.

    Raises:
        NotFoundError: there is none, or several; the message lists some.
    """
    every = [each for place in history.deployments.values() for each in place]
    found = [each.key for each in every if name in {each.key, each.key.rpartition("#")[2], each.version}]
    if len(found) == 1 or name in found:
        return name if name in found else found[0]
    what = f"Several deployments are called “{name}”." if found else f"There is no deployment “{name}”."
    some = found[-_NAMED:] or [each.key.rpartition("#")[2] for each in every[-_NAMED:]]
    raise NotFoundError(what, remedy=f"Name one of: {', '.join(some)}." if some else "None is known yet.")
