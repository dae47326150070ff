"""A line for an error share: fair on the null's side, exact at the line, quick beyond it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.analysis.ceiling import ShareLine
from strandline.analysis.measurement import ArmCounts

LINE = st.floats(1e-6, 0.9)


def log_e(process: ShareLine, *looks: tuple[int, int]) -> float:
    process.begin()
    for requests, errors in looks:
        process.look(ArmCounts(requests=requests, errors=errors))
    return process.log_e


def expectation(requests: int, share: float, line: float, *, is_above: bool) -> float:
    make = ShareLine.above if is_above else ShareLine.below
    return math.fsum(
        math.comb(requests, errors)
        * share**errors
        * (1 - share) ** (requests - errors)
        * math.exp(log_e(make(line), (requests, errors)))
        for errors in range(requests + 1)
    )


@given(st.integers(1, 20), LINE, st.floats(0, 1))
def test_a_share_on_the_nulls_side_makes_no_evidence_on_average(
    requests: int, line: float, part: float
) -> None:
    assert expectation(requests, part * line, line, is_above=True) <= 1 + 1e-9
    assert expectation(requests, line + part * (1 - line), line, is_above=False) <= 1 + 1e-9


@given(st.integers(1, 20), LINE)
def test_at_the_line_itself_the_bets_are_exactly_fair(requests: int, line: float) -> None:
    assert expectation(requests, line, line, is_above=True) == pytest.approx(1, rel=1e-6)
    assert expectation(requests, line, line, is_above=False) == pytest.approx(1, rel=1e-6)


@given(st.integers(0, 10**6), st.data())
def test_one_more_error_is_more_evidence_above_and_less_below(requests: int, data: st.DataObject) -> None:
    errors = data.draw(st.integers(0, requests))
    looks = ((requests + 1, errors), (requests + 1, errors + 1))
    # Without held-back stakes, so that no constant hides a small difference.
    above = [log_e(ShareLine(0.05, (1.5, 10.0)), look) for look in looks]
    below = [log_e(ShareLine.below(0.05), look) for look in looks]
    assert above[0] < above[1]
    assert below[0] > below[1]


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 20))
def test_only_the_totals_count_however_they_were_looked_at(good: int, errors: int, parts: int) -> None:
    look = (good + errors, errors)
    for make in (ShareLine.above, ShareLine.below):
        whole = log_e(make(0.05), (parts * look[0], parts * look[1]))
        assert log_e(make(0.05), *[look] * parts) == pytest.approx(whole, rel=1e-9, abs=1e-9)


def test_requests_that_never_fail_show_a_share_under_the_floor() -> None:
    # 1/0.005 requests bring one natural unit of evidence; the bet on "never" holds a fifth of the stake.
    assert math.log(20) < log_e(ShareLine.below(0.005), (900, 0)) < math.log(60)


def test_the_bet_on_never_failing_is_lost_at_the_first_error_and_the_others_go_on() -> None:
    process = ShareLine.below(0.005)
    assert math.isfinite(log_e(process, (1000, 1)))
    process.look(ArmCounts(requests=10_000, errors=5))
    assert process.log_e > math.log(1000)
