"""Where the level of a figure changed, and which single windows are out of the ordinary.

Both are judged as they would have been at the time: window after window, each by the `MOST` windows up to it
and by no others. So a window that is added takes nothing back that was found before, whoever looks later
judges a window by the same ones, and the rates of false alarms are those of somebody who looks every week for
years, not of one look.

*Change points*: at each window every split of the series since the last change is tried by the exact test of
Mann and Whitney, ties counting against a change; a change is told when the smallest probability falls below
one bound that was chosen for all splits of all looks together (D. M. Hawkins and Q. Deng, "A Nonparametric
Change-Point Control Chart", Journal of Quality Technology 42, 2010). It rests on the order of the values
alone, so the rate holds whatever their law is, as long as the windows do not depend on each other; where they
do, it is higher (docs/explanation/figures.md has what was measured).

*Anomalies*: a window outside the prediction interval of those since the last change (G. J. Hahn and W. Q.
Meeker, "Statistical Intervals", 1991, 4.7), taken of the values and, where all are positive, of their
logarithms too, and beyond every single one of them. The rate is met by normal and lognormal values; whatever
their law, it is at most two in the number of windows before plus one.

A window without a value is left out. It is never zero, and never a reason to tell anything.
"""

import math
from collections.abc import Sequence
from functools import cache

import msgspec
import numpy as np
from scipy.special import stdtrit

from strandline.kpi.rank_law import smallest_count, tail

MOST = 60
"""How many windows are judged, the newest of them, and by how many each: those up to it."""
NEEDED = 2 * MOST
"""How many windows are used, so that the oldest one that is judged has as many up to it as the newest."""
FALSE_CHANGE = 0.01
"""Probability at most that a series in which nothing changes is called changed within `MOST` windows."""
FALSE_ANOMALY = 0.001
"""Probability that a window like those before it is called anomalous, for normal and lognormal values."""
LEAST_BESIDE = 4
"""Fewer windows than this are no level."""
LEAST_EARLIER = 12
"""From fewer windows before it no window is called anomalous; with fewer than this nothing is judged."""

_BOUND = 1.5e-5
"""In 400,000 simulated series the smallest probability fell below this in 0.89 % of them."""
_LARGEST_LOG = 700.0
"""Just below the logarithm of the largest float."""
_SAME = 1e-9
"""Values that differ by less than this part of their size are the same: it is the computer that rounds."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A figure over one of several windows of the same length."""

    value: float | None
    """`None` where it is not computable."""
    n: int = 0
    """Its sample."""


class ChangePoint(msgspec.Struct, frozen=True, kw_only=True):
    """The level is another one since some window."""

    at: int
    """Place of the first window at the new level."""
    told_at: int
    """Place of the window with which it could be told."""
    before: float
    """Median of the windows before, back to the change before that."""
    after: float
    """Median of the windows from `at` to `told_at`."""
    windows_before: int
    windows_after: int
    n_before: int
    n_after: int
    probability: float
    """Of so clear a split in this very place, if nothing had changed."""


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """One window is outside what those before it allow; of several in a row it is the first."""

    at: int
    value: float
    low: float
    high: float
    windows_before: int
    n: int


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a series."""

    changes: tuple[ChangePoint, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    windows: int = 0
    """How many of the newest `MOST` have a value."""

    @property
    def is_too_little(self) -> bool:
        """Whether there are too few windows to say anything: that nothing was found then says nothing."""
        return self.windows < LEAST_EARLIER


def watched(windows: Sequence[Window]) -> Watched:
    """Return what there is to tell of the newest `MOST` windows of a series.

    Args:
        windows: by time, the newest `NEEDED` are used; places in what is returned are places in this.
    """
    first = max(len(windows) - NEEDED, 0)
    told_from = max(len(windows) - MOST, 0)
    places = [place for place in range(first, len(windows)) if _value(windows[place]) is not None]
    values = np.asarray([windows[place].value for place in places], dtype=float)
    sizes = [windows[place].n for place in places]
    # For each window, where the windows begin that it is judged by.
    begins = np.searchsorted(places, np.asarray(places, dtype=int) - MOST + 1).tolist()
    splits = _splits(values, begins)
    return Watched(
        changes=tuple(
            ChangePoint(
                at=places[split.at],
                told_at=places[split.end - 1],
                before=float(np.median(values[split.begin : split.at])),
                after=float(np.median(values[split.at : split.end])),
                windows_before=split.at - split.begin,
                windows_after=split.end - split.at,
                n_before=sum(sizes[split.begin : split.at]),
                n_after=sum(sizes[split.at : split.end]),
                probability=split.probability,
            )
            for split in splits
            if places[split.end - 1] >= told_from
        ),
        anomalies=tuple(
            msgspec.structs.replace(each, at=places[each.at])
            for each in _anomalies(values, sizes, begins, splits)
            if places[each.at] >= told_from
        ),
        windows=sum(place >= told_from for place in places),
    )


def change_points(windows: Sequence[Window]) -> tuple[ChangePoint, ...]:
    """Return where the level of a series changed, by time."""
    return watched(windows).changes


def anomalies(windows: Sequence[Window]) -> tuple[Anomaly, ...]:
    """Return the single windows that those before them do not allow, by time."""
    return watched(windows).anomalies


class _Split(msgspec.Struct, frozen=True):
    """A change among values: they are those from `begin` to before `end`, and it is before `at`."""

    begin: int
    at: int
    end: int
    probability: float


def _value(window: Window) -> float | None:
    return window.value if window.value is not None and math.isfinite(window.value) else None


def _splits(values: np.ndarray, begins: Sequence[int]) -> list[_Split]:
    """Return the changes in the order in which they are told; each is looked for from the one before on."""
    near = _SAME * np.maximum(np.abs(values)[:, None], np.abs(values)[None, :])
    differs = values[None, :] - values[:, None]
    rises, falls = _pairs(differs > near), _pairs(differs < -near)
    found: list[_Split] = []
    looked = changed_at = 0
    while True:
        # A row for each look that is to come, a column for each split of it.
        ends = np.arange(looked + 1, len(values) + 1)[:, None]
        firsts = np.maximum(np.asarray(begins[looked:], dtype=int), changed_at)[:, None]
        splits = np.minimum(firsts + np.arange(MOST)[None, :], ends)
        counts = np.maximum(_across(rises, firsts, splits, ends), _across(falls, firsts, splits, ends))
        reached = counts >= _asked()[splits - firsts, ends - firsts]
        rows = np.flatnonzero(reached.any(axis=1))
        if not len(rows):
            return found
        row = int(rows[0])
        begin, end = int(firsts[row, 0]), int(ends[row, 0])
        probability, changed_at = min(
            (2 * float(tail(split - begin, end - split)[counts[row, split - begin]]), split)
            for split in splits[row][reached[row]].tolist()
        )
        found.append(_Split(begin, changed_at, end, probability))
        looked = end


def _across(pairs: np.ndarray, begins: np.ndarray, splits: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return how many pairs lie across each split: one from its beginning to it, the other up to its end."""
    counted: np.ndarray = (
        pairs[splits, ends] - pairs[begins, ends] - pairs[splits, splits] + pairs[begins, splits]
    )
    return counted


@cache
def _asked() -> np.ndarray:
    """Return the count that each split of each look has to reach; more than there can be where it may not."""
    asked = np.full((MOST + 1, MOST + 1), MOST * MOST)
    for at in range(LEAST_BESIDE, MOST + 1):
        for end in range(at + LEAST_BESIDE, MOST + 1):
            asked[at, end] = smallest_count(at, end - at, _BOUND / 2)
    return asked


def _pairs(is_so: np.ndarray) -> np.ndarray:
    """Return, for each row and column, how many pairs of the rows and columns before them are so."""
    number = len(is_so)
    counted = np.zeros((number + 1, number + 1), dtype=int)
    counted[1:, 1:] = is_so.cumsum(axis=0).cumsum(axis=1)
    return counted


def _anomalies(
    values: np.ndarray, sizes: Sequence[int], begins: Sequence[int], splits: Sequence[_Split]
) -> list[Anomaly]:
    """Return the anomalies; those that are told are not among what later windows are compared with."""
    found: list[Anomaly] = []
    told_at = {split.end - 1: split.at for split in splits}
    is_usual = np.ones(len(values), dtype=bool)
    changed_at = side = 0
    for place, value in enumerate(values.tolist()):
        if place in told_at:
            # This window is told as a change; later ones are held against the new level.
            changed_at, side = told_at[place], 0
            is_usual[changed_at:] = True
            continue
        side_before, side = side, 0
        begin = max(changed_at, begins[place])
        earlier = values[begin:place][is_usual[begin:place]]
        if len(earlier) < LEAST_EARLIER or earlier.min() <= value <= earlier.max():
            continue
        allowed = _allowed(earlier)
        if allowed is None or allowed[0] <= value <= allowed[1]:
            continue
        is_usual[place] = False
        side = 1 if value > allowed[1] else -1
        if side != side_before:
            low, high = allowed
            found.append(
                Anomaly(
                    at=place,
                    value=value,
                    low=low,
                    high=high,
                    windows_before=len(earlier),
                    n=sizes[place],
                )
            )
    return found


def _allowed(earlier: np.ndarray) -> tuple[float, float] | None:
    """Return from where to where the next value may be; `None` where the earlier ones do not say."""
    lowest, highest = float(earlier.min()), float(earlier.max())
    near = _SAME * max(abs(lowest), abs(highest))
    if 2 * np.count_nonzero(np.abs(earlier - np.median(earlier)) <= near) > len(earlier):
        # What seldom moves does not say how far it may move.
        return None
    low, high = _interval(earlier)
    if lowest > 0:
        # Durations are skewed; a long one is out of the ordinary only if it is so among their logarithms too.
        low_log, high_log = _interval(np.log(earlier))
        low, high = min(low, math.exp(low_log)), max(high, math.exp(min(high_log, _LARGEST_LOG)))
    return min(low, lowest), max(high, highest)


def _interval(earlier: np.ndarray) -> tuple[float, float]:
    """Return the prediction interval for one more value."""
    number = len(earlier)
    middle, spread = float(earlier.mean()), float(earlier.std(ddof=1))
    reach = float(stdtrit(number - 1, 1 - FALSE_ANOMALY / 2)) * spread * math.sqrt(1 + 1 / number)
    return middle - reach, middle + reach
