"""The plot of the evidence: what is drawn where, in shares of the drawing's width and height.

Evidence is an e-value: how many times better the looks fit one claim than the other. It is drawn on a
logarithmic scale, so that equal steps upwards are equally hard to come by. The template draws it as SVG;
everything in it stands in the table of looks as well.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from strandline.rollout.evidence import EvidencePoint
from strandline.vocabulary.verdict import AnalysisAnswer
from strandline.web.figures import duration, odds, share

MOST_DRAWN = 300
"""More points than this are not seen on a screen."""
HEIGHT = WIDTH = 1000
"""The drawing's own units; it is stretched to the page."""
_LOWEST = -100
_HIGHEST_BOTTOM = -30
"""Evidence against a claim goes far down and means no more there: it is drawn at this edge."""
_NARROWEST_LABELLED = 9.0
_TICK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)
_MOST_TICKS = 5


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A place on an axis, in percent of the drawing, and what stands there."""

    at: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A line that evidence has to cross."""

    at: float
    needed: str
    """The e-value it stands for."""


@dataclass(frozen=True, kw_only=True)
class Band:
    """The time of one stage."""

    number: int
    start: float
    width: float
    label: str
    """Empty where there is no room for it."""
    words: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A moment worth pointing at."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, kw_only=True)
class EvidencePlot:
    """The whole drawing."""

    harm: str
    """Points of the line of evidence for harm, over the rollout."""
    no_harm: tuple[str, ...]
    """Points of the lines of evidence for no harm; it begins anew with each stage."""
    harm_threshold: Threshold
    no_harm_threshold: Threshold
    harm_end: Mark
    no_harm_end: Mark
    bands: tuple[Band, ...]
    levels: tuple[Tick, ...]
    times: tuple[Tick, ...]
    disturbances: tuple[Mark, ...]
    verdict: Mark | None
    """Where harm was shown first."""
    words: str
    """The plot in one sentence, for who cannot see it."""


def evidence_plot(points: Sequence[EvidencePoint]) -> EvidencePlot | None:
    """Return the drawing of these looks; `None` where there are none."""
    if not points:
        return None
    drawn = thinned(points, MOST_DRAWN)
    scale = _Scale(drawn)
    last = drawn[-1]
    shown = next((point for point in drawn if point.answer is AnalysisAnswer.HARM_SHOWN), None)
    stages = [list(group) for _, group in groupby(drawn, key=lambda point: point.stage)]
    return EvidencePlot(
        harm=scale.line((point.at, point.harm_evidence) for point in drawn),
        no_harm=tuple(scale.line((point.at, point.no_harm_evidence) for point in stage) for stage in stages),
        harm_threshold=Threshold(at=scale.y(last.harm_needed), needed=odds(last.harm_needed)),
        no_harm_threshold=Threshold(at=scale.y(last.no_harm_needed), needed=odds(last.no_harm_needed)),
        harm_end=scale.mark(last.at, last.harm_evidence, "Evidence for harm now"),
        no_harm_end=scale.mark(last.at, last.no_harm_evidence, "Evidence for no harm now"),
        bands=tuple(_bands(stages, scale)),
        levels=tuple(Tick(at=scale.y(level), label=odds(level)) for level in scale.levels()),
        times=tuple(scale.times()),
        disturbances=tuple(
            scale.mark(point.at, scale.bottom, point.disturbance) for point in drawn if point.disturbance
        ),
        verdict=scale.mark(shown.at, shown.harm_evidence, "Harm shown") if shown is not None else None,
        words=_words(points, last),
    )


def thinned(points: Sequence[EvidencePoint], most: int) -> Sequence[EvidencePoint]:
    """Return about `most` points, evenly chosen; ends of stages, changes and disturbances are kept."""
    if len(points) <= most:
        return points
    step = math.ceil(len(points) / most)
    return [
        point
        for place, point in enumerate(points)
        if place % step == 0
        or place == len(points) - 1
        or point.disturbance
        or (points[place + 1].stage, points[place + 1].answer) != (point.stage, point.answer)
        or (points[place - 1].stage, points[place - 1].answer) != (point.stage, point.answer)
    ]


class _Scale:
    """From times and evidence to places in the drawing."""

    def __init__(self, points: Sequence[EvidencePoint]) -> None:
        needed = max(max(point.harm_needed, point.no_harm_needed) for point in points)
        values = [value for point in points for value in (point.harm_evidence, point.no_harm_evidence)]
        self.bottom = max(_LOWEST, min(_HIGHEST_BOTTOM, *values))
        self.top = max(needed + 40, min(max(values), needed * 2))
        self._start = points[0].at
        self._span = max((points[-1].at - self._start).total_seconds(), 1.0)

    def x(self, at: datetime) -> float:
        return round(100 * min(max((at - self._start).total_seconds() / self._span, 0), 1), 2)

    def y(self, hundredths: int) -> float:
        inside = min(max(hundredths, self.bottom), self.top)
        return round(100 * (self.top - inside) / (self.top - self.bottom), 2)

    def line(self, values: Iterator[tuple[datetime, int]]) -> str:
        return " ".join(
            f"{self.x(at) * WIDTH / 100:g},{self.y(value) * HEIGHT / 100:g}" for at, value in values
        )

    def mark(self, at: datetime, hundredths: int, words: str) -> Mark:
        return Mark(x=self.x(at), y=self.y(hundredths), words=words)

    def levels(self) -> range:
        """Whole powers of ten between the edges, at most six or so."""
        step = 100 * max(1, math.ceil((self.top - self.bottom) / 600))
        first = math.ceil(self.bottom / step) * step
        return range(first, self.top + 1, step)

    def times(self) -> Iterator[Tick]:
        fitting = (step for step in _TICK_STEPS if self._span / step <= _MOST_TICKS)
        step = next(fitting, math.ceil(self._span / _MOST_TICKS))
        for number in range(int(self._span // step) + 1):
            seconds = number * step
            label = duration(timedelta(seconds=seconds)) if seconds else "0"
            yield Tick(at=round(100 * seconds / self._span, 2), label=label)


def _bands(stages: list[list[EvidencePoint]], scale: _Scale) -> Iterator[Band]:
    for place, stage in enumerate(stages):
        start = scale.x(stage[0].at) if place else 0.0
        end = scale.x(stages[place + 1][0].at) if place + 1 < len(stages) else 100.0
        name = share(stage[0].share_bp)
        yield Band(
            number=stage[0].stage,
            start=start,
            width=round(end - start, 2),
            label=name if end - start >= _NARROWEST_LABELLED else "",
            words=f"Stage {stage[0].stage}: {name} of the traffic",
        )


def _words(points: Sequence[EvidencePoint], last: EvidencePoint) -> str:
    looks = f"{len(points):,} look{'' if len(points) == 1 else 's'}"
    return (
        f"After {looks} the evidence for harm stands at {odds(last.harm_evidence)} of the "
        f"{odds(last.harm_needed)} needed, and for no harm at {odds(last.no_harm_evidence)} of the "
        f"{odds(last.no_harm_needed)} needed."
    )
