"""A rollout under load whose control plane is killed over and over; and what must then be true of it."""

import contextlib
import multiprocessing
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import msgspec
import psutil
from tests.scenarios.control_plane_process import Errand, run

from strandline.bootstrap import assemble_reader
from strandline.rollout.deployment_view import DeploymentView
from strandline.settings import Settings
from strandline.testing.load import Load, LoadReport

ROOT = Path(__file__).parents[2]
RELEASES = ROOT / "examples" / "01-greeter" / "releases"
RATE = 100.0
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.scenarios.control_plane_process"])
YAML = """\
service: greeter
owner: tests
environments:
  production:
    target:
      kind: local
      listen: 127.0.0.1:{port}
      command: [python3, "{{release}}/greeter.py", --port, "{{port}}"]
      instances: 2
      ready: {{path: /ready, within: 20s}}
      drain: 1s
    rollout:
      strategy: canary
      look_every: 500ms
      stages:
        - {{share: 20%, bake: 1s, deadline: 5m}}
        - {{share: 50%, bake: 1s, deadline: 5m}}
      guards: {{errors: {{floor: 4%, ceiling: 20%}}}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Killed:
    """One home, one service, users that never stop, and control planes that die."""

    folder: Path
    port: int = field(default_factory=free_port)
    kills: int = 0

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hello?name=tide"

    def start(self, version: str, deployment: str, *, kill_at: str = "") -> ForkServerProcess:
        """Start a control plane. Its imports are done already, in the process that it is forked from."""
        file = self.folder / "strandline.yaml"
        file.write_text(YAML.format(port=self.port))
        self.result.unlink(missing_ok=True)
        errand = Errand(
            home=self.home,
            service_file=file,
            release=RELEASES / version,
            deployment=deployment,
            result=self.result,
            complaints=self.complaints,
            kill_at=kill_at,
        )
        process = FORKS.Process(target=run, args=(errand,))
        process.start()
        return process

    def finish(self, process: ForkServerProcess) -> DeploymentView:
        """Let a control plane live to the end of the deployment."""
        process.join(120)
        assert process.exitcode == 0, self._complaint(process)
        return msgspec.json.decode(self.result.read_bytes(), type=DeploymentView)

    def run(self, version: str, deployment: str) -> DeploymentView:
        """Let a control plane begin, and live to the end of the deployment."""
        return self.finish(self.start(version, deployment))

    def killed_at(self, version: str, deployment: str, point: str) -> bool:
        """Let a control plane die at a point; False if it lived to the end without coming there."""
        process = self.start(version, deployment, kill_at=point)
        process.join(120)
        assert process.exitcode in (0, -signal.SIGKILL), self._complaint(process)
        self.kills += process.exitcode == -signal.SIGKILL
        return process.exitcode == -signal.SIGKILL

    def killed_after(self, version: str, deployment: str, seconds: float) -> bool:
        """Kill a control plane after some time; False if it had ended by then."""
        process = self.start(version, deployment)
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            self.kills += 1
            return True
        assert process.exitcode == 0, self._complaint(process)
        return False

    @property
    def result(self) -> Path:
        return self.folder / "view.json"

    @property
    def complaints(self) -> Path:
        return self.folder / "complaints.log"

    def _complaint(self, process: ForkServerProcess) -> str:
        text = self.complaints.read_text() if self.complaints.exists() else ""
        return f"exit code {process.exitcode}\n{text}"

    def faults(self) -> list[str]:
        reader = assemble_reader(Settings(home=self.home))
        try:
            return [str(fault) for fault in reader.ledger.verify().faults]
        finally:
            reader.close()

    def kinds(self, deployment: str) -> Counter[str]:
        """Count what happened, looks left out."""
        reader = assemble_reader(Settings(home=self.home))
        try:
            types = [record.event.type.rsplit(".", 3)[0] for record in reader.desk.events(deployment)]
        finally:
            reader.close()
        return Counter(kind.rsplit("strandline-", 1)[-1] for kind in types if "measured" not in kind)

    def instances_started(self) -> Counter[str]:
        """Count how often an instance of each version said that it listens: each is one real process."""
        logs = self.home.glob("targets/greeter/production/instances/**/*")
        texts = [log.read_text(errors="replace") for log in logs if log.is_file() and log.stat().st_size]
        lines = [line for text in texts for line in text.splitlines() if " listens at " in line]
        return Counter(line.split()[1] for line in lines)

    def greeters(self) -> Counter[str]:
        """Count the instances that run now, by the version in their release folder."""
        running: Counter[str] = Counter()
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            scripts = [word for word in words if word.startswith(str(self.home)) and "greeter.py" in word]
            is_launcher = any("launcher" in word for word in words)
            if scripts and not is_launcher:
                text = Path(scripts[0]).read_text()
                running[text.split('VERSION = "')[1].split('"')[0]] += 1
        return running

    def clear_up(self) -> None:
        """Stop everything that was started under the home."""
        for _ in range(5):
            ours = [
                process
                for process in psutil.process_iter(["cmdline"])
                if any(str(self.home) in word for word in process.info["cmdline"] or [])
            ]
            for process in ours:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(ours, timeout=5)
            if not ours:
                return


@contextmanager
def under_load(killed: Killed) -> Iterator[Load]:
    """Users at a steady rate, from when the service first answers."""
    load = Load(killed.url, rate=RATE)
    load.start()
    try:
        yield load
    finally:
        load.stop()


@contextmanager
def killing(folder: Path) -> Iterator[Killed]:
    killed = Killed(folder)
    try:
        yield killed
    finally:
        killed.clear_up()


def felt(report: LoadReport, *, bad: str = "") -> dict[str, int]:
    """Return how requests failed, but for the 500s that a bad release gives by itself."""
    return {how: count for how, count in report.failures.items() if not (bad and how == "500")}
