"""Mixtures: stakes add up, late ones are placed, and nothing overflows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.analysis.mixture import Mixture, log_average, log_sum

LOGS = st.floats(-700, 700)


@given(st.lists(st.floats(-30, 30), min_size=1))
def test_a_sum_of_logarithms_is_the_logarithm_of_the_sum(logs: list[float]) -> None:
    assert log_sum(logs) == pytest.approx(math.log(math.fsum(map(math.exp, logs))))


def test_nothing_adds_up_to_nothing() -> None:
    assert log_sum([]) == -math.inf
    assert log_sum([-math.inf, -math.inf]) == -math.inf


def test_huge_and_tiny_terms_neither_overflow_nor_vanish() -> None:
    assert log_sum([5000.0, 5000.0]) == pytest.approx(5000 + math.log(2))
    assert log_sum([-5000.0, -5000.0]) == pytest.approx(-5000 + math.log(2))


@given(st.integers(1, 40), st.booleans())
def test_placing_stakes_never_makes_evidence(beginnings: int, holds_back: bool) -> None:  # noqa: FBT001 - drawn
    mixture = Mixture([0.25, 0.75], holds_back=holds_back)
    assert mixture.log_e == pytest.approx(0)
    for _ in range(beginnings):
        mixture.begin()
        assert mixture.log_e == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("count", "part"), [(1, 1 / 2), (2, 1 / 4), (3, 1 / 12), (4, 1 / 24)])
def test_each_later_beginning_gets_its_part_of_the_whole(count: int, part: float) -> None:
    mixture = Mixture([1.0], holds_back=True)
    for _ in range(count - 1):
        mixture.begin()
        mixture.multiply([-math.inf])  # what was placed so far is lost
    mixture.begin()
    mixture.multiply([100.0])
    assert mixture.log_e == pytest.approx(100 + math.log(part))


def test_without_holding_back_everything_is_placed_at_once() -> None:
    mixture = Mixture([0.5, 0.5])
    mixture.begin()
    mixture.multiply([math.log(3), -math.inf])
    assert mixture.log_e == pytest.approx(math.log(1.5))


@given(st.lists(st.tuples(LOGS, LOGS), min_size=1, max_size=20))
def test_evidence_is_the_weighted_mean_of_the_products(factors: list[tuple[float, float]]) -> None:
    mixture = Mixture([0.3, 0.7])
    mixture.begin()
    for pair in factors:
        mixture.multiply(pair)
    first, second = (math.fsum(column) for column in zip(*factors, strict=True))
    expected = log_sum([math.log(0.3) + first, math.log(0.7) + second])
    assert mixture.log_e == pytest.approx(expected, abs=1e-6)


@given(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), st.integers(1, 20))
def test_the_forecast_is_what_happens_if_everything_happens_again(
    pair: tuple[float, float], times: int
) -> None:
    once, often = Mixture([0.3, 0.7]), Mixture([0.3, 0.7])
    for mixture, count in ((once, 1), (often, times)):
        mixture.begin()
        for _ in range(count):
            mixture.multiply(pair)
    assert once.log_e_if(times) == pytest.approx(often.log_e, abs=1e-9)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=5))
def test_the_average_lies_between_its_parts(logs: list[float]) -> None:
    assert min(logs) - 1e-9 <= log_average(*logs) <= max(logs) + 1e-9
