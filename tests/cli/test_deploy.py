"""Rollouts from the command line, for real: with a control plane, without one, and with one that dies."""

import signal

import pytest
from tests.cli.workplace import Workplace, wait_until

pytestmark = pytest.mark.scenario


def events_told(text: str) -> list[str]:
    return [written for written in text.splitlines() if written[:2].isdigit() and written[2] == ":"]


def test_without_a_control_plane_the_command_runs_the_rollout_itself(workplace: Workplace) -> None:
    assert workplace.version() == "1.0.0"
    assert workplace.address() == ""
    with workplace.users():
        document = workplace.program(
            "deploy",
            "greeter",
            workplace.release("1.1.0"),
            "--to",
            "production",
            "--reason",
            "a test",
            "--json",
        )
    assert document.returncode == 0, document.stderr
    assert document.stdout.startswith("{")
    assert '"outcome": "succeeded"' in document.stdout
    assert "Live at http://127.0.0.1:" in document.stderr
    assert workplace.version() == "1.1.0"
    view = workplace.json("status", "greeter-2")
    assert (view["outcome"], view["reason"]) == ("succeeded", "a test")
    assert "@" in view["requestedBy"]


def test_a_rollout_that_is_taken_back_ends_with_exit_code_1(workplace: Workplace) -> None:
    before = workplace.version()
    with workplace.users():
        done = workplace.program("deploy", "greeter", workplace.release("1.3.0"), "--to", "production")
    assert done.returncode == 1
    assert "✗ failed  The release did not get ready." in done.stdout
    assert events_told(done.stdout)[-1].endswith("No user met the release.")
    assert workplace.version() == before


def test_ctrl_c_says_what_goes_on_and_a_control_plane_takes_it_up(workplace: Workplace) -> None:
    release = "1.0.0" if workplace.version() != "1.0.0" else "1.1.0"
    process = workplace.start("deploy", "greeter", workplace.release(release), "--to", "production")
    wait_until(lambda: "is watched" in workplace.written("deploy.out"))
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert "stays at its present share until `strandline serve`" in workplace.written("deploy.err")
    assert "what is unfinished waits" in workplace.run("status").stderr
    unfinished = workplace.json("status")["deployments"][0]
    assert unfinished["status"] == "rolling-out"
    with workplace.serving(), workplace.users():
        watched = workplace.program("status", unfinished["id"], "--watch")
    assert watched.returncode == 0, watched.stderr
    assert workplace.version() == release


def test_a_control_plane_that_is_killed_is_replaced_by_whoever_watches(workplace: Workplace) -> None:
    release = "1.0.0" if workplace.version() != "1.0.0" else "1.1.0"
    with workplace.serving() as plane:
        arguments = ("deploy", "greeter", workplace.release(release), "--to", "production", "--watch")
        process = workplace.start(*arguments)
        wait_until(lambda: "is watched" in workplace.written("deploy.out"))
        plane.kill()
        with workplace.users():
            assert process.wait(90) == 0, workplace.written("deploy.err")
    assert "This command runs the rollout now" in workplace.written("deploy.err")
    told = events_told(workplace.written("deploy.out"))
    assert len(told) == len(set(told))
    assert workplace.version() == release
    proof = workplace.json("ledger", "verify")
    assert proof["faults"] == []
