"""A whole control plane in memory, with simulated users and virtual time: a rollout takes milliseconds."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from strandline.analysis.judge import RolloutJudge
from strandline.engine.ports import WorkflowStatus
from strandline.rollout.bell import Bell
from strandline.rollout.control_plane import ControlPlane
from strandline.rollout.custody import Custody
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.desk import Desk
from strandline.rollout.keeper import Keeper
from strandline.rollout.order import DeploymentOrder
from strandline.rollout.planning import Planner
from strandline.rollout.surroundings import Surroundings
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_engine import MemoryEngine, MemoryEngineStore
from strandline.testing.memory_ledger import MemoryLedger
from strandline.testing.simulated_metrics import SimulatedMetrics
from strandline.testing.simulated_target import SimulatedTargets, SimulatedWorld
from strandline.vocabulary.deployment import Action
from strandline.vocabulary.release import Commit

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLACE = "greeter/production"
YAML = """\
service: greeter
owner: team-web
environments:
  production:
    target: {kind: local, listen: "127.0.0.1:8080", command: [./serve, "{port}"], instances: 4}
    rollout: %s
"""


class VirtualBell(Bell):
    """A bell whose waits take no time: they move the clock instead, as far as they would have lasted."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self.waits = 0
        self.at_wait: dict[int, Any] = {}
        """What happens during the n-th wait."""

    async def wait(self, name: str, *, at_most: timedelta) -> None:
        del name
        self.waits += 1
        happening = self.at_wait.pop(self.waits, None)
        if happening is not None:
            await asyncio.to_thread(happening)
        self._clock.advance(at_most)
        await asyncio.sleep(0)


class FolderStore:
    """Releases by name: the digest of folder `1.1.0` is made of its name, and nothing is copied."""

    def digest(self, folder: Path) -> str:
        return folder.name.encode().hex().ljust(64, "0")

    def keep(self, folder: Path) -> str:
        return self.digest(folder)

    def folder(self, digest: str) -> Path:
        return Path(bytes.fromhex(digest.rstrip("0")).decode())


class NoHistory:
    def commit_of(self, folder: Path) -> str:
        del folder
        return ""

    def version_of(self, folder: Path) -> str:
        del folder
        return ""

    def changes(self, folder: Path, *, since: str, until: str) -> tuple[Commit, ...] | None:
        del folder, since, until
        return None


class Trial:
    """One control plane over a simulated world; `restart` pretends that its process died."""

    def __init__(self, folder: Path, *, rollout: str = "{}") -> None:
        self.folder = folder
        self.clock = ManualClock(START)
        self.world = SimulatedWorld(7, self.clock)
        self.metrics = SimulatedMetrics()
        self.ledger = MemoryLedger(clock=self.clock)
        self.store = MemoryEngineStore()
        self.bell = VirtualBell(self.clock)
        self._assemble()
        self.plane.catalogue(YAML % rollout, file="strandline.yaml", actor="ada")

    def _assemble(self) -> None:
        self.desk = Desk(self.ledger, self.ledger.projections)
        targets = SimulatedTargets(self.world)
        self.around = Surroundings(
            ledger=self.ledger,
            clock=self.clock,
            targets=targets,
            make_judge=RolloutJudge,
            metrics=self.metrics,
            bell=self.bell,
            custody=Custody(),
            is_first_in_line=self.desk.is_first_in_line,
        )
        self.engine = MemoryEngine(self.store)
        planner = Planner(
            self.desk, releases=FolderStore(), history=NoHistory(), targets=targets, clock=self.clock
        )
        self.plane = ControlPlane(self.around, self.engine, self.desk, planner)
        self.keeper = Keeper(self.around, self.desk)
        self.engine.launch()
        self.plane.take_up()

    def restart(self) -> None:
        self.engine.kill()
        self._assemble()

    def close(self) -> None:
        self.engine.stop()

    def release(self, version: str) -> str:
        folder = self.folder / version
        folder.mkdir(exist_ok=True)
        return str(folder)

    def deploy(self, version: str, **changes: Any) -> DeploymentView:
        order = DeploymentOrder(service="greeter", environment="production", release=self.release(version))
        return self.plane.deploy(msgspec.structs.replace(order, **changes), actor="ada")

    def rolled_out(self, version: str, **changes: Any) -> DeploymentView:
        return self.ended(self.deploy(version, **changes).id)

    def ended(self, deployment_id: str, *, within_seconds: float = 20) -> DeploymentView:
        """Wait until it is over, and its workflow too: that tidies up after the end has been told."""

        def is_over(view: DeploymentView) -> bool:
            return not view.is_open and self.engine.status(deployment_id) is not WorkflowStatus.RUNNING

        return self.until(deployment_id, is_over, within_seconds=within_seconds)

    def until(self, deployment_id: str, condition: Any, *, within_seconds: float = 20) -> DeploymentView:
        give_up_at = time.monotonic() + within_seconds
        while time.monotonic() < give_up_at:
            view = self.desk.deployment(deployment_id)
            if condition(view):
                return view
            if self.engine.status(deployment_id) is WorkflowStatus.FAILED:
                raise AssertionError(self.engine.failure(deployment_id))
            time.sleep(0.005)
        msg = f"{deployment_id} did not come to that; it is {self.desk.deployment(deployment_id)}"
        raise AssertionError(msg)

    def ask(self, deployment_id: str, action: Action, *, actor: str = "bob", reason: str = "") -> None:
        self.plane.intervene(deployment_id, action, actor=actor, reason=reason)

    def types(self, deployment_id: str) -> list[str]:
        """Return what happened, without the prefix that all our types share."""
        return [
            record.event.type.removeprefix("dev.cdeventsx.strandline-").rsplit(".", 3)[0]
            for record in self.desk.events(deployment_id)
        ]


@contextmanager
def trial(folder: Path, *, rollout: str = "{}") -> Iterator[Trial]:
    running = Trial(folder, rollout=rollout)
    try:
        yield running
    finally:
        running.close()
