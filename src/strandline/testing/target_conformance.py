"""What every target must do, as tests: mix `TargetConformance` in and give it a fixture `trial`.

The trial hands out the target, releases, and traffic. A target that cannot do something at all (count
requests, number instances) says so in the trial, and those promises are not asked of it.
"""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass

import pytest

from strandline.rollout.ports import Target
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError
from strandline.vocabulary.release import Release
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, ArmState, TrafficState


@dataclass(frozen=True, kw_only=True)
class TargetTrial(ABC):
    """One target with nothing in it yet, and what is needed to try it; each adapter subclasses it."""

    target: Target
    first: Release
    second: Release
    never_ready: Release
    unusable: Release
    """A release that `check` finds unfit to run."""
    counts_requests: bool = True
    numbers_instances: bool = True

    @abstractmethod
    def again(self) -> Target:
        """Return the same target as a control plane finds it that was just started."""

    @abstractmethod
    async def let_requests_end(self) -> None:
        """Let some hundred requests arrive by the split in force, and end; none of them fails."""


async def serving(trial: TargetTrial) -> None:
    """Bring the first release to where it serves."""
    await trial.target.prepare(trial.first, instances=None, operation="1/prepare")
    await trial.target.shift(trial.first, ALL_TRAFFIC_BP, operation="1/shift")
    await trial.target.promote(trial.first, operation="1/promote")


def weights(state: TrafficState) -> dict[str, int]:
    """Return the weights of the arms that have any."""
    return {arm.digest: arm.weight_bp for arm in (state.stable, state.canary) if arm and arm.weight_bp}


def counted(arm: ArmState | None) -> int:
    """Return the requests of an arm that is there and counts."""
    assert arm is not None
    assert arm.requests is not None
    return arm.requests


class TargetConformance:
    """Subclass it and give the fixture `trial`: nothing in it yet, and everything taken away afterwards."""

    async def test_starts_with_nothing(self, trial: TargetTrial) -> None:
        """Nothing serves, and nothing is said to be measured."""
        for state in (await trial.target.inspect(), await trial.target.observe()):
            assert state.stable is None
            assert not weights(state)

    async def test_refuses_a_release_that_cannot_run(self, trial: TargetTrial) -> None:
        """Before anything is started."""
        trial.target.check(trial.first)
        with pytest.raises(BadInputError):
            trial.target.check(trial.unusable)

    async def test_prepares_without_traffic(self, trial: TargetTrial) -> None:
        """A prepared release waits; preparing it again changes nothing."""
        await serving(trial)
        await trial.target.prepare(trial.second, instances=None, operation="2")
        await trial.target.prepare(trial.second, instances=None, operation="2")
        await trial.let_requests_end()
        state = await trial.target.observe()
        assert weights(state) == {trial.first.digest: ALL_TRAFFIC_BP}
        if state.canary is not None:
            assert state.canary.weight_bp == 0
            assert not state.canary.requests

    async def test_gives_the_first_release_all_or_nothing(self, trial: TargetTrial) -> None:
        """There is nobody who could take the rest."""
        await trial.target.prepare(trial.first, instances=None, operation="1")
        with pytest.raises(RefusedError):
            await trial.target.shift(trial.first, 500, operation="2")
        shifted = await trial.target.shift(trial.first, ALL_TRAFFIC_BP, operation="3")
        assert shifted.weight_bp == ALL_TRAFFIC_BP
        assert weights(await trial.target.inspect()) == {trial.first.digest: ALL_TRAFFIC_BP}

    async def test_splits_the_traffic(self, trial: TargetTrial) -> None:
        """The router itself says so, after each move."""
        await serving(trial)
        await trial.target.prepare(trial.second, instances=None, operation="2")
        for share in (500, 2_500, 0, ALL_TRAFFIC_BP, 5_000):
            shifted = await trial.target.shift(trial.second, share, operation=f"shift {share}")
            assert shifted.weight_bp == share
            wanted = {trial.first.digest: ALL_TRAFFIC_BP - share, trial.second.digest: share}
            assert weights(await trial.target.inspect()) == {key: bp for key, bp in wanted.items() if bp}

    async def test_does_a_repeated_move_once(self, trial: TargetTrial) -> None:
        """The second time is confirmed like the first, and is the same state of the router."""
        await serving(trial)
        await trial.target.prepare(trial.second, instances=None, operation="2")
        once = await trial.target.shift(trial.second, 2_500, operation="3")
        twice = await trial.target.shift(trial.second, 2_500, operation="3")
        assert (once.weight_bp, once.version) == (twice.weight_bp, twice.version)
        promoted = await trial.target.promote(trial.second, operation="4")
        again = await trial.target.promote(trial.second, operation="4")
        assert promoted.version == again.version
        assert promoted.weight_bp == again.weight_bp == ALL_TRAFFIC_BP

    async def test_refuses_to_shift_to_what_is_not_prepared(self, trial: TargetTrial) -> None:
        """Traffic only goes where somebody is ready."""
        await serving(trial)
        with pytest.raises(RefusedError):
            await trial.target.shift(trial.second, 500, operation="2")
        with pytest.raises(RefusedError):
            await trial.target.promote(trial.second, operation="3")
        assert weights(await trial.target.inspect()) == {trial.first.digest: ALL_TRAFFIC_BP}

    async def test_promotes_and_keeps_the_one_before(self, trial: TargetTrial) -> None:
        """So that a return needs no start."""
        await serving(trial)
        await trial.target.prepare(trial.second, instances=None, operation="2")
        await trial.target.shift(trial.second, 5_000, operation="3")
        await trial.target.promote(trial.second, operation="4")
        state = await trial.target.inspect()
        assert state.stable is not None
        assert state.stable.digest == trial.second.digest
        assert weights(state) == {trial.second.digest: ALL_TRAFFIC_BP}
        await trial.target.promote(trial.first, operation="5")
        assert weights(await trial.target.inspect()) == {trial.first.digest: ALL_TRAFFIC_BP}

    async def test_restores_to_the_stable_release(self, trial: TargetTrial) -> None:
        """From any share, and again without harm."""
        await serving(trial)
        await trial.target.prepare(trial.second, instances=None, operation="2")
        for share in (500, ALL_TRAFFIC_BP):
            await trial.target.shift(trial.second, share, operation=f"shift {share}")
            for _ in range(2):
                assert (await trial.target.restore(operation=f"restore {share}")).weight_bp == 0
                assert weights(await trial.target.inspect()) == {trial.first.digest: ALL_TRAFFIC_BP}

    async def test_restores_to_nobody_where_nobody_was_promoted(self, trial: TargetTrial) -> None:
        """A first release that fails leaves nothing to return to."""
        await trial.target.prepare(trial.first, instances=None, operation="1")
        await trial.target.shift(trial.first, ALL_TRAFFIC_BP, operation="2")
        await trial.target.restore(operation="3")
        assert not weights(await trial.target.inspect())

    async def test_retires_only_what_has_no_traffic(self, trial: TargetTrial) -> None:
        """Refused while it has some; done once, and nothing to do after that."""
        await serving(trial)
        await trial.target.prepare(trial.second, instances=None, operation="2")
        await trial.target.shift(trial.second, 500, operation="3")
        for digest in (trial.first.digest, trial.second.digest):
            with pytest.raises(RefusedError):
                await trial.target.retire(digest, operation="4")
        await trial.target.restore(operation="5")
        for _ in range(2):
            await trial.target.retire(trial.second.digest, operation="6")
        state = await trial.target.observe()
        assert state.canary is None or state.canary.digest != trial.second.digest
        with pytest.raises(RefusedError):
            await trial.target.shift(trial.second, 500, operation="7")

    async def test_never_gives_traffic_to_what_is_not_ready(self, trial: TargetTrial) -> None:
        """It is refused in words, and the release that serves does not notice."""
        await serving(trial)
        with pytest.raises(RefusedError, match="ready"):
            await trial.target.prepare(trial.never_ready, instances=None, operation="2")
        state = await trial.target.observe()
        assert weights(state) == {trial.first.digest: ALL_TRAFFIC_BP}
        assert state.losses == ()
        with pytest.raises(RefusedError):
            await trial.target.shift(trial.never_ready, 500, operation="3")

    async def test_counts_each_arm(self, trial: TargetTrial) -> None:
        """Cumulative, in one epoch, each request at the release that answered it."""
        if not trial.counts_requests:
            pytest.skip("this target does not count requests")
        await serving(trial)
        await trial.target.prepare(trial.second, instances=None, operation="2")
        await trial.target.shift(trial.second, 5_000, operation="3")
        before = await trial.target.observe()
        await trial.let_requests_end()
        after = await trial.target.observe()
        assert after.epoch == before.epoch
        assert after.is_measured
        assert counted(after.stable) > counted(before.stable)
        assert counted(after.canary) > counted(before.canary)
        await trial.target.restore(operation="4")
        still = await trial.target.observe()
        await trial.let_requests_end()
        done = await trial.target.observe()
        assert counted(done.canary) == counted(still.canary)
        assert counted(done.stable) > counted(still.stable)
        assert done.canary is not None
        assert done.canary.errors == 0

    async def test_has_as_many_instances_as_wanted(self, trial: TargetTrial) -> None:
        """More, fewer, and more again, while it serves."""
        if not trial.numbers_instances:
            pytest.skip("this target does not number instances")
        await serving(trial)
        for wanted in (3, 1, 2):
            await trial.target.prepare(trial.first, instances=wanted, operation=f"{wanted} instances")
            state = await trial.target.observe()
            assert state.stable is not None
            assert state.stable.instances_wanted == wanted
            assert state.stable.instances_ready == wanted
            assert state.losses == ()

    async def test_counts_by_instance_what_each_arm_did(self, trial: TargetTrial) -> None:
        """What its instances did adds up to what the arm did."""
        if not trial.numbers_instances or not trial.counts_requests:
            pytest.skip("this target does not count by instance")
        await serving(trial)
        await trial.target.prepare(trial.first, instances=2, operation="two")
        before = await trial.target.observe()
        await trial.let_requests_end()
        after = await trial.target.observe()
        assert before.stable is not None
        assert after.stable is not None
        earlier = {each.instance: each.requests for each in before.stable.instances}
        each = [now.requests - earlier[now.instance] for now in after.stable.instances]
        assert len(each) == 2  # noqa: PLR2004 - the two that were wanted
        assert sum(each) == counted(after.stable) - counted(before.stable)
        assert sum(now.errors for now in after.stable.instances) == after.stable.errors == 0
        timed = await self._timed(trial)
        bounds = [bound for bound, _ in timed if bound is not None]
        assert bounds == sorted(set(bounds))

    async def _timed(self, trial: TargetTrial) -> tuple[tuple[int | None, int], ...]:
        """Return the histogram once it holds anything: routers add to theirs every so often."""
        for _ in range(200):
            state = await trial.target.observe()
            if state.stable is not None and any(count for _, count in state.stable.latency_buckets):
                return state.stable.latency_buckets
            await asyncio.sleep(0.05)
        pytest.fail("no request was timed within 10 s")

    async def test_replaces_one_instance_and_leaves_its_siblings(self, trial: TargetTrial) -> None:
        """A new one in its place, no loss told, and nothing more when it is asked again."""
        if not trial.numbers_instances:
            with pytest.raises(RefusedError):
                await trial.target.replace(trial.first.digest, "one", operation="2")
            return
        await serving(trial)
        await trial.target.prepare(trial.first, instances=3, operation="three")
        before = await trial.target.observe()
        assert before.stable is not None
        names = {each.instance for each in before.stable.instances}
        gone = min(names)
        for _ in range(2):
            await trial.target.replace(trial.first.digest, gone, operation="replace")
        after = await trial.target.observe()
        assert after.stable is not None
        left = {each.instance for each in after.stable.instances}
        assert gone not in left
        assert len(left) == len(names)
        assert len(left & names) == len(names) - 1
        assert after.stable.instances_ready == len(names)
        assert after.losses == ()
        with pytest.raises(NotFoundError):
            await trial.target.replace("f" * 64, gone, operation="other")

    async def test_outlives_the_control_plane(self, trial: TargetTrial) -> None:
        """A new one finds the traffic where the old one left it, and goes on."""
        await serving(trial)
        await trial.target.prepare(trial.second, instances=None, operation="2")
        await trial.target.shift(trial.second, 2_500, operation="3")
        before = await trial.target.inspect()
        target = trial.again()
        found = await target.inspect()
        assert weights(found) == weights(before)
        assert found.epoch == before.epoch
        await target.prepare(trial.second, instances=None, operation="2")
        assert (await target.observe()).losses == ()
        await target.promote(trial.second, operation="4")
        assert weights(await trial.target.inspect()) == {trial.second.digest: ALL_TRAFFIC_BP}

    async def test_stops_everything(self, trial: TargetTrial) -> None:
        """And can be started anew."""
        await serving(trial)
        for _ in range(2):
            await trial.target.stop()
            state = await trial.target.observe()
            assert state.stable is None
            assert state.canary is None
        await serving(trial)
        assert weights(await trial.target.inspect()) == {trial.first.digest: ALL_TRAFFIC_BP}
