"""How often the evidence is wrong, counted: seeded simulations with bounds that a wrong test would break.

Every figure is fixed by its seed. The bounds are the promises of the policy: false alarms at most 1 % (and
one more where noise is stronger than it is taken to be), releases beyond the margin passed at most 5 %, while
faults worth seeing are seen. benchmarks/verdicts.py measures all of it at greater depth.
"""

import math
import os

import numpy as np
import pytest

from strandline.analysis.logarithms import Floats
from strandline.analysis.noise import NONE
from strandline.analysis.noise_history import NoiseHistory
from strandline.analysis.noisy_ratio import NoisyRatio
from strandline.analysis.panel import Panel, Series
from strandline.testing.simulated_looks import Counts, World, simulate

ERRORS = Series(margin=2.0, floor=0.005, ceiling=0.05)
RUNS = int(os.environ.get("STRANDLINE_RUNS", "300"))
"""Of each simulation; `make nightly` takes twenty times as many, under the same bounds."""
HOUR = 360
"""Looks of ten seconds."""


def history_of(world: World, *, runs: int, seed: int) -> Floats:
    """An hour of control-against-control looks in the same world."""
    alike = World(
        base=world.base,
        requests=world.requests,
        looks=HOUR,
        gamma_cv=world.gamma_cv,
        spread=world.spread,
        persistence=world.persistence,
    )
    past = NoiseHistory(runs=runs)
    counts = simulate(alike, runs=runs, rng=np.random.default_rng((seed, 1)))
    for look in range(HOUR):
        past.look(*columns(counts, look))
    return past.log_likelihoods


def columns(counts: Counts, look: int) -> tuple[Floats, Floats, Floats, Floats]:
    every = (counts.canary_events, counts.canary, counts.control_events, counts.control)
    canary_events, canary, control_events, control = (each[:, look] for each in every)
    return canary_events, canary, control_events, control


def shown(world: World, *, seed: int, runs: int = RUNS, is_warm: bool = False) -> tuple[Floats, Floats]:
    """The first look (from 1; infinity for never) at which harm, and at which no harm, is shown."""
    counts = simulate(world, runs=runs, rng=np.random.default_rng(seed))
    history = history_of(world, runs=runs, seed=seed) if is_warm else None
    panel = Panel([ERRORS] * runs, history=history)
    panel.begin_stage(has_control=True)
    harm, no_harm = np.full(runs, np.inf), np.full(runs, np.inf)
    for look in range(world.looks):
        if look and look % (world.looks // len(world.shares)) == 0:
            panel.begin_stage(has_control=True)
        panel.look(*columns(counts, look), compared=True)
        harm = np.where((panel.harm >= math.log(100)) & np.isinf(harm), look + 1, harm)
        no_harm = np.where((panel.no_harm >= math.log(20)) & np.isinf(no_harm), look + 1, no_harm)
    return harm, no_harm


def at_most(share: float) -> float:
    """This share of the runs, and what chance adds to such a count (three standard deviations)."""
    return RUNS * share + 3 * math.sqrt(RUNS * share)


@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(base=1e-5, requests=200_000), id="base 1e-5"),
        pytest.param(World(base=0.005), id="base 0.5 %"),
        pytest.param(World(base=0.5), id="base 50 %"),
        pytest.param(World(base=0.0), id="no errors at all"),
        pytest.param(World(base=0.01, requests=20.0), id="20 requests a look"),
        pytest.param(
            World(base=0.01, shares=(0.01, 0.05, 0.25, 0.5), load=4), id="stages under growing load"
        ),
        pytest.param(World(base=0.005, swing=2.0, incident=6.0), id="shared swing and incident"),
        pytest.param(World(base=0.005, gamma_cv=0.32), id="noise, cv 0.32"),
        pytest.param(World(base=0.005, gamma_cv=0.71), id="noise, cv 0.71"),
        pytest.param(World(base=0.005, spread=0.65), id="noise, log-normal"),
        pytest.param(World(base=0.005, spread=0.3, persistence=0.8), id="noise that lasts"),
        pytest.param(World(base=0.005, spread=0.3, persistence=0.95), id="noise that lasts long"),
        pytest.param(World(base=0.1, gamma_cv=0.32), id="noise, many events"),
        pytest.param(World(base=0.1, spread=0.3, persistence=0.8), id="noise that lasts, many events"),
        pytest.param(World(base=0.005, requests=40_000, spread=0.35), id="noise, many requests"),
    ],
)
def test_a_release_like_its_control_is_called_harmful_at_most_once_in_fifty(
    world: World, *, is_warm: bool
) -> None:
    harm, _ = shown(world, seed=11, is_warm=is_warm)
    assert np.isfinite(harm).sum() <= at_most(0.02)


@pytest.mark.parametrize(
    ("world", "cold", "warm"),
    [
        pytest.param(World(base=1e-5, ratio=10, requests=200_000), 40, 20, id="1e-5, ten times"),
        pytest.param(World(base=0.001, ratio=10), 8, 4, id="0.1 %, ten times"),
        pytest.param(World(base=0.005, ratio=3), 20, 5, id="0.5 %, three times"),
        pytest.param(World(base=0.2, ratio=1.5), math.inf, 5, id="20 %, half as many again"),
        pytest.param(World(base=0.005, ratio=5, onset=30), 38, 34, id="five times, from the 31st look on"),
    ],
)
def test_a_fault_worth_seeing_is_seen_by_this_look(world: World, cold: float, warm: int) -> None:
    assert np.median(shown(world, seed=12, runs=100)[0]) <= cold
    assert np.median(shown(world, seed=12, runs=100, is_warm=True)[0]) <= warm


@pytest.mark.parametrize("is_warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(base=0.005, ratio=2), id="at the margin, above the floor"),
        pytest.param(World(base=0.0025, ratio=2), id="at the margin and at the floor"),
        pytest.param(World(base=0.3, ratio=2), id="at the margin of a common error"),
        pytest.param(World(base=0.005, ratio=2, shares=(0.05,), requests=10_000), id="share 5 %"),
    ],
)
def test_a_release_at_the_margin_is_passed_at_most_once_in_twenty_rollouts(
    world: World, *, is_warm: bool
) -> None:
    _, no_harm = shown(world, seed=13, is_warm=is_warm)
    assert np.isfinite(no_harm).sum() <= at_most(0.05)


@pytest.mark.parametrize(
    ("world", "by"),
    [
        pytest.param(World(base=0.0), 2, id="no errors at all: the floor"),
        pytest.param(World(base=0.001), 3, id="far under the floor"),
        pytest.param(World(base=0.02), 8, id="over the floor: the margin"),
        pytest.param(World(base=0.2, ratio=0.2), 3, id="a repair"),
    ],
)
def test_a_good_release_is_passed_by_this_look(world: World, by: int) -> None:
    assert np.median(shown(world, seed=15, runs=100, is_warm=True)[1]) <= by


def test_without_its_own_exposure_the_same_looks_would_raise_false_alarms() -> None:
    """The bounds above can fail: judging by the average share breaks them at once."""
    runs = 30
    rng = np.random.default_rng(16)
    early = simulate(World(base=0.01, requests=6000, shares=(0.05,), looks=1), runs=runs, rng=rng)
    late = simulate(World(base=0.05, requests=12_000, shares=(0.5,), looks=1), runs=runs, rng=rng)
    pooled = NoisyRatio(1.0, (1.5, 2.0, 3.0), (0.4, 0.3, 0.3), noises=(NONE,), runs=runs)
    pooled.look(*(one + other for one, other in zip(columns(early, 0), columns(late, 0), strict=True)))
    assert (pooled.log_e >= math.log(100)).sum() >= runs / 3
