"""The plot of a figure over time: its value and interval by period, and its sample."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from strandline.kpi.figure import Point, Status, Unit
from strandline.performance.annotations import Annotation
from strandline.performance.figure_words import interval_words, sample_words, value_words
from strandline.performance.trend import Period
from strandline.web.evidence_plot import Mark, Tick

_MOST_DOTS = 400
_MOST_LABELS = 5
_ROOM = 1.08
"""The highest value does not touch the edge."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """The value of one period, with its interval, in percent of the drawing."""

    x: float
    width: float
    middle: float
    y: float
    low: float
    high: float
    words: str
    is_grey: bool


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A period without a value, and why."""

    x: float
    width: float
    words: str


@dataclass(frozen=True, kw_only=True)
class Sign:
    """Something that happened meanwhile."""

    x: float
    kind: str
    words: str


@dataclass(frozen=True, kw_only=True)
class KpiPlot:
    """The whole drawing."""

    bars: tuple[Bar, ...]
    gaps: tuple[Gap, ...]
    dots: tuple[Mark, ...]
    levels: tuple[Tick, ...]
    times: tuple[Tick, ...]
    words: str
    is_logarithmic: bool
    signs: tuple[Sign, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """Which kinds of things happened."""
        return frozenset(each.kind for each in self.signs)


def kpi_plot(
    periods: Sequence[Period], points: Sequence[Point], unit: Unit, happened: Sequence[Annotation] = ()
) -> KpiPlot:
    """Return the drawing of a figure's periods, of the members of its sample, and of what happened."""
    start, end = periods[0].start, periods[-1].end
    drawn = [each for each in points if start <= each.at < end] if unit is Unit.SECONDS else []
    drawn = drawn[:: max(1, math.ceil(len(drawn) / _MOST_DOTS))]
    scale = _Scale(periods, drawn, unit, start, end)
    bars, gaps = [], []
    for each in periods:
        x, width = scale.x(each.start), scale.x(each.end) - scale.x(each.start)
        value = each.figure.explicit
        when = f"{each.start:%Y-%m-%d} to {each.end:%Y-%m-%d}"
        if each.figure.status is Status.NOT_COMPUTABLE or value.value is None:
            gaps.append(Gap(x=x, width=width, words=f"{when}: not computable. {each.figure.reason}"))
            continue
        told = (value_words(value.value, unit), interval_words(value, unit), f"of {sample_words(value)}")
        words = f"{when}: {', '.join(filter(None, told))}"
        bars.append(
            Bar(
                x=x,
                width=width,
                middle=round(x + width / 2, 2),
                y=scale.y(value.value),
                low=scale.y(value.low if value.low is not None else value.value),
                high=scale.y(value.high if value.high is not None else value.value),
                words=words,
                is_grey=each.figure.status is Status.LOW_COVERAGE,
            )
        )
    return KpiPlot(
        bars=tuple(bars),
        gaps=tuple(gaps),
        dots=tuple(
            Mark(
                x=scale.x(each.at),
                y=scale.y(each.value),
                words=f"{each.at:%Y-%m-%d %H:%M}: {value_words(each.value, unit)} ({each.service})",
            )
            for each in drawn
        ),
        levels=tuple(scale.levels()),
        times=tuple(scale.times(periods)),
        words=_words(bars, gaps),
        is_logarithmic=scale.is_logarithmic,
        signs=tuple(
            Sign(
                x=scale.x(each.at),
                kind=each.kind.value,
                words=f"{each.at:%Y-%m-%d %H:%M}: {each.words}",
            )
            for each in happened
            if start <= each.at < end
        ),
    )


class _Scale:
    """From times and values to places in the drawing."""

    def __init__(
        self, periods: Sequence[Period], dots: Sequence[Point], unit: Unit, start: datetime, end: datetime
    ) -> None:
        self._unit = unit
        self._start, self._span = start, max((end - start).total_seconds(), 1.0)
        values = [each.value for each in dots if each.value > 0]
        for each in periods:
            value = each.figure.explicit
            values += [one for one in (value.value, value.low, value.high) if one is not None and one > 0]
        self.is_logarithmic = unit is Unit.SECONDS and bool(values)
        self._top = max(values, default=1.0) * _ROOM
        self._bottom = min(values, default=0.0) / _ROOM if self.is_logarithmic else 0.0
        if unit is Unit.SHARE:
            self._top = min(self._top, 1.0)

    def x(self, at: datetime) -> float:
        return round(100 * (at - self._start).total_seconds() / self._span, 2)

    def y(self, value: float) -> float:
        inside = min(max(value, self._bottom), self._top)
        if self.is_logarithmic:
            part = math.log(inside / self._bottom) / math.log(self._top / self._bottom)
        else:
            part = (inside - self._bottom) / (self._top - self._bottom)
        return round(100 * (1 - part), 2)

    def levels(self) -> Iterable[Tick]:
        for value in self._steps():
            if self._bottom <= value <= self._top:
                yield Tick(at=self.y(value), label=value_words(value, self._unit))

    def _steps(self) -> list[float]:
        if self.is_logarithmic:
            every = [60.0, 600.0, 3600.0, 6 * 3600.0, 86400.0, 7 * 86400.0, 30 * 86400.0, 365 * 86400.0]
            inside = [each for each in every if self._bottom <= each <= self._top]
            return inside or [self._bottom, self._top]
        step = 10 ** math.floor(math.log10(self._top))
        for factor in (0.2, 0.5, 1, 2):
            if self._top / (step * factor) <= _MOST_LABELS:
                step *= factor
                break
        return [number * step for number in range(math.floor(self._top / step) + 1)]

    def times(self, periods: Sequence[Period]) -> Iterable[Tick]:
        every = max(1, math.ceil(len(periods) / _MOST_LABELS))
        for each in periods[::every]:
            yield Tick(at=self.x(each.start), label=f"{each.start:%d %b}")


def _words(bars: Sequence[Bar], gaps: Sequence[Gap]) -> str:
    if not bars:
        return "In no period is the figure computable."
    without = f" In {len(gaps)} it is not computable." if gaps else ""
    return f"{len(bars)} periods with a value. The last: {bars[-1].words}.{without}"
