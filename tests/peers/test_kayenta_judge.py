"""The judge's classification against Kayenta's own vectors and three issues' data.

Numbers and labels from spinnaker/kayenta at a69573be9d8f, `kayenta-judge/src/test/scala/com/netflix/
kayenta/judge/`: `ClassifierSuite.scala`, `StatisticSuite.scala`, `DetectorSuite.scala`; from the issues
spinnaker/kayenta#426 and #780 and spinnaker/spinnaker#6278 the data, with the verdicts that Kayenta gives.
"""

import math
from typing import Any

import numpy as np
import pytest
from benchmarks.peers.kayenta_judge import (
    Label,
    MetricSettings,
    classify,
    cles,
    mean_ratio,
    outliers,
    padded,
)
from benchmarks.peers.kayenta_mann_whitney import Floats
from tests.peers import vectors

NONE: list[float] = []
ONE_TO_FIVE = [1.0, 2.0, 3.0, 4.0, 5.0]
FIVE_ONES = [1.0] * 5
FIVE_TENS = [10.0] * 5
FIVE_ZEROS = [0.0] * 5
TWENTIES = [20.0, 22.0, 21.0, 25.0, 30.0]
ONES = [1.0, 2.2, 1.1, 2.5, 3.0]
FIFTIES = [54.9, 54.5, 55.1, 55.6, 57.4]
TEN, TEN_C = vectors.TEN_CANARY, vectors.TEN_CONTROL
TWENTY, TWENTY_C = vectors.TWENTY_CANARY, vectors.TWENTY_CONTROL
SPARSE, SPARSE_C = vectors.SPARSE_CANARY, vectors.SPARSE_CONTROL


def noise() -> np.random.Generator:
    return np.random.default_rng(343)


def effect(decrease: float, increase: float) -> dict[str, Any]:
    return {"allowed_decrease": decrease, "allowed_increase": increase}


def critical(decrease: float | None = None, increase: float | None = None) -> dict[str, Any]:
    return {"critical": True, "critical_decrease": decrease, "critical_increase": increase}


CLES: dict[str, Any] = {"effect_measure": "cles", "tolerance": 0.2, "confidence": 0.98}
UP: dict[str, Any] = {"direction": "increase"}
DOWN: dict[str, Any] = {"direction": "decrease"}
REPLACE: dict[str, Any] = {"nan_strategy": "replace"}

CASES: list[tuple[str, Any, Any, dict[str, Any], str, bool]] = [
    ("alike", TEN, TEN_C, {}, "Pass", False),
    ("higher", TWENTY, TEN_C, {}, "High", False),
    ("lower", TEN, TWENTY_C, {}, "Low", False),
    ("lower, may not increase", TEN, TWENTY_C, UP, "Pass", False),
    ("higher, may not decrease", TWENTY, TEN_C, DOWN, "Pass", False),
    ("higher, may not increase", TWENTY, TEN_C, UP, "High", False),
    ("lower, may not decrease", TEN, TWENTY_C, DOWN, "Low", False),
    ("210 values", SPARSE, SPARSE_C, {}, "High", False),
    ("effect: high", TWENTIES, ONES, effect(0.8, 1.2), "High", False),
    ("effect: low", TEN, TWENTY_C, DOWN | effect(0.8, 1.2), "Low", False),
    ("effect: pass", [10.0, 12.2, 10.1, 12.5, 23.0], TWENTIES, effect(0.5, 1.0), "Pass", False),
    ("effect: pass, 210 values", SPARSE, SPARSE_C, effect(1.0, 5.0), "Pass", False),
    ("cles: pass", vectors.EVEN_CANARY, vectors.EVEN_CONTROL, CLES | effect(0.5, 0.8), "Pass", False),
    ("cles: high", vectors.ABOVE_CANARY, vectors.ABOVE_CONTROL, CLES | effect(0.2, 0.8), "High", False),
    ("cles: low", vectors.BELOW_CANARY, vectors.BELOW_CONTROL, CLES | effect(0.2, 0.8), "Low", False),
    ("critical high", TWENTIES, ONES, critical(1.0, 1.2), "High", True),
    ("critical low", [2.0] * 4 + [3.0], [10.0, 20.2, 10.1, 20.5, 30.0], critical(1.2, 1.0), "Low", True),
    ("high, not critically", TWENTIES, ONES, effect(1.0, 5.0) | critical(1.0, 13.0), "High", False),
    ("neither", TWENTIES, ONES, effect(1.0, 13.0) | critical(1.0, 15.0), "Pass", False),
    ("critical by default", TWENTIES, ONES, critical(), "High", True),
    ("all tied", [1.0] * 3, [1.0] * 2, DOWN, "Pass", False),
    ("same in another order", ONE_TO_FIVE, ONE_TO_FIVE[::-1], DOWN, "Pass", False),
    ("one leading zero", [0.0] + [1.0] * 4, FIVE_ONES, DOWN, "Pass", False),
    ("no canary", NONE, ONE_TO_FIVE, DOWN, "Nodata", False),
    ("no canary, critical", NONE, ONE_TO_FIVE, DOWN | critical(), "Nodata", True),
    ("no canary, NaN is 0", NONE, ONE_TO_FIVE, DOWN | REPLACE, "Pass", False),
    ("nearly all tied", [1.0] * 4 + [10.0], FIVE_ONES, {}, "Pass", False),
    ("two constants", FIVE_TENS, FIVE_ONES, {}, "High", False),
    ("a constant and zeros", FIVE_TENS, FIVE_ZEROS, {}, "High", False),
    ("above zeros", FIFTIES, FIVE_ZEROS, effect(0.8, 1.2), "High", False),
    ("zeros below", FIVE_ZEROS, FIFTIES, effect(0.8, 1.2), "Low", False),
    ("critical above zeros", vectors.CRITICAL_CANARY, [0.0] * 10, REPLACE | critical(0.8, 1.2), "High", True),
    ("zeros and zeros", FIVE_ZEROS, FIVE_ZEROS, effect(0.8, 1.2), "Pass", False),
]


def test_the_thirty_three_cases_are_all_there() -> None:
    assert len(CASES) == 33


@pytest.mark.parametrize(
    ("canary", "control", "changed", "label", "is_critical"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_kayentas_own_cases_get_kayentas_labels(
    canary: Floats, control: Floats, changed: dict[str, Any], label: str, *, is_critical: bool
) -> None:
    settings = MetricSettings(**({"tolerance": 0.1, "confidence": 0.95} | changed))
    word = classify(np.array(canary), np.array(control), settings, noise())
    assert (word.label, word.critical) == (Label(label), is_critical)


@pytest.mark.parametrize(
    ("canary", "control", "deviation"),
    [(FIFTIES, FIVE_ZEROS, math.nan), (FIVE_ZEROS, FIFTIES, math.nan), (FIVE_ZEROS, FIVE_ZEROS, 1.0)],
)
def test_a_mean_of_zero_has_no_deviation(canary: list[float], control: list[float], deviation: float) -> None:
    word = classify(np.array(canary), np.array(control), MetricSettings(**effect(0.8, 1.2)), noise())
    assert word.deviation == pytest.approx(deviation, nan_ok=True)


def test_missing_data_has_a_reason() -> None:
    word = classify(
        np.array(NONE), np.array(NONE), MetricSettings(direction="decrease", critical=True), noise()
    )
    assert word.reason


@pytest.mark.parametrize(
    ("canary", "control", "changed", "label"),
    [
        pytest.param([0.0, 1, 2, 1, 0, 0], [0.0] * 6, {}, "Pass", id="426: errors where there were none"),
        pytest.param(
            [100.0] * 7 + [1.0] * 3,
            [1.0] * 10,
            effect(1.0, 1.05),
            "Pass",
            id="6278: seven hundredfold of ten",
        ),
        pytest.param(
            [100.0] * 8 + [1.0] * 2,
            [1.0] * 10,
            effect(1.0, 1.05),
            "High",
            id="6278: eight hundredfold of ten",
        ),
        pytest.param(
            [10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17.0, 17.1, 17.2, 17.3, 17.4, 17.5, 17.6, 17.7],
            [1.0, 100, 4, 101, 5, 102, 6, 103, 7, 104, 8, 105, 9, 106, 17],
            {},
            "Pass",
            id="780: the spread changes",
        ),
    ],
)
def test_what_users_complained_of_is_reproduced(
    canary: list[float], control: list[float], changed: dict[str, Any], label: str
) -> None:
    word = classify(np.array(canary), np.array(control), MetricSettings(**changed), noise())
    assert word.label == label


def test_the_verdict_depends_on_the_unit() -> None:
    rng = np.random.default_rng(5)
    control, canary = rng.normal(1, 0.25, 60), rng.normal(2, 0.25, 60)
    labels = [
        classify(canary * unit, control * unit, MetricSettings(), noise()).label for unit in (1.0, 1e-4, 1e-5)
    ]
    assert labels == [Label.HIGH, Label.HIGH, Label.PASSES]


def test_one_point_a_side_is_an_error_without_the_critical_flag() -> None:
    word = classify(np.array([2.0]), np.array([1.0]), MetricSettings(critical=True), noise())
    assert (word.label, word.critical) == (Label.ERROR, False)


def test_data_that_must_be_there_fail_the_metric_unless_it_is_critical() -> None:
    nothing, something = np.array(NONE), np.array(ONE_TO_FIVE)
    wanted = MetricSettings(must_have_data=True)
    vital = MetricSettings(must_have_data=True, critical=True)
    assert classify(nothing, something, wanted, noise()).label is Label.NODATA_FAIL
    assert classify(nothing, something, vital, noise()).label is Label.NODATA


def test_missing_points_are_padded_and_then_removed_or_taken_for_zero() -> None:
    canary = padded(np.array([5.0, 6.0, 7.0]), 12)
    control = np.array([5.0, 6.0, 7.0] * 4)
    assert len(canary) == 12
    assert classify(canary, control, MetricSettings(), noise()).label is Label.PASSES
    assert classify(canary, control, MetricSettings(nan_strategy="replace"), noise()).label is Label.LOW


@pytest.mark.parametrize(
    ("values", "outside"),
    [
        pytest.param([21.0, 23, 24, 25, 50, 29, 23, 21], [4], id="one above"),
        pytest.param([1.0, 1, 1, 5, -1, -1, -1, -5], [3, 7], id="above and below"),
        pytest.param(NONE, NONE, id="nothing"),
        pytest.param(vectors.NIST, [89], id="NIST"),
    ],
)
def test_outliers_are_those_of_the_detector_suite(values: list[float], outside: list[int]) -> None:
    found = outliers(np.array(values), 1.5, reduce_sensitivity=False)
    assert np.flatnonzero(found).tolist() == outside


def test_the_judge_calls_nothing_an_outlier_within_the_first_and_last_percentile() -> None:
    constant_but_two = np.array([1.0] * 198 + [2.0, 3.0])
    assert np.flatnonzero(outliers(constant_but_two, 3.0)).tolist() == [198, 199]
    assert np.flatnonzero(outliers(np.append(constant_but_two, [4.0] * 9), 3.0)).tolist() == []


def test_outliers_are_removed_only_when_asked_for() -> None:
    canary, control = np.array([1.0, 1.1, 0.9] * 10 + [900.0]), np.array([1.0, 1.1, 0.9] * 10)
    kept = classify(canary, control, MetricSettings(), noise())
    removed = classify(canary, control, MetricSettings(outliers="remove"), noise())
    assert kept.deviation > 20
    assert removed.reason == "canary and baseline are identical"


@pytest.mark.parametrize(
    ("values", "percent", "expected", "tolerance"),
    [
        ([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5], 5, 0.175, 1e-12),
        ([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5], 50, 1.75, 1e-12),
        ([float(value) for value in range(10)], 50, 4.5, 1e-12),
        (vectors.SOME_ZEROS, 25, 0.0, 1e-12),
        (vectors.SOME_ZEROS, 75, 0.0416, 1e-4),
    ],
)
def test_numpys_percentiles_are_kayentas(
    values: list[float], percent: float, expected: float, tolerance: float
) -> None:
    assert float(np.percentile(values, percent)) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(
    ("canary", "control", "expected"),
    [(FIVE_ONES, FIVE_ONES, 1.0), (FIVE_TENS, FIVE_ONES, 10.0), (FIVE_TENS, [100.0] * 5, 0.1)],
)
def test_the_mean_ratio_is_kayentas(canary: list[float], control: list[float], expected: float) -> None:
    assert mean_ratio(np.array(canary), np.array(control)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("canary", "control", "expected"),
    [
        (np.array(ONE_TO_FIVE), np.array(ONE_TO_FIVE), 0.5),
        (np.array(ONE_TO_FIVE), np.array(FIFTIES), 0.0),
        (vectors.OFTEN_ABOVE, vectors.SELDOM_BELOW, 0.771),
        (vectors.OFTEN_BELOW, vectors.SELDOM_ABOVE, 0.12),
    ],
)
def test_the_common_language_effect_size_is_kayentas(
    canary: Floats, control: Floats, expected: float
) -> None:
    assert cles(canary, control) == pytest.approx(expected, abs=1e-3)
