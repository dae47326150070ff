"""Runs the verdicts of a deployment again from its record, under its own policy or another one."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from strandline.analysis.judge import Judge
from strandline.analysis.measurement import Look
from strandline.analysis.verdict import Verdict
from strandline.ledger.record import Record
from strandline.rollout.stage_run import JUDGE_VERSION
from strandline.rollout.watch import judged
from strandline.vocabulary.deployment import DeploymentPlanned, PlannedStage, StageKind
from strandline.vocabulary.errors import RefusedError
from strandline.vocabulary.event import says
from strandline.vocabulary.exposure import AnalysisConcluded, AnalysisMeasured, StageStarted
from strandline.vocabulary.service import RolloutPolicy
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP
from strandline.vocabulary.verdict import AnalysisAnswer

MakeJudge = Callable[[RolloutPolicy, Sequence[int]], Judge]


class LookJudgedAgain(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One look: the verdict that stands in the ledger, and the one that its counts give now."""

    stage: int
    look: int
    recorded: Verdict
    again: Verdict
    agrees: bool
    """Whether both are the same to the last bit. Under another policy, whether the answer is the same."""


class JudgedAgain(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All verdicts of a deployment, run again."""

    deployment: str
    judge: str
    """Which judge ran them now."""
    recorded_by: tuple[str, ...]
    """Which judges the conclusions in the ledger name."""
    is_own_policy: bool
    """False where another policy was asked about."""
    looks: tuple[LookJudgedAgain, ...]
    decisions: tuple[AnalysisConcluded, ...]
    """What was concluded at the time."""

    @property
    def agrees(self) -> bool:
        """Whether every look agrees."""
        return all(each.agrees for each in self.looks)

    @property
    def differing(self) -> tuple[LookJudgedAgain, ...]:
        """The looks that do not."""
        return tuple(each for each in self.looks if not each.agrees)


def judge_again(
    deployment: str,
    records: Iterable[Record],
    *,
    make_judge: MakeJudge,
    policy: RolloutPolicy | None = None,
) -> JudgedAgain:
    """Run every verdict of a deployment again.

    Args:
        deployment: its id.
        records: all its records, in order.
        make_judge: makes the judge.
        policy: another policy to judge by; `None` for its own.

    Raises:
        RefusedError: an older judge gave the verdicts, which cannot be run by this one.
    """
    run = _Again(make_judge, policy)
    for record in records:
        run.take(record)
    older = sorted({each.judge for each in run.decisions} - {JUDGE_VERSION})
    if older and policy is None:
        what = f"{deployment} was judged by {', '.join(older)}, and this is {JUDGE_VERSION}."
        remedy = (
            "Run it with the version of Strandline that judged it; `--with FILE` judges it anew by this one."
        )
        raise RefusedError(what, remedy=remedy)
    return JudgedAgain(
        deployment=deployment,
        judge=JUDGE_VERSION,
        recorded_by=tuple(sorted({each.judge for each in run.decisions})),
        is_own_policy=policy is None,
        looks=tuple(run.looks),
        decisions=tuple(run.decisions),
    )


class _Again:
    """A fold over a deployment's records."""

    def __init__(self, make_judge: MakeJudge, policy: RolloutPolicy | None) -> None:
        self._make_judge = make_judge
        self._policy = policy
        self._plan: DeploymentPlanned | None = None
        self._judge: Judge | None = None
        self._stage: PlannedStage | None = None
        self.looks: list[LookJudgedAgain] = []
        self.decisions: list[AnalysisConcluded] = []

    def take(self, record: Record) -> None:
        """Take in one record."""
        event = record.event
        if (planned := says(event, DeploymentPlanned)) is not None:
            self._plan = planned
            self._judge = self._make_judge(self._policy or planned.environment.rollout, planned.noise)
        elif (started := says(event, StageStarted)) is not None:
            self._begin(started.planned)
        elif (measured := says(event, AnalysisMeasured)) is not None:
            self._look(measured)
        elif (concluded := says(event, AnalysisConcluded)) is not None:
            self.decisions.append(concluded)

    def _begin(self, stage: PlannedStage) -> None:
        if self._plan is None or self._judge is None:
            return
        self._stage = stage
        has_control = self._plan.previous is not None and stage.share_bp < ALL_TRAFFIC_BP
        deadline_ms = round(stage.deadline.total_seconds() * 1000)
        self._judge.begin_stage(share_bp=stage.share_bp, has_control=has_control, deadline_ms=deadline_ms)

    def _look(self, measured: AnalysisMeasured) -> None:
        if self._judge is None or self._stage is None:
            return
        look = msgspec.convert(measured.measurement, Look)
        recorded = msgspec.convert(measured.verdict, Verdict)
        again = judged(self._judge, self._stage, look)
        if self._stage.kind is not StageKind.TESTERS:
            self._judge.look(look)
        is_same = again == recorded if self._policy is None else again.answer is recorded.answer
        self.looks.append(
            LookJudgedAgain(
                stage=measured.stage, look=measured.look, recorded=recorded, again=again, agrees=is_same
            )
        )


def first_decided(looks: Sequence[LookJudgedAgain], answer: AnalysisAnswer) -> LookJudgedAgain | None:
    """Return the first look at which this answer is given now; `None` if it never is."""
    return next((each for each in looks if each.again.answer is answer), None)
