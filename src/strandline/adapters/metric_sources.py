"""Reads the metrics of guards, each from the source that it names."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from strandline.adapters.prometheus_metrics import ReadingError
from strandline.rollout.metric_source import PPM, MetricArms, filled
from strandline.vocabulary.release import Release
from strandline.vocabulary.service import MetricGuardPolicy, MetricKind, MetricSource
from strandline.vocabulary.traffic import MetricState

_LIMIT_SECONDS = 3.0


class _Source(Protocol):
    async def number(self, url: str, query: str) -> float: ...


class AllMetricSources:
    """All sources of metrics. A `MetricSources`.

    Args:
        sources: by what a guard calls them.
    """

    def __init__(self, sources: Mapping[MetricSource, _Source]) -> None:
        self._sources = sources

    async def read(self, guards: Sequence[MetricGuardPolicy], arms: MetricArms) -> tuple[MetricState, ...]:
        """Return one reading for each guard (see `MetricSources`)."""
        return tuple(await asyncio.gather(*(self._reading(guard, arms) for guard in guards)))

    async def _reading(self, guard: MetricGuardPolicy, arms: MetricArms) -> MetricState:
        source = self._sources.get(guard.source)
        if source is None:
            what = f"this version does not read metrics from {guard.source.value}"
            return MetricState(name=guard.name, problem=what)
        try:
            async with asyncio.timeout(_LIMIT_SECONDS):
                both = [self._arm(source, guard, arms, arms.canary)]
                if arms.control is not None:
                    both.append(self._arm(source, guard, arms, arms.control))
                found = await asyncio.gather(*both)
        except TimeoutError:
            what = f"the source did not answer within {_LIMIT_SECONDS:g} s"
            return MetricState(name=guard.name, problem=what)
        state = MetricState(name=guard.name)
        problems = []
        for arm, (numbers, problem) in zip(("canary", "control"), found, strict=False):
            if problem:
                problems.append(f"{arm}: {problem}")
            elif guard.kind is MetricKind.COUNTS:
                events, total = numbers
                state = msgspec.structs.replace(state, **{f"{arm}_events": events, f"{arm}_total": total})
            else:
                state = msgspec.structs.replace(state, **{f"{arm}_value_ppm": numbers[0]})
        return msgspec.structs.replace(state, problem="; ".join(problems))

    async def _arm(
        self, source: _Source, guard: MetricGuardPolicy, arms: MetricArms, release: Release
    ) -> tuple[list[int], str]:
        """Return an arm's numbers, or none and what is wrong with them."""
        is_counts = guard.kind is MetricKind.COUNTS
        queries = (guard.events, guard.total) if is_counts else (guard.value,)
        try:
            numbers = await asyncio.gather(
                *(source.number(guard.url, filled(query, arms, release)) for query in queries)
            )
            return [_count(each) if is_counts else _ppm(each, guard) for each in numbers], ""
        except ReadingError as error:
            return [], str(error)


def _count(value: float) -> int:
    if value < 0:
        what = f"the query gives {value:g}, and counts are not negative"
        raise ReadingError(what)
    return round(value)


def _ppm(value: float, guard: MetricGuardPolicy) -> int:
    if not guard.low <= value <= guard.high:
        what = f"the query gives {value:g}, which is not from {guard.low} to {guard.high}"
        raise ReadingError(what)
    return round((value - guard.low) / (guard.high - guard.low) * PPM)
