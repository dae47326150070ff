"""Evidence of communication: who was told what of which deployment, how soon, and whether it was wanted."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from strandline.kpi import feeds
from strandline.maturity.case import Case, Item, Shown, began, ids, names_of, working_days
from strandline.maturity.cases import POPULATIONS as CASES
from strandline.maturity.cases import failed, in_unit, told_cases
from strandline.maturity.notice_noise import acknowledged_as_before, channel_days, muted
from strandline.maturity.other_checks import Measured
from strandline.maturity.rollouts import told_of
from strandline.maturity.share_check import Population, Quality
from strandline.maturity.told import Told, said
from strandline.vocabulary.deployment import (
    DeploymentFinished,
    DeploymentPaused,
    DeploymentResumed,
    DeploymentRolledBack,
    DeploymentStarted,
)
from strandline.vocabulary.exposure import StageStarted
from strandline.vocabulary.feedback import SupportContacted
from strandline.vocabulary.notice import (
    ChannelJoined,
    DeploymentScheduled,
    NoticeAcknowledged,
    NoticePurpose,
    NoticeSent,
    RegisterReviewed,
    ScheduleChanged,
    StakeholderRegistered,
)
from strandline.vocabulary.training import DrillHeld

LEAD = timedelta(hours=24)
"""How long before a planned deployment its stakeholders are to know."""
_MENTIONS = frozenset(("schedule", "impact", "contact", "back-out"))
_ONE_TEXT = 0.5
_TRANSITIONS = (
    DeploymentStarted,
    StageStarted,
    DeploymentPaused,
    DeploymentResumed,
    DeploymentRolledBack,
    DeploymentFinished,
)
_AT_ONCE = timedelta(seconds=60)
_STAKEHOLDERS_WITHIN = timedelta(minutes=5)
_STATUS_PAGE_WITHIN = timedelta(minutes=10)
_DAY = timedelta(days=1)
_REVIEWED_WITHIN = timedelta(days=180)


def notices(case: Case, item: Item, *purposes: NoticePurpose) -> list[Told]:
    """Return the notices of a deployment, for any of these purposes."""
    wanted = {purpose.value for purpose in purposes}
    every = case.practice.of_deployment(NoticeSent, *names_of(item.what))
    return [
        told for told in every if told.at < case.at and (not wanted or told.content.get("purpose") in wanted)
    ]


def _noticed(case: Case, item: Item) -> Shown:
    return ids(notices(case, item))


def _registered(case: Case, item: Item) -> Shown:
    return ids(_contacts(case, item.name))


def _unregistered(case: Case, item: Item) -> Shown:
    return () if _contacts(case, item.name) else (item.events or True)


def _contacts(case: Case, service: str) -> list[Told]:
    return [told for told in case.practice.of_subject(StakeholderRegistered, service) if told.at < case.at]


def _weeks(case: Case, start: datetime) -> list[Item]:
    """Return the weeks that had deployments; `what` is when each of them began."""
    found: dict[datetime, Item] = {}
    for item in CASES["deployments"].find(case, start):
        monday = (item.at - timedelta(days=item.at.weekday())).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        if monday + timedelta(days=7) <= case.at:
            found.setdefault(monday, Item(f"week of {monday:%Y-%m-%d}", monday, monday, item.events[:1]))
    return [found[monday] for monday in sorted(found)]


def _it_was_updated(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in case.practice.within(NoticeSent, item.what, item.what + timedelta(days=7))
        if in_unit(case, told)
        and ("it" in told.content.get("audiences", ()) or told.content.get("purpose") == "update")
    )


def _operations_listen(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in case.practice.of_subject(ChannelJoined, item.name)
        if told.at < case.at and told.content.get("role") in {"operations", "on-call"}
    )


def noticed_in_time(case: Case, item: Item) -> Shown:
    """Whether each class of registered stakeholders knew schedule, impact, contact and back-out a day before.

    A text that goes out unaltered for half of all deployments tells nobody anything, and does not count.
    """
    start = began(item.what)
    copies = case.remembered("copied-notices", lambda: _copied(case))
    told_before = [
        told
        for told in notices(case, item, NoticePurpose.PLANNED)
        if told.known_at <= start - LEAD and told.content.get("digest", "") not in copies
    ]
    mentioned = {each for told in told_before for each in told.content.get("mentions", ())}
    reached = {each for told in told_before for each in told.content.get("audiences", ())}
    registered = {str(told.content.get("audience")) for told in _contacts(case, item.what.service)}
    return ids(told_before) if told_before and mentioned >= _MENTIONS and reached >= registered else ()


def _copied(case: Case) -> frozenset[str]:
    texts: dict[str, set[str]] = {}
    deployments: set[str] = set()
    for told in case.practice.all(NoticeSent):
        if told.content.get("purpose") == NoticePurpose.PLANNED.value and told.deployment:
            deployments.add(told.deployment)
            texts.setdefault(str(told.content.get("digest", "")), set()).add(told.deployment)
    most = max(_ONE_TEXT * len(deployments), 3)
    return frozenset(digest for digest, every in texts.items() if digest and len(every) > most)


def scheduled(case: Case, item: Item) -> list[Told]:
    """Return the entries of the schedule for a deployment that stood there before it began."""
    return [
        told
        for told in case.practice.of_deployment(DeploymentScheduled, *names_of(item.what))
        if told.known_at <= began(item.what)
    ]


def _scheduled_before(case: Case, item: Item) -> Shown:
    return ids(scheduled(case, item))


def _inside_its_window(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in scheduled(case, item)[-1:]
        if said(told, DeploymentScheduled).from_at
        <= began(item.what)
        <= said(told, DeploymentScheduled).until_at
    )


def _reviewed_contacts(case: Case, item: Item) -> Shown:
    reviewed = [
        told
        for told in case.practice.of_subject(RegisterReviewed, item.name)
        if case.at - _REVIEWED_WITHIN <= told.at < case.at
    ]
    return (
        ids((*reviewed[-1:], *_contacts(case, item.name)[:1]))
        if reviewed and _contacts(case, item.name)
        else ()
    )


def _all_contacts(case: Case, start: datetime) -> list[Item]:
    """Return the newest word on each contact, of the services that are deployed."""
    found: dict[tuple[str, str, str], Item] = {}
    for service in CASES["services"].find(case, start):
        for told in _contacts(case, service.name):
            contact = said(told, StakeholderRegistered)
            found[service.name, contact.audience, contact.contact] = Item(
                f"{service.name}: {contact.audience}", case.at, contact, (told.id,)
            )
    return list(found.values())


def _is_valid(_case: Case, item: Item) -> Shown:
    return None if item.what.is_valid is None else (item.events if item.what.is_valid else ())


def _planned_notices(case: Case, told: Told) -> bool:
    del case
    return told.content.get("purpose") == NoticePurpose.PLANNED.value


def _first_tier_notices(case: Case, told: Told) -> bool:
    return _planned_notices(case, told) and case.is_first_tier(told.service)


def _noticed_deployments(case: Case, start: datetime) -> list[Item]:
    return [
        item
        for item in CASES["deployments"].find(case, start)
        if notices(case, item, NoticePurpose.PLANNED) and working_days(item.what.ended_at, case.at) > 1
    ]


def _outcome_was_told(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in notices(case, item, NoticePurpose.OUTCOME)
        if working_days(item.what.ended_at, told.at) <= 1
    )


def _names_the_business(case: Case, item: Item) -> Shown:
    """Whether it names the capability that the service serves, and went to users of it."""
    profile, content = case.profile(item.what.service), item.what.content
    is_capability = bool(content.get("capability")) and profile.capability in {"", content.get("capability")}
    group = content.get("user_group") or content.get("userGroup")
    is_group = bool(group) and (not profile.user_groups or group in profile.user_groups)
    return item.events if is_capability and is_group else ()


def _after_deployments(case: Case, start: datetime) -> list[Item]:
    """Return the support contacts within a day after a deployment of their service."""
    ends: dict[str, list[datetime]] = {}
    for each in case.production(start - _DAY).counted:
        ends.setdefault(each.service, []).append(each.ended_at)
    return [
        Item(told.subject, told.at, told, (told.id,))
        for told in case.practice.within(SupportContacted, start, case.at)
        if case.has_service(told.subject)
        and any(end <= told.at < end + _DAY for end in ends.get(told.subject, ()))
    ]


def _was_a_surprise(_case: Case, item: Item) -> Shown:
    was_announced = item.what.content.get("wasAnnounced")
    return None if was_announced is None else (() if was_announced else item.events)


def _from_feedback(_case: Case, item: Item) -> Shown:
    return item.events if item.what.content.get("feedback") else ()


def _acknowledged(case: Case, item: Item) -> Shown:
    return ids(told for told in case.practice.of_subject(NoticeAcknowledged, item.name) if told.at < case.at)


def _transitions(case: Case, start: datetime) -> list[Item]:
    """Return what happened to rollouts since: began, advanced, was paused, was rolled back, ended."""
    known = {name for each in case.production(start).counted for name in names_of(each)}
    return [
        Item(f"{told.deployment or told.subject}: {told.type.rsplit('.', 4)[1]}", told.at, told, (told.id,))
        for fact in _TRANSITIONS
        for told in case.practice.within(fact, start, case.at)
        if told.deployment in known or told.subject in known
    ]


def _telling(case: Case, item: Item) -> list[Told]:
    def index() -> dict[str, list[Told]]:
        found: dict[str, list[Told]] = {}
        for told in case.practice.all(NoticeSent):
            if told.content.get("tells"):
                found.setdefault(str(told.content["tells"]), []).append(told)
        return found

    by_event = case.remembered("telling", index)
    return [
        told
        for told in by_event.get(item.what.id, ())
        if told.content.get("isAutomated") and told.at < case.at
    ]


def _told_at_once(case: Case, item: Item) -> Shown:
    return ids(told for told in _telling(case, item) if told.at - item.at <= _AT_ONCE)


def _time_to_tell(case: Case, item: Item) -> float | None:
    return min((max((told.at - item.at).total_seconds(), 0.0) for told in _telling(case, item)), default=None)


def _failed_and_drilled(case: Case, start: datetime) -> list[Item]:
    """Return the deployments that failed, and the drills; each happened when it went wrong."""
    bad = [Item(item.name, item.what.ended_at, item.what, item.events) for item in failed(case, start)]
    drills = [
        Item(told.id, told.at, told, (told.id,))
        for told in case.practice.within(DrillHeld, start, case.at)
        if case.has_service(told.subject)
    ]
    return [*bad, *drills]


def _told_of_failure(within: timedelta, *purposes: NoticePurpose) -> Callable[[Case, Item], Shown]:
    wanted = {purpose.value for purpose in purposes}

    def shows(case: Case, item: Item) -> Shown:
        names = (item.what.id,) if isinstance(item.what, Told) else names_of(item.what)
        start = item.at
        if not isinstance(item.what, Told):
            back = told_of(case, DeploymentRolledBack, item.what)
            start = back[0].at if back else item.at
        return ids(
            told
            for told in case.practice.of_deployment(NoticeSent, *names)
            if told.content.get("purpose") in wanted and start <= told.at <= start + within
        )

    return shows


POPULATIONS: Mapping[str, Population] = {
    "deployment-weeks": Population("weeks with deployments", _weeks, (feeds.DEPLOYMENTS,)),
    "contacts": Population("contacts", _all_contacts, (feeds.DEPLOYMENTS, "register"), is_standing=True),
    "planned-notices": Population("notices of plans", told_cases(NoticeSent, _planned_notices), ("notices",)),
    "first-tier-notices": Population(
        "notices of first-tier plans", told_cases(NoticeSent, _first_tier_notices), ("notices",)
    ),
    "noticed-deployments": Population(
        "deployments that were announced", _noticed_deployments, (feeds.DEPLOYMENTS, "notices")
    ),
    "contacts-after-deployments": Population(
        "support contacts within a day after a deployment", _after_deployments, (feeds.DEPLOYMENTS, "support")
    ),
    "schedule-changes": Population(
        "changes of schedule or scope", told_cases(ScheduleChanged), ("schedule",)
    ),
    "transitions": Population("transitions of rollouts", _transitions, (feeds.DEPLOYMENTS, "rollouts")),
    "failed-and-drilled": Population("failures and drills", _failed_and_drilled, (feeds.DEPLOYMENTS,)),
    "channel-days": Population("days of channels", channel_days, ("notices",)),
}
QUALITIES: Mapping[str, Quality] = {
    "were-noticed": Quality("anybody was told of", _noticed, ("notices",)),
    "have-a-contact": Quality("have a registered contact", _registered, ("register",)),
    "have-no-contact": Quality("have no registered contact", _unregistered, ("register",)),
    "had-an-update-for-it": Quality("had an update for IT", _it_was_updated, ("notices",)),
    "operations-listen-to": Quality("operations listen to", _operations_listen, ("channels",)),
    "were-noticed-in-time": Quality(
        "every registered audience knew of a day before", noticed_in_time, ("notices", "register")
    ),
    "were-scheduled-before": Quality("stood in the schedule before", _scheduled_before, ("schedule",)),
    "began-inside-their-window": Quality(
        "began inside their scheduled window", _inside_its_window, ("schedule",)
    ),
    "have-reviewed-contacts": Quality(
        "have contacts that were reviewed within half a year", _reviewed_contacts, ("register",)
    ),
    "are-valid": Quality("the directory still knows", _is_valid),
    "had-their-outcome-told": Quality(
        "the outcome was told of within a working day", _outcome_was_told, ("notices",)
    ),
    "name-the-business": Quality("name capability and users", _names_the_business, ("catalogue",)),
    "were-surprises": Quality("the desk had not been told of", _was_a_surprise),
    "came-of-feedback": Quality("came of feedback", _from_feedback),
    "were-acknowledged": Quality("somebody acknowledged", _acknowledged, ("acknowledgements",)),
    "were-told-at-once": Quality("were told automatically within a minute", _told_at_once, ("notices",)),
    "were-told-to-stakeholders": Quality(
        "stakeholders heard of within five minutes",
        _told_of_failure(_STAKEHOLDERS_WITHIN, NoticePurpose.TRANSITION, NoticePurpose.OUTCOME),
        ("notices",),
    ),
    "were-on-the-status-page": Quality(
        "the status page showed within ten minutes",
        _told_of_failure(_STATUS_PAGE_WITHIN, NoticePurpose.STATUS_PAGE),
        ("notices",),
    ),
}
MEASURES: Mapping[str, Measured] = {
    "time-to-tell": Measured("the time until a transition was told", _time_to_tell, ("notices",)),
    "notices-a-day": Measured("notices a day", lambda _case, item: float(item.what)),
}
SPECIALS = {"muted": muted, "acknowledged-as-before": acknowledged_as_before}
