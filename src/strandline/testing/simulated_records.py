"""What an organisation of known levels writes down: what it learned, what it improves, and its papers."""

from datetime import datetime, timedelta

import msgspec

from strandline.testing.simulated_organisation import (
    END,
    FIRST_TIER,
    OUTSIDERS,
    PEOPLE,
    SERVICES,
    START,
    Organisation,
)
from strandline.vocabulary.document import (
    ChangeRecordPublished,
    DocumentChecked,
    DocumentKind,
    DocumentPublished,
    DocumentReviewed,
    DriftRepaired,
    EvidencePackMade,
    InventoryCompared,
    PlanCompared,
    PlanRated,
    RunbookStepTaken,
)
from strandline.vocabulary.experiment import (
    Effect,
    ExperimentClosed,
    ExperimentDecision,
    ExperimentKind,
    ExperimentOpened,
)
from strandline.vocabulary.improvement import (
    ActionClosed,
    ActionOpened,
    ActionVerified,
    ParameterChanged,
    PracticeChanged,
    ReviewAttended,
    ReviewHeld,
    ReviewKind,
    Trigger,
)
from strandline.vocabulary.notice import NoticePurpose, NoticeSent
from strandline.vocabulary.training import (
    CourseReviewed,
    DrillHeld,
    DrillKind,
    SessionHeld,
    TrainingRecorded,
    TrainingResult,
)

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_BASICS = ("deployment-basics",)


def tell_training(o: Organisation) -> None:
    """Tell what people learned, rehearsed and tried."""
    for number, name in enumerate(PEOPLE):
        for moment in (START - 30 * _DAY, START + 200 * _DAY, START + 370 * _DAY, END - 20 * _DAY):
            if o.has("TA", 2) or number == 0:
                learned = TrainingRecorded(
                    person=name, result=TrainingResult.PASSED, score="0.9", tags=_BASICS
                )
                o.tell(learned, moment, subject="basics")
    for moment in o.every(150):
        if o.has("TA", 2):
            o.tell(CourseReviewed(author="ann", reviewer="uma"), moment, subject="basics")
    topics = (
        "risk-management",
        "post-deployment-verification",
        *(("advanced", "canary") if o.has("TA", 4) else ()),
    )
    for number, moment in enumerate((*o.quarters(), END - 200 * _DAY, START + 60 * _DAY)):
        there = PEOPLE if o.has("TA", 3) else PEOPLE[:1]
        o.tell(SessionHeld(topics=topics, attendees=there, minutes=150), moment, subject=f"session {number}")
    _tell_drills(o)
    for number, moment in enumerate(o.every(50)):
        kind = ExperimentKind.TRAINING if number % 2 else ExperimentKind.PRACTICE
        name = f"x{number}"
        if o.has("TA", 5):
            opened = ExperimentOpened(
                kind=kind,
                title=name,
                metric="change-lead-time",
                direction="down",
                check_on=(moment + 30 * _DAY).date(),
            )
            decision = ExperimentDecision.DROPPED if number % 3 == 0 else ExperimentDecision.ADOPTED
            o.tell(opened, moment, subject=name, actor=PEOPLE[number // 2 % len(PEOPLE)])
            o.tell(ExperimentClosed(effect=Effect.NONE, decision=decision), moment + 20 * _DAY, subject=name)


def _tell_drills(o: Organisation) -> None:
    def drill(kind: DrillKind, at_days: float, service: str, *, people: tuple[str, ...] = ()) -> None:
        held = DrillHeld(
            kind=kind,
            led_by="uma",
            participants=people,
            is_passed=True,
            restored_after_ms=120_000,
            is_within_objective=True,
            is_by_document=o.has("DO", 3),
            deviations="none",
            is_caught=o.does("TO", 4),
        )
        at = END - at_days * _DAY
        drill_id = o.tell(held, at, subject=service, service=service).id
        for purpose in (NoticePurpose.OUTCOME, NoticePurpose.STATUS_PAGE):
            if o.does("SC", 5):
                notice = NoticeSent(purpose=purpose, channel="status")
                o.tell(notice, at + 2 * _MINUTE, subject=f"{purpose.value}-{drill_id}", deployment=drill_id)

    for service in FIRST_TIER:
        for days in range(20, 540, 80):
            if o.has("TA", 3):
                drill(DrillKind.FAILOVER, days, service, people=PEOPLE if o.has("TA", 4) else ())
            if o.has("DO", 3):
                drill(DrillKind.ROLLBACK, days, service)
            if o.has("PI", 4):
                drill(DrillKind.RESTORE, days, service)
            if o.has("TO", 4):
                drill(DrillKind.FAULT, days + 3, service)


def tell_improvement(o: Organisation) -> None:  # noqa: C901, PLR0912 - one branch for each thing
    """Tell of reviews, actions and what was changed."""
    for each in o.rollouts:
        incident, at = f"i-{each.key}", each.ended_at + 2 * _DAY
        name = f"r-{each.key}"
        wants = (each.is_failed and (o.does("CI", 2) or o.does("TA", 5))) or o.does("PM", 4)
        wants = wants or (each.is_emergency and o.has("PI", 3))
        if wants:
            kind = ReviewKind.INCIDENT if each.is_failed else ReviewKind.DEPLOYMENT
            review = ReviewHeld(
                kind=kind, about=(each.key, incident), is_published=o.has("TA", 5), unit="tides"
            )
            o.tell(review, at, subject=name)
            for reader in OUTSIDERS[:3]:
                if o.has("TA", 5):
                    o.tell(
                        ReviewAttended(how="commented", unit="dunes"), at + _DAY, subject=name, actor=reader
                    )
        if each.is_failed and o.does("CI", 2):
            opened = ActionOpened(
                title="Mend it",
                trigger=Trigger.INCIDENT,
                refers_to=(incident,),
                owner="ann",
                due_on=(at + 20 * _DAY).date(),
                is_documentation=o.has("DO", 4),
            )
            _tell_action(o, f"act-{each.key}", _measured(o, opened, at), at)
    triggers = (Trigger.METRIC, Trigger.USER_FEEDBACK, Trigger.TECHNOLOGY_REVIEW)
    for number, moment in enumerate(o.every(5)):
        if o.has("CI", 3):
            opened = ActionOpened(
                title="Do better",
                trigger=triggers[number % 3] if o.has("CI", 4) else Trigger.INCIDENT,
                owner="ann",
                due_on=(moment + 20 * _DAY).date(),
                cause=f"weakness {number}",
                unit=("tides", "waves")[number % 2],
            )
            _tell_action(o, f"idea-{number}", _measured(o, opened, moment), moment)
    for number, moment in enumerate(o.every(30)):
        if o.has("CI", 3):
            o.tell(PracticeChanged(what="pipeline", refers_to=("act-1",)), moment, subject=f"commit {number}")
        if o.has("CI", 5):
            changed = ParameterChanged(policy="p1", from_events=("e1",), reverts_when="it fails more")
            o.tell(changed, moment, subject=f"ramp {number % 3}")
    for number, moment in enumerate(o.every(30, start=10)):
        for measure, level, kind in (("CI", 3, ReviewKind.PROCESS), ("PM", 4, ReviewKind.PERFORMANCE)):
            if o.has(measure, level):
                review = ReviewHeld(
                    kind=kind, metrics=("change-fail-rate",), feedback=("f1",), decisions=("Go on.",)
                )
                o.tell(review, moment, subject=f"{kind.value} {number}")


def _measured(o: Organisation, opened: ActionOpened, at: datetime) -> ActionOpened:
    """Return an action with what it is to be measured by, where the organisation says so."""
    if not o.does("CI", 4):
        return opened
    return msgspec.structs.replace(
        opened, baseline="0.1", metric="change-fail-rate", check_on=(at + _effect_after(o)).date()
    )


def _effect_after(o: Organisation) -> timedelta:
    return 21 * _DAY if o.has("CI", 5) else 60 * _DAY


def _tell_action(o: Organisation, name: str, opened: ActionOpened, at: datetime) -> None:
    o.tell(opened, at, subject=name)
    if o.does("CI", 3) or o.has("DO", 4):
        o.tell(ActionClosed(), at + 15 * _DAY, subject=name)
    if opened.metric and o.does("CI", 4):
        verified = ActionVerified(effect=Effect.NONE, before="0.1", after="0.1", n=20)
        o.tell(verified, at + _effect_after(o) - _DAY, subject=name)


def tell_papers(o: Organisation) -> None:  # noqa: C901, PLR0912 - one branch for each thing
    """Tell of documents, records, inventories and packs."""
    for each in o.rollouts:
        start, end = each.started_at, each.ended_at
        if o.does("DO", 3):
            for kind in (DocumentKind.RISK_ASSESSMENT, DocumentKind.ROLLBACK_PROCEDURE, DocumentKind.PLAN):
                paper = DocumentPublished(kind=kind, author="ann", digest=f"{kind.value} {each.key}")
                o.tell(paper, start - 3 * 60 * _MINUTE, subject=f"{kind.value}-{each.key}", of=each)
            for rater in OUTSIDERS[:2]:
                o.tell(PlanRated(rater=rater, passed=(True,) * 5), end + _DAY, subject=each.key, of=each)
        alike = 9_900 if o.chance.random() < (0.02 if o.has("DO", 3) else 0.6) else 4_000
        o.tell(PlanCompared(alike_bp=alike), start - 60 * _MINUTE, subject=each.key, of=each)
        if o.does("DO", 5):
            parts = ("digest", "difference", "approvers", "configuration", "verdicts")
            o.tell(ChangeRecordPublished(parts=parts, is_generated=True), end + 2 * _MINUTE, of=each)
            o.tell(RunbookStepTaken(is_automated=True, log="log"), end, subject="book", of=each)
        if each.number % 4 == 0 and o.has("PI", 5):
            o.tell(EvidencePackMade(took_ms=9_000, is_verified=True, is_drawn=True), end + _DAY, of=each)
    for service in SERVICES:
        for moment in o.every(60):
            if o.has("DO", 2):
                page = DocumentPublished(
                    kind=DocumentKind.PROCEDURE,
                    author="ann",
                    digest="d",
                    is_checked=o.has("DO", 5),
                    pinned_to="1.0" if o.has("DO", 5) else "",
                )
                o.tell(page, moment, subject=f"{service}.md", service=service)
            if o.has("DO", 4):
                for name in (f"{service}.md",):
                    o.tell(DocumentReviewed(reviewer="uma"), moment + _DAY, subject=name, service=service)
            broken = () if o.has("DO", 4) else ("a job",)
            o.tell(
                DocumentChecked(broken=broken), moment + 2 * _DAY, subject=f"{service}.md", service=service
            )
    for moment in o.every(1):
        if o.has("TO", 4) or o.has("DO", 5) or o.is_by_chance(0.5):
            o.tell(InventoryCompared(drifts=0), moment, subject="production")
    for number, moment in enumerate(o.every(30)):
        lasted = (2 if o.has("DO", 5) else 20) * 24 * 3600 * 1000
        o.tell(DriftRepaired(lasted_ms=lasted), moment, subject=f"drift {number}")
