"""From the classifications of Kayenta's judge to a score, a verdict, and the end of an analysis.

Source: spinnaker/kayenta at a69573be9d8f, `kayenta-judge/…/scorers/WeightedSumScorer.scala` and
`ScoringHelper.scala`, `…/classifiers/score/ThresholdScoreClassifier.scala`,
`kayenta-standalone-canary-analysis/…/orca/`: `SetupAndExecuteCanariesStage`, `MonitorCanaryTask`,
`GenerateCanaryAnalysisResultTask`; recommended settings from spinnaker.github.io
`guides/user/canary/best-practices`.

`Nodata` and `Error` are outside the denominator, and a group whose denominator is empty counts as 100: a
canary of which nothing could be judged has the best of scores, unless half of it was `Nodata`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from benchmarks.peers.kayenta_judge import Classification, Label

NODATA_LIMIT = 50.0
COUNTED = (Label.PASSES, Label.HIGH, Label.LOW, Label.NODATA_FAIL)


class Verdict(StrEnum):
    """What the summary score means."""

    PASSES = "Pass"
    MARGINAL = "Marginal"
    FAIL = "Fail"


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """The scores from which a canary passes or is marginal; the defaults are the documentation's."""

    passing: float | None = 95.0
    marginal: float | None = 75.0


@dataclass(frozen=True, kw_only=True)
class MetricResult:
    """One metric's classification, with the groups in which it counts."""

    classification: Classification
    groups: tuple[str, ...] = ("all",)
    muted: bool = False


@dataclass(frozen=True, kw_only=True)
class Score:
    """The summary score, from 0 to 100, and the scores of the groups."""

    total: float
    groups: Mapping[str, float | None] = field(default_factory=dict)
    """None where nothing in the group could be counted; the summary takes it for 100."""
    reason: str | None = None


def score(results: Sequence[MetricResult], weights: Mapping[str, float] | None = None) -> Score:
    """The weighted sum over groups; 0 for a critical failure, or when half of the metrics have no data."""
    heard = [result for result in results if not result.muted]
    groups = _group_scores(heard)
    words = [result.classification for result in heard]
    critical = [word for word in words if word.critical and word.label is not Label.PASSES]
    if critical:
        return Score(total=0.0, groups=groups, reason=critical[0].reason)
    silent = sum(word.label is Label.NODATA for word in words)
    if words and silent / len(words) * 100 >= NODATA_LIMIT:
        return Score(total=0.0, groups=groups, reason="half or more of the metrics have no data")
    return Score(total=_weighted(groups, weights or {}), groups=groups)


def _group_scores(results: Sequence[MetricResult]) -> dict[str, float | None]:
    """The share of passing metrics in each group, in per cent, of those that could be judged."""
    members: dict[str, list[Label]] = {}
    for result in results:
        for group in result.groups:
            members.setdefault(group, []).append(result.classification.label)
    scores: dict[str, float | None] = {}
    for group, labels in members.items():
        counted = sum(label in COUNTED for label in labels)
        scores[group] = labels.count(Label.PASSES) / counted * 100 if counted else None
    return scores


def _weighted(groups: Mapping[str, float | None], weights: Mapping[str, float]) -> float:
    """The sum, to two decimals; groups without a weight share equally what the others leave of 100."""
    unweighted = [group for group in groups if group not in weights]
    share = (100 - sum(weights.values())) / len(unweighted) if unweighted else 0.0
    total = sum(
        (100.0 if points is None else points) * (weights.get(group, share) / 100)
        for group, points in groups.items()
    )
    return float(Decimal(repr(float(total))).quantize(Decimal("0.01"), ROUND_HALF_UP))


def verdict(total: float, *, passing: float = 95.0, marginal: float = 75.0) -> Verdict:
    """What one judgement says."""
    if total >= passing:
        return Verdict.PASSES
    return Verdict.MARGINAL if total >= marginal else Verdict.FAIL


def ends_the_analysis(total: float, thresholds: Thresholds) -> bool:
    """That no further judgement is made; the code fails a score that *equals* the marginal one."""
    return thresholds.marginal is not None and total <= thresholds.marginal


def passes_at_the_end(last: float, thresholds: Thresholds) -> bool:
    """That the analysis as a whole passes, on the score of its last judgement."""
    if ends_the_analysis(last, thresholds):
        return False
    return thresholds.passing is None or last >= thresholds.passing


def judgements(lifetime: int, *, interval: int | None = None, lookback: int = 0) -> Iterator[tuple[int, int]]:
    """The windows that are judged one after the other, as (first point, end), of `lifetime` points.

    The window grows, or slides when there is a lookback. Without an interval, or with one longer than the
    lifetime, there is one judgement at the end; what a last incomplete interval holds is never judged.
    """
    step = lifetime if not interval or interval > lifetime else interval
    for end in range(step, lifetime // step * step + 1, step):
        yield (max(0, end - lookback) if lookback else 0), end
