"""The local target instance by instance, on a real Envoy: what each did, and one replaced by another."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.adapters.greeter import RELEASES, Greeter, greeter

from strandline.adapters import processes
from strandline.adapters.local_upkeep import Upkeep
from strandline.testing.load import Load
from strandline.vocabulary.errors import RefusedError
from strandline.vocabulary.release import Release
from strandline.vocabulary.traffic import ArmState

TESTER = {"x-strandline-canary": "yes"}
FLUSHED_SECONDS = 1.0
"""Envoy adds to its histograms every 250 ms; four times that, for a busy machine."""


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Greeter]:
    async with greeter(tmp_path, instances=2) as one:
        yield one


async def serving(made: Greeter) -> Release:
    release = made.release("1.0.0")
    await made.target.prepare(release, instances=None, operation="prepare")
    await made.target.promote(release, operation="promote")
    return release


async def half_for(made: Greeter, canary: Release, *, instances: int = 2) -> None:
    await made.target.prepare(canary, instances=instances, operation="canary")
    await made.target.shift(canary, 5_000, operation="half")


async def arms(made: Greeter) -> tuple[ArmState, ArmState]:
    state = await made.target.observe()
    assert state.stable is not None
    assert state.canary is not None
    return state.stable, state.canary


async def stable_arm(made: Greeter) -> ArmState:
    state = await made.target.inspect()
    assert state.stable is not None
    return state.stable


def summed(arm: ArmState) -> tuple[int, int]:
    return sum(it.requests for it in arm.instances), sum(it.errors for it in arm.instances)


def timed(arm: ArmState) -> int:
    return sum(count for _, count in arm.latency_buckets)


async def all_timed(made: Greeter, requests: int) -> ArmState:
    """Wait until the stable release's histogram has this many, no longer than a flush may take."""
    give_up_at = time.monotonic() + FLUSHED_SECONDS
    while timed(arm := await stable_arm(made)) != requests:
        assert time.monotonic() < give_up_at, arm.latency_buckets
        await asyncio.sleep(0.02)
    return arm


def names(arm: ArmState) -> list[str]:
    return [it.instance for it in arm.instances]


def kill(made: Greeter, name: str) -> None:
    found = processes.status(made.folder / "instances" / name)
    assert isinstance(found, processes.Running)
    os.kill(found.pid, signal.SIGKILL)


class TestCounting:
    async def test_what_instances_did_adds_up_to_what_the_arm_did(self, made: Greeter) -> None:
        await serving(made)
        await half_for(made, made.release("1.2.0"))
        load = Load(made.url, rate=200)
        load.start()
        await asyncio.sleep(2)
        report = load.stop()
        stable, canary = await arms(made)
        assert summed(stable) == (stable.requests, stable.errors) == (report.by_version["1.0.0"], 0)
        assert summed(canary) == (canary.requests, canary.errors)
        assert canary.errors == report.failed > 0
        assert all(it.requests > 0 for arm in (stable, canary) for it in arm.instances)

    async def test_what_testers_do_counts_at_no_instance(self, made: Greeter) -> None:
        await serving(made)
        await made.target.prepare(made.release("1.2.0"), instances=2, operation="canary")
        async with httpx.AsyncClient() as tester:
            found = [(await tester.get(made.url, headers=TESTER)).status_code for _ in range(60)]
        assert 500 in found
        _, canary = await arms(made)
        assert len(canary.instances) == 2
        assert summed(canary) == (0, 0)

    async def test_a_request_that_was_repeated_counts_where_it_was_tried(self, made: Greeter) -> None:
        await serving(made)
        for name in names(await stable_arm(made)):
            kill(made, name)
        async with httpx.AsyncClient() as user:
            assert (await user.get(made.url)).status_code == 503
        arm = await stable_arm(made)
        assert (arm.requests, arm.errors) == (1, 1)
        tries, failed = summed(arm)
        assert tries == failed == 3

    async def test_an_answer_that_broke_off_is_the_arms_error_and_no_instances(
        self, made: Greeter, tmp_path: Path
    ) -> None:
        broken = tmp_path / "broken"
        shutil.copytree(RELEASES / "1.0.0", broken)
        code = (broken / "greeter.py").read_text()
        half = 'self.wfile.write(body if self.path == "/ready" else body[:5]); self.close_connection = True'
        (broken / "greeter.py").write_text(code.replace("self.wfile.write(body)", half))
        await serving(made)
        await half_for(made, made.release_from(broken, "broken"))
        load = Load(made.url, rate=100)
        load.start()
        await asyncio.sleep(1)
        report = load.stop()
        await asyncio.sleep(FLUSHED_SECONDS)
        _, canary = await arms(made)
        assert canary.requests == report.failed > 0
        assert canary.errors
        assert summed(canary) == (canary.requests, 0)
        assert timed(canary) == 0


class TestLatency:
    async def test_every_request_is_in_one_bucket_since_the_router_runs(self, made: Greeter) -> None:
        await serving(made)
        arm = await stable_arm(made)
        async with httpx.AsyncClient() as user:
            for total in (30, 60):
                for _ in range(30):
                    await user.get(made.url)
                arm = await all_timed(made, total)
        bounds = [bound for bound, _ in arm.latency_buckets if bound is not None]
        assert len(bounds) == len(arm.latency_buckets)
        assert bounds == sorted(set(bounds))

    async def test_a_slow_request_is_in_the_bucket_of_its_time(self, made: Greeter) -> None:
        release = made.release("1.4.0")
        await made.target.prepare(release, instances=1, operation="prepare")
        await made.target.promote(release, operation="promote")
        async with httpx.AsyncClient() as user:
            for _ in range(40):
                await user.get(made.url)
        arm = await all_timed(made, 40)
        slow = {bound: count for bound, count in arm.latency_buckets if bound is not None and bound > 300}
        assert sum(slow.values()) == 4
        assert min(bound for bound, count in slow.items() if count) == 500

    async def test_the_histogram_is_never_ahead_and_soon_complete(self, made: Greeter) -> None:
        await serving(made)
        load = Load(made.url, rate=200)
        load.start()
        for _ in range(10):
            await asyncio.sleep(0.1)
            arm = await stable_arm(made)
            assert 0 <= timed(arm) <= (arm.requests or 0)
        report = load.stop()
        await all_timed(made, report.requests)


class TestReplacing:
    @pytest.mark.parametrize("instances", [1, 2])
    async def test_users_do_not_feel_it(self, tmp_path: Path, instances: int) -> None:
        async with greeter(tmp_path, instances=instances) as made:
            release = await serving(made)
            load = Load(made.url, rate=150)
            load.start()
            for number in range(2):
                gone = names(await stable_arm(made))[0]
                await made.target.replace(release.digest, gone, operation=f"replace {number}")
                state = await made.target.observe()
                assert (state.losses, state.disturbances) == ((), ())
                assert state.stable is not None
                assert gone not in names(state.stable)
                assert state.stable.instances_ready == instances
                assert not isinstance(processes.status(made.folder / "instances" / gone), processes.Running)
            report = load.stop()
        assert report.failures == {}
        assert report.requests > 0

    async def test_an_instance_that_was_replaced_takes_its_counts_along(self, made: Greeter) -> None:
        release = await serving(made)
        async with httpx.AsyncClient() as user:
            for _ in range(40):
                await user.get(made.url)
        before = await stable_arm(made)
        gone, stays = before.instances
        await made.target.replace(release.digest, gone.instance, operation="replace")
        after = await stable_arm(made)
        assert after.requests == before.requests == 40
        assert after.instances[0] == stays
        assert (after.instances[1].requests, after.instances[1].errors) == (0, 0)

    async def test_a_replacement_that_was_begun_is_finished_by_the_next_control_plane(
        self, made: Greeter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        release = await serving(made)
        gone, stays = names(await stable_arm(made))

        async def killed(*_: object) -> None:
            raise asyncio.CancelledError

        with monkeypatch.context() as patched:
            patched.setattr(Upkeep, "start_all", killed)
            with pytest.raises(asyncio.CancelledError):
                await made.target.replace(release.digest, gone, operation="replace")
        await made.again().replace(release.digest, gone, operation="replace")
        state = await made.target.observe()
        assert state.losses == ()
        assert state.stable is not None
        assert state.stable.instances_ready == 2
        assert stays in names(state.stable)
        assert len(made.target._memory.read().instances) == 2

    async def test_where_the_new_one_does_not_get_ready_the_siblings_serve(self, tmp_path: Path) -> None:
        mark = tmp_path / "no-more"
        odd = tmp_path / "odd"
        shutil.copytree(RELEASES / "1.0.0", odd)
        code = (odd / "greeter.py").read_text()
        refuse = f"if __import__('os').path.exists({str(mark)!r}): raise SystemExit('no more of us')"
        (odd / "greeter.py").write_text(
            code.replace("def main() -> None:", f"def main() -> None:\n    {refuse}")
        )
        async with greeter(tmp_path, instances=2) as made:
            release = made.release_from(odd, "odd")
            await made.target.prepare(release, instances=None, operation="prepare")
            await made.target.promote(release, operation="promote")
            gone, stays = names(await stable_arm(made))
            mark.touch()
            load = Load(made.url, rate=100)
            load.start()
            with pytest.raises(RefusedError, match="no more of us"):
                await made.target.replace(release.digest, gone, operation="replace")
            assert names(await stable_arm(made)) == [stays]
            report = load.stop()
            assert report.failures == {}
            assert report.requests > 0
            mark.unlink()
            # It is still wanted, so the next look starts it.
            give_up_at = time.monotonic() + 10
            while (arm := (await made.target.observe()).stable) is None or arm.instances_ready < 2:
                assert time.monotonic() < give_up_at, arm
                await asyncio.sleep(0.1)
            assert gone not in names(arm)
