"""A sample of times is spread over bins that people think in."""

from hypothesis import given
from hypothesis import strategies as st
from tests.kpi.told import at

from strandline.kpi.figure import Point, Unit
from strandline.web.kpi_distribution import distribution

HOUR = 3600.0


def took(seconds: float, *, is_censored: bool = False) -> Point:
    return Point(at=at(0), value=seconds, key="d", service="shop", is_censored=is_censored)


def test_times_stand_in_their_bins_and_empty_ones_between_them_are_shown() -> None:
    found = distribution([took(1.5 * HOUR), took(1.7 * HOUR), took(9 * HOUR)], Unit.SECONDS)
    assert found is not None
    assert [each.count for each in found.bins] == [2, 0, 0, 1]
    assert [each.percent for each in found.bins] == [100, 0, 0, 50]
    assert [each.label for each in found.bins][::3] == ["1 h to 2 h", "8 h to 1 day"]


def test_what_is_not_over_is_counted_apart_and_in_no_quantile() -> None:
    found = distribution([took(HOUR), took(9 * HOUR, is_censored=True)], Unit.SECONDS)
    assert found is not None
    assert [each.censored for each in found.bins if each.count] == [0, 1]
    assert {value for _, value in found.quantiles} == {"60.0 min"}


def test_a_share_and_an_empty_sample_have_no_spread() -> None:
    assert distribution([took(1.0)], Unit.SHARE) is None
    assert distribution([], Unit.SECONDS) is None


@given(st.lists(st.floats(0, 1e9), min_size=1))
def test_every_member_is_in_one_bin(values: list[float]) -> None:
    found = distribution([took(each) for each in values], Unit.SECONDS)
    assert found is not None
    assert sum(each.count for each in found.bins) == len(values)
    assert max(each.percent for each in found.bins) == 100
