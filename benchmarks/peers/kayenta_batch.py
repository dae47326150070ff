"""Kayenta's question "is this metric High?" for many pairs of series at once, for simulations.

The same arithmetic as `kayenta_mann_whitney.py` and `kayenta_judge.py`, step for step, on rows instead of
one pair: a test holds the two against each other. A missing point is NaN; only the judge's own settings
are known here (either direction that includes an increase, effect by mean ratio from 1.0).

Most pairs need no search. The judge says High only if the interval's lower end is above 0, and the search
ends within its tolerance of a shift at which the statistic reaches z; the statistic falls as the shift
grows, so a pair whose statistic, at its largest conceivable, stays below z just left of 0 is not High.
"""

from dataclasses import dataclass

import numpy as np
from benchmarks.peers.kayenta_judge import Label, MetricSettings, classify, mean_ratio
from benchmarks.peers.kayenta_mann_whitney import EPSILON, ITERATIONS, TOLERANCE, Floats
from numpy.typing import NDArray
from scipy.special import ndtri

Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]
ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Pairs:
    """Rows of experiment and control with what the statistic needs to know of each."""

    experiment: Floats
    control: Floats
    n: Floats
    m: Floats
    alike: Floats
    """For each value of the experiment, how many equal ones there are in its row."""
    alike_control: Floats
    ties: Floats
    """The sum of t³ - t over the groups of equal values within either side."""

    @classmethod
    def of(cls, experiment: Floats, control: Floats) -> "Pairs":
        """Count once what every evaluation uses."""
        alike, alike_control = _multiplicities(experiment), _multiplicities(control)
        ties = (alike**2 - (alike > 0)).sum(axis=1) + (alike_control**2 - (alike_control > 0)).sum(axis=1)
        n, m = _present(experiment), _present(control)
        return cls(experiment, control, n, m, alike, alike_control, ties)

    def rows(self, chosen: Flags | Indices) -> "Pairs":
        """Only these rows."""
        columns = (self.experiment, self.control, self.n, self.m, self.alike, self.alike_control, self.ties)
        return Pairs(*(column[chosen] for column in columns))


def _present(values: Floats) -> Floats:
    present: Floats = (~np.isnan(values)).sum(axis=1).astype(np.float64)
    return present


def _multiplicities(values: Floats) -> Floats:
    """How often each value occurs in its row; 0 for a missing one."""
    ordered = np.argsort(values, axis=1)
    placed = np.take_along_axis(values, ordered, axis=1)
    width = values.shape[1]
    starts = np.ones_like(placed, dtype=np.bool_)
    starts[:, 1:] = placed[:, 1:] != placed[:, :-1]
    group = np.cumsum(starts, axis=1) + (np.arange(len(values)) * (width + 1))[:, None]
    sizes = np.bincount(group.ravel(), minlength=int(group.max(initial=0)) + 1)
    counts = np.where(np.isnan(placed), 0, sizes[group]).astype(np.float64)
    found = np.empty_like(counts)
    np.put_along_axis(found, ordered, counts, axis=1)
    return found


def _excess(pairs: Pairs, shift: Floats) -> tuple[Floats, Floats]:
    """The rank-sum above its mean, and the ties that the shift adds between the sides."""
    moved = (pairs.experiment - shift[:, None])[:, :, None]
    above = moved > pairs.control[:, None, :]
    level = moved == pairs.control[:, None, :]
    tied = level.any(axis=(1, 2))
    width = above.shape[1] * above.shape[2]
    wins = np.fromiter(
        (np.count_nonzero(row) for row in above.reshape(-1, width)), dtype=np.float64, count=len(above)
    )
    added = np.zeros(len(wins))
    for row in np.flatnonzero(tied):
        mine, theirs = np.nonzero(level[row])
        wins[row] += 0.5 * len(mine)
        # A group of a and b equal values has ab pairs, and a³ + b³ becomes (a + b)³.
        added[row] = 3 * (pairs.alike[row, mine] + pairs.alike_control[row, theirs]).sum()
    return wins - pairs.n * pairs.m / 2, added


def _variance(pairs: Pairs, added: Floats) -> Floats:
    n, m = pairs.n, pairs.m
    variance: Floats = n * m / 12 * ((n + m + 1) - (pairs.ties + added) / ((n + m) * (n + m - 1)))
    return variance


def statistics(pairs: Pairs, shift: Floats) -> Floats:
    """The standardised statistic of each row at its own shift."""
    excess, added = _excess(pairs, shift)
    found: Floats = (excess - 0.5 * np.sign(excess)) / np.sqrt(_variance(pairs, added))
    return found


def crossings(pairs: Pairs, least: Floats, most: Floats, level: float) -> Floats:
    """Brent's search in every row at once; each row takes the steps that it would take alone."""
    a, b, c = least, most, least
    fa, fb = statistics(pairs, a) - level, statistics(pairs, b) - level
    fc = fa
    found = np.where(fa == 0, a, b)
    searching = (fa != 0) & (fb != 0)
    where = np.flatnonzero(searching)
    a, b, c, fa, fb, fc = (column[searching] for column in (a, b, c, fa, fb, fc))
    pairs = pairs.rows(searching)
    for _ in range(ITERATIONS + 1):
        previous = b - a
        swap = np.abs(fc) < np.abs(fb)
        a, b, c = np.where(swap, b, a), np.where(swap, c, b), np.where(swap, b, c)
        fa, fb, fc = np.where(swap, fb, fa), np.where(swap, fc, fb), np.where(swap, fb, fc)
        tolerance = 2 * EPSILON * np.abs(b) + TOLERANCE / 2
        found[where] = b
        on = (np.abs((c - b) / 2) > tolerance) & (fb != 0)
        if not on.any():
            break
        columns = (a, b, c, fa, fb, fc, previous, tolerance)
        a, b, c, fa, fb, fc, previous, tolerance = (column[on] for column in columns)
        pairs, where = pairs.rows(on), where[on]
        step = _steps((a, b, c), (fa, fb, fc), previous, tolerance)
        a, fa = b, fb
        b = b + step
        fb = statistics(pairs, b) - level
        same = ((fb > 0) & (fc > 0)) | ((fb < 0) & (fc < 0))
        c, fc = np.where(same, a, c), np.where(same, fa, fc)
    return found


def _steps(
    points: tuple[Floats, Floats, Floats],
    values: tuple[Floats, Floats, Floats],
    previous: Floats,
    tolerance: Floats,
) -> Floats:
    """The next step of each row: interpolated where that is safe, else half the way; never too short."""
    (a, b, c), (fa, fb, fc) = points, values
    width = c - b
    ratio = fb / fa
    two = a == c
    q, r = fa / fc, fb / fc
    p = np.where(two, width * ratio, ratio * (width * q * (q - r) - (b - a) * (r - 1.0)))
    q = np.where(two, 1.0 - ratio, (q - 1.0) * (r - 1.0) * (ratio - 1.0))
    q, p = np.where(p > 0, -q, q), np.abs(p)
    safe = (p < (0.75 * width * q - np.abs(tolerance * q) / 2)) & (p < np.abs(previous * q / 2))
    safe &= (np.abs(previous) >= tolerance) & (np.abs(fa) > np.abs(fb))
    step = np.where(safe, p / np.where(safe, q, 1.0), width / 2)
    short = np.abs(step) < tolerance
    return np.where(short, np.where(step > 0, tolerance, -tolerance), step)


def are_high(experiment: Floats, control: Floats, settings: MetricSettings, seed: int) -> Flags:
    """Which rows the judge classifies as High; rows without data on either side are not High."""
    high = np.zeros(len(experiment), dtype=np.bool_)
    constant = _are_constant(experiment) & _are_constant(control)
    for row in np.flatnonzero(constant):
        noise = np.random.default_rng(seed)
        high[row] = classify(experiment[row], control[row], settings, noise).label is Label.HIGH
    for rows in np.array_split(np.flatnonzero(~constant), max(1, len(high) // ROWS_AT_ONCE)):
        high[rows] = _search(experiment[rows], control[rows], settings)
    return high


def _are_constant(values: Floats) -> Flags:
    """Rows with one distinct value or none."""
    constant: Flags = ~(np.fmax.reduce(values, axis=1) > np.fmin.reduce(values, axis=1))
    return constant


def _search(experiment: Floats, control: Floats, settings: MetricSettings) -> Flags:
    """High or not, searching only where cheaper looks leave it open."""
    z = -float(ndtri((1.0 - settings.confidence) / 2))
    high = np.zeros(len(experiment), dtype=np.bool_)
    left = np.flatnonzero(_may_be_higher(experiment, control))
    pairs = Pairs.of(experiment[left], control[left])
    least = np.fmin.reduce(pairs.experiment, axis=1) - np.fmax.reduce(pairs.control, axis=1)
    keep = (least > 0) | _may_reach(pairs, z)
    left, pairs = left[keep], pairs.rows(keep)
    low = _low_ends(pairs, z)
    keep = low > 0
    left, pairs, low = left[keep], pairs.rows(keep), low[keep]
    estimate = crossings(pairs, *_ranges(pairs), 0.0)
    for row, is_beyond in zip(left, low > settings.tolerance * np.abs(estimate), strict=True):
        mine, theirs = (side[row][~np.isnan(side[row])] for side in (experiment, control))
        identical = np.array_equal(np.sort(mine), np.sort(theirs))
        effect = mean_ratio(mine, theirs)
        high[row] = is_beyond and not identical and not effect < settings.limit(settings.allowed_increase)
    return high


def _ranges(pairs: Pairs) -> tuple[Floats, Floats]:
    """The least and the most that the experiment can be shifted."""
    least = np.fmin.reduce(pairs.experiment, axis=1) - np.fmax.reduce(pairs.control, axis=1)
    most = np.fmax.reduce(pairs.experiment, axis=1) - np.fmin.reduce(pairs.control, axis=1)
    return least, most


def _low_ends(pairs: Pairs, z: float) -> Floats:
    """The lower ends of the intervals; where even the least shift is not rejected, that is the end."""
    least, most = _ranges(pairs)
    ends = np.where(statistics(pairs, least) - z <= 0, least, most)
    inside = (statistics(pairs, least) - z > 0) & (statistics(pairs, most) - z < 0)
    ends[inside] = crossings(pairs.rows(inside), least[inside], most[inside], z)
    return ends


def _may_be_higher(experiment: Floats, control: Floats) -> Flags:
    """Rows with points on both sides whose mean ratio may be 1 or more, or is not defined."""
    n, m = _present(experiment), _present(control)
    above = np.nansum(experiment, axis=1) / np.maximum(n, 1)
    below = np.nansum(control, axis=1) / np.maximum(m, 1)
    higher: Flags = (n > 0) & (m > 0) & ((above >= below * (1 - 1e-9)) | (above == 0) | (below == 0))
    return higher


def _may_reach(pairs: Pairs, z: float) -> Flags:
    """Rows whose statistic can reach z at a shift above -1e-4, whatever ties the shift may make.

    Ties lower the variance; a shift that ties as much as any could adds at most this much to them.
    """
    excess, _ = _excess(pairs, np.full(len(pairs.n), -TOLERANCE * 1.001))
    most, most_control = pairs.alike.max(axis=1), pairs.alike_control.max(axis=1)
    tied = np.minimum(pairs.n * most_control, pairs.m * most)
    variance = np.maximum(0.0, _variance(pairs, 3 * (most + most_control) * tied))
    reached: Flags = excess - 0.5 >= z * np.sqrt(variance) * (1 - 1e-9)
    return reached
