"""The peers' decision rules in one shape: a run of looks at canary and control in, one decision out.

Every rule sees the same numbers and has the settings that its project's documentation has by default or
recommends. What the simulation cannot show is left out for all alike: traffic weights (the shares are in
the numbers), time between looks, and the extra ticks or looks that a halted canary would get. `decide` runs
the re-implemented peer look by look; `decide_many` gives the same answers for many runs at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from benchmarks.peers import argo_analysis as argo
from benchmarks.peers import flagger_checks as flagger
from benchmarks.peers import kayenta_batch, pipecd_batch
from benchmarks.peers.decisions import (
    Counts,
    Decision,
    Decisions,
    Floats,
    PeerRule,
    error_ratios,
    first_look,
    rolled_back_at,
)
from benchmarks.peers.kayenta_judge import MetricSettings, classify
from benchmarks.peers.kayenta_score import (
    MetricResult,
    Thresholds,
    ends_the_analysis,
    judgements,
    passes_at_the_end,
    score,
)
from benchmarks.peers.pipecd_analysis import Deviation, NoPointsError, is_acceptable, is_failed

__all__ = [
    "PEERS",
    "ArgoRule",
    "Decision",
    "Decisions",
    "FlaggerRule",
    "KayentaRule",
    "PeerRule",
    "PipecdRule",
]


def _must_not_increase() -> MetricSettings:
    """The settings of an error ratio."""
    return MetricSettings(direction="increase")


@dataclass(frozen=True, kw_only=True)
class KayentaRule:
    """One metric, the error ratio per look, that must not increase; judged again and again.

    Kayenta itself judges whatever points there are and only warns below 50; its documentation recommends
    at least 50 points and scores of 95 and 75. `first` is where the first judgement stands.
    """

    name: str = "Kayenta"
    interval: int = 5
    first: int = 5
    thresholds: Thresholds = field(default_factory=Thresholds)
    settings: MetricSettings = field(default_factory=_must_not_increase)
    seed: int = 426
    """Of the noise that two constant series get; each judgement starts it afresh."""

    def ends(self, looks: int) -> list[int]:
        """The looks at which the growing window is judged; at the end, if there is none before."""
        return [end for _, end in judgements(looks, interval=self.interval) if end >= self.first] or [looks]

    def decide(
        self, canary_requests: Counts, canary_errors: Counts, control_requests: Counts, control_errors: Counts
    ) -> Decision:
        """Stop at the first judgement whose score is not above the marginal one."""
        experiment = error_ratios(canary_requests, canary_errors)
        control = error_ratios(control_requests, control_errors)
        look, total = 0, 0.0
        for look in self.ends(len(experiment)):
            noise = np.random.default_rng(self.seed)
            word = classify(experiment[:look], control[:look], self.settings, noise)
            total = score([MetricResult(classification=word)]).total
            if ends_the_analysis(total, self.thresholds):
                break
        return Decision("promote" if passes_at_the_end(total, self.thresholds) else "rollback", look)

    def decide_many(
        self, canary_requests: Counts, canary_errors: Counts, control_requests: Counts, control_errors: Counts
    ) -> Decisions:
        """One metric scores 0 or 100: High and no data end the analysis, and nothing else does."""
        experiment = error_ratios(canary_requests, canary_errors)
        control = error_ratios(control_requests, control_errors)
        ended = np.zeros(len(experiment), dtype=np.int64)
        ends = self.ends(experiment.shape[1])
        for look in ends:
            left = np.flatnonzero(ended == 0)
            mine, theirs = experiment[left, :look], control[left, :look]
            is_silent = np.isnan(mine).all(axis=1) | np.isnan(theirs).all(axis=1)
            is_high = kayenta_batch.are_high(mine, theirs, self.settings, self.seed)
            ended[left[is_silent | is_high]] = look
        return rolled_back_at(ended, ends[-1])


@dataclass(frozen=True, kw_only=True)
class ArgoRule:
    """A background analysis with `successCondition: result[0] < 0.01`, ended by the finished rollout.

    A look without requests is an empty vector, hence an error. Argo would try again after ten seconds; the
    simulation has nothing between two looks, so that each silent look is one error.
    """

    name: str
    failure_limit: int = 0
    error_rate: float = 0.01

    def decide(
        self, canary_requests: Counts, canary_errors: Counts, control_requests: Counts, control_errors: Counts
    ) -> Decision:
        """Measure at every look; the control is not asked."""
        del control_requests, control_errors
        metric = argo.Metric(success=self._is_low, failure_limit=self.failure_limit)
        counters = argo.Counters()
        for look, ratio in enumerate(error_ratios(canary_requests, canary_errors), start=1):
            counters = counters.after(argo.measured([] if np.isnan(ratio) else [float(ratio)], metric))
            run = argo.assess_run({"errors": argo.assess_metric(metric, counters)})
            if argo.effect_on_rollout(run) is argo.Effect.ABORT:
                return Decision("rollback", look)
        return Decision("promote", len(canary_requests))

    def _is_low(self, result: argo.Result) -> object:
        """The success condition."""
        assert isinstance(result, list)
        return result[0] < self.error_rate

    def decide_many(
        self, canary_requests: Counts, canary_errors: Counts, control_requests: Counts, control_errors: Counts
    ) -> Decisions:
        """More failures than forgiven, or more than four silent looks in a row."""
        del control_requests, control_errors
        ratios = error_ratios(canary_requests, canary_errors)
        is_silent = np.isnan(ratios)
        failed = np.cumsum(~is_silent & ~(ratios < self.error_rate), axis=1)
        looks = np.arange(1, ratios.shape[1] + 1)
        heard_last = np.maximum.accumulate(np.where(is_silent, 0, looks), axis=1)
        is_lost = looks - heard_last > argo.DEFAULT_CONSECUTIVE_ERRORS
        return rolled_back_at(first_look((failed > self.failure_limit) | is_lost), ratios.shape[1])


@dataclass(frozen=True, kw_only=True)
class FlaggerRule:
    """The built-in `request-success-rate` of at least 99 %; `threshold` failed checks roll back.

    The rollback comes with the tick after the failed check that reached the threshold; where that check
    was at the last look, the decision is given to the last look.
    """

    name: str
    threshold: int = 5
    success_rate: float = 99.0

    def decide(
        self, canary_requests: Counts, canary_errors: Counts, control_requests: Counts, control_errors: Counts
    ) -> Decision:
        """One tick per look; the control is not asked."""
        del control_requests, control_errors
        looks = len(canary_requests)
        analysis = flagger.Analysis(threshold=self.threshold, iterations=looks + 1)
        check = flagger.Check(is_success_rate=True, minimum=self.success_rate)
        canary = flagger.tick(flagger.Canary(), analysis, is_good=True)
        for look, rate in enumerate(self._rates(canary_requests, canary_errors), start=1):
            is_good = flagger.all_pass([(check, flagger.value_of([float(rate)]))])
            canary = flagger.tick(canary, analysis, is_good=is_good)
            if canary.phase is flagger.Phase.FAILED:
                return Decision("rollback", look)
        return Decision("rollback" if canary.failed_checks >= self.threshold else "promote", looks)

    @staticmethod
    def _rates(requests: Counts, errors: Counts) -> Floats:
        """The success rate in per cent; NaN without requests."""
        return np.where(requests > 0, (requests - errors) / np.maximum(requests, 1) * 100, np.nan)

    def decide_many(
        self, canary_requests: Counts, canary_errors: Counts, control_requests: Counts, control_errors: Counts
    ) -> Decisions:
        """Failed checks added up; no value fails, since NaN is not at least 99."""
        del control_requests, control_errors
        rates = self._rates(canary_requests, canary_errors)
        reached = first_look(np.cumsum(~(rates >= self.success_rate), axis=1) >= self.threshold)
        looks = rates.shape[1]
        return rolled_back_at(np.where(reached > 0, np.minimum(reached + 1, looks), 0), looks)


@dataclass(frozen=True, kw_only=True)
class PipecdRule:
    """CANARY_BASELINE on the error ratio per look, which must not deviate HIGH, in so many evaluations."""

    name: str = "PipeCD"
    evaluations: int = 6
    failure_limit: int = 0

    def windows(self, looks: int) -> Iterator[tuple[int, int]]:
        """The evaluations' intervals, as (first look, end); what a last incomplete one holds is not seen."""
        interval = max(1, looks // self.evaluations)
        return ((end - interval, end) for end in range(interval, looks + 1, interval))

    def decide(
        self, canary_requests: Counts, canary_errors: Counts, control_requests: Counts, control_errors: Counts
    ) -> Decision:
        """Fail with the evaluation that exceeds the failure limit; the end of the stage is success."""
        experiment = error_ratios(canary_requests, canary_errors)
        control = error_ratios(control_requests, control_errors)
        failures = 0
        for begin, end in self.windows(len(experiment)):
            mine, theirs = (
                side[begin:end][~np.isnan(side[begin:end])].tolist() for side in (experiment, control)
            )
            try:
                failures += not is_acceptable(mine, theirs, Deviation.HIGH)
            except NoPointsError:
                failures += 1
            if is_failed(failures, self.failure_limit):
                return Decision("rollback", end)
        return Decision("promote", len(experiment))

    def decide_many(
        self, canary_requests: Counts, canary_errors: Counts, control_requests: Counts, control_errors: Counts
    ) -> Decisions:
        """Each evaluation for the runs that are still on."""
        experiment = error_ratios(canary_requests, canary_errors)
        control = error_ratios(control_requests, control_errors)
        failures = np.zeros(len(experiment), dtype=np.int64)
        ended = np.zeros(len(experiment), dtype=np.int64)
        for begin, end in self.windows(experiment.shape[1]):
            left = np.flatnonzero(ended == 0)
            failures[left] += pipecd_batch.are_failures(experiment[left, begin:end], control[left, begin:end])
            ended[left[failures[left] > self.failure_limit]] = end
        return rolled_back_at(ended, experiment.shape[1])


PEERS: tuple[PeerRule, ...] = (
    KayentaRule(),
    KayentaRule(name="Kayenta, from 50 points", first=50),
    ArgoRule(name="Argo, failureLimit 0"),
    ArgoRule(name="Argo, failureLimit 3", failure_limit=3),
    FlaggerRule(name="Flagger, threshold 1", threshold=1),
    FlaggerRule(name="Flagger, threshold 5"),
    FlaggerRule(name="Flagger, threshold 10", threshold=10),
    PipecdRule(),
)
