"""Noise history: what two halves of the control say, what is kept of it, and what it is worth."""

import numpy as np
import pytest

from strandline.analysis.measurement import Look
from strandline.analysis.noise import NOISES, NONE, rarity
from strandline.analysis.noise_history import NoiseHistory, without_history
from strandline.testing.simulated_looks import World, simulate
from strandline.vocabulary.traffic import InstanceCounts


def likeliest(world: World) -> str:
    counts = simulate(world, runs=1, rng=np.random.default_rng(3))
    past = NoiseHistory()
    for look in range(world.looks):
        every = (counts.canary_events, counts.canary, counts.control_events, counts.control)
        past.look(*(each[:, look] for each in every))
    best = NOISES[int(past.log_likelihoods[0].argmax())]
    return "none" if best.spread <= 0.2 else ("lasting" if best.persistence else "fresh")


@pytest.mark.parametrize(
    ("world", "kind"),
    [
        pytest.param(World(base=0.01, looks=600), "none", id="none"),
        pytest.param(World(base=0.01, looks=600, gamma_cv=0.71), "fresh", id="fresh in every look"),
        pytest.param(World(base=0.01, looks=600, spread=0.4, persistence=0.9), "lasting", id="lasting"),
    ],
)
def test_history_recognises_the_noise(world: World, kind: str) -> None:
    assert likeliest(world) == kind


def test_without_any_history_noise_that_lasts_is_taken_to_be_rarer() -> None:
    assert without_history()[0].tolist() == [rarity(noise) for noise in NOISES]
    assert rarity(NONE) == 0


def test_what_was_kept_goes_on_where_it_was_left() -> None:
    first = NoiseHistory()
    for _ in range(50):
        first.look(*(np.array([each]) for each in (5.0, 1000.0, 6.0, 1000.0)))
    again = NoiseHistory(first.kept)
    assert again.log_likelihoods[0] == pytest.approx(first.log_likelihoods[0], abs=0.001)


def test_halves_are_made_of_instances_and_one_instance_makes_none() -> None:
    def look(*names: str, disturbance: str = "") -> Look:
        each = tuple(InstanceCounts(instance=name, requests=100, errors=3) for name in names)
        return Look(share_bp=500, control_instances=each, disturbance=disturbance)

    past = NoiseHistory()
    past.halves(look("a"))
    past.halves(look("a", "b", disturbance="a restart"))
    assert past.looks == 0
    past.halves(look("a", "b", "c"))
    assert past.looks == 1
