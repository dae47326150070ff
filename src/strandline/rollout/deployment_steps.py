"""The steps of a deployment: each one thing that is done to the outside, and what is written of it.

Every step may run again after a crash. So each first asks the journal whether it has said so already, then
states to the target what is wanted (never what to change), and writes the fact last.
"""

import asyncio
from datetime import timedelta

import msgspec

from strandline.gates.change_freeze import change_freeze
from strandline.rollout.environment_view import environment_key
from strandline.rollout.journal import PROGRAM, Intervention, Journal
from strandline.rollout.ports import Target
from strandline.rollout.slot import Slot
from strandline.rollout.surroundings import Surroundings
from strandline.vocabulary.delivery import (
    Place,
    ReleaseRetired,
    ServiceDeployed,
    ServiceRolledBack,
    ServiceUpgraded,
    artifact_id,
)
from strandline.vocabulary.deployment import (
    Action,
    DeploymentFinished,
    DeploymentKind,
    DeploymentPlanned,
    DeploymentRolledBack,
    DeploymentStarted,
    Outcome,
    ReleasePrepared,
    TrafficVerified,
)
from strandline.vocabulary.errors import NotFoundError, RefusedError
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.exposure import GateEvaluated, InstanceReplaced, StageStarted, TrafficShifted
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import WhenBusy
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, TrafficState
from strandline.vocabulary.verdict import GateAnswer

_WAIT_FOR_TURN = timedelta(seconds=2)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What became of waiting for the slot."""

    is_ours: bool
    abort: Intervention | None = None
    busy_with: str = ""


class DeploymentSteps:
    """What one deployment does to its target and its journal."""

    def __init__(
        self, around: Surroundings, journal: Journal, target: Target, plan: DeploymentPlanned
    ) -> None:
        self._around = around
        self._journal = journal
        self._target = target
        self._plan = plan
        environment = plan.environment.name
        self._key = environment_key(plan.service, environment)
        self._slot = Slot(around.ledger, around.clock, service=plan.service, environment=environment)

    async def take_turn(self) -> Turn:
        """Wait until this deployment may move the traffic, or somebody aborts it, or the policy refuses."""
        mine = self._journal.deployment_id
        while True:
            asked = await asyncio.to_thread(self._journal.interventions, after=0)
            abort = next((one for one in asked if one.action is Action.ABORT), None)
            if abort is not None:
                return Turn(is_ours=False, abort=abort)
            if await asyncio.to_thread(self._take_if_first):
                return Turn(is_ours=True)
            busy_with = await asyncio.to_thread(self._slot.holder)
            if self._plan.environment.rollout.when_busy is WhenBusy.REFUSE and busy_with not in ("", mine):
                return Turn(is_ours=False, busy_with=busy_with)
            await self._around.bell.wait(self._key, at_most=_WAIT_FOR_TURN)

    def _take_if_first(self) -> bool:
        plan, mine = self._plan, self._journal.deployment_id
        is_first = self._around.is_first_in_line(plan.service, plan.environment.name, mine)
        return is_first and self._slot.take(mine)

    async def free_turn(self) -> None:
        """Let the next one have the slot."""
        await asyncio.to_thread(self._slot.free, self._journal.deployment_id)
        self._around.bell.ring(self._key)

    async def ask_gates(self) -> str:
        """Ask every gate, write down what each says; return why not to begin, or nothing."""
        verdict = change_freeze(
            self._plan.environment,
            at=self._around.clock.now(),
            emergency=self._plan.is_emergency or self._plan.kind is DeploymentKind.ROLLBACK,
            reason=self._plan.reason or self._plan.kind.value,
        )
        key = f"gate/{verdict.gate}"
        known = self._journal.said(key, GateEvaluated)
        answer = known or GateEvaluated(
            gate=verdict.gate, answer=verdict.answer, sentence=verdict.sentence, evidence=verdict.evidence
        )
        self._journal.say(key, answer)
        if answer.answer in (GateAnswer.PASS, GateAnswer.NOT_APPLICABLE):
            self._journal.say("started", DeploymentStarted())
            return ""
        return answer.sentence

    async def prepare(self, release: Release, *, instances: int | None, key: str) -> ReleasePrepared:
        """Make a release ready to serve, without traffic."""
        known = self._journal.said(key, ReleasePrepared)
        if known is not None:
            return known
        problem = ""
        try:
            await self._target.prepare(release, instances=instances, operation=self._operation(key))
        except RefusedError as refusal:
            problem = str(refusal)
        prepared = ReleasePrepared(digest=release.digest, instances=instances, problem=problem)
        self._journal.say(key, prepared)
        return prepared

    async def shift(self, weight_bp: int, *, key: str, because: str) -> TrafficShifted:
        """Give the release this share of the traffic."""
        known = self._journal.said(key, TrafficShifted)
        if known is not None:
            return known
        release = self._plan.release
        shifted = await self._target.shift(release, weight_bp, operation=self._operation(key))
        return self._say_shifted(key, shifted.weight_bp, because, shifted.version, shifted.took_ms)

    async def promote(self, *, key: str) -> TrafficShifted:
        """Make the release the stable one, with all traffic."""
        known = self._journal.said(key, TrafficShifted)
        if known is not None:
            return known
        shifted = await self._target.promote(self._plan.release, operation=self._operation(key))
        return self._say_shifted(key, ALL_TRAFFIC_BP, "promotion", shifted.version, shifted.took_ms)

    async def restore(self, *, key: str) -> TrafficShifted:
        """Give all traffic back to the release before, at once."""
        known = self._journal.said(key, TrafficShifted)
        if known is not None:
            return known
        shifted = await self._target.restore(operation=self._operation(key))
        return self._say_shifted(key, 0, "rollback", shifted.version, shifted.took_ms)

    def _say_shifted(
        self, key: str, weight_bp: int, because: str, version: str, took_ms: int
    ) -> TrafficShifted:
        fact = TrafficShifted(
            digest=self._plan.release.digest,
            weight_bp=weight_bp,
            because=because,
            router_version=version,
            took_ms=took_ms,
        )
        self._journal.say(key, fact)
        return fact

    async def begin_watching(self, number: int) -> TrafficState:
        """Observe once, so that the first look has something to be compared with."""
        key = f"stage-{number}/started"
        known = self._journal.said(key, StageStarted)
        if known is not None:
            return known.state
        state = await self._target.observe()
        self._journal.say(key, StageStarted(stage=number, planned=self._plan.stages[number - 1], state=state))
        return state

    async def verify(self, serving: Release | None, *, key: str) -> TrafficVerified:
        """Ask the router where traffic is, and write down whether it is where it should be."""
        known = self._journal.said(key, TrafficVerified)
        if known is not None:
            return known
        state = await self._target.inspect()
        found = misplaced(state, serving)
        verified = TrafficVerified(
            serving=serving.digest if serving is not None else "", is_as_wanted=not found, found=found
        )
        self._journal.say(key, verified)
        return verified

    async def replace(self, instance: str, *, reason: str, key: str) -> InstanceReplaced:
        """Replace an instance of the release; where the target cannot, the fact says why."""
        known = self._journal.said(key, InstanceReplaced)
        if known is not None:
            return known
        digest, problem = self._plan.release.digest, ""
        try:
            await self._target.replace(digest, instance, operation=self._operation(key))
        except (NotFoundError, RefusedError) as refusal:
            problem = str(refusal)
        replaced = InstanceReplaced(digest=digest, instance=instance, reason=reason, problem=problem)
        self._journal.say(key, replaced)
        return replaced

    async def retire(self, digest: str, *, key: str) -> None:
        """Stop a release that has no traffic."""
        if self._journal.record(key) is not None:
            return
        await self._target.retire(digest, operation=self._operation(key))
        self._journal.say(key, ReleaseRetired(digest=digest, environment=self._plan.environment.name))

    async def say_delivered(self) -> None:
        """State in CDEvents' words that the service runs this release now."""
        plan = self._plan
        place = Place(id=plan.environment.name)
        artifact = artifact_id(plan.release)
        fact: Fact
        if plan.kind is DeploymentKind.ROLLBACK:
            fact = ServiceRolledBack(environment=place, artifact_id=artifact)
        elif plan.previous is None:
            fact = ServiceDeployed(environment=place, artifact_id=artifact)
        else:
            fact = ServiceUpgraded(environment=place, artifact_id=artifact)
        self._journal.say("delivered", fact)

    async def say_rolled_back(self, reason: str, *, was_exposed: bool, actor: str) -> None:
        """State that traffic is back on the release before; in CDEvents' words too, if a user met it."""
        plan = self._plan
        previous = plan.previous
        events: list[Event] = []
        if self._journal.record("rolled-back") is not None:
            return
        if previous is not None and was_exposed:
            fact = ServiceRolledBack(
                environment=Place(id=plan.environment.name), artifact_id=artifact_id(previous)
            )
            events.append(self._journal.event("returned", fact))
        rolled_back = DeploymentRolledBack(reason=reason, to=previous.digest if previous is not None else "")
        events.append(self._journal.event("rolled-back", rolled_back, actor=actor or PROGRAM))
        self._journal.write(*events)

    async def finish(
        self, outcome: Outcome, reason: str, *, was_exposed: bool, was_unavailable: bool = False
    ) -> None:
        """Write down how it ended."""
        self._journal.say(
            "finished",
            DeploymentFinished(
                outcome=outcome, reason=reason, was_exposed=was_exposed, was_unavailable=was_unavailable
            ),
        )

    def _operation(self, key: str) -> str:
        return f"{self._journal.deployment_id}/{key}"


def misplaced(state: TrafficState, serving: Release | None) -> str:
    """Return what is wrong with where traffic is, in words; empty if all of it is where it should be."""
    weights = {arm.digest: arm.weight_bp for arm in (state.stable, state.canary) if arm is not None}
    elsewhere = {
        digest: weight
        for digest, weight in weights.items()
        if weight and (serving is None or digest != serving.digest)
    }
    if elsewhere:
        shares = ", ".join(f"{weight / 100:g} % on {digest[:12]}" for digest, weight in elsewhere.items())
        return f"traffic is not where it should be: {shares}"
    if serving is not None and weights.get(serving.digest) != ALL_TRAFFIC_BP:
        return f"the release {serving.short_digest} does not have all traffic"
    return ""
