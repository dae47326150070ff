"""Evidence of process integration.

Links, authorisation, freezes, security, and what the business makes of it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta

from strandline.kpi import feeds
from strandline.maturity.automation_evidence import matches
from strandline.maturity.case import Case, Item, Shown, began, ids, names_of, working_days
from strandline.maturity.cases import approved_at, deployments, incident_names, told_cases
from strandline.maturity.communication_evidence import notices
from strandline.maturity.other_checks import Distinct
from strandline.maturity.rollouts import answers, gates, passed, told_of
from strandline.maturity.share_check import Population, Quality
from strandline.maturity.told import Told, said
from strandline.maturity.training_evidence import reviews_of
from strandline.vocabulary.deployment import Outcome
from strandline.vocabulary.document import EvidencePackMade
from strandline.vocabulary.improvement import ReviewKind
from strandline.vocabulary.incident import IncidentClassified
from strandline.vocabulary.integration import (
    DecisionRecorded,
    EventsConsumed,
    GateExcepted,
    GateOverridden,
    TraceChecked,
)
from strandline.vocabulary.notice import NoticePurpose
from strandline.vocabulary.organisation import ServiceVersionRecorded
from strandline.vocabulary.runtime import RuntimeChanged
from strandline.vocabulary.training import DrillHeld, DrillKind
from strandline.vocabulary.verdict import GateAnswer

_HOUR, _FIVE_MINUTES, _QUARTER_HOUR = timedelta(hours=1), timedelta(minutes=5), timedelta(minutes=15)
_YEAR = timedelta(days=365)
_CHAIN = frozenset(("idea", "commit", "artifact", "change", "rollout", "outcome", "business"))
_REVIEW_WITHIN = 5
_OUTSIDE_IT = frozenset(("it", "development", "operations", "engineering"))
_PACK_WITHIN_MS = 5 * 60 * 1000


def _is_linked(case: Case, item: Item) -> Shown:
    """Whether it names a commit, a ticket, a change or an approval, or an incident is tied to it."""
    each = item.what
    is_so = each.commit or each.changes or approved_at(case, each) is not None
    return item.events if is_so or case.caused_by(item.name) else ()


def _visible(within: timedelta) -> Quality:
    def shows(case: Case, item: Item) -> Shown:
        return ids(
            told
            for told in notices(
                case, item, NoticePurpose.ANNOTATION, NoticePurpose.TRANSITION, NoticePurpose.OUTCOME
            )
            if told.at <= began(item.what) + within or abs(told.at - item.what.ended_at) <= within
        )

    return Quality(f"operations saw within {int(within.total_seconds() // 60)} minutes", shows, ("notices",))


def _is_classified(case: Case, item: Item) -> Shown:
    found = [
        told
        for told in case.practice.of_subject(IncidentClassified, *incident_names(item))
        if told.at < case.at
    ]
    return ids(found) or (item.events if item.what.is_caused_by_deployment is not None else ())


def _was_authorised(case: Case, item: Item) -> Shown:
    """Somebody approved it before it began, or the change gate passed it as a standard change."""
    approved = approved_at(case, item.what)
    if approved is not None and approved <= began(item.what):
        return item.events or True
    standard = [
        told
        for told in gates(case, item.what, "change", "standard-change")
        if told.content.get("answer") == GateAnswer.PASS.value and told.known_at <= began(item.what)
    ]
    return ids(standard)


def _is_unauthorised(case: Case, item: Item) -> Shown:
    """The audit log says so itself, or no deployment that was authorised matches it."""
    said_so = said(item.what, RuntimeChanged).is_authorised
    if said_so is not None:
        return () if said_so else item.events
    return () if matches(case, item) else item.events


def _is_emergency(_case: Case, item: Item) -> Shown:
    return item.events or True if item.what.is_unplanned else ()


def _was_reviewed(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in reviews_of(
            case, names_of(item.what), ReviewKind.EMERGENCY, ReviewKind.DEPLOYMENT, ReviewKind.INCIDENT
        )
        if working_days(item.what.ended_at, told.at) <= _REVIEW_WITHIN
    )


def _version_was_recorded(case: Case, item: Item) -> Shown:
    service, end = item.what.service, item.what.ended_at
    every = case.remembered(
        ("versions", service), lambda: case.practice.of_subject(ServiceVersionRecorded, service)
    )
    first = bisect_left(every, end - _QUARTER_HOUR, key=_when)
    last = bisect_right(every, end + _QUARTER_HOUR, key=_when)
    return ids(
        told
        for told in every[first:last]
        if said(told, ServiceVersionRecorded).is_automated
        and told.content.get("version") in {item.what.version, "", None}
    )


def _when(told: Told) -> datetime:
    return told.at


def _succeeded(case: Case, start: datetime) -> list[Item]:
    return [item for item in deployments(case, start) if item.what.outcome is Outcome.SUCCEEDED]


def _expired_exceptions(case: Case, start: datetime) -> list[Item]:
    """Return the exceptions from the security gate that ran out while deployments still went by them."""
    found = []
    for told in case.practice.all(GateExcepted):
        exception = said(told, GateExcepted)
        until = datetime.fromisoformat(exception.until)
        late = [
            item
            for item in deployments(case, start)
            if exception.gate == "security"
            and item.what.service == told.subject
            and item.at > until
            and not passed(case, item.what, "security")
        ]
        if told.at < case.at and late:
            found.append(Item(told.id, late[-1].at, told, (told.id,)))
    return found


def _freeze_was_checked(case: Case, item: Item) -> Shown:
    return ids(answers(case, item.what, "change-freeze", "freeze", "continuity"))


def _inside_a_freeze(case: Case, start: datetime) -> list[Item]:
    """Return the deployments that went on though the freeze gate said no, and nobody answered for it."""
    found = []
    for item in deployments(case, start):
        said_no = [
            told
            for told in gates(case, item.what, "change-freeze", "freeze")
            if told.content.get("answer") == GateAnswer.FAIL.value and told.at <= began(item.what)
        ]
        if (
            said_no
            and not told_of(case, GateOverridden, item.what)
            and item.what.outcome is not Outcome.REFUSED
        ):
            found.append(Item(item.name, item.at, item.what, ids(said_no)))
    return found


def _was_restored_in_time(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in case.practice.of_subject(DrillHeld, item.name)
        if case.at - _YEAR <= told.at < case.at
        and said(told, DrillHeld).kind in {DrillKind.RESTORE, DrillKind.FAILOVER}
        and said(told, DrillHeld).is_within_objective
    )


def _budget_was_consulted(case: Case, item: Item) -> Shown:
    """It was asked, and where it was spent the deployment was refused, or a person answered for going on."""
    asked = answers(case, item.what, "error-budget", "capacity")
    if asked and asked[-1].content.get("answer") == GateAnswer.FAIL.value:
        overridden = [told for told in told_of(case, GateOverridden, item.what) if told.actor]
        return ids((*asked, *overridden)) if overridden else ()
    return ids(asked)


def _new_services(case: Case, start: datetime) -> list[Item]:
    """Return the services whose first production deployment lies in the time, of all that is known."""
    first: dict[str, Item] = {}
    scope = case.scope(datetime.fromtimestamp(0, tz=case.at.tzinfo))
    for (service, environment), every in case.own.deployments.items():
        if every and (scope.has_place(service, environment) or scope.has_deployment(every[-1])):
            at = began(every[0])
            if service not in first or at < first[service].at:
                first[service] = Item(service, at, every[0], every[0].events[:1])
    earliest = min((item.at for item in first.values()), default=case.at)
    # Those that were there when we began to look are not new.
    settled = earliest + timedelta(days=30)
    return [item for _, item in sorted(first.items()) if max(start, settled) <= item.at < case.at]


def _was_ready(case: Case, item: Item) -> Shown:
    return ids(
        told for told in reviews_of(case, (item.name,), ReviewKind.READINESS) if told.known_at <= item.at
    )


def _is_traceable(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in told_of(case, TraceChecked, item.what)[-1:]
        if set(said(told, TraceChecked).linked) >= _CHAIN and not said(told, TraceChecked).manual
    )


def _consumers(case: Case, told: Told) -> bool:
    del case
    return str(told.content.get("process", "")).lower() not in _OUTSIDE_IT


def _sent(case: Case, start: datetime) -> list[Item]:
    """Return each event that was sent to a consumer outside of IT; `what` is whether it was acknowledged."""
    return [
        Item(
            f"{item.name} {number + 1}",
            item.at,
            number < item.what.content.get("acknowledged", 0),
            item.events,
        )
        for item in told_cases(EventsConsumed, _consumers)(case, start)
        for number in range(min(int(item.what.content.get("sent", 0)), 1000))
    ]


def _packs(case: Case, start: datetime) -> list[Item]:
    return told_cases(EvidencePackMade, lambda _case, told: bool(told.content.get("isDrawn")))(case, start)


def _is_whole(_case: Case, item: Item) -> Shown:
    pack = said(item.what, EvidencePackMade)
    return item.events if pack.is_verified and pack.took_ms <= _PACK_WITHIN_MS else ()


def _has_decided(_case: Case, item: Item) -> Shown:
    return item.events if said(item.what, DecisionRecorded).decision else ()


POPULATIONS: Mapping[str, Population] = {
    "expired-exceptions": Population("expired exceptions", _expired_exceptions, (feeds.DEPLOYMENTS, "gates")),
    "deployments-inside-a-freeze": Population(
        "deployments inside a freeze that nobody answered for", _inside_a_freeze, (feeds.DEPLOYMENTS, "gates")
    ),
    "new-services": Population("new services", _new_services, (feeds.DEPLOYMENTS,)),
    "succeeded-deployments": Population("succeeded deployments", _succeeded, (feeds.DEPLOYMENTS,)),
    "consumers": Population(
        "words of consumers outside of IT", told_cases(EventsConsumed, _consumers), ("consumers",)
    ),
    "sent-events": Population("events sent to consumers outside of IT", _sent, ("consumers",)),
    "decisions": Population(
        "decisions outside of IT", told_cases(DecisionRecorded, _consumers), ("consumers",)
    ),
    "drawn-packs": Population("evidence packs of drawn deployments", _packs, ("evidence-packs",)),
}
QUALITIES: Mapping[str, Quality] = {
    "are-linked-to-anything": Quality(
        "are linked to a commit, a ticket, a change or an incident", _is_linked, ()
    ),
    "were-visible-within-an-hour": _visible(_HOUR),
    "were-visible-at-once": _visible(_FIVE_MINUTES),
    "are-classified": Quality("somebody said of whether a deployment caused them", _is_classified),
    "were-authorised": Quality("were authorised before they began", _was_authorised, (feeds.APPROVALS,)),
    "are-unauthorised": Quality("no authorised deployment matches", _is_unauthorised, (feeds.DEPLOYMENTS,)),
    "are-emergencies": Quality("are emergencies", _is_emergency),
    "were-reviewed-soon": Quality("were reviewed within five working days", _was_reviewed, ("reviews",)),
    "had-their-version-recorded": Quality(
        "the catalogue knew of within a quarter of an hour", _version_was_recorded, ("versions",)
    ),
    "had-their-freeze-checked": Quality(
        "were checked against freezes and continuity", _freeze_was_checked, ("gates",)
    ),
    "were-restored-in-time": Quality(
        "were restored in a test within their objective", _was_restored_in_time, ("drills",)
    ),
    "had-their-budget-consulted": Quality(
        "error budget or capacity was asked for", _budget_was_consulted, ("gates",)
    ),
    "were-ready": Quality("had a readiness review before", _was_ready, ("reviews",)),
    "are-traceable": Quality(
        "can be followed from the idea to the business figure", _is_traceable, ("traces",)
    ),
    "were-acknowledged-by-consumers": Quality(
        "were acknowledged", lambda _case, item: item.events if item.what else ()
    ),
    "are-whole": Quality("were proved within five minutes", _is_whole),
    "decided-something": Quality("say what was decided", _has_decided),
}
DISTINCT: Mapping[str, Distinct] = {"process": lambda item: str(item.what.content.get("process", "")).lower()}
