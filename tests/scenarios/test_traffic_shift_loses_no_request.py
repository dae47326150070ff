"""Two hundred requests a second, twenty changes of weight, several returns: nobody notices."""

import asyncio
import statistics
import time
from pathlib import Path

import pytest
from tests.adapters.greeter import MachineClock, greeter

from strandline.testing.load import Load
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

RATE = 200
CHANGES = (500, 1_000, 2_500, 5_000, 7_500, 9_900, ALL_TRAFFIC_BP, 5_000, 100, 0) * 2
RESTORES = 7
SECONDS_TO_STABLE = 1.0


@pytest.mark.scenario
async def test_no_request_is_lost_while_traffic_is_moved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = MachineClock()
    async with greeter(tmp_path, instances=2) as made:
        target, stable, canary = made.target, made.release("1.0.0"), made.release("1.1.0")
        await target.prepare(stable, instances=None, operation="1")
        await target.promote(stable, operation="2")
        load = Load(made.url, rate=RATE, clock=clock)
        load.start()
        await target.prepare(canary, instances=None, operation="3")
        for number, weight in enumerate(CHANGES):
            await target.shift(canary, weight, operation=f"shift {number}")
            await asyncio.sleep(0.2)

        at_router: list[float] = []
        at_users: list[float] = []
        for number in range(RESTORES):
            await target.shift(canary, 5_000, operation=f"again {number}")
            await asyncio.sleep(0.5)
            decided = clock.steady()
            restored = await target.restore(operation=f"restore {number}")
            at_router.append((clock.steady() - decided).total_seconds())
            assert restored.weight_bp == 0
            await asyncio.sleep(0.5)
            last_seen = load.last_seen("1.1.0")
            assert last_seen is not None
            # Answers that were under way at the decision may come after it; none that began later may.
            at_users.append(max((last_seen - decided).total_seconds(), 0.0))
            seen_then = load.report().by_version["1.1.0"]
            await asyncio.sleep(0.3)
            assert load.report().by_version["1.1.0"] == seen_then

        await target.shift(canary, ALL_TRAFFIC_BP, operation="all")
        await target.promote(canary, operation="promote")
        await target.prepare(canary, instances=3, operation="more")
        await target.prepare(canary, instances=1, operation="fewer")
        await target.retire(stable.digest, operation="retire")
        await asyncio.sleep(0.5)
        report = load.stop()
        state = await target.observe()

    median_router, median_users = statistics.median(at_router), statistics.median(at_users)
    with capsys.disabled():
        print(
            f"\n{report.requests} requests at {RATE}/s, {len(CHANGES) + RESTORES} shifts, {RESTORES} "
            f"returns, promotion, scaling, retirement: {report.failed} failed; p50 {report.p50_ms:.1f} ms, "
            f"p99 {report.p99_ms:.1f} ms\n"
            f"decision to all traffic on stable, median of {RESTORES}: {median_router * 1000:.0f} ms "
            f"at the router (worst {max(at_router) * 1000:.0f}), {median_users * 1000:.0f} ms at the users "
            f"(worst {max(at_users) * 1000:.0f})"
        )
    assert report.failures == {}
    assert report.requests > RATE * 8
    assert report.by_version.keys() == {"1.0.0", "1.1.0"}
    assert state.losses == ()
    assert median_router < SECONDS_TO_STABLE
    assert median_users < SECONDS_TO_STABLE


@pytest.mark.scenario
async def test_a_share_is_what_users_get(tmp_path: Path) -> None:
    async with greeter(tmp_path) as made:
        target, stable, canary = made.target, made.release("1.0.0"), made.release("1.1.0")
        await target.prepare(stable, instances=None, operation="1")
        await target.promote(stable, operation="2")
        await target.prepare(canary, instances=None, operation="3")
        await target.shift(canary, 2_500, operation="4")
        load = Load(made.url, rate=400)
        load.start()
        give_up_at = time.monotonic() + 30
        while load.report().requests < 2_000 and time.monotonic() < give_up_at:  # noqa: ASYNC110 - a thread's
            await asyncio.sleep(0.1)
        report = load.stop()
        state = await target.observe()
    share = report.by_version["1.1.0"] / report.requests
    # Five standard deviations of a binomial share of a quarter among two thousand.
    assert abs(share - 0.25) < 5 * (0.25 * 0.75 / 2_000) ** 0.5
    assert state.stable is not None
    assert state.canary is not None
    assert state.stable.requests == report.by_version["1.0.0"]
    assert state.canary.requests == report.by_version["1.1.0"]
