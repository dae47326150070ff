"""Metrics in memory: what each guard's source says, as a test wants it."""

from collections.abc import Sequence

from strandline.rollout.metric_source import MetricArms
from strandline.vocabulary.service import MetricGuardPolicy
from strandline.vocabulary.traffic import MetricState


class SimulatedMetrics:
    """A `MetricSources` whose readings are put into it; a guard without one is told to be down."""

    def __init__(self) -> None:
        self.readings: dict[str, list[MetricState]] = {}
        """By guard; each reading is given once, the last one for ever."""

    async def read(self, guards: Sequence[MetricGuardPolicy], arms: MetricArms) -> tuple[MetricState, ...]:
        """Return what was put in (see `MetricSources`)."""
        del arms
        return tuple(self._next(guard.name) for guard in guards)

    def _next(self, name: str) -> MetricState:
        left = self.readings.get(name, [])
        if not left:
            return MetricState(name=name, problem="the source did not answer within 2 s")
        return left.pop(0) if len(left) > 1 else left[0]
