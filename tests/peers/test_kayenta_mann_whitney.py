"""The rank test against Kayenta's own vectors.

Numbers from spinnaker/kayenta at a69573be9d8f,
`kayenta-mannwhitney/src/test/scala/com/netflix/kayenta/mannwhitney/MannWhitneySuite.scala`, and from issue
spinnaker/spinnaker#6278. The suite's tolerance is 1e-6, and 1e-4 for the estimates that come from R.
"""

from functools import partial

import numpy as np
import pytest
from benchmarks.peers.kayenta_mann_whitney import (
    AllTiedError,
    Floats,
    brent,
    shift_between,
    statistic,
)
from scipy.optimize import brentq
from scipy.special import ndtri
from tests.peers import vectors

EXACT = 1e-6
FROM_R = 1e-4
FOUR_TENS = np.array([10.0, 20.0, 30.0, 40.0])
FOUR_ONES = np.array([1.0, 2.0, 3.0, 4.0])
SEVEN_HUNDREDS = np.array([100.0] * 7 + [1.0] * 3)


@pytest.mark.parametrize(("shift", "expected"), [(0.0, -1.229416), (5.0, -35.80606)])
def test_the_statistic_is_kayentas(shift: float, expected: float) -> None:
    found = statistic(shift, vectors.NEAR_THIRTIETH_CANARY, vectors.NEAR_THIRTIETH_CONTROL)
    # The second one is given with five decimals only.
    assert found == pytest.approx(expected, abs=EXACT)


def test_the_quantile_of_the_judges_confidence_is_kayentas() -> None:
    assert float(ndtri((1 - 0.98) / 2)) == pytest.approx(-2.326348, abs=EXACT)


@pytest.mark.parametrize(
    ("canary", "control", "confidence", "low", "high", "estimate", "tolerance"),
    [
        pytest.param(FOUR_TENS, FOUR_ONES, 0.95, 6.0, 39.0, 22.5, EXACT, id="four and four"),
        pytest.param(
            vectors.NEAR_THIRTIETH_CANARY,
            vectors.NEAR_THIRTIETH_CONTROL,
            0.98,
            -1.4808028936386108e-5,
            1.808255910873413e-5,
            1.808255910873413e-5,
            1e-15,
            id="the problem case",
        ),
        pytest.param(
            vectors.NINETY_CANARY,
            vectors.NINETY_CONTROL,
            0.95,
            -0.500002521696696,
            -3.486287505871302e-5,
            -0.4999393907180323,
            FROM_R,
            id="ninety, as R says",
        ),
        pytest.param(
            vectors.HUNDRED_EIGHTY_CANARY,
            vectors.HUNDRED_EIGHTY_CONTROL,
            0.98,
            -0.4999173250549087,
            -6.912685789769486e-6,
            -3.45044082729315e-5,
            FROM_R,
            id="a hundred and eighty, as R says",
        ),
        pytest.param(
            vectors.SPARSE_CANARY,
            vectors.SPARSE_CONTROL,
            0.95,
            3.521755377702165e-5,
            2.02456461662334e-5,
            2.6279243045155653e-5,
            EXACT,
            id="sparse: the ends are the wrong way round",
        ),
        pytest.param(
            SEVEN_HUNDREDS,
            np.ones(10),
            0.98,
            6.825022991538781e-5,
            99.0,
            98.99992904170193,
            1e-13,
            id="issue 6278, as its author's debugger says",
        ),
    ],
)
def test_the_interval_and_the_estimate_are_kayentas(
    *,
    canary: Floats,
    control: Floats,
    confidence: float,
    low: float,
    high: float,
    estimate: float,
    tolerance: float,
) -> None:
    shift = shift_between(canary, control, confidence)
    assert shift.low == pytest.approx(low, abs=min(EXACT, tolerance))
    assert shift.high == pytest.approx(high, abs=min(EXACT, tolerance))
    assert shift.estimate == pytest.approx(estimate, abs=tolerance)


@pytest.mark.parametrize(
    ("shift", "level", "expected"),
    [
        (-3.124999999999986, 1.9599639845400536, 17.090968923762254),
        (5.555555555555557, 1.9599639845400536, -20.997687930433106),
        (-3.124999999999986, -1.9599639845400536, 21.01089689284236),
        (5.555555555555557, -1.9599639845400536, -17.077759961353),
    ],
)
def test_the_statistic_at_the_ends_of_the_search_is_kayentas(
    shift: float, level: float, expected: float
) -> None:
    canary, control = vectors.SPARSE_CANARY, vectors.SPARSE_CONTROL
    ends = (canary.min() - control.max(), canary.max() - control.min())
    assert min(abs(shift - end) for end in ends) < EXACT
    nearest = float(min(ends, key=lambda end: abs(shift - end)))
    assert statistic(nearest, canary, control) - level == pytest.approx(expected, abs=EXACT)


def _line(scale: float, x: float) -> float:
    return x / scale - 0.3


def test_the_search_stops_within_an_absolute_tolerance() -> None:
    for scale in (1.0, 1e-3, 1e-6):
        found = brent(partial(_line, scale), -2 * scale, 3 * scale)
        assert found == pytest.approx(0.3 * scale, abs=1e-4)


def test_scipys_search_finds_the_same_jump_but_not_the_same_point() -> None:
    canary, control = vectors.SPARSE_CANARY, vectors.SPARSE_CONTROL
    ends = float(canary.min() - control.max()), float(canary.max() - control.min())
    ours = brent(lambda shift: statistic(shift, canary, control), *ends)
    scipys = float(brentq(statistic, *ends, args=(canary, control), xtol=1e-4))
    assert ours == pytest.approx(scipys, abs=2e-4)
    assert ours != pytest.approx(scipys, abs=1e-9)


def test_values_that_are_all_tied_have_no_statistic() -> None:
    with pytest.raises(AllTiedError):
        statistic(1.0, np.array([2.0]), np.array([1.0]))
