"""The demo, as a new user runs it: everything is real, and everything must come out as it says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil

LONGEST_SECONDS = 300
"""Twice what the demo promises: the machine that tests it may be busy."""


def test_the_demo_comes_out_as_it_says_and_leaves_nothing_running(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("strandline")
    home = tmp_path / "home"
    run = subprocess.run(
        [program, "demo", "--no-browser", "--json", "--home", str(home)],
        cwd=tmp_path,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr + run.stdout
    story = json.loads(run.stdout)
    ends = [(it["deployment"]["release"]["version"], it["deployment"]["outcome"]) for it in story["chapters"]]
    assert ends == [
        ("1.1.0", "succeeded"),
        ("1.2.0", "rolled-back"),
        ("1.3.0", "failed"),
        ("1.4.0", "rolled-back"),
        ("1.5.0", "succeeded"),
        ("1.6.0", "succeeded"),
    ]
    assert story["faults"] == []
    good, bad, never_ready, slow, bad_host, in_an_incident = story["chapters"]
    assert all(it["requests"] > 0 for it in story["chapters"])
    assert good["failed"] == never_ready["failed"] == slow["failed"] == 0
    # It fails for users too, but only for as long as it took to notice.
    assert 0 < bad["failed"] < bad["requests"] / 10
    assert 0 < bad_host["failed"] < bad_host["requests"] / 10
    assert in_an_incident["failed"] > 0
    assert "took longer than" in slow["deployment"]["outcomeReason"]
    again = subprocess.run(
        [program, "verdict", slow["deployment"]["id"], "--json", "--home", story["home"]],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    assert all(look["agrees"] for look in json.loads(again.stdout)["looks"])
    left = [it for it in psutil.process_iter(["cmdline"]) if str(home) in " ".join(it.info["cmdline"] or [])]
    assert left == []
