"""The ratio e-process: fair under every noise of its set, at every count, whatever the looks are cut into."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, nchypergeom_fisher

from strandline.analysis.logarithms import Floats
from strandline.analysis.noise import NOISES, NONE, Noise
from strandline.analysis.noisy_ratio import ANY_TIME, AT_ONCE, NoisyRatio, Onset

RATIOS = (1.25, 2.0, 5.0)
WEIGHTS = (0.3, 0.4, 0.3)
FRESH = [noise for noise in NOISES if not noise.persistence]


def after(
    looks: list[tuple[float, float, float, float]],
    noises: tuple[Noise, ...] = (NONE,),
    onset: Onset = AT_ONCE,
) -> float:
    test = NoisyRatio(1.0, RATIOS, WEIGHTS, noises=noises, onset=onset)
    for look in looks:
        test.look(*(np.array([each]) for each in look))
    return float(test.log_e[0])


def values(total: int, *, canary: int, control: int, noises: tuple[Noise, ...]) -> Floats:
    """The e-value of one look for every way to split so many events."""
    split = np.arange(total + 1.0)
    runs = total + 1
    test = NoisyRatio(1.0, RATIOS, WEIGHTS, noises=noises, runs=runs)
    test.look(split, np.full(runs, float(canary)), total - split, np.full(runs, float(control)))
    result: Floats = np.exp(test.log_e)
    return result


@given(
    total=st.integers(1, 60),
    canary=st.integers(1, 100_000),
    control=st.integers(1, 100_000),
    ratio=st.floats(0.01, 1.0),
    spread=st.sampled_from([noise.spread for noise in FRESH]),
)
def test_one_look_at_a_harmless_release_is_worth_at_most_one_on_average_under_every_noise(
    total: int, canary: int, control: int, ratio: float, spread: float
) -> None:
    """The supermartingale, checked exactly: the sum over all splits, and over the noise on a fine grid."""
    found = values(total, canary=canary, control=control, noises=tuple(FRESH))
    z = np.linspace(-6, 6, 1201) * spread if spread else np.zeros(1)
    density = np.exp(-0.5 * (z / spread) ** 2) if spread else np.ones(1)
    odds = ratio * np.exp(z) * canary / control
    chances = binom.pmf(np.arange(total + 1)[:, None], total, odds / (1 + odds)) @ (density / density.sum())
    assert float(chances @ found) <= 1.005  # the filter's own grid is coarser by this


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5])
@pytest.mark.parametrize("events", [0.1, 0.5, 0.9])
def test_where_events_are_many_the_normal_law_is_fair_against_the_exact_one(
    share: float, events: float
) -> None:
    everyone = 2000
    canary = int(everyone * share)
    total = int(everyone * events)
    split = np.arange(max(0, total - (everyone - canary)), min(total, canary) + 1)
    test = NoisyRatio(1.0, RATIOS, WEIGHTS, runs=len(split))
    ones = np.ones(len(split))
    test.look(split.astype(float), canary * ones, total - split.astype(float), (everyone - canary) * ones)
    exact = nchypergeom_fisher.logpmf(split, everyone, canary, total, 1.0)
    assert float(np.exp(exact + test.log_e).sum()) <= 1.005


@given(
    first=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=5),
    noises=st.sampled_from([(NONE,), tuple(FRESH), NOISES]),
)
def test_more_canary_events_never_lessen_the_evidence_of_harm_under_noise_that_does_not_last(
    first: list[tuple[int, int]], noises: tuple[Noise, ...]
) -> None:
    looks = [(float(c), 1000.0, float(b), 1000.0) for c, b in first]
    worse = [*looks[:-1], (looks[-1][0] + 1, 1000.0, looks[-1][2], 1000.0)]
    if noises is not NOISES:
        nulls = (NONE,) if noises == (NONE,) else noises
        assert after(worse, nulls) >= after(looks, nulls) - 3.5  # a new event may also speak for more noise
    else:
        assert math.isfinite(after(worse, noises))


@given(st.integers(1, 20), st.integers(0, 20), st.sampled_from([10.0, 1e3, 1e6]))
def test_only_who_had_the_events_matters_and_not_how_rare_they_are(c: int, b: int, scale: float) -> None:
    small = after([(float(c), 1e4, float(b), 3e4)] * 3, NOISES)
    large = after([(float(c), 1e4 * scale, float(b), 3e4 * scale)] * 3, NOISES)
    assert small == pytest.approx(large, abs=1e-6)


def test_a_look_without_events_or_without_one_arm_changes_nothing() -> None:
    base = [(9.0, 1000.0, 2.0, 1000.0)]
    for empty in ((0.0, 500.0, 0.0, 500.0), (0.0, 0.0, 7.0, 500.0), (7.0, 500.0, 0.0, 0.0)):
        assert after([*base, empty]) == pytest.approx(after(base))


def test_noise_that_could_explain_it_lessens_the_evidence_and_agreement_over_looks_brings_it_back() -> None:
    look = (15.0, 1000.0, 5.0, 1000.0)
    assert after([look] * 2, NOISES) < after([look] * 2)
    assert after([look] * 30, tuple(FRESH)) > math.log(100)


def test_a_fault_that_begins_late_is_found_sooner_by_bets_that_may_begin_late() -> None:
    good, bad = (5.0, 1000.0, 5.0, 1000.0), (15.0, 1000.0, 5.0, 1000.0)
    looks = [good] * 40 + [bad] * 3
    assert after(looks, onset=ANY_TIME) > after(looks) + 1


def test_a_new_stage_is_a_likelier_moment_for_a_fault_to_begin() -> None:
    def evidence(*, is_new: bool) -> float:
        test = NoisyRatio(1.0, RATIOS, WEIGHTS, onset=ANY_TIME)
        for _ in range(20):
            test.look(np.array([5.0]), np.array([1e3]), np.array([5.0]), np.array([1e3]))
        if is_new:
            test.begin_stage()
        test.look(np.array([15.0]), np.array([1e3]), np.array([5.0]), np.array([1e3]))
        return float(test.log_e[0])

    assert evidence(is_new=True) > evidence(is_new=False)


def test_questions_side_by_side_do_not_touch_each_other() -> None:
    looks = [(3.0, 500.0, 9.0, 900.0), (40.0, 500.0, 9.0, 900.0), (300.0, 500.0, 310.0, 900.0)]
    both = NoisyRatio(1.0, RATIOS, WEIGHTS, noises=NOISES, onset=ANY_TIME, runs=2)
    alone = NoisyRatio(1.0, RATIOS, WEIGHTS, noises=NOISES, onset=ANY_TIME)
    for look in looks:
        both.look(*(np.array([each, 1.0]) for each in look))
        alone.look(*(np.array([each]) for each in look))
    assert both.log_e[0] == pytest.approx(alone.log_e[0], abs=1e-12)


def test_each_question_may_have_a_boundary_of_its_own() -> None:
    boundaries = np.array([1.5, 3.0])
    both = NoisyRatio(boundaries, boundaries[:, None] * np.array([0.5, 0.7]), (0.5, 0.5), runs=2)
    alone = NoisyRatio(3.0, (1.5, 2.1), (0.5, 0.5))
    both.look(*(np.array([each, each]) for each in (5.0, 1000.0, 6.0, 1000.0)))
    alone.look(*(np.array([each]) for each in (5.0, 1000.0, 6.0, 1000.0)))
    assert both.log_e[1] == pytest.approx(alone.log_e[0], abs=1e-12)
    assert both.log_e[0] != pytest.approx(both.log_e[1])
