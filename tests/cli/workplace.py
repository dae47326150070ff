"""A folder with a service and its releases, and the real program run in it."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import psutil

from strandline.__main__ import Pages
from strandline.bootstrap import live_control_plane
from strandline.cli.main import run
from strandline.settings import Settings

PROGRAM = str(Path(sys.executable).with_name("strandline"))
RELEASES = Path(__file__).parents[2] / "examples" / "01-greeter" / "releases"
PATIENCE_SECONDS = 60.0
YAML = """\
service: greeter
owner: tests
environments:
  production:
    target:
      kind: local
      listen: 127.0.0.1:{port}
      command: [python3, "{{release}}/greeter.py", --port, "{{port}}"]
      ready: {{path: /ready, within: 6s}}
      drain: 1s
    rollout:
      strategy: canary
      look_every: 200ms
      stages:
        - {{share: 50%, bake: 1s, deadline: {deadline}}}
      when_undecided: {undecided}
      guards: {{errors: {{floor: 10%, ceiling: 30%}}}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Workplace:
    folder: Path
    port: int = field(default_factory=free_port)

    def describe(self, *, deadline: str = "60s", undecided: str = "pause") -> None:
        text = YAML.format(port=self.port, deadline=deadline, undecided=undecided)
        (self.folder / "strandline.yaml").write_text(text)

    def release(self, version: str) -> str:
        """Return a release folder of the greeter, beside the service's file."""
        place = self.folder / "releases" / version
        if not place.exists():
            shutil.copytree(RELEASES / version, place)
        return f"releases/{version}"

    @property
    def home(self) -> Path:
        return self.folder / ".strandline"

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end in this process, which has loaded everything already."""
        out, err = StringIO(), StringIO()
        stdin = TextIOWrapper(BytesIO(given.encode()))
        with chdir(self.folder), redirect_stdout(out), redirect_stderr(err), mock.patch("sys.stdin", stdin):
            code = run(arguments, make_pages=Pages)
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    def program(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as the program that it is."""
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS * 2,
        )

    def json(self, *arguments: str) -> Any:
        """Run a command with `--json` in this process, and read its document: there must be exactly one."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that goes on; its output goes into files."""
        name = arguments[0]
        with (self.folder / f"{name}.out").open("w") as out, (self.folder / f"{name}.err").open("w") as err:
            return subprocess.Popen(
                [PROGRAM, *arguments],
                cwd=self.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                text=True,
            )

    def written(self, name: str) -> str:
        return (self.folder / name).read_text()

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[str]]:
        """Run a control plane."""
        process = self.start("serve", "--port", "0")
        try:
            wait_until(lambda: "answers at" in self.written("serve.out") or process.poll() is not None)
            assert process.poll() is None, self.written("serve.err")
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)

    def address(self) -> str:
        """Return where the control plane of this home answers; empty if none runs."""
        return live_control_plane(Settings(home=self.home))

    @contextmanager
    def users(self) -> Iterator[None]:
        """Let users come until the block ends."""
        stop = threading.Event()

        def come() -> None:
            with httpx.Client(trust_env=False) as client:
                while not stop.is_set():
                    with contextlib.suppress(httpx.HTTPError):
                        client.get(f"http://127.0.0.1:{self.port}/hello?name=Ada")
                    stop.wait(0.005)

        threads = [threading.Thread(target=come) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def version(self) -> str:
        """Return which release a user meets."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/hello", trust_env=False)
        return str(answer.json()["version"])

    def clear_up(self) -> None:
        """Stop everything that runs below this folder."""
        for _ in range(5):
            ours = [process for process in psutil.process_iter(["cmdline"]) if self._is_ours(process)]
            for process in ours:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(ours, timeout=5)
            if not ours:
                return

    def _is_ours(self, process: psutil.Process) -> bool:
        return any(str(self.folder) in word for word in process.info["cmdline"] or [])


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("STRANDLINE_")}


def wait_until(is_so: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < give_up_at, "it did not come to that"
        time.sleep(0.05)
