"""Where the level of a figure changed, and which single windows are out of the ordinary.

Both are judged as they would have been at the time: window after window, each by those up to it. So a window
that is added takes nothing back that was found before, and the rates of false alarms are those of somebody
who looks every week, not of one look.

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
"""The windows that are judged: the newest of them. The rates are for so many."""
FALSE_CHANGE = 0.01
"""Probability that a series of `MOST` windows in which nothing changes is ever called changed, at most."""
FALSE_ANOMALY = 0.001
"""Probability that a window like those before it is called anomalous, for normal and lognormal values."""
LEAST_BESIDE = 4
"""Fewer windows than this are no level."""
LEAST_EARLIER = 12
"""From fewer windows before it no window is called anomalous; with fewer than this nothing is judged."""

_BOUND = 5e-5
"""In a million simulated series the smallest probability fell below this in 0.88 % of them."""
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
    """Windows that have a value."""

    @property
    def is_too_little(self) -> bool:
        """Whether there are too few windows to say anything: that nothing was found then says nothing."""
        return self.windows < LEAST_EARLIER


def watched(windows: Sequence[Window]) -> Watched:
    """Return what there is to tell of a series; of its newest `MOST` windows, if it is longer.

    Args:
        windows: by time; places in what is returned are places in this.
    """
    first = max(len(windows) - MOST, 0)
    places = [place for place in range(first, len(windows)) if _value(windows[place]) is not None]
    values = np.asarray([windows[place].value for place in places], dtype=float)
    sizes = [windows[place].n for place in places]
    splits = _splits(values)
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
        ),
        anomalies=tuple(
            msgspec.structs.replace(each, at=places[each.at]) for each in _anomalies(values, sizes, splits)
        ),
        windows=len(places),
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


def _splits(values: np.ndarray) -> list[_Split]:
    """Return the changes, each looked for from the one before it on."""
    found: list[_Split] = []
    begin = 0
    while (split := _first_split(values[begin:], begin)) is not None:
        found.append(split)
        begin = split.at
    return found


def _first_split(values: np.ndarray, begin: int) -> _Split | None:
    """Return the change that is told first, at the first window at which there is one to tell."""
    number = len(values)
    near = _SAME * np.maximum(np.abs(values)[:, None], np.abs(values)[None, :])
    differs = values[None, :] - values[:, None]
    # In row i and column j: how many of the first i values are smaller (larger) than how many of the first j.
    rises, falls = _pairs(differs > near), _pairs(differs < -near)
    # The count of each split (row: before it) of each look (column: up to it); only those above the diagonal.
    counts = np.maximum(rises - np.diag(rises)[:, None], falls - np.diag(falls)[:, None])
    reached = counts >= _asked()[: number + 1, : number + 1]
    looks = np.flatnonzero(reached.any(axis=0))
    if not len(looks):
        return None
    end = int(looks[0])
    probability, at = min(
        (2 * float(tail(at, end - at)[counts[at, end]]), at)
        for at in np.flatnonzero(reached[:, end]).tolist()
    )
    return _Split(begin, begin + at, begin + end, probability)


@cache
def _asked() -> np.ndarray:
    """Return the count that each split of each look has to reach; more than there can be where it may not."""
    asked = np.full((MOST + 1, MOST + 1), MOST * MOST)
    for at in range(LEAST_BESIDE, MOST + 1):
        for end in range(at + LEAST_BESIDE, MOST + 1):
            asked[at, end] = smallest_count(at, end - at, _BOUND / 2)
    return asked


def _pairs(is_so: np.ndarray) -> np.ndarray:
    number = len(is_so)
    counted = np.zeros((number + 1, number + 1), dtype=int)
    counted[1:, 1:] = is_so.cumsum(axis=0).cumsum(axis=1)
    return counted


def _anomalies(values: np.ndarray, sizes: Sequence[int], splits: Sequence[_Split]) -> list[Anomaly]:
    """Return the anomalies; those that are told are not among what later windows are compared with."""
    found: list[Anomaly] = []
    told_at = {split.end - 1: split.at for split in splits}
    begin = side = 0
    outside: set[int] = set()
    for place, value in enumerate(values.tolist()):
        if place in told_at:
            # This window is told as a change; later ones are held against the new level.
            begin, side, outside = told_at[place], 0, set()
            continue
        side_before, side = side, 0
        earlier = values[[each for each in range(begin, place) if each not in outside]]
        allowed = _allowed(earlier)
        if allowed is None or allowed[0] <= value <= allowed[1]:
            continue
        outside.add(place)
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
    if len(earlier) < LEAST_EARLIER:
        return None
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
