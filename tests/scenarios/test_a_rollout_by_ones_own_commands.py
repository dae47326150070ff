"""The second example, as its reader would try it: a first release, a good one, and one that fails.

Commands, router, traffic and judgement are real; the ledger and the engine are the ones in memory, since
what they outlive is tested elsewhere.
"""

import asyncio
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from strandline.adapters.git_history import GitHistory
from strandline.adapters.release_store import FolderReleaseStore
from strandline.adapters.targets import MachineTargets
from strandline.analysis.judge import RolloutJudge
from strandline.rollout.bell import Bell
from strandline.rollout.control_plane import ControlPlane
from strandline.rollout.custody import Custody
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.desk import Desk
from strandline.rollout.order import DeploymentOrder
from strandline.rollout.planning import Planner
from strandline.rollout.surroundings import Surroundings
from strandline.testing.load import Load
from strandline.testing.memory_engine import MemoryEngine, MemoryEngineStore
from strandline.testing.memory_ledger import MemoryLedger
from strandline.testing.simulated_metrics import SimulatedMetrics
from strandline.vocabulary.deployment import Outcome

EXAMPLE = Path(__file__).parents[2] / "examples" / "02-own-commands"

pytestmark = pytest.mark.scenario


class MachineClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> timedelta:
        return timedelta(seconds=time.monotonic())


@dataclass(frozen=True)
class Example:
    home: Path
    url: str
    plane: ControlPlane

    def deploy(self, version: str) -> DeploymentView:
        release = str(self.home / "releases" / version)
        order = DeploymentOrder(service="greeter", environment="production", release=release)
        view = self.plane.deploy(order, actor="tests")
        give_up_at = time.monotonic() + 120
        while view.is_open:
            assert time.monotonic() < give_up_at, view
            time.sleep(0.05)
            view = self.plane.deployment(view.id)
        return view


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Example]:
    home = tmp_path / "service"
    shutil.copytree(EXAMPLE, home, ignore=shutil.ignore_patterns("state", ".strandline"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("GREETER_PORT", str(port))
    clock = MachineClock()
    ledger = MemoryLedger(clock=clock)
    desk = Desk(ledger, ledger.projections)
    releases = FolderReleaseStore(tmp_path / "kept")
    targets = MachineTargets(
        releases=releases, folder_of=lambda *names: tmp_path.joinpath("targets", *names), clock=clock
    )
    around = Surroundings(
        ledger=ledger,
        clock=clock,
        targets=targets,
        make_judge=RolloutJudge,
        metrics=SimulatedMetrics(),
        bell=Bell(),
        custody=Custody(),
        is_first_in_line=desk.is_first_in_line,
    )
    engine = MemoryEngine(MemoryEngineStore())
    planner = Planner(desk, releases=releases, history=GitHistory(), targets=targets, clock=clock)
    plane = ControlPlane(around, engine, desk, planner)
    engine.launch()
    file = home / "strandline.yaml"
    service = plane.catalogue(file.read_text(), file=str(file), actor="tests")
    yield Example(home, f"http://127.0.0.1:{port}/", plane)
    engine.stop()
    asyncio.run(targets.of(service, service.environments["production"]).stop())


def test_a_good_release_is_promoted_and_a_bad_one_is_rolled_back(example: Example) -> None:
    first = example.deploy("1.0.0")
    assert first.outcome is Outcome.SUCCEEDED, first
    load = Load(example.url, rate=150)
    load.start()
    try:
        good = example.deploy("1.1.0")
        bad = example.deploy("1.2.0")
    finally:
        report = load.stop()
    assert good.outcome is Outcome.SUCCEEDED, good
    assert bad.outcome is Outcome.ROLLED_BACK, bad
    # Nobody met an error but those who met the bad release, and they were few.
    assert set(report.failures) <= {"500"}, report
    assert report.failed < report.requests / 50
