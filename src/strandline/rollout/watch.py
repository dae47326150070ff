"""One look at a stage: wait, observe, judge, and write down what was seen. A durable step.

A look that is repeated after a crash finds its own event, and gives the same result again. Time is watched
by the steady clock of this process: time in which nobody watched does not count as watched.
"""

import asyncio
import copy
from datetime import timedelta

import msgspec

from strandline.analysis.judge import Judge
from strandline.analysis.measurement import Look, look_between
from strandline.analysis.verdict import Verdict
from strandline.rollout.journal import Intervention, Journal
from strandline.rollout.metric_source import MetricArms
from strandline.rollout.ports import Target
from strandline.rollout.surroundings import Surroundings
from strandline.vocabulary.deployment import DeploymentPlanned, PlannedStage, StageKind
from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.event import Event, JsonValue, says
from strandline.vocabulary.exposure import AnalysisMeasured, ClockJumped, InstanceLost, RouterDisturbed
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, TrafficState
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap

CLOCK_TOLERANCE = timedelta(seconds=2)
"""Clocks are slewed by milliseconds all the time; what is more than this is a jump."""


class LookTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What a look brought."""

    look: Look
    verdict: Verdict
    state: TrafficState
    watched: timedelta
    interventions: tuple[Intervention, ...]
    seq: int
    """The look's place in the ledger: the next look reads interventions from there."""


class Watch:
    """Takes the looks of one rollout, and keeps its time."""

    def __init__(self, surroundings: Surroundings, journal: Journal, target: Target) -> None:
        self._around = surroundings
        self._journal = journal
        self._target = target
        self._steady_before: timedelta | None = None
        self._wall_offset: timedelta | None = None

    def begin(self) -> None:
        """Start the time of the next look now."""
        self._steady_before = self._around.clock.steady()

    async def look(
        self,
        planned: DeploymentPlanned,
        stage: PlannedStage,
        *,
        stage_number: int,
        number: int,
        before: TrafficState,
        judge: Judge,
        seen: int,
        interval: timedelta,
        is_cold: bool = False,
    ) -> LookTaken:
        """Take look `number` of a stage, at most `interval` after the one before.

        Args:
            planned: the plan of the rollout.
            stage: the stage that is watched.
            stage_number: which stage it is, from 1.
            number: which look of the stage it is, from 1.
            before: what the look before observed.
            judge: the judge as it stands after the look before; it is not changed.
            seen: the place in the ledger up to which interventions are known.
            interval: how long to wait first; an intervention ends the wait.
            is_cold: the release has only just begun to serve, and the look is not to be judged.
        """
        key = f"stage-{stage_number}/look-{number}"
        record = await asyncio.to_thread(self._journal.record, key)
        if record is None:
            await self._wait(seen, interval)
            events = await self._observe(
                planned,
                stage,
                key=key,
                place=(stage_number, number),
                before=before,
                judge=judge,
                is_cold=is_cold,
            )
            await asyncio.to_thread(self._journal.write, *events)
            record = await asyncio.to_thread(self._journal.record, key)
        measured = says(record.event, AnalysisMeasured) if record is not None else None
        if record is None or measured is None:
            msg = f"{key} was written and is not in the ledger"
            raise LookupError(msg)
        interventions = await asyncio.to_thread(self._journal.interventions, after=seen, until=record.seq)
        return LookTaken(
            look=msgspec.convert(measured.measurement, Look),
            verdict=msgspec.convert(measured.verdict, Verdict),
            state=measured.state,
            watched=timedelta(milliseconds=measured.watched_ms),
            interventions=interventions,
            seq=record.seq,
        )

    async def _wait(self, seen: int, interval: timedelta) -> None:
        if await asyncio.to_thread(self._journal.interventions, after=seen):
            return
        elapsed = self._elapsed()
        if elapsed < interval:
            await self._around.bell.wait(self._journal.deployment_id, at_most=interval - elapsed)

    def _elapsed(self) -> timedelta:
        if self._steady_before is None:
            # The first look of this process: when the last one was, nobody can say any more.
            self.begin()
            return timedelta()
        return self._around.clock.steady() - self._steady_before

    async def _observe(
        self,
        planned: DeploymentPlanned,
        stage: PlannedStage,
        *,
        key: str,
        place: tuple[int, int],
        before: TrafficState,
        judge: Judge,
        is_cold: bool,
    ) -> list[Event]:
        watched = self._elapsed()
        try:
            state = await self._target.observe()
        except UnavailableError as problem:
            state = unmeasured(before, problem)
        state = await self._with_metrics(planned, stage, state)
        self.begin()
        look = msgspec.structs.replace(
            look_of(planned, stage, before, state), watched_ms=watched // timedelta(milliseconds=1)
        )
        if is_cold and look.gap is EvidenceGap.NONE:
            look = msgspec.structs.replace(look, gap=EvidenceGap.COLD_START)
        verdict = judged(judge, stage, look)
        measurement: dict[str, JsonValue] = msgspec.to_builtins(look)
        answer: dict[str, JsonValue] = msgspec.to_builtins(verdict)
        fact = AnalysisMeasured(
            stage=place[0],
            look=place[1],
            share_bp=stage.share_bp,
            watched_ms=watched // timedelta(milliseconds=1),
            state=state,
            measurement=measurement,
            verdict=answer,
        )
        return [
            *disturbance_events(self._journal, key, planned.service, planned.environment.name, state),
            *self._clock_events(key),
            self._journal.event(key, fact),
        ]

    async def _with_metrics(
        self, planned: DeploymentPlanned, stage: PlannedStage, state: TrafficState
    ) -> TrafficState:
        """Add what the guards on metrics of one's own read at this moment."""
        guards = planned.environment.rollout.metrics
        if not guards or stage.kind is StageKind.TESTERS:
            return state
        is_compared = stage.share_bp < ALL_TRAFFIC_BP
        arms = MetricArms(
            service=planned.service,
            environment=planned.environment.name,
            canary=planned.release,
            control=planned.previous if is_compared else None,
        )
        return msgspec.structs.replace(state, metrics=await self._around.metrics.read(guards, arms))

    def _clock_events(self, key: str) -> list[Event]:
        clock = self._around.clock
        offset = timedelta(seconds=clock.now().timestamp()) - clock.steady()
        before, self._wall_offset = self._wall_offset, offset
        if before is None or abs(offset - before) <= CLOCK_TOLERANCE:
            return []
        jumped = ClockJumped(by_ms=(offset - before) // timedelta(milliseconds=1))
        return [self._journal.event(f"{key}/clock", jumped)]


def look_of(
    planned: DeploymentPlanned, stage: PlannedStage, before: TrafficState, state: TrafficState
) -> Look:
    """Return what was counted between two observations of a stage."""
    look = look_between(
        before,
        state,
        share_bp=stage.share_bp,
        canary_digest=planned.release.digest,
        control_digest=planned.previous.digest if planned.previous is not None else "",
    )
    if state.losses and not look.disturbance:
        lost = ", ".join(f"{loss.instance} {loss.how}" for loss in state.losses)
        look = msgspec.structs.replace(
            look, disturbance=f"instances were lost: {lost}", gap=EvidenceGap.ARM_RESTARTED
        )
    return look


def judged(judge: Judge, stage: PlannedStage, look: Look) -> Verdict:
    """Return what a judge says of a look, leaving the judge as it was."""
    verdict = copy.deepcopy(judge).look(look)
    if stage.kind is not StageKind.TESTERS:
        return verdict
    return msgspec.structs.replace(
        verdict,
        answer=AnalysisAnswer.NOT_ENOUGH_EVIDENCE,
        gap=EvidenceGap.NO_TRAFFIC,
        sentence="Only testers reach the release; there is no traffic of users to judge.",
    )


def unmeasured(before: TrafficState, problem: UnavailableError) -> TrafficState:
    """Return what is known when a target did not answer: nothing that could be counted."""
    return msgspec.structs.replace(
        before, is_measured=False, disturbances=(f"the target did not answer: {problem.what}",), losses=()
    )


def disturbance_events(
    journal: Journal, key: str, service: str, environment: str, state: TrafficState
) -> list[Event]:
    """Return an event for each thing that an observation found disturbed."""
    lost = [
        journal.event(
            f"{key}/lost-{place}",
            InstanceLost(
                service=service,
                environment=environment,
                digest=loss.digest,
                instance=loss.instance,
                how=loss.how,
                count=loss.count,
            ),
        )
        for place, loss in enumerate(state.losses, start=1)
    ]
    disturbed = [
        journal.event(
            f"{key}/disturbed-{place}",
            RouterDisturbed(service=service, environment=environment, what=what),
        )
        for place, what in enumerate(state.disturbances, start=1)
    ]
    return [*lost, *disturbed]
