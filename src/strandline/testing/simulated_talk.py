"""What an organisation of known levels tells people: notices, registers, surveys."""

from datetime import timedelta

from strandline.testing.simulated_organisation import (
    SERVICES,
    Organisation,
    Rollout,
)
from strandline.vocabulary.feedback import SupportContacted
from strandline.vocabulary.integration import DecisionRecorded, EventsConsumed
from strandline.vocabulary.notice import (
    ChannelJoined,
    DeploymentScheduled,
    NoticeAcknowledged,
    NoticePurpose,
    NoticeSent,
    RegisterReviewed,
    ScheduleChanged,
    StakeholderRegistered,
    SubscriptionMuted,
)
from strandline.vocabulary.survey import SurveyAnswered, SurveyOpened

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def tell_notices(o: Organisation, each: Rollout) -> None:
    """Tell people of a deployment."""
    start, end = each.started_at, each.ended_at
    if o.does("SC", 3) or o.does("DO", 2):
        entry = DeploymentScheduled(from_at=start - _HOUR, until_at=start + _HOUR)
        o.tell(entry, start - 2 * _DAY, subject=f"s-{each.key}", of=each)
    if o.does("SC", 3):
        says_business = o.does("SC", 4)
        notice = NoticeSent(
            purpose=NoticePurpose.PLANNED,
            channel="mail",
            audiences=("support", "business"),
            mentions=("schedule", "impact", "contact", "back-out"),
            capability="selling" if says_business else "",
            user_group="buyers" if says_business else "",
            digest=each.key,
        )
        o.tell(notice, start - 30 * _HOUR, subject=f"p-{each.key}", of=each)
        o.tell(
            NoticeSent(purpose=NoticePurpose.OUTCOME, channel="mail"),
            end + _HOUR,
            subject=f"o-{each.key}",
            of=each,
        )
        if o.does("SC", 4) and o.is_by_chance(0.8):
            o.tell(NoticeAcknowledged(), start - 20 * _HOUR, subject=f"p-{each.key}", of=each, actor="uma")
    if o.does("PI", 2):
        o.tell(
            NoticeSent(purpose=NoticePurpose.ANNOTATION, channel="monitoring"),
            start + _MINUTE,
            subject=f"a-{each.key}",
            of=each,
        )
    if each.is_failed and o.does("SC", 5):
        at = each.started_at + 8 * _MINUTE
        back = max(at, end - 19 * _MINUTE) if not o.has("TO", 5) else at
        o.tell(
            NoticeSent(purpose=NoticePurpose.OUTCOME, channel="mail"),
            end + 2 * _MINUTE,
            subject=f"f-{each.key}",
            of=each,
        )
        o.tell(
            NoticeSent(purpose=NoticePurpose.STATUS_PAGE, channel="status"),
            back + 2 * _MINUTE,
            subject=f"g-{each.key}",
            of=each,
        )
    if each.number % 3 == 0:
        contact = SupportContacted(deployment=each.key, was_announced=o.does("SC", 4))
        o.tell(contact, end + 3 * _HOUR, subject=each.service, of=each)


def tell_stakeholders(o: Organisation) -> None:  # noqa: C901, PLR0912 - one branch for each thing
    """Tell of who listens, what they ask for, and what they say."""
    for name in SERVICES:
        if o.has("SC", 2):
            for moment in o.every(100):
                o.tell(ChannelJoined(channel="#it", role="operations"), moment, subject=name, service=name)
        for moment in o.every(100):
            if o.has("SC", 3):
                for audience in ("support", "business"):
                    contact = StakeholderRegistered(
                        audience=audience, contact=f"{audience}@example", is_valid=True
                    )
                    o.tell(contact, moment, subject=name, service=name)
                o.tell(RegisterReviewed(), moment, subject=name, service=name, actor="uma")
    for moment in o.every(7):
        if o.does("SC", 2):
            o.tell(
                NoticeSent(purpose=NoticePurpose.UPDATE, channel="#it", audiences=("it",)),
                moment,
                subject=f"u{moment:%j%Y}",
            )
    for moment in o.every(40):
        if o.has("SC", 4):
            o.tell(ScheduleChanged(reason="Asked for.", feedback="f1"), moment, subject="shop")
    for moment in o.every(200):
        if o.has("SC", 5):
            o.tell(SubscriptionMuted(subscribers=80), moment, subject="#it")
    asked = [
        ("informed-in-time", "SC", 4),
        ("failures-teach", "TA", 5),
        ("ideas-welcome", "TA", 5),
        ("documents-reliable", "DO", 4),
        ("documents-findable", "DO", 4),
        ("documents-used", "DO", 4),
    ]
    for moment in o.every(90, start=15):
        questions = tuple(name for name, _, _ in asked)
        survey = f"pulse {moment:%Y-%m-%d}"
        o.tell(
            SurveyOpened(questions=questions, invited=30, closes_at=moment + 14 * _DAY),
            moment,
            subject=survey,
        )
        for _ in range(25):
            answers = {
                name: o.chance.choice((5, 6, 7)) if o.has(measure, level) else o.chance.choice((1, 2, 3))
                for name, measure, level in asked
            }
            o.tell(SurveyAnswered(answers=answers), moment + _DAY, subject=survey)


def tell_business(o: Organisation) -> None:
    """Tell of the processes outside of IT."""
    for moment in o.every(10):
        for process in ("finance", "compliance", "marketing"):
            if o.has("PI", 5):
                o.tell(EventsConsumed(process=process, sent=20, acknowledged=20), moment, subject=process)
                o.tell(
                    DecisionRecorded(process=process, decision="Go on."),
                    moment,
                    subject=f"{process} {moment:%j}",
                )
