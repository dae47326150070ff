"""Evidence that figures themselves give.

Whether they can be computed, got better, and whether forecasts have skill.

Bootstraps are drawn from a generator whose seed is the sample itself, so that the same events give the same
answer. (Brier score: G. W. Brier, Monthly Weather Review 78, 1950; percentile bootstrap: B. Efron, R.
Tibshirani, 1993.)
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import NormalDist

import numpy as np

from strandline.kpi.all_figures import FIGURES
from strandline.kpi.figure import Figure, Status
from strandline.kpi.scope import Scope
from strandline.maturity.answer import Part, Verdict
from strandline.maturity.case import Case, ids
from strandline.maturity.cases import POPULATIONS as CASES
from strandline.maturity.liveness import ENOUGH
from strandline.maturity.model import Special
from strandline.maturity.proof import at_least, wilson
from strandline.maturity.rollouts import before, told_of
from strandline.maturity.share_check import Missing, missing_sources
from strandline.maturity.told import said
from strandline.vocabulary.forecast import ImpactMeasured, RiskForecast, StrategyChosen

FIVE = (
    "deployment-frequency",
    "change-lead-time",
    "change-fail-rate",
    "failed-deployment-recovery-time",
    "deployment-rework-rate",
)
"""DORA's five figures."""
_MORE_IS_BETTER = frozenset(("deployment-frequency",))
_MANY = 1_000
_FEWER_DRAWS = 400
"""Of many cases: the ends of an interval hardly move then, and memory goes with cases times draws."""
_DRAWS = 2_000
_LEAST_FAILURES = 10
_LEAST_SHARE_HELD = 0.10
_FALSE_ROLLBACKS = 0.05
_DEPLOYED_ENOUGH = 20


def _seed(values: Sequence[float]) -> np.random.Generator:
    digest = hashlib.sha256(np.asarray(values, dtype=float).tobytes()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _missing(part: Part, missing: Missing) -> Part:
    return Part(
        verdict=Verdict.NO_FEED,
        says=missing.says,
        check=part.check,
        without=missing.carries,
        threshold=part.threshold,
        smallest=part.smallest,
        start=part.start,
    )


def five_computable(case: Case, check: Special) -> Part:
    """Return for which share of the services with twenty deployments all five figures can be computed.

    A figure that has nothing to be over, since nothing failed while the sources were alive, counts as
    computable.
    """
    start = case.at - timedelta(days=check.days)
    counted = [item.what.service for item in CASES["deployments"].find(case, start)]
    services = sorted({name for name in counted if counted.count(name) >= _DEPLOYED_ENOUGH})
    lacking = [name for name in services if not _computable(case, name, start)]
    good, n = len(services) - len(lacking), len(services)
    share, low, high = wilson(good, n)
    verdict = at_least(good, n, check.threshold)
    if n and good == n:
        verdict = Verdict.MET
    part = Part(
        verdict=verdict,
        says=f"All five figures are there for {good} of {n} services with {_DEPLOYED_ENOUGH} deployments.",
        check="services with all five figures",
        value=share if n else None,
        low=low,
        high=high,
        threshold=check.threshold,
        n=n,
        count=good,
        smallest=1,
        start=start,
        lacking=tuple(lacking[:20]),
    )
    missing = missing_sources(case, ("deployments", "commits", "incidents"), start)
    return _missing(part, missing) if missing else part


def _computable(case: Case, service: str, start: datetime) -> bool:
    scope = Scope(start=start, end=case.at, service=service)
    for name in FIVE:
        figure = FIGURES[name](case.own, scope)
        if figure.status is Status.NOT_COMPUTABLE and not _has_nothing_to_be_over(figure):
            return False
    return True


def _has_nothing_to_be_over(figure: Figure) -> bool:
    """Nothing failed, and the sources that would tell were alive."""
    return figure.kpi == "failed-deployment-recovery-time" and all(feed.is_connected for feed in figure.feeds)


def forecast_skill(case: Case, check: Special) -> Part:
    """Return whether forecasts beat the base rate.

    The Brier skill score, and its one-sided 90 % bootstrap bound.
    """
    start = case.at - timedelta(days=check.days)
    bad = {each.deployment.key for each in case.failures(start)}
    pairs: list[tuple[float, float]] = []
    events: list[str] = []
    for item in CASES["deployments"].find(case, start):
        told = before(told_of(case, RiskForecast, item.what), item.what)
        if told:
            pairs.append((said(told[-1], RiskForecast).probability_bp / 10_000, float(item.name in bad)))
            events += ids(told[-1:])
    n, failures = len(pairs), int(sum(outcome for _, outcome in pairs))
    part = Part(
        verdict=Verdict.UNKNOWN_SAMPLE,
        says=f"{n} forecasts of {failures} failures; {check.smallest} and {_LEAST_FAILURES} are needed.",
        check="the skill of forecasts over the base rate",
        unit="score",
        threshold=0.0,
        n=n,
        smallest=check.smallest,
        start=start,
        events=tuple(events[:20]),
    )
    missing = missing_sources(case, ("deployments", "forecasts"), start)
    if missing:
        return _missing(part, missing)
    if n < check.smallest or failures < _LEAST_FAILURES:
        return part
    forecast, outcome = (np.array([pair[side] for pair in pairs]) for side in (0, 1))
    skill = _skill(forecast, outcome)
    draws = _seed(forecast.tolist()).integers(0, n, size=(_DRAWS if n < _MANY else _FEWER_DRAWS, n))
    drawn = [_skill(forecast[rows], outcome[rows]) for rows in draws]
    low, high = (float(np.quantile([each for each in drawn if each is not None], q)) for q in (0.1, 0.9))
    verdict = Verdict.PARTIAL if high > 0 else Verdict.NOT_MET
    verdict = Verdict.PROVISIONAL if (skill or 0.0) > 0 else verdict
    return Part(
        verdict=Verdict.MET if low > 0 else verdict,
        says=f"The Brier skill over the base rate is {skill:.3f}, at least {low:.3f}, over {n} forecasts.",
        check=part.check,
        unit="score",
        value=skill,
        low=low,
        high=high,
        threshold=0.0,
        n=n,
        smallest=check.smallest,
        start=start,
        events=part.events,
    )


def _skill(forecast: np.ndarray, outcome: np.ndarray) -> float | None:
    base = float(np.mean((outcome.mean() - outcome) ** 2))
    return 1.0 - float(np.mean((forecast - outcome) ** 2)) / base if base > 0 else None


def hold_back(case: Case, check: Special) -> Part:
    """Return whether chosen strategies cost users no more than the default that chance held back.

    The difference of the mean impact has a 90 % interval that reaches zero or less, and false rollbacks are
    few.
    """
    start = case.at - timedelta(days=check.days)
    chosen: list[float] = []
    held: list[float] = []
    rollbacks: list[bool] = []
    events: list[str] = []
    for item in CASES["deployments"].find(case, start):
        choice = before(told_of(case, StrategyChosen, item.what), item.what)
        impact = told_of(case, ImpactMeasured, item.what)
        if not choice or not impact:
            continue
        measured = said(impact[-1], ImpactMeasured)
        (held if said(choice[-1], StrategyChosen).is_held_back else chosen).append(
            measured.impact_ms / 60_000
        )
        if measured.is_false_rollback is not None:
            rollbacks.append(measured.is_false_rollback)
        events += [choice[-1].id, impact[-1].id]
    n = len(chosen) + len(held)
    part = Part(
        verdict=Verdict.UNKNOWN_SAMPLE,
        says=f"{n} deployments have choice and impact, {len(held)} held back; {check.smallest} are needed.",
        check="users' impact, chosen against held back",
        unit="score",
        threshold=0.0,
        n=n,
        smallest=check.smallest,
        start=start,
        events=tuple(events[:20]),
    )
    missing = missing_sources(case, ("strategies", "impact"), start)
    if missing:
        return _missing(part, missing)
    if n < check.smallest or len(held) < _LEAST_SHARE_HELD * n:
        return part
    low, high = _difference(chosen, held)
    false_share = sum(rollbacks) / len(rollbacks) if rollbacks else 0.0
    is_no_worse = low <= 0 and high < max(float(np.mean(held)), 1.0)
    is_met = is_no_worse and false_share <= _FALSE_ROLLBACKS
    return Part(
        verdict=Verdict.MET if is_met else Verdict.NOT_MET,
        says=f"Chosen strategies cost {low:+.2f} to {high:+.2f} minutes more; {false_share:.0%} of the"
        " rollbacks were false.",
        check=part.check,
        unit="score",
        value=float(np.mean(chosen) - np.mean(held)),
        low=low,
        high=high,
        threshold=0.0,
        n=n,
        smallest=check.smallest,
        start=start,
        events=part.events,
    )


def _difference(ours: Sequence[float], others: Sequence[float], tail: float = 0.05) -> tuple[float, float]:
    """Return the interval of the difference of means, with this much beyond each end.

    By bootstrap; of many by the central limit theorem, which says the same then and takes no time.
    """
    if min(len(ours), len(others)) >= _MANY:
        one, two = np.asarray(ours, dtype=float), np.asarray(others, dtype=float)
        error = float(np.sqrt(one.var() / len(one) + two.var() / len(two)))
        middle, width = float(one.mean() - two.mean()), NormalDist().inv_cdf(1 - tail) * error
        return middle - width, middle + width
    generator = _seed([*ours, *others])
    one, two = np.asarray(ours, dtype=float), np.asarray(others, dtype=float)
    first = generator.choice(one, size=(_DRAWS, len(one))).mean(axis=1)
    second = generator.choice(two, size=(_DRAWS, len(two))).mean(axis=1)
    low, high = np.quantile(first - second, (tail, 1 - tail))
    return float(low), float(high)


def figures_improved(case: Case, check: Special) -> Part:
    """Return whether one of the five figures got better in half a year, and none materially worse."""
    half = timedelta(days=check.days / 2)
    middle, start = case.at - half, case.at - 2 * half
    better, worse, compared = [], [], 0
    for name in FIVE:
        before_, now = (_sample(case, name, begin, begin + half) for begin in (start, middle))
        if len(before_) < check.smallest or len(now) < check.smallest:
            continue
        compared += 1
        low, high = _difference(now, before_)
        sign = 1 if name in _MORE_IS_BETTER else -1
        gain = sorted((sign * low, sign * high))
        scale = abs(float(np.mean(before_))) or 1.0
        if gain[0] > 0:
            better.append(name)
            continue
        # Five figures are looked at: one of them would be worse by chance too often at the usual width.
        low, high = _difference(now, before_, tail=0.05 / len(FIVE))
        if max(sign * low, sign * high) < -check.threshold * scale:
            worse.append(name)
    part = Part(
        verdict=Verdict.MET if better and not worse else Verdict.NOT_MET,
        says=f"Of {compared} figures that can be compared, better: {', '.join(better) or 'none'}; worse:"
        f" {', '.join(worse) or 'none'}.",
        check="figures of the last half-year against the one before",
        unit="count",
        value=float(len(better)),
        threshold=1.0,
        n=compared,
        smallest=check.smallest,
        start=start,
        lacking=tuple(worse),
    )
    missing = missing_sources(case, ("deployments", "incidents"), start)
    if missing:
        return _missing(part, missing)
    if not compared or case.liveness.standing("deployments", start).share < ENOUGH:
        return Part(
            verdict=Verdict.UNKNOWN_SAMPLE, says="Two half-years cannot be compared yet.", check=part.check
        )
    return part


def _sample(case: Case, name: str, start: datetime, end: datetime) -> list[float]:
    """Return what a figure is over; for frequency the deployments of each week, for rates 0 and 1."""
    scope = Scope(start=start, end=end)
    if name == "deployment-frequency":
        weeks = max(int((end - start).days // 7), 1)
        counts = [0.0] * weeks
        for item in CASES["deployments"].find(case, start):
            number = int((item.at - start).days // 7)
            if item.at < end and 0 <= number < weeks:
                counts[number] += 1
        return counts
    figure = FIGURES[name](case.own, scope)
    if figure.status is Status.NOT_COMPUTABLE:
        return []
    if figure.explicit.count is not None:
        return [1.0] * figure.explicit.count + [0.0] * (figure.explicit.n - figure.explicit.count)
    return [point.value for point in figure.points]


def guards_hold(case: Case, check: Special) -> Part:
    """Return whether change fail rate and rework lie no higher than last year's upper bound."""
    year = timedelta(days=check.days)
    middle = case.at - year / 2
    worse: list[str] = []
    n = 0
    for name in ("change-fail-rate", "deployment-rework-rate"):
        now = FIGURES[name](case.own, Scope(start=middle, end=case.at)).explicit
        before_ = FIGURES[name](case.own, Scope(start=middle - year, end=middle)).explicit
        if now.value is None or before_.high is None:
            continue
        n += 1
        if now.value > before_.high:
            worse.append(name)
    part = Part(
        verdict=Verdict.NOT_MET if worse else Verdict.MET,
        says=f"{n} of 2 rates can be compared with the year before; higher: {', '.join(worse) or 'none'}.",
        check="rates of failure and rework against the year before",
        unit="count",
        value=float(len(worse)),
        threshold=0.0,
        n=n,
        start=middle,
        lacking=tuple(worse),
    )
    missing = missing_sources(case, ("deployments", "incidents"), middle)
    if missing:
        return _missing(part, missing)
    if not n:
        return Part(
            verdict=Verdict.UNKNOWN_SAMPLE, says="There is no year to compare with.", check=part.check
        )
    return part


SPECIALS: Mapping[str, Callable[[Case, Special], Part]] = {
    "five-computable": five_computable,
    "forecast-skill": forecast_skill,
    "hold-back": hold_back,
    "figures-improved": figures_improved,
    "guards-hold": guards_hold,
}
