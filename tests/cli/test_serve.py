"""The control plane as a program: who may have the home, who may have the port, and how it stops."""

import json
import signal
import time

import httpx
import pytest
from tests.cli.workplace import Workplace, wait_until

pytestmark = pytest.mark.scenario
QUICK_SECONDS = 8.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_answers_stops_when_it_is_told_to_and_traffic_runs_on(
    workplace: Workplace, number: signal.Signals
) -> None:
    process = workplace.start("serve", "--port", "0", "--json")
    try:
        wait_until(lambda: workplace.written("serve.out").endswith("}\n") or process.poll() is not None)
        said = json.loads(workplace.written("serve.out"))
        assert said["pid"] == process.pid
        health = httpx.get(f"{said['url']}/api/v1/health", trust_env=False).json()
        assert (health["status"], health["home"]) == ("ok", str(workplace.home))
        # An open stream has no end of its own; it must not hold up the end of everything else.
        with httpx.stream("GET", f"{said['url']}/api/v1/events", trust_env=False, timeout=30):
            began = time.monotonic()
            process.send_signal(number)
            assert process.wait(30) == 0
            assert time.monotonic() - began < QUICK_SECONDS
    finally:
        process.kill()
        process.wait()
    assert workplace.version() == "1.0.0"
    assert "Traceback" not in workplace.written("serve.err")
    json.loads(workplace.written("serve.out"))


def test_a_home_has_one_control_plane_and_a_port_one_listener(workplace: Workplace) -> None:
    with workplace.serving():
        second = workplace.run("serve", "--port", "0")
        assert second.returncode == 1
        assert "Another control plane runs on this home" in second.stderr
        port = workplace.address().rpartition(":")[2]
        elsewhere = workplace.run("serve", "--port", port, "--home", "elsewhere")
        assert elsewhere.returncode == 3
        assert "Address already in use" in elsewhere.stderr


def test_commands_ask_the_control_plane_that_runs(workplace: Workplace) -> None:
    with workplace.serving():
        overview = workplace.json("status")
        assert overview["services"][0]["entry"]["name"] == "greeter"
        assert workplace.json("services") == overview["services"]
        health = next(one for one in workplace.json("doctor")["findings"] if one["what"] == "control plane")
        assert health["health"] == "good"
        unknown = workplace.run("status", "greeter-99")
        assert unknown.returncode == 2
        assert "The newest are greeter-" in unknown.stderr


def test_a_rollout_is_taken_over_and_taken_back(workplace: Workplace) -> None:
    with workplace.serving():
        order = ("deploy", "greeter", workplace.release("1.1.0"), "--to", "production")
        begun = workplace.run(*order)
        assert begun.returncode == 0
        deployment = workplace.json("status")["deployments"][0]["id"]
        assert f"`strandline status {deployment}` tells how it goes." in begun.stdout
        wait_until(lambda: workplace.json("status", deployment)["status"] == "rolling-out")
        paused = workplace.json("pause", deployment, "--reason", "looks odd")
        assert paused["status"] == "paused"
        assert workplace.json("resume", deployment)["status"] == "rolling-out"
        promoted = workplace.json("promote", deployment)
        assert promoted["stages"][0]["decision"] == "promote"
        # The last stage has all traffic, and nobody comes: it is promoted by hand as well.
        workplace.run("promote", deployment)
        wait_until(lambda: "outcome" in workplace.json("status", deployment))
        assert workplace.version() == "1.1.0"
        late = workplace.run("abort", deployment)
        assert late.returncode == 1
        assert "has ended already" in late.stderr
        back = workplace.run("rollback", "greeter", "--reason", "a test")
        assert back.returncode == 0, back.stderr
        assert workplace.version() == "1.0.0"


def test_a_running_rollout_that_is_rolled_back_is_what_was_wanted(workplace: Workplace) -> None:
    with workplace.serving():
        workplace.run("deploy", "greeter", workplace.release("1.2.0"), "--to", "production", "--no-watch")
        back = workplace.run("rollback", "greeter", "--in", "production", "--json")
    assert back.returncode == 0
    assert json.loads(back.stdout)["outcome"] == "aborted"
    assert workplace.version() == "1.0.0"


def test_what_serves_already_is_refused_and_what_is_unknown_is_bad_input(workplace: Workplace) -> None:
    with workplace.serving():
        refused = workplace.run("deploy", "greeter", "1.0.0", "--to", "production")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "There is nothing to deploy." in refused.stderr
        unknown = workplace.run("deploy", "greeter", "9.9.9", "--to", "production")
        assert unknown.returncode == 2
        assert "No releases of greeter match" in unknown.stderr
        nowhere = workplace.run("plan", "greeter", "1.1.0", "--to", "moon", "--json")
        assert nowhere.returncode == 2
        assert json.loads(nowhere.stdout)["error"]["remedy"] == "It has production."


def test_a_plan_is_the_same_with_and_without_a_control_plane(workplace: Workplace) -> None:
    asked = ("plan", "greeter", workplace.release("1.1.0"), "--to", "production")
    alone = workplace.program(*asked, "--json")
    assert alone.returncode == 0, alone.stderr
    with workplace.serving():
        assert workplace.json(*asked) == json.loads(alone.stdout)
        told = workplace.run(*asked).stdout
    assert "It would take over from 1.0.0" in told
    assert told.endswith("Nothing stands in the way.\n")
