"""One stage of a rollout: give it its traffic, watch it look by look, and come to a decision."""

from datetime import timedelta

import msgspec

from strandline.analysis.judge import Judge
from strandline.analysis.verdict import Verdict
from strandline.engine.ports import WorkflowContext
from strandline.rollout.decisions import Decision, Standing, Step, abort_of, decide
from strandline.rollout.deployment_steps import DeploymentSteps
from strandline.rollout.insistence import Insistence
from strandline.rollout.journal import PROGRAM, Journal
from strandline.rollout.watch import LookTaken, Watch
from strandline.vocabulary.deployment import (
    Action,
    DeploymentPaused,
    DeploymentPlanned,
    DeploymentResumed,
    ReleasePrepared,
    StageKind,
)
from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.exposure import AnalysisConcluded, InstanceReplaced, StageBaked, TrafficShifted
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, TrafficState

JUDGE_VERSION = "guards 1"
"""Named in every conclusion: with the looks before it, this judge gives the same answer again."""
_LOOK_WHILE_PAUSED = timedelta(seconds=5)
_ATTEMPTS = 3


class RolloutMemory(msgspec.Struct):
    """What a rollout keeps in mind from stage to stage; computed again from remembered steps on replay."""

    seen: int = 0
    """Place in the ledger up to which interventions were read."""
    losses: int = 0
    was_exposed: bool = False


class StageRun:
    """Runs one stage; gives back the decision that ended it: promote, roll back or abort."""

    def __init__(
        self,
        context: WorkflowContext,
        *,
        journal: Journal,
        steps: DeploymentSteps,
        watch: Watch,
        judge: Judge,
        plan: DeploymentPlanned,
        number: int,
        memory: RolloutMemory,
    ) -> None:
        self._context = context
        self._journal = journal
        self._steps = steps
        self._watch = watch
        self._judge = judge
        self._plan = plan
        self._stage = plan.stages[number - 1]
        self._number = number
        self._memory = memory
        self._insistence = Insistence(context, journal)
        self._watched = timedelta()
        self._deadline = self._stage.deadline
        self._is_paused = False
        self._looks = 0

    async def run(self) -> Decision:
        """Expose, watch, decide."""
        abort = await self._context.step("heed", self._abort_before, returns=Decision)
        if abort.step is Step.ABORT:
            return abort
        try:
            problem = await self._expose()
        except UnavailableError as unavailable:
            problem = str(unavailable)
        if problem:
            return Decision(step=Step.ROLL_BACK, sentence=f"Stage {self._number} could not begin: {problem}")
        before = await self._insistence.step(
            "begin watching", lambda: self._steps.begin_watching(self._number), returns=TrafficState
        )
        self._judge.begin_stage(
            share_bp=self._stage.share_bp,
            has_control=self._has_control,
            deadline_ms=self._stage.deadline // timedelta(milliseconds=1),
        )
        self._watch.begin()
        while True:
            taken = await self._look(before)
            if taken.state.is_measured:
                before = taken.state
            decision = self._after(taken)
            if decision.step is not Step.WATCH:
                await self._record(decision, taken.verdict)
            if decision.step is Step.REPLACE:
                await self._replace(decision, taken.verdict)
            if decision.step in (Step.PROMOTE, Step.ROLL_BACK, Step.ABORT):
                return decision

    async def _abort_before(self) -> Decision:
        """Heed an abort that came while nothing was exposed yet: then no user need meet the release."""
        for asked in self._journal.interventions(after=self._memory.seen):
            if asked.action is Action.ABORT:
                return abort_of(asked)
        return Decision(step=Step.WATCH)

    @property
    def _has_control(self) -> bool:
        return self._plan.previous is not None and self._stage.share_bp < ALL_TRAFFIC_BP

    async def _expose(self) -> str:
        """Give the stage its instances and its share; return what went wrong, or nothing."""
        stage, number = self._stage, self._number
        if number > 1 and stage.instances is not None:
            prepared = await self._insistence.step(
                "prepare batch",
                lambda: self._steps.prepare(
                    self._plan.release, instances=stage.instances, key=f"stage-{number}/prepared"
                ),
                returns=ReleasePrepared,
                attempts=_ATTEMPTS,
            )
            if prepared.problem:
                return prepared.problem
        self._memory.was_exposed = self._memory.was_exposed or stage.share_bp > 0
        await self._insistence.step(
            "shift",
            lambda: self._steps.shift(
                stage.share_bp, key=f"stage-{number}/shifted", because=f"stage {number}"
            ),
            returns=TrafficShifted,
            attempts=_ATTEMPTS,
        )
        return ""

    async def _look(self, before: TrafficState) -> LookTaken:
        self._looks += 1
        interval = self._plan.environment.rollout.look_every
        if self._is_paused:
            interval = max(interval, _LOOK_WHILE_PAUSED)
        taken = await self._context.step(
            "look",
            lambda: self._watch.look(
                self._plan,
                self._stage,
                stage_number=self._number,
                number=self._looks,
                before=before,
                judge=self._judge,
                seen=self._memory.seen,
                interval=interval,
                is_cold=self._is_cold,
            ),
            returns=LookTaken,
        )
        if self._stage.kind is not StageKind.TESTERS:
            self._judge.look(taken.look)
        return taken

    @property
    def _is_cold(self) -> bool:
        """Whether the release has only just begun to serve, as its policy says."""
        return self._number == 1 and self._watched < self._plan.environment.rollout.warm_up

    def _after(self, taken: LookTaken) -> Decision:
        self._memory.seen = taken.seq
        if not self._is_paused:
            self._watched += taken.watched
        lost = [loss.count for loss in taken.state.losses if loss.digest == self._plan.release.digest]
        self._memory.losses = max([self._memory.losses, *lost])
        standing = Standing(
            stage=self._stage,
            verdict=taken.verdict,
            watched=self._watched,
            deadline=self._deadline,
            is_paused=self._is_paused,
            losses=self._memory.losses,
            when_undecided=self._plan.environment.rollout.when_undecided,
        )
        return decide(standing, taken.interventions)

    async def _replace(self, decision: Decision, verdict: Verdict) -> None:
        """Replace an instance; where that cannot be done from here, wait for a person who can."""
        key = f"stage-{self._number}/look-{self._looks}/replaced"
        try:
            replaced = await self._insistence.step(
                "replace",
                lambda: self._steps.replace(decision.instance, reason=decision.sentence, key=key),
                returns=InstanceReplaced,
                attempts=_ATTEMPTS,
            )
            problem = replaced.problem
        except UnavailableError as unavailable:
            problem = str(unavailable)
        if problem and not self._is_paused:
            sentence = f"{decision.sentence} It could not be replaced: {problem}"
            await self._record(Decision(step=Step.PAUSE, sentence=sentence), verdict)

    async def _record(self, decision: Decision, verdict: Verdict) -> None:
        if decision.step is Step.PAUSE:
            self._is_paused = True
        elif decision.step is Step.RESUME:
            self._is_paused = False
            self._deadline = self._watched + self._stage.deadline
        await self._insistence.step(
            decision.step.value, lambda: self._write(decision, verdict), returns=type(None)
        )

    async def _write(self, decision: Decision, verdict: Verdict) -> None:
        """Write what was decided, and by whom."""
        prefix = f"stage-{self._number}/look-{self._looks}"
        if decision.step is Step.REPLACE:
            prefix = f"{prefix}/instance"
        actor = decision.actor or PROGRAM
        if decision.step is Step.RESUME:
            self._journal.say(f"{prefix}/resumed", DeploymentResumed(), actor=actor)
            return
        is_by_evidence = not decision.actor
        if is_by_evidence:
            self._journal.say(
                f"{prefix}/concluded",
                AnalysisConcluded(
                    stage=self._number,
                    answer=verdict.answer,
                    gap=verdict.gap,
                    decision=decision.step.value,
                    sentence=decision.sentence,
                    judge=JUDGE_VERSION,
                ),
            )
        if decision.step is Step.PAUSE:
            self._journal.say(f"{prefix}/paused", DeploymentPaused(reason=decision.sentence), actor=actor)
        if decision.step is Step.PROMOTE:
            watched_ms = self._watched // timedelta(milliseconds=1)
            baked = StageBaked(stage=self._number, reason=decision.sentence, watched_ms=watched_ms)
            self._journal.say(f"stage-{self._number}/baked", baked, actor=actor)
