"""The rule of proof: when a share is proved to reach a threshold, and when it is proved not to.

A share is met if it reaches the threshold T and its one-sided 90 % Wilson bound lies no more than 0.05 beyond
(E. B. Wilson, JASA 22, 1927). It is refuted if the bound on the other side does not reach T. Between the two
the sample is too small to say: provisional above T, partial below. Where all there is was looked at and that
is less than the smallest sample, all of it has to hold (a census).
"""

import math
from statistics import NormalDist
from typing import NamedTuple

from strandline.maturity.answer import Verdict

MARGIN = 0.05
_Z = NormalDist().inv_cdf(0.9)


class Bounds(NamedTuple):
    """A share with its one-sided 90 % bounds."""

    share: float
    low: float
    high: float


def wilson(count: int, n: int) -> Bounds:
    """Return a share with its one-sided 90 % Wilson bounds; 0 to 1 if there is no case.

    Args:
        count: how many hold, 0 to `n`.
        n: how many there are.
    """
    if not n:
        return Bounds(0.0, 0.0, 1.0)
    share = count / n
    middle = (share + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
    half = _Z / (1 + _Z * _Z / n) * math.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n))
    return Bounds(share, 0.0 if not count else max(middle - half, 0.0), 1.0 if count == n else middle + half)


def at_least(count: int, n: int, threshold: float) -> Verdict:
    """Return whether a share is proved to be at least `threshold`."""
    share, low, high = wilson(count, n)
    if not n:
        return Verdict.UNKNOWN_SAMPLE
    if share >= threshold:
        return Verdict.MET if low >= threshold - MARGIN else Verdict.PROVISIONAL
    return Verdict.NOT_MET if high < threshold else Verdict.PARTIAL


def at_most(count: int, n: int, threshold: float) -> Verdict:
    """Return whether a share is proved to be at most `threshold`: the mirror of `at_least`."""
    share, low, high = wilson(count, n)
    if not n:
        return Verdict.UNKNOWN_SAMPLE
    if share <= threshold:
        return Verdict.MET if high <= threshold + MARGIN else Verdict.PROVISIONAL
    return Verdict.NOT_MET if low > threshold else Verdict.PARTIAL


def successes_needed(n: int, threshold: float) -> int | None:
    """Return how many of `n` have to hold for a share to be proved; `None` if not even all are enough."""
    return next((count for count in range(n + 1) if at_least(count, n, threshold) is Verdict.MET), None)


def smallest_sample(threshold: float) -> int:
    """Return the smallest number of cases, all of which hold, that proves a threshold below 1."""
    return next(n for n in range(1, 10_000) if at_least(n, n, min(threshold, 1.0)) is Verdict.MET)
