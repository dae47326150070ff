"""The rate ratio: fair against its null at every error share, and the same arithmetic as the binomial's."""

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from strandline.analysis.measurement import ArmCounts
from strandline.analysis.rate_ratio import HARM_RATIOS, RateRatio

SMALL = st.integers(1, 9)
SHARE = st.floats(0, 1)


@st.composite
def arms(draw: st.DrawFn, most: int = 100_000) -> ArmCounts:
    requests = draw(st.integers(0, most))
    return ArmCounts(requests=requests, errors=draw(st.integers(0, requests)))


def log_e(process: RateRatio, *looks: tuple[ArmCounts, ArmCounts]) -> float:
    process.begin()
    for canary, control in looks:
        process.look(canary, control)
    return process.log_e


def pmf(errors: int, requests: int, share: float) -> float:
    return math.comb(requests, errors) * share**errors * (1 - share) ** (requests - errors)


def expectation(make: Callable[[], RateRatio], sizes: tuple[int, int], shares: tuple[float, float]) -> float:
    """The exact expectation of the e-value after one look, over everything that can happen in it."""
    total = 0.0
    for c, b in product(range(sizes[0] + 1), range(sizes[1] + 1)):
        chance = pmf(c, sizes[0], shares[0]) * pmf(b, sizes[1], shares[1])
        canary, control = ArmCounts(requests=sizes[0], errors=c), ArmCounts(requests=sizes[1], errors=b)
        total += chance * math.exp(log_e(make(), (canary, control)))
    return total


@given(SMALL, SMALL, SHARE, SHARE)
def test_a_canary_no_worse_than_its_control_makes_no_evidence_of_harm_on_average(
    n_c: int, n_b: int, first: float, second: float
) -> None:
    shares = (min(first, second), max(first, second))
    assert expectation(RateRatio.above_control, (n_c, n_b), shares) <= 1 + 1e-9


@given(SMALL, SMALL, SHARE, SHARE, st.sampled_from([0.8, 1.0, 1.25, 2.0, 5.0]))
def test_a_canary_beyond_the_margin_makes_no_evidence_of_harmlessness_on_average(
    n_c: int, n_b: int, canary: float, control: float, margin: float
) -> None:
    assume(canary >= margin * control)
    assert expectation(lambda: RateRatio.under_margin(margin), (n_c, n_b), (canary, control)) <= 1 + 1e-9


def test_a_worse_canary_makes_evidence_on_average() -> None:
    assert expectation(RateRatio.above_control, (9, 9), (0.6, 0.1)) > 1.2


@given(arms(300), arms(300))
def test_the_factors_are_ratios_of_binomial_likelihoods(canary: ArmCounts, control: ArmCounts) -> None:
    assume(canary.requests and control.requests)
    errors = canary.errors + control.errors

    def log_likelihood(ratio: float) -> float:
        share = canary.requests * ratio / (canary.requests * ratio + control.requests)
        return float(binom.logpmf(canary.errors, errors, share))

    expected = np.logaddexp.reduce([log_likelihood(ratio) for ratio in (0.5, 1.5)]) - math.log(2)
    process = RateRatio(2.0, (0.5, 1.5))
    assert log_e(process, (canary, control)) == pytest.approx(expected - log_likelihood(2.0), abs=1e-6)


@given(arms(), arms(), st.integers(2, 10))
def test_splitting_a_look_under_the_same_exposure_changes_nothing(
    canary: ArmCounts, control: ArmCounts, parts: int
) -> None:
    whole = tuple(ArmCounts(requests=parts * x.requests, errors=parts * x.errors) for x in (canary, control))
    split = log_e(RateRatio.above_control(), *[(canary, control)] * parts)
    assert split == pytest.approx(log_e(RateRatio.above_control(), (whole[0], whole[1])), rel=1e-9, abs=1e-9)


@given(arms(), arms())
def test_one_error_moved_to_the_canary_is_more_evidence_of_harm(
    canary: ArmCounts, control: ArmCounts
) -> None:
    assume(canary.errors < canary.requests)
    assume(control.errors)
    worse = ArmCounts(requests=canary.requests, errors=canary.errors + 1)
    better = ArmCounts(requests=control.requests, errors=control.errors - 1)
    # Without held-back stakes, so that no constant hides a small difference.
    harm = [log_e(RateRatio(1.0, HARM_RATIOS), look) for look in ((canary, control), (worse, better))]
    harmless = [log_e(RateRatio.under_margin(2.0), look) for look in ((canary, control), (worse, better))]
    assert harm[0] < harm[1]
    assert harmless[0] > harmless[1]


@pytest.mark.parametrize(
    ("canary", "control"),
    [((0, 0), (100, 5)), ((100, 5), (0, 0)), ((100, 0), (100, 0)), ((0, 0), (0, 0))],
    ids=["no canary requests", "no control requests", "no errors", "nothing"],
)
def test_a_look_that_cannot_compare_says_nothing(canary: tuple[int, int], control: tuple[int, int]) -> None:
    look = tuple(ArmCounts(requests=n, errors=x) for n, x in (canary, control))
    assert log_e(RateRatio.above_control(), (look[0], look[1])) == pytest.approx(0)
    assert log_e(RateRatio.under_margin(2.0), (look[0], look[1])) == pytest.approx(0)


@given(st.lists(st.tuples(arms(10**12), arms(10**12)), max_size=5))
def test_it_stays_a_number_whatever_the_counts(looks: list[tuple[ArmCounts, ArmCounts]]) -> None:
    assert math.isfinite(log_e(RateRatio.above_control(), *looks))
    assert math.isfinite(log_e(RateRatio.under_margin(2.0), *looks))


def test_a_growing_load_alone_is_no_harm_since_each_look_has_its_own_exposure() -> None:
    # Pooled, the canary has 3.3 times the errors per request: it served when the day was bad.
    looks = [
        (ArmCounts(requests=100, errors=1), ArmCounts(requests=9900, errors=99)),
        (ArmCounts(requests=45_000, errors=2250), ArmCounts(requests=5000, errors=250)),
    ]
    assert log_e(RateRatio.above_control(), *looks) < 0
    pooled = ArmCounts(requests=45_100, errors=2251), ArmCounts(requests=14_900, errors=349)
    assert log_e(RateRatio.above_control(), pooled) > 50


@pytest.mark.parametrize("margin", [0.5, 0.9, 1.0, 1.01, 1.5, 2.0, 10.0])
def test_every_alternative_lies_on_the_right_side_of_its_boundary(margin: float) -> None:
    assert all(ratio < margin for ratio in RateRatio.under_margin(margin)._alternatives)
    assert all(ratio > 1 for ratio in HARM_RATIOS)
