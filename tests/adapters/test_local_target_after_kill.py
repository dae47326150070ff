"""A control plane that is killed with -9, wherever, leaves a target that the next one finds and finishes."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.adapters.greeter import policy_at, target_of
from tests.adapters.local_victim import roll_out

from strandline.adapters import listening
from strandline.adapters.local_target import LocalTarget
from strandline.adapters.release_store import FolderReleaseStore
from strandline.testing.load import Load
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Place:
    home: Path
    listen: str
    target: LocalTarget

    def run_victim(self, moment: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.adapters.local_victim", str(self.home), self.listen, str(moment)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def processes(self) -> dict[str, int]:
        """Count what runs below the target's folder, by the process's folder."""
        mark = f"STRANDLINE_INSTANCE={self.home}/target/".encode()
        found: dict[str, int] = {}
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            try:
                variables = Path(entry.path, "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            for variable in variables:
                if variable.startswith(mark):
                    name = variable.rpartition(b"/")[2].decode()
                    found[name] = found.get(name, 0) + 1
        return found


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    listen = f"127.0.0.1:{listening.free_port(())}"
    store = FolderReleaseStore(tmp_path / "releases")
    target = target_of(policy_at(listen, instances=2, drain=1), store, tmp_path / "target")
    made = Place(home=tmp_path, listen=listen, target=target)
    yield made
    await target.stop()
    assert made.processes() == {}


async def assert_finished(place: Place) -> None:
    """Take up the work where it was left: what runs is what is wanted, once each, and nothing else."""
    await roll_out(place.home, place.listen)
    state = await place.target.observe()
    assert state.losses == ()
    assert state.stable is not None
    assert state.canary is not None
    assert (state.stable.weight_bp, state.stable.instances_ready) == (ALL_TRAFFIC_BP, 2)
    assert (state.canary.weight_bp, state.canary.instances_ready) == (0, 1)
    wanted = {instance.name: 1 for instance in place.target._memory.read().instances}
    running = place.processes()
    routers = {name for name in running if name.startswith("run-")}
    assert len(routers) == 1
    assert running == {**wanted, **dict.fromkeys(routers, 1)}


# A sample of the some 690 moments; STRANDLINE_EVERY_MOMENT=1 goes through all of them.
SAMPLE = (1, 9, 25, 40, 60, 90, 130, 180, 240, 300, 360, 420, 480, 490, 500, 540, 590, 630, 670)
MOMENTS = range(1, 750) if os.environ.get("STRANDLINE_EVERY_MOMENT") else SAMPLE


@pytest.mark.parametrize("moment", MOMENTS)
async def test_what_was_left_half_done_is_finished(place: Place, moment: int) -> None:
    victim = place.run_victim(moment)
    if victim.returncode == 0:
        pytest.skip("there are fewer moments")
    assert victim.returncode == -signal.SIGKILL, victim.stderr
    await assert_finished(place)


async def test_users_are_served_while_nobody_controls(place: Place) -> None:
    await roll_out(place.home, place.listen)
    before = place.processes()
    load = Load(f"http://{place.listen}/hello", rate=100)
    load.start()
    assert place.run_victim(30).returncode == -signal.SIGKILL
    assert place.run_victim(60).returncode == -signal.SIGKILL
    report = load.stop()
    assert report.failures == {}
    assert report.requests > 50
    await assert_finished(place)
    assert {name for name in before if name.startswith("run-")} <= set(place.processes())
