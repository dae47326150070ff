"""How the members of a figure's sample are spread: how many took about how long."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from strandline.kpi.figure import Point, Unit
from strandline.performance.figure_words import value_words

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_EDGES = (
    (_MINUTE, "1 min"),
    (5 * _MINUTE, "5 min"),
    (15 * _MINUTE, "15 min"),
    (30 * _MINUTE, "30 min"),
    (_HOUR, "1 h"),
    (2 * _HOUR, "2 h"),
    (4 * _HOUR, "4 h"),
    (8 * _HOUR, "8 h"),
    (_DAY, "1 day"),
    (2 * _DAY, "2 days"),
    (4 * _DAY, "4 days"),
    (7 * _DAY, "1 week"),
    (14 * _DAY, "2 weeks"),
    (30 * _DAY, "1 month"),
    (90 * _DAY, "3 months"),
    (180 * _DAY, "6 months"),
    (365 * _DAY, "1 year"),
)
"""Times that people think in, in seconds; each about twice the one before."""
_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, kw_only=True)
class Bin:
    """How many took between two times."""

    label: str
    count: int
    censored: int
    """How many of them are not over yet, and will take longer."""
    percent: float
    """Of the fullest bin; 0 to 100."""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """The whole spread, with the times below which a tenth, half and nine tenths lie."""

    bins: tuple[Bin, ...]
    quantiles: tuple[tuple[str, str], ...]


def distribution(points: Sequence[Point], unit: Unit) -> Distribution | None:
    """Return the spread of a sample of times; `None` for figures that are no times, and for no sample.

    What is not over yet stands in the bin of what it took so far, and is not part of the quantiles.
    """
    if unit is not Unit.SECONDS or not points:
        return None
    counts = [0] * (len(_EDGES) + 1)
    censored = [0] * (len(_EDGES) + 1)
    for each in points:
        place = sum(each.value >= edge for edge, _ in _EDGES)
        counts[place] += 1
        censored[place] += each.is_censored
    used = [place for place, count in enumerate(counts) if count]
    fullest = max(counts)
    bins = tuple(
        Bin(
            label=_label(place),
            count=counts[place],
            censored=censored[place],
            percent=round(100 * counts[place] / fullest, 1),
        )
        for place in range(used[0], used[-1] + 1)
    )
    over = sorted(each.value for each in points if not each.is_censored)
    quantiles = tuple(
        (f"{quantile:.0%}".replace("%", " %"), value_words(over[math.ceil(quantile * len(over)) - 1], unit))
        for quantile in _QUANTILES
        if over
    )
    return Distribution(bins=bins, quantiles=quantiles)


def _label(place: int) -> str:
    if place == 0:
        return f"under {_EDGES[0][1]}"
    if place == len(_EDGES):
        return f"over {_EDGES[-1][1]}"
    return f"{_EDGES[place - 1][1]} to {_EDGES[place][1]}"
