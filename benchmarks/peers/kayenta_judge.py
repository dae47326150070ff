"""How Kayenta's judge `NetflixACAJudge-v1.0` classifies one metric.

Source: spinnaker/kayenta at a69573be9d8f, `kayenta-judge/…/NetflixACAJudge.scala`,
`…/classifiers/metric/MannWhitneyClassifier.scala`, `…/detectors/IQRDetector.scala`,
`…/stats/EffectSizes.scala`, `kayenta-core/…/MetricSetMixerService.java`. What becomes of the classifications
(scores, verdicts, several judgements) is in `kayenta_score.py`.

The margin is a quarter of the *estimated shift itself*, not of the control: it never forgives a small
shift that is sure. The noise that Kayenta adds to two constant series comes from a generator that the
caller seeds; Kayenta's own is unseeded, so there its verdict can differ between two runs on the same data.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from benchmarks.peers.kayenta_mann_whitney import AllTiedError, Floats, shift_between
from numpy.typing import NDArray
from scipy.stats import rankdata

NOISE = 1e-5


class Label(StrEnum):
    """What the judge says about one metric."""

    PASSES = "Pass"
    HIGH = "High"
    LOW = "Low"
    NODATA = "Nodata"
    NODATA_FAIL = "NodataFailMetric"
    ERROR = "Error"


@dataclass(frozen=True, kw_only=True)
class MetricSettings:
    """The settings of one metric; the defaults are the judge's."""

    direction: Literal["increase", "decrease", "either"] = "either"
    nan_strategy: Literal["remove", "replace"] = "remove"
    """Anything in Kayenta's configuration but "replace" means remove."""
    outliers: Literal["keep", "remove"] = "keep"
    outlier_factor: float = 3.0
    critical: bool = False
    must_have_data: bool = False
    effect_measure: Literal["meanRatio", "cles"] = "meanRatio"
    allowed_increase: float | None = None
    """The effect from which an increase counts; without one, 1.0, or 0.5 when measured by CLES."""
    allowed_decrease: float | None = None
    critical_increase: float | None = None
    """The effect from which an increase of a critical metric fails the whole canary."""
    critical_decrease: float | None = None
    tolerance: float = 0.25
    """Share of the estimated shift that the interval's end must exceed; built into the judge."""
    confidence: float = 0.98
    """Also built into the judge."""

    def limit(self, value: float | None) -> float:
        """The limit on the effect, or the default of the measure of effect."""
        if value is not None:
            return value
        return 0.5 if self.effect_measure == "cles" else 1.0


@dataclass(frozen=True, kw_only=True)
class Classification:
    """The judge's word on one metric, with what a report shows."""

    label: Label
    critical: bool = False
    """That this one metric decides: unless it passes, the score is 0."""
    deviation: float = 1.0
    """Mean of the canary over mean of the control; NaN when either is 0."""
    reason: str | None = None


def padded(values: Floats, expected: int) -> Floats:
    """The series with NaN for each point that should have come and did not."""
    return np.concatenate((values, np.full(max(0, expected - len(values)), np.nan)))


def outliers(values: Floats, factor: float, *, reduce_sensitivity: bool = True) -> NDArray[np.bool_]:
    """Which values lie outside the quartiles by `factor` times their distance.

    With reduced sensitivity, as the judge has it, nothing between the 1st and 99th percentile is outside.
    """
    if not len(values):
        return np.zeros(0, dtype=np.bool_)
    p1, q1, q3, p99 = (float(value) for value in np.percentile(values, (1, 25, 75, 99)))
    lower, upper = q1 - factor * (q3 - q1), q3 + factor * (q3 - q1)
    if reduce_sensitivity:
        lower, upper = min(p1, lower), max(p99, upper)
    return (values > upper) | (values < lower)


def mean_ratio(experiment: Floats, control: Floats) -> float:
    """Mean over mean; NaN, which satisfies every limit, when either is 0."""
    above, below = float(experiment.mean()), float(control.mean())
    return float("nan") if above == 0 or below == 0 else above / below


def cles(experiment: Floats, control: Floats) -> float:
    """The share of pairs in which the experiment is the higher, ties counting half."""
    n, m = len(experiment), len(control)
    ranks = rankdata(np.concatenate((experiment, control)))
    return (2 * float(ranks[:n].sum()) - n * (n + 1)) / (2 * n * m)


def classify(
    experiment: Floats, control: Floats, settings: MetricSettings, noise: np.random.Generator
) -> Classification:
    """Compare the canary with the control as the judge does; an exception inside it means `Error`.

    An error never carries the critical flag: a critical metric that cannot be judged fails nothing.
    """
    experiment, control = _prepared(experiment, settings), _prepared(control, settings)
    if not len(experiment) or not len(control):
        return _without_data(settings)
    if np.array_equal(np.sort(experiment), np.sort(control)):
        return Classification(label=Label.PASSES, reason="canary and baseline are identical")
    if len(np.unique(np.concatenate((experiment, control)))) == 1:
        return Classification(label=Label.PASSES)
    if len(np.unique(experiment)) == 1 and len(np.unique(control)) == 1:
        experiment, control = _noisy(experiment, noise), _noisy(control, noise)
    try:
        return _compared(experiment, control, settings)
    except AllTiedError:
        return Classification(label=Label.ERROR, reason="the classification failed")


def _prepared(values: Floats, settings: MetricSettings) -> Floats:
    """Without NaN, and without outliers if the settings say so; each series on its own."""
    missing = np.isnan(values)
    kept = np.where(missing, 0.0, values) if settings.nan_strategy == "replace" else values[~missing]
    if settings.outliers == "remove":
        kept = kept[~outliers(kept, settings.outlier_factor)]
    return kept


def _without_data(settings: MetricSettings) -> Classification:
    """One side is empty."""
    if settings.nan_strategy == "replace":
        return Classification(label=Label.PASSES)
    if settings.must_have_data and not settings.critical:
        return Classification(label=Label.NODATA_FAIL, reason="missing data")
    return Classification(label=Label.NODATA, critical=settings.critical, reason="missing data")


def _noisy(values: Floats, noise: np.random.Generator) -> Floats:
    """A constant series with Gaussian noise of a hundred-thousandth of its value."""
    drawn: Floats = noise.standard_normal(len(values))
    return values + drawn * (float(values[0]) * NOISE)


def _compared(experiment: Floats, control: Floats, settings: MetricSettings) -> Classification:
    """High, low or pass, from the interval of the shift and the size of the effect."""
    shift = shift_between(experiment, control, settings.confidence)
    bound = settings.tolerance * abs(shift.estimate)
    deviation = mean_ratio(experiment, control)
    effect = cles(experiment, control) if settings.effect_measure == "cles" else deviation
    if (
        settings.direction in ("increase", "either")
        and shift.low > bound
        and not effect < settings.limit(settings.allowed_increase)
    ):
        label, critical = Label.HIGH, not effect < settings.limit(settings.critical_increase)
    elif (
        settings.direction in ("decrease", "either")
        and shift.high < -bound
        and not effect > settings.limit(settings.allowed_decrease)
    ):
        label, critical = Label.LOW, not effect > settings.limit(settings.critical_decrease)
    else:
        return Classification(label=Label.PASSES, deviation=deviation)
    reason = f"the canary is {label}"
    return Classification(
        label=label, critical=settings.critical and critical, deviation=deviation, reason=reason
    )
