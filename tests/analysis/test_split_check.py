"""The split: called wrong when it is, and not when a router rounds or users come in bunches."""

import numpy as np
import pytest

from strandline.analysis.split_check import SplitCheck


def wrong_after(share: float, *, ordered_bp: int, looks: int = 200, seed: int = 1, bunch: int = 1) -> int:
    """The look at which the split is called wrong; 0 for never."""
    rng = np.random.default_rng(seed)
    check = SplitCheck()
    for look in range(1, looks + 1):
        canary = int(rng.binomial(200 // bunch, share)) * bunch
        check.look(canary, 200 - canary, share_bp=ordered_bp)
        if check.is_wrong:
            return look
    return 0


@pytest.mark.parametrize("ordered_bp", [100, 500, 2500, 5000])
def test_a_split_as_ordered_is_never_called_wrong(ordered_bp: int) -> None:
    assert [wrong_after(ordered_bp / 10_000, ordered_bp=ordered_bp, seed=seed) for seed in range(50)] == [
        0
    ] * 50


@pytest.mark.parametrize(("share", "ordered_bp"), [(0.52, 5000), (0.053, 500)])
def test_a_routers_rounding_is_as_ordered(share: float, ordered_bp: int) -> None:
    assert wrong_after(share, ordered_bp=ordered_bp, looks=1000) == 0


@pytest.mark.parametrize(("share", "ordered_bp", "by"), [(0.7, 5000, 10), (0.1, 5000, 3), (0.15, 500, 20)])
def test_a_split_that_is_far_off_is_found(share: float, ordered_bp: int, by: int) -> None:
    assert 0 < wrong_after(share, ordered_bp=ordered_bp) <= by


def test_users_who_come_with_two_requests_each_are_no_finding() -> None:
    found = [wrong_after(0.25, ordered_bp=2500, seed=seed, bunch=2) for seed in range(50)]
    assert found == [0] * 50
