"""The simulated target as a product: its traffic, its troubles, and that it outlives its users.

That it keeps the port's promises is in `tests/conformance`.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.testing.simulated_target import SimulatedTarget, SimulatedTargets, SimulatedWorld
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError, UnavailableError
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import Environment, LocalTargetPolicy, Service
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, ArmState

PLACE = "greeter/production"
FIRST = Release(service="greeter", digest="a" * 64, version="1.0.0")
SECOND = Release(service="greeter", digest="b" * 64, version="1.1.0")


class StandingClock:
    def __init__(self) -> None:
        self.passed = timedelta()

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC) + self.passed

    def steady(self) -> timedelta:
        return self.passed

    def pass_seconds(self, seconds: float) -> None:
        self.passed += timedelta(seconds=seconds)


def world(seed: int = 7) -> tuple[SimulatedWorld, StandingClock]:
    clock = StandingClock()
    return SimulatedWorld(seed, clock), clock


def target_in(of: SimulatedWorld, name: str = "greeter", *, instances: int = 1) -> SimulatedTarget:
    policy = LocalTargetPolicy(listen="127.0.0.1:1", command=(), instances=instances)
    environment = Environment(name="production", target=policy)
    service = Service(name=name, owner="tests", environments={"production": environment})
    return SimulatedTargets(of).of(service, environment)


async def half_and_half(target: SimulatedTarget) -> None:
    await target.prepare(FIRST, instances=None, operation="1")
    await target.promote(FIRST, operation="2")
    await target.prepare(SECOND, instances=None, operation="3")
    await target.shift(SECOND, 5_000, operation="4")


def arm(found: ArmState | None) -> tuple[int, int]:
    assert found is not None
    return found.requests or 0, found.errors or 0


async def canary_of(target: SimulatedTarget) -> ArmState:
    state = await target.observe()
    assert state.canary is not None
    return state.canary


async def counts(target: SimulatedTarget) -> tuple[tuple[int, int], tuple[int, int]]:
    state = await target.observe()
    return arm(state.stable), arm(state.canary)


@given(seed=st.integers(0, 1_000), share=st.integers(0, ALL_TRAFFIC_BP), seconds=st.integers(1, 60))
async def test_a_share_is_what_the_canary_gets(seed: int, share: int, seconds: int) -> None:
    there, clock = world(seed)
    target = target_in(there)
    await half_and_half(target)
    await target.shift(SECOND, share, operation="5")
    clock.pass_seconds(seconds)
    (stable, _), (canary, _) = await counts(target)
    mean = there.requests_per_second * seconds * share / ALL_TRAFFIC_BP
    # Six standard deviations of a Poisson number.
    assert abs(canary - mean) <= 6 * mean**0.5 + 1
    assert abs(stable + canary - 100 * seconds) <= 6 * (100 * seconds) ** 0.5
    if share == 0:
        assert canary == 0


@pytest.mark.parametrize("name", [SECOND.digest, SECOND.version])
async def test_errors_come_at_the_given_rate_by_digest_or_version(name: str) -> None:
    there, clock = world()
    there.error_rate[name] = 0.25
    target = target_in(there)
    await half_and_half(target)
    clock.pass_seconds(100)
    (_, stable_errors), (requests, errors) = await counts(target)
    assert stable_errors == 0
    assert abs(errors / requests - 0.25) < 0.05


async def test_a_seed_gives_the_same_counts_whatever_else_runs() -> None:
    seen = []
    for others in (0, 3):
        there, clock = world()
        target = target_in(there)
        await half_and_half(target)
        neighbours = [target_in(there, f"other-{number}") for number in range(others)]
        for neighbour in neighbours:
            await half_and_half(neighbour)
        for _ in range(5):
            clock.pass_seconds(1)
            for neighbour in neighbours:
                await neighbour.observe()
            seen.append(await counts(target))
    assert seen[:5] == seen[5:]


async def test_requests_belong_to_the_split_they_came_under() -> None:
    there, clock = world()
    target = target_in(there)
    await half_and_half(target)
    clock.pass_seconds(10)
    await target.restore(operation="5")
    _, canary = await counts(target)
    clock.pass_seconds(10)
    _, later = await counts(target)
    assert canary == later
    assert canary[0] > 0


async def test_instances_share_what_the_arm_did() -> None:
    there, clock = world()
    there.error_rate[SECOND.version] = 0.2
    target = target_in(there, instances=3)
    await half_and_half(target)
    canary = await canary_of(target)
    for _ in range(3):
        clock.pass_seconds(10)
        canary = await canary_of(target)
        assert sum(it.requests for it in canary.instances) == canary.requests
        assert sum(it.errors for it in canary.instances) == canary.errors
    assert [it.instance for it in canary.instances] == [f"{SECOND.short_digest}-{n}" for n in (1, 2, 3)]
    rates = [it.errors / it.requests for it in canary.instances]
    assert max(abs(rate - 0.2) for rate in rates) < 0.1


@pytest.mark.parametrize("name", [SECOND.digest, SECOND.version])
async def test_one_bad_instance_fails_until_it_is_replaced(name: str) -> None:
    there, clock = world()
    there.bad_instance[name] = 0.3
    target = target_in(there, instances=3)
    await half_and_half(target)
    clock.pass_seconds(30)
    canary = await canary_of(target)
    bad, *others = canary.instances
    assert abs(bad.errors / bad.requests - 0.3) < 0.1
    assert [it.errors for it in others] == [0, 0]
    assert canary.errors == bad.errors
    for _ in range(2):
        await target.replace(SECOND.digest, bad.instance, operation="5")
    clock.pass_seconds(30)
    healed = await canary_of(target)
    assert len(healed.instances) == 3
    assert bad.instance not in {it.instance for it in healed.instances}
    assert healed.errors == bad.errors


async def test_a_release_that_does_not_run_has_no_instance_to_replace() -> None:
    there, _ = world()
    with pytest.raises(NotFoundError):
        await target_in(there).replace(FIRST.digest, "any", operation="1")


async def test_slow_requests_are_in_the_slow_bucket_and_fail_nothing() -> None:
    there, clock = world()
    there.slow_share[SECOND.version] = 0.25
    target = target_in(there)
    await half_and_half(target)
    clock.pass_seconds(100)
    canary = await canary_of(target)
    (_, fast), (_, slow) = canary.latency_buckets
    assert fast + slow == canary.requests
    assert abs(slow / (fast + slow) - 0.25) < 0.05
    assert canary.errors == 0
    state = await target.observe()
    assert state.stable is not None
    assert state.stable.latency_buckets[1][1] == 0


@given(instances=st.integers(1, 5), slow=st.floats(0, 1))
async def test_instances_and_slowness_do_not_change_what_a_seed_counts(instances: int, slow: float) -> None:
    seen = []
    for how_many, slow_share in ((1, 0.0), (instances, slow)):
        there, clock = world()
        there.error_rate[SECOND.version] = 0.1
        there.slow_share[SECOND.version] = slow_share
        target = target_in(there, instances=how_many)
        await half_and_half(target)
        clock.pass_seconds(10)
        seen.append(await counts(target))
    assert seen[0] == seen[1]


async def test_a_lost_instance_has_a_successor_under_a_new_name() -> None:
    there, _ = world()
    target = target_in(there, instances=2)
    await half_and_half(target)
    there.lose_instance(PLACE, SECOND.version)
    state = await target.observe()
    assert [loss.instance for loss in state.losses] == [f"{SECOND.short_digest}-1"]
    assert state.canary is not None
    assert [it.instance for it in state.canary.instances] == [f"{SECOND.short_digest}-{n}" for n in (2, 3)]


async def test_a_lost_instance_is_named_once() -> None:
    there, _ = world()
    target = target_in(there)
    await half_and_half(target)
    there.lose_instance(PLACE, SECOND.version)
    there.lose_instance(PLACE, SECOND.version, how="ended with code 1")
    first = await target.observe()
    assert [(loss.digest, loss.how, loss.count) for loss in first.losses] == [
        (SECOND.digest, "killed by signal 9", 1),
        (SECOND.digest, "ended with code 1", 2),
    ]
    assert (await target.observe()).losses == ()


async def test_a_restarted_router_counts_anew_and_says_so() -> None:
    there, clock = world()
    target = target_in(there)
    await half_and_half(target)
    clock.pass_seconds(5)
    before = await target.observe()
    there.restart_router(PLACE)
    after = await target.observe()
    assert after.epoch != before.epoch
    assert after.disturbances
    assert (arm(after.stable), arm(after.canary)) == ((0, 0), (0, 0))
    assert (await target.observe()).disturbances == ()


async def test_the_world_outlives_its_targets() -> None:
    there, _ = world()
    await half_and_half(target_in(there))
    state = await target_in(there).inspect()
    assert state.canary is not None
    assert state.canary.weight_bp == 5_000


async def test_what_is_told_is_kept_in_order() -> None:
    there, _ = world()
    await half_and_half(target_in(there))
    told = [(move.verb, move.digest[:1], move.weight_bp) for move in there.moves]
    assert told == [("prepare", "a", 0), ("promote", "a", 0), ("prepare", "b", 0), ("shift", "b", 5_000)]
    assert {move.place for move in there.moves} == {PLACE}


async def test_an_unavailable_target_answers_nothing() -> None:
    there, _ = world()
    target = target_in(there)
    await half_and_half(target)
    there.unavailable.add(PLACE)
    for ask in (target.observe, target.inspect, lambda: target.restore(operation="5")):
        with pytest.raises(UnavailableError):
            await ask()
    there.unavailable.clear()
    await target.observe()


async def test_releases_that_cannot_run_are_refused() -> None:
    there, _ = world()
    there.never_ready.add(FIRST.digest)
    there.unusable.add(SECOND.version)
    target = target_in(there)
    with pytest.raises(RefusedError, match="ready"):
        await target.prepare(FIRST, instances=None, operation="1")
    with pytest.raises(BadInputError):
        target.check(SECOND)
