"""The law of Mann and Whitney's count against the library's, and against all orders of few values."""

from itertools import permutations

import pytest
from scipy.stats import mannwhitneyu

from strandline.kpi.rank_law import smallest_count, tail


@pytest.mark.parametrize(("before", "after"), [(1, 1), (2, 3), (4, 3)])
def test_the_law_is_what_counting_all_orders_gives(before: int, after: int) -> None:
    counts = [
        sum(early < late for early in order[:before] for late in order[before:])
        for order in permutations(range(before + after))
    ]
    expected = [sum(each >= count for each in counts) / len(counts) for count in range(before * after + 1)]
    assert tail(before, after) == pytest.approx(expected)


@pytest.mark.parametrize(("before", "after"), [(4, 4), (20, 5), (12, 30)])
def test_the_far_tail_is_the_librarys(before: int, after: int) -> None:
    early, late = [*range(before - 1), before + 0.5], [before + number for number in range(after)]
    count = sum(a < b for a in early for b in late)
    exact = mannwhitneyu(late, early, alternative="greater", method="exact").pvalue
    assert tail(before, after)[count] == pytest.approx(exact, rel=1e-9)


def test_where_no_count_is_rare_enough_one_too_many_is_asked_for() -> None:
    assert smallest_count(4, 4, 1e-6) == 17
    assert tail(4, 4)[smallest_count(4, 4, 0.05)] <= 0.05 < tail(4, 4)[smallest_count(4, 4, 0.05) - 1]
