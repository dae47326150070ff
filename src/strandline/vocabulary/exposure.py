"""What users are exposed to during a rollout: stages, weights, looks and the verdicts on them.

Counts are integers, durations are milliseconds, shares are basis points: nothing here is a float, so
that what is hashed never depends on a library.
"""

from typing import ClassVar

from strandline.vocabulary.deployment import PlannedStage
from strandline.vocabulary.event import Fact, JsonValue
from strandline.vocabulary.traffic import TrafficState
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap, GateAnswer


class GateEvaluated(Fact, frozen=True, kw_only=True):
    """A gate was asked, and answered."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-gate.evaluated.0.1.0"
    gate: str
    answer: GateAnswer
    sentence: str
    evidence: dict[str, JsonValue] = {}  # noqa: RUF012 - msgspec copies it for each value


class TrafficShifted(Fact, frozen=True, kw_only=True):
    """The router confirmed a new split."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-traffic.shifted.0.1.0"
    digest: str
    """The release that the weight is about."""
    weight_bp: int
    because: str
    """`stage 2`, `promotion`, `rollback`."""
    router_version: str
    took_ms: int


class StageStarted(Fact, frozen=True, kw_only=True):
    """A stage has its traffic; from here on it is watched."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-stage.started.0.1.0"
    stage: int
    """Counted from 1."""
    planned: PlannedStage
    state: TrafficState
    """The counts that the first look is compared with."""


class AnalysisMeasured(Fact, frozen=True, kw_only=True):
    """One look: what was counted since the look before, and what the evidence says now."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-analysis.measured.0.1.0"
    stage: int
    look: int
    """Counted from 1 within the stage."""
    share_bp: int
    watched_ms: int
    """How long this look watched, by a clock that does not jump; time when nobody watched is left out."""
    state: TrafficState
    measurement: dict[str, JsonValue]
    """The judge's input, as `analysis.measurement.Look`."""
    verdict: dict[str, JsonValue]
    """The judge's answer, as `analysis.judge.Verdict`."""


class AnalysisConcluded(Fact, frozen=True, kw_only=True):
    """The analysis of a stage came to its end, and this is what follows."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-analysis.concluded.0.1.0"
    stage: int
    answer: AnalysisAnswer
    gap: EvidenceGap
    decision: str
    """`promote`, `roll-back`, `pause`, or `replace` (an instance)."""
    sentence: str
    """The reason, in words that can go onto a page or into an e-mail."""
    judge: str
    """Which judge, and which version of it: with the measurements it gives the same answer again."""


class StageBaked(Fact, frozen=True, kw_only=True):
    """A stage is over, and the rollout may go on."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-stage.baked.0.1.0"
    stage: int
    reason: str
    watched_ms: int


class InstanceLost(Fact, frozen=True, kw_only=True):
    """An instance ended without being told to; it was started again."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-instance.lost.0.1.0"
    service: str
    environment: str
    digest: str
    instance: str
    how: str
    count: int


class InstanceReplaced(Fact, frozen=True, kw_only=True):
    """An instance that was at fault by itself was to be stopped, and another started in its place."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-instance.replaced.0.1.0"
    digest: str
    instance: str
    reason: str
    """The verdict's sentence."""
    problem: str = ""
    """Why it could not be replaced; empty when it was."""


class RouterDisturbed(Fact, frozen=True, kw_only=True):
    """The router was lost or its counts began anew; what was counted meanwhile is not judged."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-router.disturbed.0.1.0"
    service: str
    environment: str
    what: str


class ClockJumped(Fact, frozen=True, kw_only=True):
    """The machine's time of day was moved; durations come from the steady clock and are not affected."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-clock.jumped.0.1.0"
    by_ms: int
    """Positive: forward."""
