"""What a control plane carries: many rollouts in flight at once, and what it costs when nothing happens.

    python benchmarks/rollouts.py [--quick] [--rollouts N]

The ledger, the engine, the workflow and the judge are the real ones, on SQLite; only the targets are
simulated, each with users of its own. Prints tables and, without `--quick`, writes them to
`benchmarks/results/rollouts.md`.
"""

import argparse
import itertools
import os
import platform
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import psutil

from strandline.adapters.dbos_engine import DbosEngine
from strandline.adapters.git_history import GitHistory
from strandline.adapters.release_store import FolderReleaseStore
from strandline.adapters.system_clock import SystemClock
from strandline.analysis.judge import RolloutJudge
from strandline.bootstrap import open_ledger
from strandline.engine.ports import WorkflowStatus
from strandline.rollout.bell import Bell
from strandline.rollout.control_plane import ControlPlane
from strandline.rollout.custody import Custody
from strandline.rollout.desk import Desk
from strandline.rollout.keeper import Keeper
from strandline.rollout.order import DeploymentOrder
from strandline.rollout.planning import Planner
from strandline.rollout.surroundings import Surroundings
from strandline.settings import Settings
from strandline.testing.simulated_metrics import SimulatedMetrics
from strandline.testing.simulated_target import SimulatedTargets, SimulatedWorld
from strandline.vocabulary.deployment import Outcome
from strandline.vocabulary.exposure import AnalysisMeasured

RESULTS = Path(__file__).parent / "results" / "rollouts.md"
YAML = """\
service: s{number}
owner: benchmark
environments:
  production:
    target: {{kind: local, listen: "127.0.0.1:1", command: [./serve]}}
    rollout:
      look_every: 1s
      stages: [{{share: 10%, bake: {bake}s, deadline: 10m}}, {{share: 50%, bake: {bake}s, deadline: 10m}}]
"""


class Meter:
    """Processor time of this process since it was made."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._busy = self._cpu()
        self._begun = time.perf_counter()

    def _cpu(self) -> float:
        used = self._process.cpu_times()
        return float(used.user + used.system)

    @property
    def seconds(self) -> float:
        """How long it has been measuring."""
        return time.perf_counter() - self._begun

    @property
    def cores(self) -> float:
        """Cores kept busy, on average."""
        return (self._cpu() - self._busy) / self.seconds

    @property
    def mebibytes(self) -> float:
        """Resident memory now."""
        return float(self._process.memory_info().rss) / 2**20


@dataclass
class Plant:
    """A control plane over a simulated world, in a home of its own."""

    home: Path

    def __post_init__(self) -> None:
        clock = SystemClock()
        self.ledger = open_ledger(Settings(home=self.home), clock)
        self.world = SimulatedWorld(1, clock)
        self.desk = Desk(self.ledger, self.ledger.projections)
        targets = SimulatedTargets(self.world)
        around = Surroundings(
            ledger=self.ledger,
            clock=clock,
            targets=targets,
            make_judge=RolloutJudge,
            metrics=SimulatedMetrics(),
            bell=Bell(),
            custody=Custody(),
            is_first_in_line=self.desk.is_first_in_line,
        )
        self.engine = DbosEngine(Settings(home=self.home).engine_url)
        releases = FolderReleaseStore(self.home / "releases")
        planner = Planner(self.desk, releases=releases, history=GitHistory(), targets=targets, clock=clock)
        self.plane = ControlPlane(around, self.engine, self.desk, planner)
        self.keeper = Keeper(around, self.desk)
        self.engine.launch()

    def release(self, version: str) -> str:
        """Make a release folder."""
        folder = self.home / "made" / version
        folder.mkdir(parents=True)
        (folder / "release.yaml").write_text(f"version: {version}\n")
        return str(folder)

    def catalogue(self, count: int, bake: int) -> None:
        """Make this many services known."""
        for number in range(count):
            self.plane.catalogue(YAML.format(number=number, bake=bake), file="bench.yaml", actor="bench")

    def deploy_everywhere(self, count: int, release: str) -> list[str]:
        """Order a release for every service; return the deployments."""
        orders = [
            DeploymentOrder(service=f"s{number}", environment="production", release=release)
            for number in range(count)
        ]
        return [self.plane.deploy(order, actor="bench").id for order in orders]

    def wait(self, deployments: list[str]) -> None:
        """Wait until all of them have ended."""
        while any(self.engine.status(each) is WorkflowStatus.RUNNING for each in deployments):
            time.sleep(0.5)

    def close(self) -> None:
        """Stop, and let go of the ledger."""
        self.engine.stop()
        self.ledger.close()


def lateness_ms(plant: Plant, after: int) -> list[float]:
    """How much later than a second after the look before each look came, in milliseconds."""
    looks: dict[tuple[str, int], list[float]] = defaultdict(list)
    for record in plant.ledger.read(after=after, types=(AnalysisMeasured.TYPE,)):
        stage = int(str(record.event.content["stage"]))
        looks[record.event.chain_id, stage].append(record.event.occurred_at.timestamp())
    return [
        1000 * (later - earlier - 1)
        for times in looks.values()
        for earlier, later in itertools.pairwise(times)
    ]


def in_flight(count: int, bake: int) -> str:
    """Return the row for this many rollouts at once."""
    with tempfile.TemporaryDirectory() as folder:
        plant = Plant(Path(folder))
        try:
            plant.catalogue(count, bake)
            first, second = plant.release("1.0.0"), plant.release("1.1.0")
            plant.wait(plant.deploy_everywhere(count, first))
            head = plant.ledger.head().seq
            meter = Meter()
            deployments = plant.deploy_everywhere(count, second)
            plant.wait(deployments)
            seconds, cores, memory = meter.seconds, meter.cores, meter.mebibytes
            outcomes = [plant.desk.deployment(each).outcome for each in deployments]
            late = sorted(lateness_ms(plant, head))
            events = plant.ledger.head().seq - head
            promoted = sum(outcome is Outcome.SUCCEEDED for outcome in outcomes)
            return (
                f"| {count} | {promoted} | {seconds:.0f} s "
                f"| {len(late) / seconds:.0f} | {events / seconds:.0f} "
                f"| {statistics.median(late):.0f} ms | {late[int(0.99 * len(late))]:.0f} ms "
                f"| {cores:.0%} | {memory:.0f} |"
            )
        finally:
            plant.close()


def idle(seconds: float) -> str:
    """Return the row for a control plane that has nothing to do."""
    with tempfile.TemporaryDirectory() as folder:
        plant = Plant(Path(folder))
        try:
            plant.keeper.start()
            time.sleep(2)
            meter = Meter()
            time.sleep(seconds)
            row = f"| {meter.cores:.1%} | {meter.mebibytes:.0f} MiB | {threading.active_count()} |"
            plant.keeper.stop()
            return row
        finally:
            plant.close()


def main() -> None:
    """Measure, print, and keep the tables unless it was a quick look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small loads, nothing written")
    parser.add_argument("--rollouts", type=int, nargs="*")
    arguments = parser.parse_args()
    counts = arguments.rollouts or ([10] if arguments.quick else [50, 200])
    bake = 5 if arguments.quick else 20
    lines = [
        "# Rollouts at once",
        "",
        "Command: `python benchmarks/rollouts.py`.",
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, SQLite.",
        "Everything runs in one process, the simulated users too.",
        "",
        "| at once | promoted | all ended in | looks/s | events/s | late, median | late, 99 % | busy | MiB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [in_flight(count, bake) for count in counts]
    lines += ["", "Idle control plane:", "", "| of a core | memory | threads |", "|---|---|---|"]
    lines += [idle(5 if arguments.quick else 30)]
    text = "\n".join(lines) + "\n"
    print(text)
    if not arguments.quick:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
