"""Values with their intervals: shares by Wilson, medians by order statistics, rates by the exact Poisson law.

All are 90 % intervals. None of them draws random numbers, so a figure is the same each time.
(E. B. Wilson, JASA 22, 1927; order statistics: H. A. David, "Order Statistics", 2.7; F. Garwood,
Biometrika 28, 1936; Kaplan-Meier with the log-log interval: E. L. Kaplan and P. Meier, JASA 53, 1958,
R. Brookmeyer and J. Crowley, Biometrics 38, 1982.)
"""

import math
import warnings
from collections.abc import Sequence

import numpy as np
from scipy.special import bdtr, bdtrik, chdtri, ndtri

from strandline.kpi.figure import Value

LEVEL = 0.9
_TAIL = (1 - LEVEL) / 2
_Z = float(ndtri(1 - _TAIL))


def share(count: int, n: int) -> Value:
    """Return a share with its Wilson interval; no value for an empty sample."""
    if not n:
        return Value(n=0, count=count, method="Wilson")
    middle = (count + _Z * _Z / 2) / (n + _Z * _Z)
    half = _Z / (n + _Z * _Z) * math.sqrt(count * (n - count) / n + _Z * _Z / 4)
    low, high = (0.0 if not count else middle - half), (1.0 if count == n else middle + half)
    return Value(value=count / n, low=low, high=high, n=n, count=count, method="Wilson")


def median(values: Sequence[float]) -> Value:
    """Return the median (the mean of the middle two for an even sample) with its interval, and the p90."""
    n = len(values)
    if not n:
        return Value(n=0, method="order statistics")
    ordered = np.sort(np.asarray(values, dtype=float))
    below = _least_likely(n)
    # The smallest samples do not reach 90 %: their interval is all of them.
    place = max(below - 1, 0)
    return Value(
        value=float(np.median(ordered)),
        low=float(ordered[place]),
        high=float(ordered[n - 1 - place]),
        p90=float(np.quantile(ordered, 0.9)),
        n=n,
        method="order statistics",
    )


def censored_median(values: Sequence[float], is_over: Sequence[bool]) -> Value:
    """Return the median of durations of which some are not over yet (Kaplan-Meier).

    Args:
        values: durations, or how long it has lasted so far.
        is_over: whether each one has ended.
    """
    n = len(values)
    method = "Kaplan-Meier"
    if all(is_over):
        return median(values)
    if not any(is_over):
        return Value(n=n, low=min(values), method=method)
    # Half of the time that a command takes to begin; only what is still open needs it.
    from scipy.stats import CensoredData, ecdf  # noqa: PLC0415 - as said above

    ended = [value for value, over in zip(values, is_over, strict=True) if over]
    going = [value for value, over in zip(values, is_over, strict=True) if not over]
    curve = ecdf(CensoredData(uncensored=ended, right=going)).sf
    with warnings.catch_warnings():
        # Where all or none are left, there is no interval: it is not a number there, and is passed over.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = curve.confidence_interval(LEVEL, method="log-log")
    times = curve.quantiles
    return Value(
        value=_falls_to(times, curve.probabilities, 0.5),
        low=_falls_to(times, interval.low.probabilities, 0.5),
        high=_falls_to(times, interval.high.probabilities, 0.5),
        p90=_falls_to(times, curve.probabilities, 0.1),
        n=n,
        method=method,
    )


def _falls_to(times: np.ndarray, surviving: np.ndarray, share_left: float) -> float | None:
    reached = np.flatnonzero(surviving <= share_left)
    return float(times[reached[0]]) if len(reached) else None


def _least_likely(n: int) -> int:
    """Return the smallest number of heads among `n` tosses that is not in the lower tail."""
    least: int = max(math.ceil(bdtrik(_TAIL, n, 0.5)) - 1, 0)
    return least if bdtr(least, n, 0.5) >= _TAIL else least + 1


def rate(count: int, days: float) -> Value:
    """Return events per day with the exact Poisson interval."""
    if days <= 0:
        return Value(n=count, method="Poisson")
    low = chdtri(2 * count, 1 - _TAIL) / 2 if count else 0.0
    high = chdtri(2 * count + 2, _TAIL) / 2
    return Value(
        value=count / days,
        low=float(low) / days,
        high=float(high) / days,
        n=count,
        count=count,
        method="Poisson",
    )
