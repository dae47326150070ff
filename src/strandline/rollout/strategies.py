"""From a strategy to stages: who is exposed to a release, in which order, and how each step is judged."""

from datetime import timedelta

from strandline.vocabulary.deployment import PlannedStage, StageKind
from strandline.vocabulary.service import (
    CommandTargetPolicy,
    Environment,
    LocalTargetPolicy,
    RolloutPolicy,
    StagePolicy,
    Strategy,
)
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP


def stages_of(environment: Environment, *, has_previous: bool) -> tuple[PlannedStage, ...]:
    """Return the stages of a rollout to this environment, before the release is promoted.

    A first release has nothing to be compared with and nothing to return to: it gets all traffic at once.
    """
    policy = environment.rollout
    if not has_previous:
        return (_all_traffic(StageKind.FIRST, policy.stages[-1]),)
    if policy.strategy is Strategy.CANARY:
        return (*(_shared(stage) for stage in policy.stages), *_after(policy))
    if policy.strategy is Strategy.ROLLING:
        return _rolling(policy, _instances(environment))
    switch = _all_traffic(StageKind.ALL, policy.stages[-1])
    if policy.strategy is Strategy.BLUE_GREEN:
        testers = PlannedStage(
            kind=StageKind.TESTERS,
            share_bp=0,
            bake=policy.stages[0].bake,
            deadline=policy.stages[0].deadline,
        )
        return (testers, switch)
    return (switch,)


def rollback_stages() -> tuple[PlannedStage, ...]:
    """Return the stages of a rollback: none, since it returns to what has served before, at once."""
    return ()


def _shared(stage: StagePolicy) -> PlannedStage:
    kind = StageKind.ALL if stage.share_bp == ALL_TRAFFIC_BP else StageKind.COMPARED
    return PlannedStage(kind=kind, share_bp=stage.share_bp, bake=stage.bake, deadline=stage.deadline)


def _after(policy: RolloutPolicy) -> tuple[PlannedStage, ...]:
    """Return the watch that goes on under all traffic, if the policy asks for one."""
    if not policy.bake_after:
        return ()
    stage = StagePolicy(
        share_bp=ALL_TRAFFIC_BP,
        bake=policy.bake_after,
        deadline=max(policy.bake_after, policy.stages[-1].deadline),
    )
    return (_all_traffic(StageKind.ALL, stage),)


def _all_traffic(kind: StageKind, stage: StagePolicy) -> PlannedStage:
    return PlannedStage(kind=kind, share_bp=ALL_TRAFFIC_BP, bake=stage.bake, deadline=stage.deadline)


def _rolling(policy: RolloutPolicy, instances: int) -> tuple[PlannedStage, ...]:
    """Return one stage for each batch; traffic follows the instances."""
    shape = policy.stages[-1]
    replaced = [*range(policy.batch, instances, policy.batch), instances]
    return tuple(
        PlannedStage(
            kind=StageKind.ALL if count == instances else StageKind.COMPARED,
            share_bp=ALL_TRAFFIC_BP * count // instances,
            bake=shape.bake,
            deadline=shape.deadline,
            instances=count,
        )
        for count in replaced
    )


def _instances(environment: Environment) -> int:
    match environment.target:
        case LocalTargetPolicy(instances=instances):
            return instances
        case CommandTargetPolicy():
            # A deployer of one's own decides how many there are; shares of a quarter are as good as any.
            return _COMMAND_BATCHES


_COMMAND_BATCHES = 4


def bakes_for(stages: tuple[PlannedStage, ...]) -> timedelta:
    """Return the least time that these stages take."""
    return sum((stage.bake for stage in stages), timedelta())
