"""The fold that computes where a deployment stands from its events: one small function for each fact."""

from collections.abc import Callable
from typing import Any

import msgspec

from strandline.ledger.record import Record
from strandline.rollout.deployment_view import DeploymentView, GateView, GuardWords, StageView, Status
from strandline.vocabulary.delivery import ReleaseRetired
from strandline.vocabulary.deployment import (
    Action,
    DeploymentFinished,
    DeploymentPaused,
    DeploymentPlanned,
    DeploymentResumed,
    DeploymentRolledBack,
    DeploymentStarted,
    InterventionRequested,
    Outcome,
    ReleasePrepared,
    SlotTaken,
    TargetUnavailable,
    TrafficVerified,
)
from strandline.vocabulary.event import Event, Fact, says
from strandline.vocabulary.exposure import (
    AnalysisConcluded,
    AnalysisMeasured,
    GateEvaluated,
    InstanceLost,
    RouterDisturbed,
    StageBaked,
    StageStarted,
    TrafficShifted,
)
from strandline.vocabulary.verdict import AnalysisAnswer

_MOST_DISTURBANCES = 20
_replace = msgspec.structs.replace


def planned_view(record: Record, planned: DeploymentPlanned) -> DeploymentView:
    """Return the view of a deployment that was just planned."""
    event = record.event
    return DeploymentView(
        id=event.subject_id,
        service=planned.service,
        environment=planned.environment.name,
        kind=planned.kind,
        strategy=planned.strategy,
        release=planned.release,
        previous=planned.previous,
        changes=planned.changes,
        reason=planned.reason,
        is_emergency=planned.is_emergency,
        requested_by=event.actor,
        stages=tuple(
            StageView(number=number, planned=stage) for number, stage in enumerate(planned.stages, start=1)
        ),
        planned_at=event.occurred_at,
        updated_at=event.occurred_at,
        last_seq=record.seq,
    )


def fold_deployment(view: DeploymentView | None, record: Record) -> DeploymentView | None:
    """Return the view after this record; what it does not know changes only the time of the last event."""
    event = record.event
    if view is None:
        planned = says(event, DeploymentPlanned)
        return planned_view(record, planned) if planned is not None else None
    known = _FOLDS.get(event.type)
    if known is not None:
        fact_type, fold = known
        view = fold(view, msgspec.convert(event.content, fact_type), event)
    return _replace(view, updated_at=event.occurred_at, last_seq=record.seq)


def _slot_taken(view: DeploymentView, _: SlotTaken, __: Event) -> DeploymentView:
    return _replace(view, status=Status.PREPARING)


def _started(view: DeploymentView, _: DeploymentStarted, event: Event) -> DeploymentView:
    return _replace(view, status=Status.PREPARING, started_at=event.occurred_at)


def _prepared(view: DeploymentView, fact: ReleasePrepared, _: Event) -> DeploymentView:
    return _replace(view, problem=fact.problem)


def _paused(view: DeploymentView, fact: DeploymentPaused, event: Event) -> DeploymentView:
    return _replace(view, status=Status.PAUSED, pause_reason=fact.reason, paused_by=event.actor)


def _resumed(view: DeploymentView, _: DeploymentResumed, __: Event) -> DeploymentView:
    return _replace(view, status=Status.ROLLING_OUT, pause_reason="", paused_by="")


def _intervention(view: DeploymentView, fact: InterventionRequested, event: Event) -> DeploymentView:
    if fact.action is Action.ABORT and view.decided_at is None:
        return _replace(view, decided_at=event.occurred_at)
    return view


def _rolled_back(view: DeploymentView, fact: DeploymentRolledBack, _: Event) -> DeploymentView:
    return _replace(view, status=Status.ROLLING_BACK, outcome_reason=fact.reason, problem="")


def _verified(view: DeploymentView, fact: TrafficVerified, _: Event) -> DeploymentView:
    return _replace(view, problem=fact.found)


def _finished(view: DeploymentView, fact: DeploymentFinished, event: Event) -> DeploymentView:
    return _replace(
        view,
        status=Status.FINISHED,
        outcome=fact.outcome,
        outcome_reason=fact.reason,
        was_unavailable=fact.was_unavailable,
        finished_at=event.occurred_at,
        problem="",
        pause_reason="",
        paused_by="",
        is_warm=fact.outcome is Outcome.SUCCEEDED and view.previous is not None,
    )


def _unavailable(view: DeploymentView, fact: TargetUnavailable, _: Event) -> DeploymentView:
    return _replace(view, problem=fact.problem)


def _retired(view: DeploymentView, fact: ReleaseRetired, _: Event) -> DeploymentView:
    is_previous = view.previous is not None and fact.digest == view.previous.digest
    return _replace(view, is_warm=view.is_warm and not is_previous)


def _shifted(view: DeploymentView, fact: TrafficShifted, event: Event) -> DeploymentView:
    at = event.occurred_at
    is_back = fact.weight_bp == 0 and view.first_exposed_at is not None
    return _replace(
        view,
        weight_bp=fact.weight_bp,
        problem="",
        first_exposed_at=view.first_exposed_at or (at if fact.weight_bp else None),
        safe_at=at if is_back and view.safe_at is None else view.safe_at,
    )


def _stage_started(view: DeploymentView, fact: StageStarted, event: Event) -> DeploymentView:
    status = Status.PAUSED if view.status is Status.PAUSED else Status.ROLLING_OUT
    return _replace(_with_stage(view, fact.stage, started_at=event.occurred_at), status=status)


def _baked(view: DeploymentView, fact: StageBaked, event: Event) -> DeploymentView:
    return _with_stage(
        view, fact.stage, ended_at=event.occurred_at, watched_ms=fact.watched_ms, decision="promote"
    )


def _gate(view: DeploymentView, fact: GateEvaluated, _: Event) -> DeploymentView:
    seen = GateView(gate=fact.gate, answer=fact.answer, sentence=fact.sentence)
    return _replace(view, gates=(*(other for other in view.gates if other.gate != fact.gate), seen))


def _measured(view: DeploymentView, fact: AnalysisMeasured, _: Event) -> DeploymentView:
    before = view.stages[fact.stage - 1]
    judged = _with_stage(
        view,
        fact.stage,
        looks=fact.look,
        watched_ms=before.watched_ms + fact.watched_ms,
        answer=AnalysisAnswer(str(fact.verdict["answer"])),
        sentence=str(fact.verdict["sentence"]),
        guards=_guards(fact),
    )
    requests, errors = _canary_counts(fact)
    return _replace(
        judged,
        canary_requests=view.canary_requests + requests,
        canary_errors=view.canary_errors + errors,
        problem="",
    )


def _guards(fact: AnalysisMeasured) -> tuple[GuardWords, ...]:
    said = fact.verdict.get("guards")
    return msgspec.convert(said, tuple[GuardWords, ...]) if isinstance(said, list | tuple) else ()


def _canary_counts(fact: AnalysisMeasured) -> tuple[int, int]:
    canary = fact.measurement.get("canary")
    if not isinstance(canary, dict):
        return 0, 0
    return int(str(canary["requests"])), int(str(canary["errors"]))


def _concluded(view: DeploymentView, fact: AnalysisConcluded, event: Event) -> DeploymentView:
    staged = _with_stage(view, fact.stage, answer=fact.answer, sentence=fact.sentence, decision=fact.decision)
    if fact.decision != "roll-back":
        return staged
    return _replace(
        _with_stage(staged, fact.stage, ended_at=event.occurred_at),
        status=Status.ROLLING_BACK,
        decided_at=view.decided_at or event.occurred_at,
    )


def _lost(view: DeploymentView, fact: InstanceLost, _: Event) -> DeploymentView:
    return _disturbed(view, f"instance {fact.instance} {fact.how}")


def _router(view: DeploymentView, fact: RouterDisturbed, _: Event) -> DeploymentView:
    return _disturbed(view, fact.what)


def _disturbed(view: DeploymentView, words: str) -> DeploymentView:
    return _replace(view, disturbances=(*view.disturbances, words)[-_MOST_DISTURBANCES:])


def _with_stage(view: DeploymentView, number: int, **changes: Any) -> DeploymentView:  # noqa: ANN401 - fields of any type
    stages = tuple(_replace(stage, **changes) if stage.number == number else stage for stage in view.stages)
    return _replace(view, stages=stages)


_FOLDS: dict[str, tuple[type[Fact], Callable[[DeploymentView, Any, Event], DeploymentView]]] = {
    SlotTaken.TYPE: (SlotTaken, _slot_taken),
    DeploymentStarted.TYPE: (DeploymentStarted, _started),
    ReleasePrepared.TYPE: (ReleasePrepared, _prepared),
    DeploymentPaused.TYPE: (DeploymentPaused, _paused),
    DeploymentResumed.TYPE: (DeploymentResumed, _resumed),
    InterventionRequested.TYPE: (InterventionRequested, _intervention),
    DeploymentRolledBack.TYPE: (DeploymentRolledBack, _rolled_back),
    TrafficVerified.TYPE: (TrafficVerified, _verified),
    DeploymentFinished.TYPE: (DeploymentFinished, _finished),
    TargetUnavailable.TYPE: (TargetUnavailable, _unavailable),
    ReleaseRetired.TYPE: (ReleaseRetired, _retired),
    TrafficShifted.TYPE: (TrafficShifted, _shifted),
    StageStarted.TYPE: (StageStarted, _stage_started),
    StageBaked.TYPE: (StageBaked, _baked),
    GateEvaluated.TYPE: (GateEvaluated, _gate),
    AnalysisMeasured.TYPE: (AnalysisMeasured, _measured),
    AnalysisConcluded.TYPE: (AnalysisConcluded, _concluded),
    InstanceLost.TYPE: (InstanceLost, _lost),
    RouterDisturbed.TYPE: (RouterDisturbed, _router),
}
