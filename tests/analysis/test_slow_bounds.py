"""Slow bounds: the control's own quantiles, fixed once, and never from what they judge."""

from strandline.analysis.slow_bounds import QUANTILES, SlowBounds

HUNDRED = ((10, 50), (20, 40), (50, 5), (100, 4), (1000, 1))


def test_bounds_are_the_controls_quantiles_as_soon_as_it_had_enough_requests() -> None:
    bounds = SlowBounds()
    assert bounds.bounds_ms == [None] * len(QUANTILES)
    bounds.learn(HUNDRED)
    assert bounds.bounds_ms == [10, 20, None, None, None]
    for _ in range(3):
        bounds.learn(HUNDRED)
    assert bounds.bounds_ms == [10, 20, 50, 100, None]
    for _ in range(16):
        bounds.learn(HUNDRED)
    assert bounds.bounds_ms == [10, 20, 50, 100, 1000]


def test_a_bound_that_is_fixed_stays() -> None:
    bounds = SlowBounds()
    bounds.learn(HUNDRED)
    bounds.learn(((5000, 100_000),))
    assert bounds.bounds_ms[:2] == [10, 20]


def test_slower_counts_what_lies_beyond_each_bound() -> None:
    bounds = SlowBounds()
    assert bounds.slower(HUNDRED) == [0] * len(QUANTILES)
    for _ in range(20):
        bounds.learn(HUNDRED)
    assert bounds.slower(HUNDRED) == [50, 10, 5, 1, 0]
    assert bounds.slower(((None, 7),)) == [7] * len(QUANTILES)
