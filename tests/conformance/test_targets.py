"""Each target keeps every promise of the port."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.adapters.greeter import RELEASES, Greeter, greeter

from strandline.rollout.ports import Target
from strandline.testing.simulated_target import SimulatedTargets, SimulatedWorld
from strandline.testing.target_conformance import TargetConformance, TargetTrial
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import Environment, LocalTargetPolicy, Service


class StandingClock:
    """Passes when it is told to."""

    def __init__(self) -> None:
        self.passed = timedelta()

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC) + self.passed

    def steady(self) -> timedelta:
        return self.passed


@dataclass(frozen=True, kw_only=True)
class SimulatedTrial(TargetTrial):
    world: SimulatedWorld
    clock: StandingClock
    service: Service

    def again(self) -> Target:
        return SimulatedTargets(self.world).of(self.service, self.service.environments["production"])

    async def let_requests_end(self) -> None:
        self.clock.passed += timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class LocalTrial(TargetTrial):
    greeter: Greeter

    def again(self) -> Target:
        return self.greeter.again()

    async def let_requests_end(self) -> None:
        async with httpx.AsyncClient() as users:
            for _ in range(200):
                (await users.get(self.greeter.url)).raise_for_status()


class TestSimulatedTarget(TargetConformance):
    @pytest.fixture
    def trial(self) -> TargetTrial:
        clock = StandingClock()
        world = SimulatedWorld(7, clock)
        world.never_ready.add("3")
        world.unusable.add("4")
        policy = LocalTargetPolicy(listen="127.0.0.1:1", command=())
        environment = Environment(name="production", target=policy)
        service = Service(name="greeter", owner="tests", environments={"production": environment})
        first, second, never_ready, unusable = (
            Release(service="greeter", digest=number * 64, version=number) for number in "1234"
        )
        return SimulatedTrial(
            target=SimulatedTargets(world).of(service, environment),
            first=first,
            second=second,
            never_ready=never_ready,
            unusable=unusable,
            world=world,
            clock=clock,
            service=service,
        )


class TestLocalTarget(TargetConformance):
    @pytest.fixture
    async def trial(self, tmp_path: Path) -> AsyncIterator[TargetTrial]:
        empty = tmp_path / "empty"
        empty.mkdir()
        shutil.copy(RELEASES / "1.0.0" / "release.yaml", empty)
        async with greeter(tmp_path, within=1.5) as made:
            yield LocalTrial(
                target=made.target,
                first=made.release("1.0.0"),
                second=made.release("1.1.0"),
                never_ready=made.release("1.3.0"),
                unusable=made.release_from(empty, "0"),
                greeter=made,
            )
