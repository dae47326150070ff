from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.rollout.strategies import bakes_for, rollback_stages, stages_of
from strandline.vocabulary.deployment import StageKind
from strandline.vocabulary.service import (
    CommandTargetPolicy,
    Environment,
    LocalTargetPolicy,
    RolloutPolicy,
    StagePolicy,
    Strategy,
)


def environment(strategy: Strategy, *, instances: int = 4, batch: int = 1) -> Environment:
    return Environment(
        name="production",
        target=LocalTargetPolicy(listen="127.0.0.1:8080", command=("./serve",), instances=instances),
        rollout=RolloutPolicy(
            strategy=strategy,
            stages=(
                StagePolicy(share_bp=500, bake=timedelta(seconds=10)),
                StagePolicy(share_bp=2500, bake=timedelta(seconds=20)),
            ),
            batch=batch,
        ),
    )


def test_a_canary_goes_through_its_stages_in_order() -> None:
    stages = stages_of(environment(Strategy.CANARY), has_previous=True)
    assert [(one.kind, one.share_bp) for one in stages] == [
        (StageKind.COMPARED, 500),
        (StageKind.COMPARED, 2500),
    ]
    assert bakes_for(stages) == timedelta(seconds=30)


def test_a_canary_stage_with_all_traffic_has_no_control_left() -> None:
    policy = environment(Strategy.CANARY)
    rollout = msgspec.structs.replace(policy.rollout, stages=(StagePolicy(share_bp=10_000),))
    (only,) = stages_of(msgspec.structs.replace(policy, rollout=rollout), has_previous=True)
    assert only.kind is StageKind.ALL


@pytest.mark.parametrize("strategy", list(Strategy), ids=lambda strategy: strategy.value)
def test_a_first_release_gets_all_traffic_whatever_the_strategy(strategy: Strategy) -> None:
    (only,) = stages_of(environment(strategy), has_previous=False)
    assert (only.kind, only.share_bp) == (StageKind.FIRST, 10_000)


def test_blue_green_lets_testers_in_first_and_then_everybody() -> None:
    stages = stages_of(environment(Strategy.BLUE_GREEN), has_previous=True)
    assert [(one.kind, one.share_bp) for one in stages] == [(StageKind.TESTERS, 0), (StageKind.ALL, 10_000)]


def test_all_at_once_is_one_stage() -> None:
    (only,) = stages_of(environment(Strategy.ALL_AT_ONCE), has_previous=True)
    assert (only.kind, only.share_bp) == (StageKind.ALL, 10_000)


@given(instances=st.integers(1, 12), batch=st.integers(1, 12))
def test_a_rolling_rollout_ends_with_every_instance_and_all_traffic(instances: int, batch: int) -> None:
    stages = stages_of(environment(Strategy.ROLLING, instances=instances, batch=batch), has_previous=True)
    counts = [one.instances or 0 for one in stages]
    assert counts == sorted(set(counts))
    assert counts[-1] == instances
    assert stages[-1].share_bp == 10_000
    assert all(later - earlier <= batch for earlier, later in zip([0, *counts], counts, strict=False))


def test_a_rolling_rollout_by_commands_moves_in_quarters() -> None:
    commands = CommandTargetPolicy(prepare=("a",), shift=("b",), restore=("c",), inspect=("d",))
    shape = msgspec.structs.replace(environment(Strategy.ROLLING), target=commands)
    assert [one.share_bp for one in stages_of(shape, has_previous=True)] == [2500, 5000, 7500, 10_000]


def test_a_rollback_has_no_stages_because_it_returns_to_what_has_served_before() -> None:
    assert rollback_stages() == ()
