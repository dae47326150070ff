"""Intervals against the library's own, and against what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, chi2

from strandline.kpi.intervals import LEVEL, censored_median, median, rate, share


@given(n=st.integers(1, 5000), data=st.data())
def test_a_share_has_wilsons_interval(n: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, n))
    expected = binomtest(count, n).proportion_ci(LEVEL, method="wilson")
    found = share(count, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(count=st.integers(0, 3000), days=st.floats(0.1, 4000))
def test_a_rate_has_the_exact_interval_of_poisson(count: int, days: float) -> None:
    found = rate(count, days)
    low = chi2.ppf(0.05, 2 * count) / 2 / days if count else 0.0
    assert (found.low, found.high) == pytest.approx((low, chi2.ppf(0.95, 2 * count + 2) / 2 / days))


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=300))
def test_a_median_lies_in_its_interval_and_that_in_the_sample(values: list[float]) -> None:
    found = median(values)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert min(values) <= found.low <= found.value <= found.high <= max(values)


@pytest.mark.parametrize("n", [5, 9, 20, 99, 1000])
def test_the_interval_of_a_median_covers_it_at_least_as_often_as_it_says(n: int) -> None:
    below = next(k for k in range(n) if median(range(n)).low == k)
    # The interval misses if the true median lies below its lower or above its upper end.
    miss = 2 * binom.cdf(below, n, 0.5) if n < 6 else 2 * binom.cdf(below - 1, n, 0.5)
    assert miss <= 1 - LEVEL + (0.1 if n < 6 else 1e-12) or below == 0


def test_what_is_not_over_moves_the_median_up() -> None:
    rng = np.random.default_rng(5)
    true = rng.exponential(10, 2000)
    seen, is_over = np.minimum(true, 15), true <= 15
    found = censored_median(seen.tolist(), is_over.tolist())
    assert found.value == pytest.approx(10 * np.log(2), rel=0.1)
    assert median(seen[is_over].tolist()).value < 0.8 * (found.value or 0)  # type: ignore[operator]  # it has one


def test_where_nothing_is_over_there_is_no_median_but_a_lower_end() -> None:
    found = censored_median([3.0, 5.0], [False, False])
    assert found.value is None
    assert found.low == 3.0


def test_of_nothing_there_is_no_value() -> None:
    for found in (share(0, 0), median([]), rate(0, 0)):
        assert found.value is None
