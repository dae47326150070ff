"""How an AnalysisRun of Argo Rollouts turns measurements into a phase.

Source: argoproj/argo-rollouts at 9f8d111d8f8e, `analysis/analysis.go` (`assessMetricStatus`,
`assessRunStatus`, `runMeasurements`), `utils/evaluate/evaluate.go`, `utils/analysis/helpers.go`,
`utils/defaults/defaults.go`. No score, no weights, no statistics: conditions and counters.

No data is an error only if the condition cannot be evaluated, as `result[0] < 0.01` on an empty vector. A
ratio of 0 over 0 is NaN, for which the same condition is false: a *failed* measurement. Errors do not
count as measurements, and a run that is told to end before it has any is successful.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum

Result = Sequence[float] | float | None
Condition = Callable[[Result], object]


class Phase(StrEnum):
    """Where a measurement, a metric or a run stands, from best to worst."""

    SUCCESSFUL = "Successful"
    RUNNING = "Running"
    PENDING = "Pending"
    INCONCLUSIVE = "Inconclusive"
    ERROR = "Error"
    FAILED = "Failed"

    @property
    def is_completed(self) -> bool:
        """That nothing more will change it."""
        return self not in (Phase.RUNNING, Phase.PENDING)


ORDER = tuple(Phase)
DEFAULT_CONSECUTIVE_ERRORS = 4


class Effect(StrEnum):
    """What a rollout does about the phase of its run."""

    GO_ON = "go on"
    ABORT = "abort"
    PAUSE = "pause"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The conditions and limits of one metric; the defaults are Argo's."""

    success: Condition | None = None
    failure: Condition | None = None
    failure_limit: int = 0
    """How many failed measurements are forgiven; -1 forgives all."""
    inconclusive_limit: int = 0
    consecutive_error_limit: int = DEFAULT_CONSECUTIVE_ERRORS
    consecutive_success_limit: int = 0
    """How many successes in a row are enough; 0 is off."""
    count: int | None = None
    has_interval: bool = True

    @property
    def effective_count(self) -> int | None:
        """After how many measurements the metric is complete: with an interval and no count, never."""
        if self.count is None and not self.has_interval:
            return 1
        return self.count


@dataclass(frozen=True, kw_only=True)
class Counters:
    """What the measurements of one metric added up to."""

    count: int = 0
    successful: int = 0
    failed: int = 0
    inconclusive: int = 0
    error: int = 0
    consecutive_error: int = 0
    consecutive_success: int = 0

    def after(self, phase: Phase) -> "Counters":
        """With one more completed measurement; an error does not raise the count."""
        if phase is Phase.ERROR:
            errors = {"error": self.error + 1, "consecutive_error": self.consecutive_error + 1}
            return replace(self, **errors, consecutive_success=0)
        row = self.consecutive_success + 1 if phase is Phase.SUCCESSFUL else 0
        own = phase.value.lower()
        raised = {own: int(operator.attrgetter(own)(self)) + 1, "count": self.count + 1}
        return replace(self, **raised, consecutive_error=0, consecutive_success=row)


def measured(result: Result, metric: Metric) -> Phase:
    """What one result means: the failure condition wins, and neither of both is inconclusive."""
    try:
        succeeds = None if metric.success is None else _truth(metric.success(result))
        fails = None if metric.failure is None else _truth(metric.failure(result))
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return Phase.ERROR
    if fails is None:
        fails = succeeds is False
    if succeeds is None:
        succeeds = not fails
    if fails:
        return Phase.FAILED
    return Phase.SUCCESSFUL if succeeds else Phase.INCONCLUSIVE


def _truth(value: object) -> bool:
    """The value, which must be a boolean."""
    if not isinstance(value, bool):
        message = f"expected bool, but got {type(value).__name__}"
        raise TypeError(message)
    return value


def assess_metric(
    metric: Metric, counters: Counters, *, is_terminating: bool = False, is_in_flight: bool = False
) -> Phase:
    """The phase of one metric, where the later of the violated limits has the last word."""
    if is_in_flight:
        return Phase.RUNNING
    if counters == Counters():
        return Phase.SUCCESSFUL if is_terminating else Phase.PENDING
    violated = _violated(metric, counters)
    if violated is not None:
        return violated
    row = metric.consecutive_success_limit
    if row > 0 and counters.consecutive_success >= row:
        return Phase.SUCCESSFUL
    if metric.effective_count is None or counters.count < metric.effective_count:
        return Phase.SUCCESSFUL if is_terminating else Phase.RUNNING
    return Phase.SUCCESSFUL if row <= 0 else _without_the_row(metric)


def _without_the_row(metric: Metric) -> Phase:
    """What it means that all measurements are taken and never enough in a row were successful."""
    return Phase.INCONCLUSIVE if metric.failure_limit >= 0 else Phase.FAILED


def _violated(metric: Metric, counters: Counters) -> Phase | None:
    """Which limit is exceeded, the last of failures, inconclusive results and errors in a row."""
    if counters.consecutive_error > metric.consecutive_error_limit:
        return Phase.ERROR
    if counters.inconclusive > metric.inconclusive_limit:
        return Phase.INCONCLUSIVE
    if 0 <= metric.failure_limit < counters.failed:
        return Phase.FAILED
    return None


def worst(left: Phase, right: Phase) -> Phase:
    """The worse of the two."""
    return right if ORDER.index(right) > ORDER.index(left) else left


def assess_run(
    phases: Mapping[str, Phase], *, is_terminating: bool = False, dry: AbstractSet[str] = frozenset()
) -> Phase:
    """The phase of the run: the worst of its completed metrics once all are complete, or once it must end.

    A metric in the dry run is waited for and otherwise ignored.
    """
    found: Phase | None = None
    for name, phase in phases.items():
        if phase.is_completed:
            counted = Phase.SUCCESSFUL if name in dry else phase
            found = counted if found is None else worst(found, counted)
    if is_terminating:
        return found or Phase.SUCCESSFUL
    if found is None or not all(phase.is_completed for phase in phases.values()):
        return Phase.RUNNING
    return found


def ends_the_siblings(phases: Mapping[str, Phase], dry: AbstractSet[str] = frozenset()) -> bool:
    """That one metric's end makes the whole run terminate."""
    bad = (Phase.FAILED, Phase.ERROR, Phase.INCONCLUSIVE)
    return any(phase in bad for name, phase in phases.items() if name not in dry)


def effect_on_rollout(phase: Phase) -> Effect:
    """Failed and Error abort, Inconclusive pauses for a human, all else goes on."""
    if phase in (Phase.FAILED, Phase.ERROR):
        return Effect.ABORT
    return Effect.PAUSE if phase is Phase.INCONCLUSIVE else Effect.GO_ON
