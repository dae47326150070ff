"""What the rollouts of a simulated organisation state themselves, as Strandline's own rollouts would."""

from datetime import datetime, timedelta

from strandline.testing.simulated_organisation import Rollout
from strandline.vocabulary.deployment import DeploymentPlanned, PlannedStage, StageKind
from strandline.vocabulary.exposure import AnalysisConcluded, StageStarted, TrafficShifted
from strandline.vocabulary.release import Commit, Release
from strandline.vocabulary.service import CommandTargetPolicy, Environment, Strategy
from strandline.vocabulary.traffic import TrafficState
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap

_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_ENVIRONMENT = Environment(
    name="production",
    target=CommandTargetPolicy(
        prepare=("make", "ready"), shift=("make", "shift"), restore=("make", "back"), inspect=("make", "say")
    ),
)
_COMPARED = PlannedStage(kind=StageKind.COMPARED, share_bp=500, bake=5 * _MINUTE, deadline=60 * _MINUTE)
_ALL = PlannedStage(kind=StageKind.ALL, share_bp=10_000, bake=5 * _MINUTE, deadline=60 * _MINUTE)


def planned(each: Rollout, commit: str) -> DeploymentPlanned:
    """Return the plan of a rollout; without a commit nothing is known of what it brings."""
    return DeploymentPlanned(
        service=each.service,
        environment=_ENVIRONMENT,
        release=Release(
            service=each.service, digest=each.key, version=f"1.{each.number}", commit=commit, command=()
        ),
        strategy=Strategy.CANARY,
        stages=(_COMPARED, _ALL),
        is_emergency=each.is_emergency,
        changes=(Commit(id=commit, author="ann", subject=f"Change {each.number}"),) if commit else None,
    )


def shifted(each: Rollout, weight_bp: int, because: str) -> TrafficShifted:
    """Return that the router confirmed a split."""
    return TrafficShifted(
        digest=each.key, weight_bp=weight_bp, because=because, router_version=because, took_ms=40
    )


def stage_started(stage: int, at: datetime) -> StageStarted:
    """Return that a stage began: the first is compared, the second has all traffic."""
    state = TrafficState(observed_at=at, epoch="1", stable=None, canary=None)
    return StageStarted(stage=stage, planned=_COMPARED if stage == 1 else _ALL, state=state)


def concluded(stage: int, *, is_harmful: bool) -> AnalysisConcluded:
    """Return what the analysis of a stage came to."""
    return AnalysisConcluded(
        stage=stage,
        answer=AnalysisAnswer.HARM_SHOWN if is_harmful else AnalysisAnswer.NO_HARM_SHOWN,
        gap=EvidenceGap.NONE,
        decision="roll-back" if is_harmful else "promote",
        sentence="Errors are more." if is_harmful else "Errors are not more.",
        judge="simulated",
    )
