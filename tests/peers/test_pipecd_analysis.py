"""The test and its verdicts against PipeCD's own tables.

Numbers from pipe-cd/pipecd at 7e228592b581, `pkg/app/piped/executor/analysis/`:
`mannwhitney/mannwhitney_test.go`, `mannwhitney/udist_test.go` (the tables of Mann and Whitney, 1947, and of
Klotz, 1966), `metrics_analyzer_test.go`.
"""

import itertools

import numpy as np
import pytest
from benchmarks.peers.pipecd_analysis import (
    ALPHA,
    Deviation,
    Floats,
    NoPointsError,
    SamplesEqualError,
    exact_p,
    is_acceptable,
    is_failed,
    least_failing,
    mann_whitney,
    u_cdf,
    u_statistic,
    within_thresholds,
)
from benchmarks.peers.pipecd_batch import are_failures
from tests.peers.vectors import series

S1, S2, S3 = series("2 1 3 5"), series("12 11 13 15"), series("0 4 6 7")
S4, S5 = series("2*4"), series("1*5")
L1, L2 = np.arange(500) * 2.0, np.arange(600) * 2.0 - 41
L3 = np.concatenate((L1[:30], L2[30:]))
UP_TO_FIVE = [0.1, 0.2, 0.3, 0.4, 0.5]
TEN_AND_MORE = [10.1, 10.2, 10.3, 10.4, 10.5]


@pytest.mark.parametrize(
    ("first", "second", "u", "less", "differs", "greater"),
    [
        pytest.param(S1, S2, 0, 0.014285714285714289, 0.028571428571428577, 1, id="below"),
        pytest.param(S2, S1, 16, 1, 0.028571428571428577, 0.014285714285714289, id="above"),
        pytest.param(S1, S3, 5, 0.24285714285714288, 0.48571428571428577, 0.8285714285714285, id="mixed"),
        pytest.param(S1, S1, 8, 0.6285714285714286, 1, 0.6285714285714286, id="the same, tied"),
        pytest.param(S1, S4, 10, 0.8571428571428571, 0.7142857142857143, 0.3571428571428571, id="four tied"),
        pytest.param(S1, S5, 17.5, 1, 0, 0.04761904761904767, id="lopsided: differs is 0"),
        pytest.param(
            L1, L2, 135250, 0.0024667680407086112, 0.0049335360814172224, 0.9975346930458906, id="500"
        ),
        pytest.param(L1, L1, 125000, 0.5000436801680628, 1, 0.5000436801680628, id="500 and the same"),
        pytest.param(
            L1, L3, 134845, 0.0019351907119808942, 0.0038703814239617884, 0.9980659818257166, id="500, ties"
        ),
    ],
)
def test_statistic_and_probabilities_are_pipecds(
    *, first: Floats, second: Floats, u: float, less: float, differs: float, greater: float
) -> None:
    for deviation, p in zip(
        (Deviation.LOW, Deviation.EITHER, Deviation.HIGH), (less, differs, greater), strict=True
    ):
        test = mann_whitney(first, second, deviation)
        assert test.u == u
        assert test.p == pytest.approx(p, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "u", "row"),
    [
        (3, 0, [0.25, 0.1, 0.05]),
        (3, 1, [0.5, 0.2, 0.1]),
        (3, 2, [0.75, 0.4, 0.2]),
        (3, 3, [1, 0.6, 0.35]),
        (3, 4, [1, 0.8, 0.5]),
        (3, 5, [1, 0.9, 0.65]),
        (5, 0, [0.166667, 0.047619, 0.017857, 0.007937, 0.003968]),
        (5, 1, [0.333333, 0.095238, 0.035714, 0.015873, 0.007937]),
        (5, 2, [0.5, 0.190476, 0.071429, 0.031746, 0.015873]),
        (5, 3, [0.666667, 0.285714, 0.125, 0.055556, 0.027778]),
        (5, 4, [0.833333, 0.428571, 0.196429, 0.095238, 0.047619]),
        (5, 5, [1, 0.571429, 0.285714, 0.142857, 0.075397]),
    ],
)
def test_the_distribution_without_ties_is_mann_and_whitneys(n: int, u: int, row: list[float]) -> None:
    assert [u_cdf(u, m, n) for m in range(1, n + 1)] == pytest.approx(row, abs=1e-6)


# The statistic and its distribution function, step by step.
FIVE_OF_TEN = """
12.5 .003968 13.5 .007937 15 .023810 16.5 .047619 17.5 .071429 18 .087302 19 .134921 19.5 .138889
"""
TEN_OF_TWENTY_ONE = """
52 .000014 56.5 .000128 57.5 .000145 60 .000230 61 .000400 62 .000740 62.5 .000797 64 .000825 64.5 .001165
65.5 .001477 66.5 .002498 67 .002725 67.5 .002895 68 .003150 68.5 .003263 69 .003518 69.5 .003603 70 .005648
70.5 .005818 71 .006626 71.5 .006796 72 .008157 72.5 .009688 73 .009801 73.5 .010430 74 .011111 74.5 .014230
75 .014612 75.5 .017249 76 .018307 76.5 .020178 77 .022270 77.5 .023189 78 .026931 78.5 .028207 79 .029979
79.5 .030931 80 .038969 80.5 .043063 81 .044262 81.5 .046389 82 .049581 82.5 .056300 83 .058027 83.5 .063669
84 .067454 84.5 .074122 85 .077425 85.5 .083498 86 .094079 86.5 .096693 87 .101132
"""
EIGHT_OF_SIXTEEN = """
32 .000078 34 .000389 36 .001088 38 .002642 40 .005905 42 .011500 44 .021057 46 .035664 48 .057187 50
.086713 52 .126263 54 .175369
"""


@pytest.mark.parametrize(
    ("n", "ties", "table"),
    [
        pytest.param(5, (1, 1, 2, 1, 1, 2, 1, 1), FIVE_OF_TEN, id="five of ten"),
        pytest.param(10, (6, 5, 4, 3, 2, 1), TEN_OF_TWENTY_ONE, id="ten of twenty one"),
        pytest.param(8, (2,) * 8, EIGHT_OF_SIXTEEN, id="eight of sixteen"),
    ],
)
def test_the_distribution_with_ties_is_klotzs(n: int, ties: tuple[int, ...], table: str) -> None:
    """His statistic is U + n²/2, and his table shows the steps."""
    numbers = [float(number) for number in table.split()]
    steps = dict(zip(numbers[::2], numbers[1::2], strict=True))
    expected = 0.0
    for twice in range(int(2 * min(steps)), int(2 * max(steps)) + 1):
        expected = steps.get(twice / 2, expected)
        assert u_cdf(twice / 2 - n * n / 2, n, sum(ties) - n, ties) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("ties", [(1, 3, 1, 2, 1, 1, 1), (3, 3, 1, 2), (1, 1, 2, 1, 1, 1, 2)], ids=str)
def test_the_distribution_is_that_of_all_deals(ties: tuple[int, ...]) -> None:
    values = np.repeat(np.arange(len(ties), dtype=np.float64), ties)
    n, total = 4, sum(ties)
    dealt = [list(chosen) for chosen in itertools.combinations(range(total), n)]
    us = np.array([u_statistic(values[chosen], np.delete(values, chosen)) for chosen in dealt])
    for twice in range(2 * n * (total - n) + 1):
        expected = float((us <= twice / 2).mean())
        assert u_cdf(twice / 2, n, total - n, ties) == pytest.approx(expected)
    for u in set(us.tolist()):
        higher, lower = float((us > u - 1).mean()), float((us <= u).mean())
        assert exact_p(u, n, total - n, ties, Deviation.HIGH) == pytest.approx(higher)
        assert exact_p(u, n, total - n, ties, Deviation.LOW) == pytest.approx(lower)


def test_equal_samples_cannot_be_tested_and_are_acceptable() -> None:
    with pytest.raises(SamplesEqualError):
        mann_whitney(S4, S4, Deviation.EITHER)
    assert is_acceptable([2.0] * 4, [2.0] * 4, Deviation.EITHER)


@pytest.mark.parametrize(
    ("canary", "baseline", "deviation", "expected"),
    [
        pytest.param(UP_TO_FIVE, UP_TO_FIVE, "EITHER", True, id="no significance"),
        pytest.param(TEN_AND_MORE, UP_TO_FIVE, "LOW", True, id="higher may be"),
        pytest.param(UP_TO_FIVE, TEN_AND_MORE, "HIGH", True, id="lower may be"),
        pytest.param(TEN_AND_MORE, UP_TO_FIVE, "HIGH", False, id="higher may not be"),
        pytest.param(UP_TO_FIVE, TEN_AND_MORE, "LOW", False, id="lower may not be"),
        pytest.param([0.1, 0.2, 5.3, 0.2, 0.5], [0.1] * 5, "EITHER", False, id="neither may be"),
        pytest.param([], [], "EITHER", True, id="nothing on both sides"),
    ],
)
def test_a_comparison_has_pipecds_verdict(
    canary: list[float], baseline: list[float], deviation: str, *, expected: bool
) -> None:
    assert is_acceptable(canary, baseline, Deviation(deviation)) is expected


@pytest.mark.parametrize(("canary", "baseline"), [([], UP_TO_FIVE), (UP_TO_FIVE, [])])
def test_points_on_one_side_only_are_an_error(canary: list[float], baseline: list[float]) -> None:
    with pytest.raises(NoPointsError):
        is_acceptable(canary, baseline, Deviation.EITHER)


@pytest.mark.parametrize(
    ("points", "expected"), [([0.9, 1.1, 0.8], False), ([0.9, 0.9, 0.8], True), ([], True)]
)
def test_any_point_outside_the_range_fails_the_threshold(points: list[float], *, expected: bool) -> None:
    assert within_thresholds(points, minimum=None, maximum=1.0) is expected


def test_three_points_a_side_can_never_fail_and_four_can() -> None:
    assert least_failing(3, 3, ()) > 9
    assert least_failing(4, 4, ()) <= 16
    assert exact_p(9, 3, 3, (), Deviation.EITHER) == pytest.approx(0.1)


def test_a_single_zero_fails_against_zeros_and_one_error() -> None:
    """The first step of the lower tail is taken too early where only two values occur."""
    assert not is_acceptable([0.0], [0.0] * 24 + [1.0], Deviation.HIGH)
    assert is_acceptable([0.0], [0.0] * 23 + [1.0, 2.0], Deviation.HIGH)


def test_the_least_failing_u_is_where_the_probability_falls_to_alpha() -> None:
    ties = (6, 5, 4, 3, 2, 1)
    least = least_failing(10, 11, ties)
    assert exact_p(least, 10, 11, ties, Deviation.HIGH) <= ALPHA
    assert exact_p(least - 0.5, 10, 11, ties, Deviation.HIGH) > ALPHA


def test_a_stage_fails_above_its_limit() -> None:
    assert is_failed(1)
    assert not is_failed(2, failure_limit=2)


@pytest.mark.parametrize("width", [1, 3, 10, 30, 60])
def test_many_at_once_are_judged_as_one_by_one(width: int) -> None:
    rng = np.random.default_rng(width)
    canary = rng.integers(0, 12 if width < 60 else 10**6, (60, width)).astype(np.float64)
    baseline = rng.integers(0, 10 if width < 60 else 10**6, (60, width)).astype(np.float64)
    for side in (canary, baseline):
        side[20:40][rng.random((20, width)) < 0.4] = np.nan
    canary[40:50] = np.where(rng.random((10, width)) < 0.2, 1.0, 0.0)
    baseline[40:50] = np.where(rng.random((10, width)) < 0.1, 1.0, 0.0)
    failures = are_failures(canary, baseline)
    for row in range(60):
        mine, theirs = (side[row][~np.isnan(side[row])].tolist() for side in (canary, baseline))
        try:
            expected = not is_acceptable(mine, theirs, Deviation.HIGH)
        except NoPointsError:
            expected = True
        assert failures[row] == expected
