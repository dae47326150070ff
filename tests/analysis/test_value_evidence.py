"""Values: bets on a difference of means that are fair without harm, and find harm soon."""

import math

import numpy as np
import pytest

from strandline.analysis.value_evidence import PPM, ValueEvidence


def evidence(
    canary: float, control: float, *, looks: int = 200, seed: int = 1, less: bool = False
) -> ValueEvidence:
    rng = np.random.default_rng(seed)
    found = ValueEvidence(margin=0.1, is_less_worse=less)
    for _ in range(looks):
        both = 0.1 * rng.standard_normal()
        mine, other = (
            float(np.clip(each + both + 0.05 * rng.standard_normal(), 0, 1)) for each in (canary, control)
        )
        found.look(round(mine * PPM), round(other * PPM))
    return found


def test_equal_means_show_no_harm_and_hardly_ever_harm() -> None:
    runs = [evidence(0.5, 0.5, seed=seed) for seed in range(200)]
    assert sum(run.harm >= math.log(100) for run in runs) <= 2
    assert sum(run.no_harm >= math.log(20) for run in runs) >= 190


def test_a_higher_mean_is_harm() -> None:
    assert evidence(0.7, 0.5, looks=60).harm > math.log(100)


def test_a_lower_mean_is_harm_where_less_is_worse() -> None:
    assert evidence(0.3, 0.5, looks=60, less=True).harm > math.log(100)
    assert evidence(0.3, 0.5, looks=60).harm < 0


@pytest.mark.parametrize("extreme", [0, PPM])
def test_the_ends_of_the_range_lose_no_stake_for_good(extreme: int) -> None:
    found = ValueEvidence(margin=0.5, is_less_worse=False)
    for _ in range(100):
        found.look(extreme, PPM - extreme)
    assert math.isfinite(found.harm)
    assert math.isfinite(found.no_harm)


def test_a_difference_at_the_margin_is_seldom_called_harmless() -> None:
    runs = [evidence(0.6, 0.5, seed=seed) for seed in range(200)]
    assert sum(run.no_harm >= math.log(20) for run in runs) <= 10
