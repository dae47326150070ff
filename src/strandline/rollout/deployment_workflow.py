"""The deployment workflow: the story of one deployment, from its turn to its end.

turn → gates → prepare → stages → promote, or return → verify → finish. Everything it does to the outside
is a durable step, so a control plane that was killed at any instant takes it up where it was.
"""

from functools import partial

import msgspec

from strandline.engine.ports import WorkflowContext
from strandline.rollout.decisions import Decision, Step
from strandline.rollout.deployment_steps import DeploymentSteps, Turn
from strandline.rollout.environment_view import environment_key
from strandline.rollout.insistence import Insistence
from strandline.rollout.journal import Journal, place_of
from strandline.rollout.stage_run import RolloutMemory, StageRun
from strandline.rollout.surroundings import Surroundings
from strandline.rollout.watch import Watch
from strandline.vocabulary.deployment import (
    DeploymentKind,
    DeploymentPlanned,
    Outcome,
    ReleasePrepared,
    TrafficVerified,
)
from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.exposure import TrafficShifted
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import Service, Strategy

WORKFLOW = "deployment"
"""The name that the engine knows it by; it never changes."""
_ATTEMPTS = 3
_VERIFY_PAUSE_SECONDS = 1.0


class DeploymentToRun(msgspec.Struct, frozen=True, kw_only=True):
    """The workflow's argument: a deployment and its plan, which never changes."""

    deployment_id: str
    plan: DeploymentPlanned


class DeploymentWorkflow:
    """Runs deployments. Registered with the engine once."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    async def run(self, context: WorkflowContext, order: DeploymentToRun) -> None:
        """Run one deployment to its end."""
        plan, around = order.plan, self._around
        environment = plan.environment
        journal = Journal(
            around.ledger,
            around.clock,
            deployment_id=order.deployment_id,
            place=place_of(plan.service, environment.name),
        )
        service = Service(
            name=plan.service, owner="", environments={environment.name: environment}, folder=plan.folder
        )
        target = around.targets.of(service, environment)
        steps = DeploymentSteps(around, journal, target, plan)
        watch = Watch(around, journal, target)
        run = _Run(context, around, journal=journal, steps=steps, watch=watch, plan=plan)
        turn = await context.step("take turn", steps.take_turn, returns=Turn)
        if not turn.is_ours:
            await run.leave_the_line(turn)
            return
        async with around.custody.of(environment_key(plan.service, environment.name)):
            await run.execute()
            await context.step("free turn", steps.free_turn, returns=type(None))


class _Run:
    """One deployment whose turn has come."""

    def __init__(
        self,
        context: WorkflowContext,
        around: Surroundings,
        *,
        journal: Journal,
        steps: DeploymentSteps,
        watch: Watch,
        plan: DeploymentPlanned,
    ) -> None:
        self._context = context
        self._around = around
        self._journal = journal
        self._steps = steps
        self._watch = watch
        self._plan = plan
        self._insistence = Insistence(context, journal)
        self._memory = RolloutMemory()

    async def execute(self) -> None:
        refusal = await self._context.step("ask gates", self._steps.ask_gates, returns=str)
        if refusal:
            await self._finish(Outcome.REFUSED, refusal)
            return
        if not await self._prepare():
            return
        judge = self._around.make_judge(self._plan.environment.rollout, self._plan.noise)
        for number in range(1, len(self._plan.stages) + 1):
            stage = StageRun(
                self._context,
                journal=self._journal,
                steps=self._steps,
                watch=self._watch,
                judge=judge,
                plan=self._plan,
                number=number,
                memory=self._memory,
            )
            decision = await stage.run()
            if decision.step is not Step.PROMOTE:
                await self._return(decision)
                return
            await self._thin_out(number)
        await self._promote()

    async def leave_the_line(self, turn: Turn) -> None:
        """End a deployment that never had its turn."""
        if turn.abort is not None:
            why = f": {turn.abort.reason}" if turn.abort.reason else "."
            await self._finish(Outcome.ABORTED, f"{turn.abort.actor} aborted it before its turn came{why}")
            return
        await self._finish(
            Outcome.REFUSED, f"{turn.busy_with} is running, and the policy is to refuse a second rollout."
        )

    async def _prepare(self) -> bool:
        """Make the release ready; if that fails, clear up and finish. No user ever met it."""
        instances = self._plan.stages[0].instances if self._plan.stages else None
        was_unavailable = False
        try:
            prepared = await self._insistence.step(
                "prepare",
                lambda: self._steps.prepare(self._plan.release, instances=instances, key="prepared"),
                returns=ReleasePrepared,
                attempts=_ATTEMPTS,
            )
            problem = prepared.problem
        except UnavailableError as unavailable:
            problem, was_unavailable = str(unavailable), True
        if not problem:
            return True
        await self._finish(
            Outcome.FAILED, f"The release did not get ready. {problem}", was_unavailable=was_unavailable
        )
        return False

    async def _thin_out(self, number: int) -> None:
        """Rolling: an instance of the release before goes for each that came, once its batch has passed."""
        plan, previous = self._plan, self._plan.previous
        stage = plan.stages[number - 1]
        if plan.strategy is not Strategy.ROLLING or previous is None or stage.instances is None:
            return
        everyone = plan.stages[-1].instances or stage.instances
        # The last one stays until the release is promoted, so that there is always something to return to.
        left = max(1, everyone - stage.instances)
        await self._insistence.step(
            "thin out",
            lambda: self._steps.prepare(previous, instances=left, key=f"stage-{number}/thinned"),
            returns=ReleasePrepared,
        )

    async def _promote(self) -> None:
        attempt = 0
        while True:
            attempt += 1
            key = f"promoted-{attempt}"
            await self._insistence.step(
                "promote", partial(self._steps.promote, key=key), returns=TrafficShifted
            )
            if await self._verified(self._plan.release, key):
                break
        self._memory.was_exposed = True
        await self._context.step("say delivered", self._steps.say_delivered, returns=type(None))
        back = self._plan.kind is DeploymentKind.ROLLBACK
        version = self._plan.release.version
        reason = f"{version} is back, with all traffic." if back else f"{version} has all traffic."
        await self._finish(Outcome.SUCCEEDED, reason)

    async def _return(self, decision: Decision) -> None:
        """Bring users back to the release before, prove it, and stop the canary."""
        previous = self._plan.previous
        is_thinned = self._plan.strategy is Strategy.ROLLING and previous is not None
        if is_thinned and previous is not None:
            await self._insistence.step(
                "refill",
                lambda: self._steps.prepare(previous, instances=None, key="refilled"),
                returns=ReleasePrepared,
            )
        attempt = 0
        while True:
            attempt += 1
            key = f"restored-{attempt}"
            await self._insistence.step(
                "restore", partial(self._steps.restore, key=key), returns=TrafficShifted
            )
            if await self._verified(previous, key):
                break
        await self._context.step(
            "say rolled back",
            lambda: self._steps.say_rolled_back(
                decision.sentence, was_exposed=self._memory.was_exposed, actor=decision.actor
            ),
            returns=type(None),
        )
        await self._insistence.step(
            "retire",
            lambda: self._steps.retire(self._plan.release.digest, key="retired"),
            returns=type(None),
        )
        outcome = Outcome.ABORTED if decision.step is Step.ABORT else Outcome.ROLLED_BACK
        await self._finish(outcome, decision.sentence)

    async def _verified(self, serving: Release | None, key: str) -> bool:
        verified = await self._insistence.step(
            "verify",
            lambda: self._steps.verify(serving, key=f"{key}/verified"),
            returns=TrafficVerified,
        )
        if not verified.is_as_wanted:
            await self._context.sleep(_VERIFY_PAUSE_SECONDS)
        return verified.is_as_wanted

    async def _finish(self, outcome: Outcome, reason: str, *, was_unavailable: bool = False) -> None:
        await self._context.step(
            "finish",
            lambda: self._steps.finish(
                outcome, reason, was_exposed=self._memory.was_exposed, was_unavailable=was_unavailable
            ),
            returns=type(None),
        )
