"""What an organisation of known levels lets its tools decide: gates, forecasts, figures."""

from datetime import timedelta

from strandline.testing.simulated_organisation import (
    PEOPLE,
    SERVICES,
    Organisation,
    Rollout,
)
from strandline.vocabulary.approval import ApprovalClosed, ApprovalStatus
from strandline.vocabulary.exposure import GateEvaluated
from strandline.vocabulary.feedback import FeedbackGiven
from strandline.vocabulary.forecast import CalibrationPublished, ImpactMeasured, RiskForecast, StrategyChosen
from strandline.vocabulary.improvement import FigureRevised, FiguresPublished
from strandline.vocabulary.integration import TraceChecked
from strandline.vocabulary.organisation import ServiceVersionRecorded
from strandline.vocabulary.performance import FigureReviewed, TargetSet
from strandline.vocabulary.runtime import Principal, RuntimeChanged
from strandline.vocabulary.verdict import GateAnswer

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_FIGURES = ("change-fail-rate", "change-lead-time")
_RISKY_BP = 1000


def tell_gates(o: Organisation, each: Rollout) -> None:
    """Tell what was asked before a deployment, and of the audit log."""

    def gate(name: str, *, is_asked: bool) -> None:
        if is_asked:
            answer = GateEvaluated(gate=name, answer=GateAnswer.PASS, sentence="It is so.")
            o.tell(answer, each.started_at - 10 * _MINUTE, of=each)

    gate("same-digest", is_asked=o.does("TO", 3))
    gate("tests", is_asked=o.does("TO", 3))
    gate("security", is_asked=o.does("TO", 3) or o.does("PI", 4))
    gate("provenance", is_asked=o.does("TO", 3))
    gate("error-budget", is_asked=o.does("PM", 4) or o.does("PI", 4))
    gate("freeze", is_asked=o.does("PI", 4))
    if o.does("PI", 3):
        approved = ApprovalClosed(status=ApprovalStatus.APPROVED, responder=PEOPLE[each.number % len(PEOPLE)])
        o.tell(approved, each.started_at - _HOUR, subject=f"ok-{each.key}", of=each)
        o.tell(
            ServiceVersionRecorded(version=f"1.{each.number}"),
            each.ended_at + _MINUTE,
            subject=each.service,
            of=each,
        )
    is_known = o.does("TO", 2) or o.has("PI", 3)
    by = Principal.PIPELINE if o.does("TO", 3) else Principal.PERSON
    changed = RuntimeChanged(principal=by, is_authorised=o.chance.random() < (1 if o.has("PI", 3) else 0.7))
    o.tell(
        changed,
        each.started_at + 2 * _MINUTE,
        subject=each.service,
        of=each if is_known else None,
        service=each.service,
    )
    if o.does("PI", 5):
        chain = ("idea", "commit", "artifact", "change", "rollout", "outcome", "business")
        o.tell(TraceChecked(linked=chain), each.ended_at + _HOUR, of=each)


def tell_forecast(o: Organisation, each: Rollout) -> None:
    """Tell how risky it was said to be, and what followed."""
    if o.does("PM", 5):
        o.tell(RiskForecast(probability_bp=each.risk_bp, model="m1"), each.started_at - 20 * _MINUTE, of=each)
    if o.does("TO", 5) or o.has("PM", 5):
        is_risky = each.risk_bp > _RISKY_BP
        chosen = StrategyChosen(
            strategy="slow" if is_risky else "canary",
            default="canary",
            model="m1" if o.does("TO", 5) else "",
            features=("risk",),
            is_held_back=each.number % 5 == 0,
        )
        o.tell(chosen, each.started_at - 15 * _MINUTE, of=each)
    if o.does("TO", 5):
        impact = ImpactMeasured(
            impact_ms=o.chance.randint(0, 60_000), is_false_rollback=False if each.is_failed else None
        )
        o.tell(impact, each.ended_at + _HOUR, of=each)


def tell_figures(o: Organisation) -> None:  # noqa: C901 - one branch for each thing
    """Tell of the figures and of what users say."""
    for month in o.every(28):
        if o.has("PM", 2):
            published = FiguresPublished(
                figures=_FIGURES, values=20, values_with_sample=20 if o.has("PM", 3) else 5
            )
            o.tell(published, month, subject="monthly")
    for moment in o.every(80):
        for name in _FIGURES:
            if o.has("PM", 3):
                o.tell(TargetSet(figure=name, owner="ann", at_most="0.2"), moment, subject=name)
                reviewed = FigureReviewed(
                    figure=name, by="ann", owner="ann", next_review=(moment + 90 * _DAY).date()
                )
                o.tell(reviewed, moment, subject=name)
        if o.has("PM", 4):
            o.tell(FigureRevised(change="changed", reason="It was too coarse."), moment, subject=_FIGURES[0])
        if o.has("PM", 5):
            o.tell(CalibrationPublished(forecasts=100), moment, subject="m1")
    for name in SERVICES:
        for moment in o.every(1.5):
            if o.does("PM", 3):
                o.tell(FeedbackGiven(scale="csat", score=4, words="good"), moment, subject=name, service=name)
