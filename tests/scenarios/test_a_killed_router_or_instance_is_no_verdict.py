"""`kill -9` of Envoy and of an instance during a rollout: named, handled, and no wrong verdict."""

import contextlib
import time
from pathlib import Path

import psutil
import pytest
from tests.scenarios.killed import Killed, felt, killing, under_load

from strandline.vocabulary.deployment import Outcome
from strandline.vocabulary.errors import NotFoundError

pytestmark = pytest.mark.scenario


def processes_of(killed: Killed, *words: str) -> list[psutil.Process]:
    """Return what runs under the home with all of these words in its command line, launchers left out."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        is_ours = str(killed.home) in line and all(word in line for word in words)
        if is_ours and "launcher" not in line:
            found.append(process)
    return found


def wait_until_exposed(killed: Killed, deployment: str) -> None:
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        with contextlib.suppress(NotFoundError):
            if killed.kinds(deployment)["stage.started"]:
                return
        time.sleep(0.1)
    msg = "the release was never exposed"
    raise AssertionError(msg)


def test_a_killed_instance_of_the_canary_is_named_and_the_good_release_promoted(tmp_path: Path) -> None:
    with killing(tmp_path) as killed:
        killed.run("1.0.0", "greeter-1")
        before = {process.pid for process in processes_of(killed, "greeter.py")}
        with under_load(killed) as load:
            control_plane = killed.start("1.1.0", "greeter-2")
            wait_until_exposed(killed, "greeter-2")
            canary = [it for it in processes_of(killed, "greeter.py") if it.pid not in before]
            canary[0].kill()
            view = killed.finish(control_plane)
        assert view.outcome is Outcome.SUCCEEDED, view.outcome_reason
        assert killed.kinds("greeter-2")["instance.lost"] == 1
        assert any("signal 9" in words for words in view.disturbances)
        # A request that the instance had begun to answer dies with it; no other may.
        assert sum(felt(load.report()).values()) <= 2
        assert killed.faults() == []


def test_a_killed_router_is_named_and_started_again_and_judges_nobody(tmp_path: Path) -> None:
    with killing(tmp_path) as killed:
        killed.run("1.0.0", "greeter-1")
        with under_load(killed) as load:
            control_plane = killed.start("1.1.0", "greeter-2")
            wait_until_exposed(killed, "greeter-2")
            (router,) = processes_of(killed, "/envoy")
            router.kill()
            view = killed.finish(control_plane)
            served_before = load.report().requests
            time.sleep(1)
            report = load.report()
        assert view.outcome is Outcome.SUCCEEDED, view.outcome_reason
        assert any("router" in words for words in view.disturbances)
        assert report.requests > served_before
        assert killed.kinds("greeter-2")["router.disturbed"] >= 1
        assert killed.faults() == []
