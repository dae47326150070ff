"""How Flagger advances a canary or rolls it back: thresholds at every tick, and a count of failed checks.

Source: fluxcd/flagger at 15bd6ad555e6, `pkg/controller/scheduler.go`, `scheduler_metrics.go`,
`pkg/apis/flagger/v1beta1/canary.go`, `pkg/metrics/providers/prometheus.go`.

Failed checks add up over the whole analysis; a good tick takes none away. The count is compared with the
threshold at the *next* tick, before anything is measured. Only the promotion gate of `WaitingPromotion`
and the webhooks are left out.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

TOTAL_WEIGHT = 100


class Phase(StrEnum):
    """Where the canary stands."""

    PROGRESSING = "Progressing"
    PROMOTING = "Promoting"
    FINALISING = "Finalising"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One metric with its limits; a value on a limit is within it."""

    is_success_rate: bool = False
    """The built-in `request-success-rate`, whose legacy threshold is a minimum; all others' is a maximum."""
    minimum: float | None = None
    maximum: float | None = None
    legacy_threshold: float = 0.0
    """Used only where neither a minimum nor a maximum is set."""


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """The plan of the analysis; the defaults are Flagger's."""

    threshold: int = 1
    """How many failed checks it takes to roll back."""
    step_weight: int = 0
    step_weights: tuple[int, ...] = ()
    step_weight_promotion: int = 0
    max_weight: int = TOTAL_WEIGHT
    iterations: int = 0
    """Above 0: blue-green, so many good ticks without traffic."""

    @property
    def highest_weight(self) -> int:
        """The weight from which the next good tick promotes."""
        return min(TOTAL_WEIGHT, self.step_weights[-1]) if self.step_weights else self.max_weight

    def step_from(self, weight: int) -> int:
        """By how much the next good tick raises the canary's weight."""
        if self.step_weight > 0 or not self.step_weights:
            return self.step_weight
        most = TOTAL_WEIGHT - weight
        if most == 0:
            return 1
        if weight == 0:
            return min(most, self.step_weights[0])
        for here, there in zip(self.step_weights, self.step_weights[1:], strict=False):
            if here == weight:
                return min(most, there - weight)
        return most


@dataclass(frozen=True, kw_only=True)
class Canary:
    """The state of one revision's analysis, from the moment that the change is detected."""

    phase: Phase = Phase.PROGRESSING
    weight: int = 0
    iterations: int = 0
    failed_checks: int = 0


def value_of(series: Sequence[float]) -> float | None:
    """What a query's answer is worth: its last series, and nothing where that is NaN or missing."""
    return None if not series or math.isnan(series[-1]) else series[-1]


def passes(check: Check, value: float | None) -> bool:
    """That the value is within the limits; no value is a failed check."""
    if value is None or math.isnan(value):
        return False
    if check.minimum is None and check.maximum is None:
        return value >= check.legacy_threshold if check.is_success_rate else value <= check.legacy_threshold
    return (check.minimum is None or value >= check.minimum) and (
        check.maximum is None or value <= check.maximum
    )


def all_pass(checks: Iterable[tuple[Check, float | None]]) -> bool:
    """That the tick is good; the first failing metric ends it, so a tick fails once at most."""
    return all(passes(check, value) for check, value in checks)


def tick(canary: Canary, analysis: Analysis, *, is_good: bool) -> Canary:
    """One pass of the scheduler; `is_good` is the outcome of the checks, if it comes to them."""
    if canary.phase is Phase.PROMOTING:
        return _shifted_back(canary, analysis)
    if canary.phase is Phase.FINALISING:
        return replace(canary, phase=Phase.SUCCEEDED)
    if canary.phase is not Phase.PROGRESSING:
        return canary
    if canary.failed_checks >= max(1, analysis.threshold):
        return replace(canary, phase=Phase.FAILED, weight=0)
    is_first = canary.weight == 0 and canary.iterations == 0
    if not is_first and not is_good:
        return replace(canary, failed_checks=canary.failed_checks + 1)
    return _iterated(canary, analysis) if analysis.iterations > 0 else _advanced(canary, analysis)


def _advanced(canary: Canary, analysis: Analysis) -> Canary:
    """More traffic, or the promotion once the highest weight is reached."""
    step = analysis.step_from(canary.weight)
    if step <= 0:
        return canary
    if canary.weight < analysis.highest_weight:
        return replace(canary, weight=min(TOTAL_WEIGHT, canary.weight + step))
    return replace(canary, phase=Phase.PROMOTING)


def _iterated(canary: Canary, analysis: Analysis) -> Canary:
    """One more good tick; after the last one all traffic to the canary, then the promotion."""
    if canary.iterations < analysis.iterations:
        return replace(canary, iterations=canary.iterations + 1)
    if canary.iterations == analysis.iterations:
        return replace(canary, iterations=canary.iterations + 1, weight=TOTAL_WEIGHT)
    return replace(canary, phase=Phase.PROMOTING)


def _shifted_back(canary: Canary, analysis: Analysis) -> Canary:
    """Traffic to the promoted primary, at once or in steps."""
    left = canary.weight - analysis.step_weight_promotion if analysis.step_weight_promotion else 0
    if left <= 0:
        return replace(canary, phase=Phase.FINALISING, weight=0)
    return replace(canary, weight=left)
