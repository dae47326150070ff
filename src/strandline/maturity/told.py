"""What events tell of the practice: the facts that figures have no use for, as the judgement reads them."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from strandline.maturity.memo import note
from strandline.vocabulary import (
    attestation,
    document,
    experiment,
    exposure,
    feedback,
    forecast,
    improvement,
    incident,
    integration,
    notice,
    organisation,
    performance,
    runtime,
    survey,
    training,
)
from strandline.vocabulary.delivery import ServiceCatalogued, ServiceDeployed, ServiceUpgraded
from strandline.vocabulary.deployment import (
    DeploymentFinished,
    DeploymentPaused,
    DeploymentPlanned,
    DeploymentResumed,
    DeploymentRolledBack,
    DeploymentStarted,
    InterventionRequested,
    TrafficVerified,
)
from strandline.vocabulary.details import Details, details_of
from strandline.vocabulary.event import Event, Fact

BACK_DATED = timedelta(hours=1)
"""How much later than it happened something may be recorded, and still count as known when it happened."""
_CONNECTOR = "intake/"

CARRIES: Mapping[type[Fact], str] = {
    organisation.ServiceProfiled: "catalogue",
    ServiceCatalogued: "catalogue",
    organisation.ServiceVersionRecorded: "versions",
    organisation.PersonListed: "directory",
    training.TrainingRecorded: "training",
    training.CourseReviewed: "courses",
    training.SessionHeld: "sessions",
    training.DrillHeld: "drills",
    experiment.ExperimentOpened: "experiments",
    experiment.ExperimentClosed: "experiments",
    notice.NoticeSent: "notices",
    notice.NoticeAcknowledged: "acknowledgements",
    notice.StakeholderRegistered: "register",
    notice.RegisterReviewed: "register",
    notice.ChannelJoined: "channels",
    notice.SubscriptionMuted: "subscriptions",
    notice.DeploymentScheduled: "schedule",
    notice.ScheduleChanged: "schedule",
    document.DocumentPublished: "documents",
    document.DocumentReviewed: "document-reviews",
    document.DocumentChecked: "document-checks",
    document.PlanCompared: "plan-comparisons",
    document.PlanRated: "plan-ratings",
    document.RunbookStepTaken: "runbook-steps",
    document.ChangeRecordPublished: "change-records",
    document.EvidencePackMade: "evidence-packs",
    document.InventoryCompared: "inventory",
    document.DriftRepaired: "inventory",
    improvement.ReviewHeld: "reviews",
    improvement.ReviewAttended: "reviews",
    improvement.ActionOpened: "actions",
    improvement.ActionRedated: "actions",
    improvement.ActionClosed: "actions",
    improvement.ActionVerified: "actions",
    improvement.PracticeChanged: "practice-changes",
    improvement.ParameterChanged: "parameters",
    improvement.FigureRevised: "figures",
    improvement.FiguresPublished: "figures",
    performance.TargetSet: "figures",
    performance.FigureReviewed: "figures",
    forecast.RiskForecast: "forecasts",
    forecast.CalibrationPublished: "forecasts",
    forecast.StrategyChosen: "strategies",
    forecast.ImpactMeasured: "impact",
    runtime.RuntimeChanged: "runtime",
    exposure.GateEvaluated: "gates",
    integration.GateOverridden: "gates",
    integration.GateExcepted: "gates",
    ServiceDeployed: "deployments",
    ServiceUpgraded: "deployments",
    exposure.StageStarted: "rollouts",
    exposure.AnalysisConcluded: "rollouts",
    TrafficVerified: "rollouts",
    DeploymentPlanned: "rollouts",
    DeploymentStarted: "rollouts",
    DeploymentPaused: "rollouts",
    DeploymentResumed: "rollouts",
    DeploymentRolledBack: "rollouts",
    DeploymentFinished: "rollouts",
    InterventionRequested: "rollouts",
    incident.IncidentDetected: "incidents",
    incident.IncidentReported: "incidents",
    incident.IncidentClassified: "incidents",
    feedback.FeedbackGiven: "feedback",
    feedback.SupportContacted: "support",
    integration.EventsConsumed: "consumers",
    integration.DecisionRecorded: "consumers",
    integration.TraceChecked: "traces",
    survey.SurveyOpened: "surveys",
    survey.SurveyAnswered: "surveys",
    attestation.SignerEnrolled: "attestations",
    attestation.AttestationMade: "attestations",
    attestation.AttestationCountersigned: "attestations",
    attestation.AttestationAudited: "attestations",
    attestation.AttestationWithdrawn: "attestations",
    attestation.WaiverGranted: "attestations",
    attestation.WaiverEnded: "attestations",
}
"""What is kept, and what a source of it is said to carry."""
_KEPT = {fact.TYPE: fact for fact in CARRIES}
_HEAVY = frozenset((DeploymentPlanned, exposure.StageStarted))
_TIME_ALONE = frozenset((ServiceDeployed, ServiceUpgraded))
"""Facts of which only when they were known matters here; the rest is in the history."""
"""Facts of which the judgement needs a few fields only; see `_light`."""

FactT = TypeVar("FactT", bound=Fact)


class Told(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One fact, with who told it, of what and when."""

    type: str
    content: dict[str, Any]
    id: str
    source: str
    subject: str
    actor: str
    at: datetime
    """When it happened, as its source says."""
    recorded_at: datetime
    deployment: str = ""
    """The deployment that it belongs to: the source's own name of it, or our id."""
    service: str = ""
    version: str = ""
    is_by_connector: bool = False
    lot: int = 0
    """A number (32 bits) that random audits draw by.

    It comes of the record's hash, which rests on all records before and on the ledger's own clock: whoever
    tells something cannot choose its lot, and whoever has the ledger comes to the same."""

    @property
    def known_at(self) -> datetime:
        """From when on it counts as known, for what has to come before something else.

        What reaches us much later than it is said to have happened may have been made up afterwards: it
        counts from when it was recorded. A connector's source keeps the time itself.
        """
        if self.is_by_connector or self.recorded_at - self.at <= BACK_DATED:
            return self.at
        return self.recorded_at


def told_of(event: Event, recorded_at: datetime, record_hash: str = "") -> Told | None:
    """Return what an event tells of the practice; nothing for one that tells nothing of it.

    Args:
        event: the event.
        recorded_at: when the ledger learned of it.
        record_hash: of its record, in hex. Events in no ledger are drawn by their names instead.
    """
    kind = _KEPT.get(event.type)
    if kind is None:
        return None
    details = details_of(event)
    content = event.content if kind not in _HEAVY else _light(event.content)
    content = {} if kind in _TIME_ALONE else content
    return Told(
        type=event.type,
        content=content,
        id=event.id,
        source=event.source,
        subject=event.subject_id,
        actor=event.actor,
        at=event.occurred_at,
        recorded_at=recorded_at,
        deployment=details.deployment or event.chain_id,
        service=_service_of(event, details),
        version=details.version,
        is_by_connector=details.by.startswith(_CONNECTOR),
        lot=int((record_hash or sha256(f"{event.source} {event.id}".encode()).hexdigest())[:8], 16),
    )


def _service_of(event: Event, details: Details) -> str:
    named = details.service or event.content.get("service", "")
    if isinstance(named, dict):
        named = named.get("id", "")
    return str(named)


def _light(content: dict[str, Any]) -> dict[str, Any]:
    """Leave the measurements, commits and policies out of a fact that carries many of them."""
    left_out = ("state", "measurement", "changes", "noise")
    return {name: value for name, value in content.items() if name not in left_out}


class Practice:
    """Everything that was told, by kind; and by deployment and by subject within a kind."""

    def __init__(self, every: Iterable[Told] = ()) -> None:
        self._by_type: dict[str, list[Told]] = {}
        self._indexes: dict[tuple[str, str], dict[str, list[Told]]] = {}
        self._days: dict[str, set[int]] = {}
        self._known: set[tuple[str, str]] = set()
        self.count = 0
        self.take(every)

    def take(self, every: Iterable[Told]) -> None:
        """Take over what is new; what is known already changes nothing."""
        new: dict[str, list[Told]] = {}
        for told in every:
            name = (told.source, told.id)
            if name not in self._known:
                self._known.add(name)
                new.setdefault(told.type, []).append(told)
                self.count += 1
        for kind, found in new.items():
            standing = self._by_type.setdefault(kind, [])
            self._days.get(kind, set()).update(map(_day, found))
            if len(found) * _FEW > len(standing):
                standing += found
                standing.sort(key=_place)
                for by in _BY:
                    self._indexes.pop((kind, by), None)
                continue
            for told in found:
                insort(standing, told, key=_place)
                for by in _BY:
                    index = self._indexes.get((kind, by))
                    if index is not None:
                        insort(index.setdefault(getattr(told, by), []), told, key=_place)

    def all(self, fact: type[Fact]) -> list[Told]:
        """Return everything of a kind, by when it happened. The list is not to be altered."""
        return self.of_type(fact.TYPE)

    def of_type(self, kind: str) -> list[Told]:
        """Return everything of an event type, by when it happened. The list is not to be altered."""
        note(kind)
        return self._by_type.get(kind, [])

    def within(self, fact: type[Fact], start: datetime, end: datetime) -> Iterator[Told]:
        """Yield everything of a kind that happened from `start` on and before `end`."""
        every = self.all(fact)
        first = bisect_left(every, start, key=_when)
        return iter(every[first : bisect_left(every, end, key=_when)])

    def count_before(self, moment: datetime) -> int:
        """Return how much is told of the time before a moment."""
        return sum(bisect_left(every, moment, key=_when) for every in self._by_type.values())

    def days(self, kind: str) -> AbstractSet[int]:
        """Return the days (`date.toordinal`) of which anything of an event type is told."""
        every = self.of_type(kind)
        known = self._days.get(kind)
        if known is None:
            known = self._days[kind] = set(map(_day, every))
        return known

    def count_of(self, kind: str) -> int:
        """Return how much is told of an event type."""
        return len(self._by_type.get(kind, ()))

    def of_deployment(self, fact: type[Fact], *names: str) -> list[Told]:
        """Return everything of a kind that belongs to a deployment, by any of its names."""
        return self._found("deployment", fact, names)

    def of_subject(self, fact: type[Fact], *names: str) -> list[Told]:
        """Return everything of a kind whose subject has one of these names."""
        return self._found("subject", fact, names)

    def of_service(self, fact: type[Fact], name: str) -> list[Told]:
        """Return everything of a kind that is said to belong to a service."""
        return self._found("service", fact, (name,))

    def everything(self) -> Iterator[Told]:
        """Yield all of it."""
        for every in self._by_type.values():
            yield from every

    def known_by(self, moment: datetime) -> "Practice":
        """Return what had been recorded by a moment."""
        return Practice(told for told in self.everything() if told.recorded_at <= moment)

    def _found(self, by: str, fact: type[Fact], names: Iterable[str]) -> list[Told]:
        key = (fact.TYPE, by)
        note(fact.TYPE)
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = {}
            for told in self.all(fact):
                index.setdefault(getattr(told, by), []).append(told)
        return [told for name in dict.fromkeys(names) if name for told in index.get(name, ())]


_BY = ("deployment", "subject", "service")
_FEW = 100
"""What is new is sorted in one by one if it is less than a hundredth of what there is."""


def _when(told: Told) -> datetime:
    return told.at


def _place(told: Told) -> tuple[datetime, str, str]:
    return told.at, told.source, told.id


def _day(told: Told) -> int:
    return told.at.date().toordinal()


def said(told: Told, fact: type[FactT]) -> FactT:
    """Return the typed content of what was told."""
    return msgspec.convert(told.content, fact)
