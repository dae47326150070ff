"""The line: fair on its own side, soon beyond it, and absent where there is none."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from strandline.analysis.share_line import ShareLine


@given(line=st.floats(1e-4, 0.6), part=st.floats(0, 1), total=st.integers(1, 80), above=st.booleans())
def test_one_look_on_the_nulls_side_is_worth_at_most_one_on_average(
    line: float, part: float, total: int, *, above: bool
) -> None:
    share = line * part if above else line + (1 - line) * part
    events = np.arange(total + 1.0)
    lines = np.full(total + 1, line)
    test = ShareLine.above(lines) if above else ShareLine.below(lines)
    test.look(events, np.full(total + 1, float(total)))
    assert float(binom.pmf(events, total, share) @ np.exp(test.log_e)) <= 1 + 1e-9


def test_no_event_in_many_requests_shows_that_the_share_is_under_the_line() -> None:
    test = ShareLine.below(np.array([0.005]))
    test.look(np.array([0.0]), np.array([1200.0]))
    assert float(test.log_e[0]) > math.log(20)


@pytest.mark.parametrize("line", [0.0, 1.0])
def test_where_there_is_no_line_nothing_is_ever_shown(line: float) -> None:
    for test in (ShareLine.above(np.array([line])), ShareLine.below(np.array([line]))):
        test.look(np.array([70.0]), np.array([100.0]))
        assert float(test.log_e[0]) == pytest.approx(0.0)


def test_a_share_that_rises_late_is_found_after_a_long_good_time() -> None:
    test = ShareLine.above(np.array([0.05]))
    for _ in range(50):
        test.look(np.array([1.0]), np.array([100.0]))
    for _ in range(2):
        test.look(np.array([20.0]), np.array([100.0]))
    assert float(test.log_e[0]) > math.log(100)
