"""`kill -9` of the control plane, at each step boundary and at random instants of a rollout under load."""

import random
from pathlib import Path

import pytest
from tests.scenarios.killed import Killed, felt, killing, under_load

from strandline.vocabulary.deployment import Outcome

pytestmark = pytest.mark.scenario

BEGIN = ("take turn", "ask gates", "prepare", "heed", "shift", "begin watching", "look")
GOOD = (*BEGIN, "promote", "look", "promote", "verify", "say delivered", "finish", "free turn")
# Until harm is shown, the bad release's way is the good one's.
BAD = ("roll-back", "restore", "verify", "say rolled back", "retire", "finish", "free turn")
INSTANTS = 25
ONCE = ("deployment.planned", "slot.taken", "deployment.started", "deployment.finished", "slot.freed")


def kill_at_every_boundary(killed: Killed, version: str, deployment: str, steps: tuple[str, ...]) -> None:
    missed = [
        f"{moment}:{step}"
        for step in steps
        for moment in ("before", "after", "remembered")
        if not killed.killed_at(version, deployment, f"{moment}:{step}#1")
    ]
    # Once a killed process has written the end, the next one has nothing left to come to a point with.
    assert set(missed) <= {"remembered:free turn"}


def each_effect_happened_once(killed: Killed, deployment: str, *, shifts: int) -> None:
    kinds = killed.kinds(deployment)
    assert {kind: kinds[kind] for kind in ONCE} == dict.fromkeys(ONCE, 1)
    assert kinds["release.prepared"] == 1
    assert kinds["traffic.shifted"] == shifts
    assert killed.faults() == []


def test_a_good_release_is_promoted_though_its_control_plane_dies_at_every_boundary(tmp_path: Path) -> None:
    with killing(tmp_path) as killed:
        assert killed.run("1.0.0", "greeter-1").outcome is Outcome.SUCCEEDED
        with under_load(killed) as load:
            kill_at_every_boundary(killed, "1.1.0", "greeter-2", GOOD)
            view = killed.run("1.1.0", "greeter-2")
        report = load.report()
        assert view.outcome is Outcome.SUCCEEDED, view.outcome_reason
        assert killed.kills >= 3 * len(GOOD) - 1
        assert felt(report) == {}
        assert report.by_version["1.1.0"] > 0
        each_effect_happened_once(killed, "greeter-2", shifts=3)
        assert killed.instances_started()["1.1.0"] == killed.greeters()["1.1.0"] == 2


def test_a_bad_release_is_rolled_back_though_its_control_plane_dies_at_every_boundary(tmp_path: Path) -> None:
    with killing(tmp_path) as killed:
        killed.run("1.0.0", "greeter-1")
        with under_load(killed) as load:
            kill_at_every_boundary(killed, "1.2.0", "greeter-2", BAD)
            view = killed.run("1.2.0", "greeter-2")
        report = load.report()
        assert view.outcome is Outcome.ROLLED_BACK, view.outcome_reason
        assert felt(report, bad="1.2.0") == {}
        each_effect_happened_once(killed, "greeter-2", shifts=2)
        assert killed.greeters() == {"1.0.0": 2}


def test_a_rollout_ends_as_it_would_have_though_its_control_plane_dies_at_random_instants(
    tmp_path: Path,
) -> None:
    chance = random.Random(20260302)  # noqa: S311 - instants to be killed at, the same every time
    with killing(tmp_path) as killed:
        killed.run("1.0.0", "greeter-1")
        number, versions = 1, ("1.1.0", "1.0.0")
        with under_load(killed) as load:
            while killed.kills < INSTANTS:
                number += 1
                version = versions[number % 2]
                deployment = f"greeter-{number}"
                while killed.kills < INSTANTS and killed.killed_after(
                    version, deployment, chance.uniform(0.3, 3.5)
                ):
                    pass
                view = killed.run(version, deployment)
                assert view.outcome is Outcome.SUCCEEDED, view.outcome_reason
                each_effect_happened_once(killed, deployment, shifts=3)
        assert killed.kills == INSTANTS
        assert felt(load.report()) == {}
