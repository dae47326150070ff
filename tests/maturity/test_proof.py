"""The rule of proof: its table, and the laws that it has to keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.maturity.answer import Verdict
from strandline.maturity.proof import at_least, at_most, smallest_sample, successes_needed, wilson

SAMPLES = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
THRESHOLDS = st.sampled_from([0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95])
ORDER = [Verdict.NOT_MET, Verdict.PARTIAL, Verdict.PROVISIONAL, Verdict.MET]


@pytest.mark.parametrize(
    ("threshold", "smallest", "needed"),
    [
        (0.50, 2, [7, 12, 17, 28, 52]),
        (0.60, 3, [8, 14, 20, 33, 62]),
        (0.70, 4, [9, 16, 23, 37, 72]),
        (0.80, 5, [10, 18, 26, 42, 81]),
        (0.90, 10, [10, 20, 29, 46, 90]),
        (0.95, 15, [None, 20, 30, 48, 95]),
    ],
)
def test_so_many_have_to_hold_as_the_published_table_says(
    threshold: float, smallest: int, needed: list[int | None]
) -> None:
    assert smallest_sample(threshold) == smallest
    assert [successes_needed(n, threshold) for n in (10, 20, 30, 50, 100)] == needed


def test_none_of_fifty_may_be_three_in_a_hundred() -> None:
    assert wilson(0, 50).high == pytest.approx(0.0318, abs=1e-4)
    assert wilson(1, 50).high == pytest.approx(0.0645, abs=1e-4)


@given(SAMPLES, THRESHOLDS)
def test_one_more_success_never_makes_it_worse(sample: tuple[int, int], threshold: float) -> None:
    count, n = sample
    if count < n:
        worse, better = at_least(count, n, threshold), at_least(count + 1, n, threshold)
        assert ORDER.index(worse) <= ORDER.index(better)


@given(SAMPLES, THRESHOLDS)
def test_at_most_is_the_mirror_of_at_least(sample: tuple[int, int], threshold: float) -> None:
    count, n = sample
    limit = (100 - round(100 * threshold)) / 100
    near = abs(count / n - threshold) < 1e-9 or abs(1 - count / n - limit) < 1e-9
    if not near:
        assert at_most(n - count, n, limit) == at_least(count, n, threshold)


@given(THRESHOLDS)
def test_no_case_proves_nothing_and_refutes_nothing(threshold: float) -> None:
    assert at_least(0, 0, threshold) is at_most(0, 0, threshold) is Verdict.UNKNOWN_SAMPLE
