"""The guards on shares: which counts of a look each one judges, and how it speaks of them.

The errors guard judges requests that fail; the latency guard requests slower than five bounds of the
control's own; a guard on a metric of one's own judges the events that its source counts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from strandline.analysis.measurement import NOTHING, ArmCounts, Look, MetricCounts
from strandline.analysis.panel import Series
from strandline.analysis.slow_bounds import QUANTILES, SlowBounds
from strandline.vocabulary.service import (
    ErrorGuardPolicy,
    GuardRole,
    LatencyGuardPolicy,
    MetricGuardPolicy,
    Worse,
)
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, InstanceCounts
from strandline.vocabulary.verdict import EvidenceGap

ERRORS = "errors"
LATENCY = "latency"
_PASSING = ("p90", "p99")
"""The bounds at which latency must be shown harmless; the others only veto."""

Pair = tuple[ArmCounts, ArmCounts]
"""Canary and control."""


@dataclass(frozen=True)
class Wording:
    """How a share is said: `4 % of 1,200 canary requests failed`."""

    noun: str = "requests"
    verb: str = "failed"
    does: str = "fails"
    """The same of a release."""


@dataclass(frozen=True)
class Reading:
    """What a look says to one guard."""

    rows: tuple[Pair, ...]
    """Counts for each of its series."""
    gap: EvidenceGap = EvidenceGap.NONE
    """Why it says nothing, where it does not."""
    problem: str = ""


class ShareGuard(Protocol):
    """A guard that judges shares of events."""

    @property
    def name(self) -> str:
        """Its name, unique within a rollout."""
        ...

    @property
    def role(self) -> GuardRole:
        """What its verdict may do."""
        ...

    @property
    def series(self) -> tuple[Series, ...]:
        """What it judges."""
        ...

    @property
    def passing(self) -> tuple[int, ...]:
        """Which of its series must be shown harmless."""
        ...

    def read(self, look: Look, *, without: Collection[str]) -> Reading:
        """Return its counts of a look.

        Args:
            look: what was seen; canary and control were measured.
            without: instances of the canary that are left out.
        """
        ...

    def wording(self, row: int) -> Wording:
        """How it speaks of a series."""
        ...


class ErrorGuard:
    """Requests that fail. A `ShareGuard`."""

    name = ERRORS
    passing = (0,)

    def __init__(self, policy: ErrorGuardPolicy) -> None:
        self.role = policy.role
        self.series = (
            Series(
                margin=policy.margin_percent / 100,
                floor=policy.floor_bp / ALL_TRAFFIC_BP,
                ceiling=policy.ceiling_bp / ALL_TRAFFIC_BP,
            ),
        )

    def read(self, look: Look, *, without: Collection[str]) -> Reading:
        """Return the look's failed requests (see `ShareGuard`)."""
        canary = look.canary or NOTHING
        if without:
            canary = remaining(canary, look.canary_instances, without)
        return Reading(((canary, look.control or NOTHING),))

    def wording(self, row: int) -> Wording:
        """How it speaks (see `ShareGuard`)."""
        del row
        return Wording()


class LatencyGuard:
    """Requests slower than the control's own quantiles. A `ShareGuard`."""

    name = LATENCY

    def __init__(self, policy: LatencyGuardPolicy) -> None:
        self.role = policy.role
        self.series = (Series(margin=policy.margin_percent / 100),) * len(QUANTILES)
        self.passing = tuple(place for place, quantile in enumerate(QUANTILES) if quantile.name in _PASSING)
        self._bounds = SlowBounds()
        self._was_measured = False

    def read(self, look: Look, *, without: Collection[str]) -> Reading:
        """Return the look's slow requests (see `ShareGuard`); instances cannot be told apart."""
        del without
        nothing = ((NOTHING, NOTHING),) * len(QUANTILES)
        has_requests = (look.canary or NOTHING).requests > 0 or (look.control or NOTHING).requests > 0
        if not look.canary_latency and not look.control_latency:
            if self._was_measured:
                # Routers add to their histograms every so often: the next look has what this one lacks.
                return Reading(nothing)
            gap = EvidenceGap.NO_DATA if has_requests else EvidenceGap.NO_TRAFFIC
            return Reading(nothing, gap, "the target does not say how long requests take")
        self._was_measured = True
        slow = zip(
            self._bounds.slower(look.canary_latency), self._bounds.slower(look.control_latency), strict=True
        )
        canary = sum(count for _, count in look.canary_latency)
        control = sum(count for _, count in look.control_latency)
        rows = tuple(
            (ArmCounts(requests=canary, errors=mine), ArmCounts(requests=control, errors=other))
            if bound is not None
            else (NOTHING, NOTHING)
            for bound, (mine, other) in zip(self._bounds.bounds_ms, slow, strict=True)
        )
        self._bounds.learn(look.control_latency)
        return Reading(rows)

    def wording(self, row: int) -> Wording:
        """How it speaks (see `ShareGuard`)."""
        bound = self._bounds.bounds_ms[row]
        return Wording(verb=f"took longer than {bound} ms", does=f"takes longer than {bound} ms")


class MetricGuard:
    """Events that a metrics source counts. A `ShareGuard`."""

    passing = (0,)

    def __init__(self, policy: MetricGuardPolicy) -> None:
        self.name = policy.name
        self.role = policy.role
        self._is_less_worse = policy.worse is Worse.LESS
        self.series = (Series(margin=policy.margin_percent / 100),)

    def read(self, look: Look, *, without: Collection[str]) -> Reading:
        """Return the look's events (see `ShareGuard`); instances cannot be told apart."""
        del without
        found = next((each for each in look.metrics if each.name == self.name), None)
        if found is None or found.canary is None or (look.has_control and found.control is None):
            return Reading(((NOTHING, NOTHING),), *metric_gap(found))
        pair = (self._worse(found.canary), self._worse(found.control or NOTHING))
        return Reading((pair,))

    def _worse(self, counts: ArmCounts) -> ArmCounts:
        """Return the counts with what is bad as the event."""
        if not self._is_less_worse:
            return counts
        return ArmCounts(requests=counts.requests, errors=counts.requests - counts.errors)

    def wording(self, row: int) -> Wording:
        """How it speaks (see `ShareGuard`)."""
        del row
        event = f"{'no ' if self._is_less_worse else ''}“{self.name}”"
        return Wording("units", f"had {event}", f"has {event}")


def metric_gap(found: MetricCounts | None) -> tuple[EvidenceGap, str]:
    """Why a metric says nothing, and in words."""
    if found is None:
        return EvidenceGap.SOURCE_DOWN, "its source has not been asked"
    has_one = any(
        each is not None
        for each in (found.canary, found.control, found.canary_value_ppm, found.control_value_ppm)
    )
    gap = EvidenceGap.SOURCE_PARTIAL if has_one else EvidenceGap.SOURCE_DOWN
    return gap, found.problem or "its source says nothing of one arm"


def remaining(arm: ArmCounts, instances: tuple[InstanceCounts, ...], without: Collection[str]) -> ArmCounts:
    """Return what an arm did without some of its instances."""
    left_out = [each for each in instances if each.instance in without]
    requests = max(0, arm.requests - sum(each.requests for each in left_out))
    errors = max(0, arm.errors - sum(each.errors for each in left_out))
    return ArmCounts(requests=requests, errors=min(errors, requests))
