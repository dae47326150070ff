"""The rank test of Kayenta: how far the canary's values lie above the control's, and how surely.

Source: spinnaker/kayenta at a69573be9d8f, `kayenta-mannwhitney/…/MannWhitney.scala` and
`BrentSolver.java`. Meaning: shift the canary's values down by `shift` and ask with the rank-sum statistic
whether they then look like the control's. The interval holds the shifts that the statistic does not reject,
the estimate (Hodges and Lehmann's) is the shift at which it is zero.

The statistic is a step function of the shift, so it has no root, only a place where it jumps over zero.
Which point near that place is found depends on the path of the search; Brent's method is therefore written
out here as Kayenta has it, with its *absolute* tolerance of 1e-4. `scipy.optimize.brentq(xtol=1e-4)` finds
the same jump but another point within the tolerance, which is enough to change verdicts where the values
themselves are of the order of 1e-4, as error ratios are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

Floats = NDArray[np.float64]

TOLERANCE = 1e-4
EPSILON = 2.220446049250313e-16
ITERATIONS = 1000


class AllTiedError(RuntimeError):
    """The statistic has no spread: at this shift every value equals every other."""


@dataclass(frozen=True, kw_only=True)
class ShiftEstimate:
    """By how much the canary lies above the control, with the interval's ends."""

    low: float
    high: float
    estimate: float


def statistic(shift: float, experiment: Floats, control: Floats) -> float:
    """The standardised rank-sum of the experiment, moved down by `shift`, among the control.

    Average ranks for ties, 0.5 of continuity correction towards zero, variance corrected for ties.
    """
    n, m = len(experiment), len(control)
    merged = np.concatenate((experiment - shift, control))
    ranks = rankdata(merged)
    ties = np.unique(merged, return_counts=True)[1].astype(np.float64)
    excess = float(ranks[:n].sum()) - n * (n + 1) / 2 - n * m / 2
    variance = variance_of_excess(n, m, float((ties**3 - ties).sum()))
    if variance <= 0:
        raise AllTiedError
    return (excess - 0.5 * float(np.sign(excess))) / float(np.sqrt(variance))


def variance_of_excess(n: int, m: int, ties: float) -> float:
    """The variance of the rank-sum, where `ties` is the sum of t³ - t over groups of t equal values."""
    return n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))


def brent(function: Callable[[float], float], low: float, high: float) -> float:
    """Where the function crosses zero between `low` and `high`, to within 1e-4 whatever the scale."""
    a, b, c = low, high, low
    fa, fb = function(low), function(high)
    fc = fa
    if fa == 0:
        return a
    if fb == 0:
        return b
    for _ in range(ITERATIONS + 1):
        previous = b - a
        if abs(fc) < abs(fb):
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        tolerance = 2 * EPSILON * abs(b) + TOLERANCE / 2
        step = (c - b) / 2
        if abs(step) <= tolerance or fb == 0:
            return b
        if abs(previous) >= tolerance and abs(fa) > abs(fb):
            proposed = _interpolated((a, b, c), (fa, fb, fc), previous, tolerance)
            step = step if proposed is None else proposed
        if abs(step) < tolerance:
            step = tolerance if step > 0 else -tolerance
        a, fa = b, fb
        b += step
        fb = function(b)
        if (fb > 0 and fc > 0) or (fb < 0 and fc < 0):
            c, fc = a, fa
    return b


def _interpolated(
    points: tuple[float, float, float], values: tuple[float, float, float], previous: float, tolerance: float
) -> float | None:
    """The step that interpolation through the points proposes, or None where it would go too far."""
    (a, b, c), (fa, fb, fc) = points, values
    width = c - b
    ratio = fb / fa
    if a == c:
        p = width * ratio
        q = 1.0 - ratio
    else:
        q = fa / fc
        r = fb / fc
        p = ratio * (width * q * (q - r) - (b - a) * (r - 1.0))
        q = (q - 1.0) * (r - 1.0) * (ratio - 1.0)
    q, p = (-q, p) if p > 0 else (q, -p)
    within = p < (0.75 * width * q - abs(tolerance * q) / 2) and p < abs(previous * q / 2)
    return p / q if within else None


def shift_between(experiment: Floats, control: Floats, confidence: float = 0.98) -> ShiftEstimate:
    """The interval and the estimate of the shift; 0.98 is what Kayenta's judge has built in.

    Raises:
        AllTiedError: When the statistic has no spread at a shift that the search visits.
    """
    z = -float(ndtri((1.0 - confidence) / 2))
    least = float(experiment.min() - control.max())
    most = float(experiment.max() - control.min())

    def crossing(level: float) -> float:
        return brent(lambda shift: statistic(shift, experiment, control) - level, least, most)

    def end(level: float) -> float:
        if statistic(least, experiment, control) - level <= 0:
            return least
        if statistic(most, experiment, control) - level >= 0:
            return most
        return crossing(level)

    return ShiftEstimate(low=end(z), high=end(-z), estimate=crossing(0.0))
