"""How often the judge is wrong, counted: seeded simulations with bounds that a wrong test would break.

Every figure is fixed by its seed. The bounds are the promises of the policy: false alarms at most 1 % of
rollouts, releases beyond the margin passed at most 5 %, while faults worth seeing are seen.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from strandline.analysis.judge import ErrorJudge, Verdict
from strandline.analysis.measurement import ArmCounts, Look
from strandline.vocabulary.service import ErrorGuardPolicy
from strandline.vocabulary.verdict import AnalysisAnswer

HARM, NO_HARM = AnalysisAnswer.HARM_SHOWN, AnalysisAnswer.NO_HARM_SHOWN
RUNS = 300


@dataclass(frozen=True, kw_only=True)
class World:
    """Traffic and error shares of one simulated stage."""

    base: float
    ratio: float
    share_bp: int = 5000
    requests: int = 400
    looks: int = 40
    swings: bool = False
    """Load grows fourfold, and for a third of the time a dependency fails for both arms."""


def look(world: World, at: int, rng: np.random.Generator) -> Look:
    part = at / world.looks
    is_bad_time = world.swings and 1 / 3 < part < 2 / 3
    base = min(world.base * (10 if is_bad_time else 1), 0.9)
    total = rng.poisson(world.requests * (1 + 3 * part if world.swings else 1))
    n_c = int(rng.binomial(total, world.share_bp / 10_000))
    n_b = int(total - n_c)
    return Look(
        share_bp=world.share_bp,
        canary=ArmCounts(requests=n_c, errors=int(rng.binomial(n_c, min(base * world.ratio, 1)))),
        control=ArmCounts(requests=n_b, errors=int(rng.binomial(n_b, base))),
    )


def ends(
    *stages: World, seed: int, runs: int = RUNS, policy: ErrorGuardPolicy | None = None
) -> list[Verdict]:
    """The deciding verdict of each run: harm at any time, or no harm in every stage, or the last one."""
    found = []
    for run in range(runs):
        rng = np.random.default_rng((seed, run))
        judge = ErrorJudge(policy or ErrorGuardPolicy())
        verdict = None
        for world in stages:
            judge.begin_stage(share_bp=world.share_bp, has_control=True)
            for at in range(world.looks):
                verdict = judge.look(look(world, at, rng))
                if verdict.answer is not AnalysisAnswer.NOT_ENOUGH_EVIDENCE:
                    break
            if verdict is None or verdict.answer is not NO_HARM:
                break
        assert verdict is not None
        found.append(verdict)
    return found


def share_of(answer: AnalysisAnswer, verdicts: list[Verdict]) -> float:
    return sum(verdict.answer is answer for verdict in verdicts) / len(verdicts)


def ever_harm(world: World, *, seed: int, runs: int = RUNS) -> float:
    """How often harm is ever shown if one goes on looking to the end, whatever else is shown."""
    alarms = 0
    for run in range(runs):
        rng = np.random.default_rng((seed, run))
        judge = ErrorJudge(ErrorGuardPolicy())
        judge.begin_stage(share_bp=world.share_bp, has_control=True)
        verdicts = (judge.look(look(world, at, rng)) for at in range(world.looks))
        alarms += any(verdict.answer is HARM for verdict in verdicts)
    return alarms / runs


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(base=1e-5, ratio=1, requests=100_000), id="base 1e-5"),
        pytest.param(World(base=0.005, ratio=1), id="base 0.5 %"),
        pytest.param(World(base=0.005, ratio=1, share_bp=500), id="base 0.5 %, share 5 %"),
        pytest.param(World(base=0.5, ratio=1), id="base 50 %"),
        pytest.param(World(base=0.01, ratio=1, share_bp=2500, swings=True), id="load and a shared incident"),
        pytest.param(World(base=0.0, ratio=1), id="no errors at all"),
    ],
)
def test_a_release_like_its_control_is_called_harmful_at_most_once_in_a_hundred_rollouts(
    world: World,
) -> None:
    assert ever_harm(world, seed=11) <= 0.01


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(base=1e-5, ratio=10, requests=100_000), id="1e-5, ten times"),
        pytest.param(World(base=0.001, ratio=10), id="0.1 %, ten times"),
        pytest.param(World(base=0.01, ratio=3), id="1 %, three times"),
        pytest.param(World(base=0.01, ratio=4, share_bp=2500, swings=True), id="1 %, four times, swings"),
        pytest.param(World(base=0.2, ratio=1.5), id="20 %, half as many again"),
    ],
)
def test_a_fault_worth_seeing_is_seen(world: World) -> None:
    assert ever_harm(world, seed=12, runs=60) >= 0.95


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(base=0.005, ratio=2), id="at the margin, above the floor"),
        pytest.param(World(base=0.0025, ratio=2), id="at the margin and at the floor"),
        pytest.param(World(base=0.3, ratio=2), id="at the margin of a common error"),
        pytest.param(World(base=0.005, ratio=2, share_bp=500, requests=4000), id="at the margin, share 5 %"),
    ],
)
def test_a_release_at_the_margin_is_passed_at_most_once_in_twenty_rollouts(world: World) -> None:
    assert share_of(NO_HARM, ends(world, seed=13)) <= 0.05


def test_getting_through_several_stages_is_no_easier_than_through_one() -> None:
    stage = World(base=0.004, ratio=2, looks=20)
    assert share_of(NO_HARM, ends(stage, stage, stage, seed=14)) <= share_of(NO_HARM, ends(stage, seed=14))


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(base=0.0, ratio=1), id="no errors at all: the floor"),
        pytest.param(World(base=0.001, ratio=1), id="far under the floor"),
        pytest.param(World(base=0.02, ratio=1), id="over the floor: the margin"),
        pytest.param(World(base=0.5, ratio=1), id="half of all requests fail: the margin"),
        pytest.param(World(base=0.2, ratio=0.2), id="a repair"),
    ],
)
def test_a_good_release_is_passed(world: World) -> None:
    assert share_of(NO_HARM, ends(world, seed=15, runs=60)) >= 0.95


def test_without_its_own_exposure_the_same_looks_would_raise_false_alarms() -> None:
    """The bound above can fail: judging by the average share breaks it at once."""
    world = World(base=0.01, ratio=1, share_bp=500, requests=6000)
    late = World(base=0.05, ratio=1, share_bp=5000, requests=12_000)
    alarms = 0
    for run in range(30):
        rng = np.random.default_rng((16, run))
        looks = [look(world, 0, rng), look(late, 0, rng)]
        pooled = Look(
            share_bp=3500,
            canary=sum((x.canary for x in looks if x.canary), ArmCounts(requests=0, errors=0)),
            control=sum((x.control for x in looks if x.control), ArmCounts(requests=0, errors=0)),
        )
        judge = ErrorJudge(ErrorGuardPolicy())
        judge.begin_stage(share_bp=3500, has_control=True)
        alarms += judge.look(pooled).answer is HARM
    assert alarms >= 10
