"""How PipeCD's automated deployment analysis compares canary and baseline.

Source: pipe-cd/pipecd at 7e228592b581, `pkg/app/piped/executor/analysis/metrics_analyzer.go` and
`mannwhitney/*` there, `pkg/config/analysis.go`. A Mann-Whitney test at 5 % on the last interval's points,
with no correction for the number of looks and no size of effect.

Three quirks are kept. Under ties U may be a half, and yet "greater" is 1 - P(U <= u - 1). "Differs"
doubles the *lower* tail at the smaller of both U, which is not a tail probability where ties make the
distribution lopsided, and can even be 0. And where only two distinct values occur, the lower tail a little
below its first step is taken for that step, because a division rounds towards zero.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

ALPHA = 0.05
EXACT_LIMIT = 50
TIED_EXACT_LIMIT = 25
LEAST_DISTINCT = 2


class Deviation(StrEnum):
    """In which direction the canary must not deviate."""

    EITHER = "EITHER"
    HIGH = "HIGH"
    LOW = "LOW"


class NoPointsError(ValueError):
    """One side has no points while the other has."""


class SamplesEqualError(ValueError):
    """Every value equals every other, so that there is nothing to test."""


@dataclass(frozen=True, kw_only=True)
class UTest:
    """The statistic, generalised to ties by halves, and the probability."""

    u: float
    p: float


def u_statistic(experiment: Floats, control: Floats) -> float:
    """The number of pairs in which the experiment is the higher, ties counting half."""
    pairs = experiment[:, None], control[None, :]
    return float((pairs[0] > pairs[1]).sum()) + 0.5 * float((pairs[0] == pairs[1]).sum())


def tie_sizes(experiment: Floats, control: Floats) -> tuple[int, ...]:
    """How many values there are of each distinct value, from the lowest up."""
    counts = np.unique(np.concatenate((experiment, control)), return_counts=True)[1]
    return tuple(int(count) for count in counts)


def mann_whitney(experiment: Floats, control: Floats, deviation: Deviation) -> UTest:
    """The test, exact where both sides are small and else by the normal approximation.

    Raises:
        NoPointsError: When either side is empty.
        SamplesEqualError: When all values are equal.
    """
    n, m = len(experiment), len(control)
    if not n or not m:
        raise NoPointsError
    ties = tie_sizes(experiment, control)
    if len(ties) == 1:
        raise SamplesEqualError
    u = u_statistic(experiment, control)
    limit = TIED_EXACT_LIMIT if max(ties) > 1 else EXACT_LIMIT
    if n <= limit and m <= limit:
        return UTest(u=u, p=exact_p(u, n, m, ties, deviation))
    return UTest(u=u, p=normal_p(u, n, m, sum(t**3 - t for t in ties), deviation))


def exact_p(u: float, n: int, m: int, ties: tuple[int, ...], deviation: Deviation) -> float:
    """The probability from the exact distribution, in PipeCD's reading of the tails."""
    if deviation is Deviation.LOW:
        return u_cdf(u, n, m, ties)
    if deviation is Deviation.HIGH:
        return 1 - u_cdf(u - 1, n, m, ties)
    other = n * m - u
    return 1.0 if u == other else 2 * u_cdf(min(u, other), n, m, ties)


def normal_p(u: float, n: int, m: int, ties: float, deviation: Deviation) -> float:
    """The normal approximation; `ties` is the sum of t³ - t over groups of t equal values."""
    sd = float(np.sqrt(n * m * ((n + m + 1) - ties / ((n + m) * (n + m - 1))) / 12))
    excess = u - n * m / 2
    if deviation is Deviation.LOW:
        return float(ndtr((excess + 0.5) / sd))
    if deviation is Deviation.HIGH:
        return 1 - float(ndtr((excess - 0.5) / sd))
    below = float(ndtr((excess - 0.5 * float(np.sign(excess))) / sd))
    return 2 * min(below, 1 - below)


def u_cdf(u: float, n: int, m: int, ties: tuple[int, ...] = ()) -> float:
    """P(U <= u) when all ways to deal the values to the two sides are equally likely."""
    if u < 0:
        return 0.0
    if u >= n * m:
        return 1.0
    if not ties or max(ties) == 1:
        steps = int(u)
        is_upper = steps >= (n * m + 1) // 2
        below = _deals(n, (1,) * (n + m))[2 * (n * m - steps - 1 if is_upper else steps)] / comb(n + m, n)
        return 1 - below if is_upper else below
    twice = int(2 * u)
    if len(ties) == LEAST_DISTINCT:
        first = n * (ties[0] - n)
        if n <= ties[0] and first - sum(ties) < twice < first:
            twice = first
    return _deals(n, ties)[twice] / comb(n + m, n)


@lru_cache(maxsize=1024)
def _deals(n: int, ties: tuple[int, ...]) -> tuple[int, ...]:
    """In how many deals of `n` values to the first side 2U is at most its index (Klotz, 1966).

    A group of t values, of which r are dealt, adds 2·r·(second side's values so far) + r·(t - r) to 2U.
    """
    most = 2 * n * (sum(ties) - n) + 1
    dealt = {0: 1}
    """For each number dealt so far the polynomial in 2U, its coefficients packed into one integer."""
    bits = comb(sum(ties), n).bit_length() + 1
    seen = 0
    for t in ties:
        following: Counter[int] = Counter()
        for k, polynomial in dealt.items():
            for r in range(min(t, n - k) + 1):
                if seen - k + t - r <= sum(ties) - n:
                    following[k + r] += (comb(t, r) * polynomial) << (bits * r * (2 * (seen - k) + t - r))
        dealt = following
        seen += t
    mask = (1 << bits) - 1
    return tuple(accumulate((dealt[n] >> (bits * twice)) & mask for twice in range(most)))


@lru_cache(maxsize=1 << 17)
def least_failing(n: int, m: int, ties: tuple[int, ...]) -> float:
    """The least U that fails on HIGH by the exact distribution; above n·m where none does.

    The probability never rises as U grows, so this one number answers for all samples with these ties.
    """

    def fails(twice: int) -> bool:
        return exact_p(twice / 2, n, m, ties, Deviation.HIGH) <= ALPHA

    return bisect_left(range(2 * n * m + 1), x=True, key=fails) / 2


def is_acceptable(experiment: Sequence[float], control: Sequence[float], deviation: Deviation) -> bool:
    """That the canary does not deviate; nothing on both sides, or nothing but one value, is acceptable.

    Raises:
        NoPointsError: When one side only is empty; the stage counts it as a failure.
    """
    if not len(experiment) and not len(control):
        return True
    try:
        test = mann_whitney(np.asarray(experiment, float), np.asarray(control, float), deviation)
    except SamplesEqualError:
        return True
    return test.p > ALPHA


def within_thresholds(points: Sequence[float], *, minimum: float | None, maximum: float | None) -> bool:
    """The THRESHOLD strategy: that no point leaves the range; no points is acceptable."""
    return all(
        (minimum is None or point >= minimum) and (maximum is None or point <= maximum) for point in points
    )


def is_failed(failures: int, failure_limit: int = 0) -> bool:
    """That the stage fails, and with it the deployment."""
    return failures > failure_limit
