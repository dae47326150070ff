"""Latency: the mixture over five bounds beside each single bound, for shifted bodies and slow tails."""

import math
from collections.abc import Iterator

import numpy as np

from strandline.analysis.logarithms import Floats
from strandline.analysis.noise import NOISES, NONE
from strandline.analysis.noise_history import NoiseHistory, without_history
from strandline.analysis.noisy_ratio import ANY_TIME, NoisyRatio
from strandline.analysis.panel import COMPARED, HARM_RATIOS, HARM_WEIGHTS
from strandline.analysis.slow_bounds import QUANTILES

LOOKS = 60
REQUESTS = 1000
"""Of each arm, in each look."""
HOUR = 360
_FAULTS = (
    ("none", 1.0, 0.0),
    ("all 2 % slower", 1.02, 0.0),
    ("all 5 % slower", 1.05, 0.0),
    ("all 10 % slower", 1.1, 0.0),
    ("1 % five times slower", 1.0, 0.01),
    ("3 % five times slower", 1.0, 0.03),
)


def latency_work(runs: int, seed: int) -> list[tuple[int, int, int]]:
    """Return what `latency_row` is to measure."""
    return [(number, runs, seed) for number in range(len(_FAULTS))]


def latency_row(given: tuple[int, int, int]) -> str:
    """Measure one fault; return its row."""
    number, runs, seed = given
    name, scale, tail = _FAULTS[number]
    history = _history(runs, np.random.default_rng((seed, 900)))
    rng = np.random.default_rng((seed, 901 + number))
    slow = [_exceedances(runs, rng, scale=scale, tail=tail) for _ in range(LOOKS)]
    base = [_exceedances(runs, rng) for _ in range(LOOKS)]
    found = [_ours(slow, base, history), _ours(slow, base, None)]
    found += [_alone(slow, base, place) for place in range(len(QUANTILES))]
    return f"| {name} | {' | '.join(_cell(each) for each in found)} |"


def latency_table(rows: list[str], runs: int) -> Iterator[str]:
    """Put the rows under their head."""
    yield from ("## Latency", "")
    yield (
        f"Log-normal times (spread 0.5), {REQUESTS:,} requests of each arm a look, {LOOKS} looks, {runs:,} "
        "runs: share in which harm is shown, and median looks until then."
    )
    names = [f"{each.name} alone" for each in QUANTILES]
    yield from ("", f"| fault | Strandline, warm | Strandline, cold | {' | '.join(names)} |")
    yield from ("|" + "---|" * (3 + len(names)), *rows, "")


def _cell(times: Floats) -> str:
    middle = np.sort(times)[(len(times) - 1) // 2]
    return f"{np.isfinite(times).mean():.3f} / {'-' if np.isinf(middle) else f'{middle:.0f}'}"


def _exceedances(runs: int, rng: np.random.Generator, *, scale: float = 1.0, tail: float = 0.0) -> Floats:
    """How many requests of one look are slower than each of the control's quantiles: (runs, bounds).

    The chance of each interval between bounds is exact, so that the requests need not be drawn one by one.
    """
    from scipy.stats import norm  # noqa: PLC0415 - only here

    z = norm.ppf([each.share for each in QUANTILES])
    chances = (1 - tail) * norm.sf(z - math.log(scale) / 0.5) + tail * norm.sf(z - math.log(5 * scale) / 0.5)
    between = -np.diff(np.concatenate([[1.0], chances, [0.0]]))
    counts = rng.multinomial(REQUESTS, between / between.sum(), size=runs)
    result: Floats = counts[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:].astype(float)
    return result


def _history(runs: int, rng: np.random.Generator) -> Floats:
    past = NoiseHistory(runs=runs * len(QUANTILES))
    total = np.full(runs * len(QUANTILES), float(REQUESTS))
    for _ in range(HOUR):
        one, other = _exceedances(runs, rng), _exceedances(runs, rng)
        past.look(one.ravel(), total, other.ravel(), total)
    return past.log_likelihoods


def _ours(slow: list[Floats], base: list[Floats], history: Floats | None) -> Floats:
    runs, bounds = slow[0].shape
    known = history if history is not None else without_history(runs=runs * bounds)
    weights = np.array(HARM_WEIGHTS) / sum(HARM_WEIGHTS)
    test = NoisyRatio(
        1.0, HARM_RATIOS, weights, noises=NOISES, onset=ANY_TIME, history=known, runs=runs * bounds
    )
    total = np.full(runs * bounds, float(REQUESTS))
    times = np.full(runs, np.inf)
    for look in range(LOOKS):
        test.look(slow[look].ravel(), total, base[look].ravel(), total)
        each = test.log_e.reshape(runs, bounds) + math.log(COMPARED)
        mean = np.logaddexp.reduce(each, axis=1) - math.log(bounds)
        times = np.where((mean >= math.log(100)) & np.isinf(times), look + 1, times)
    return times


def _alone(slow: list[Floats], base: list[Floats], place: int) -> Floats:
    runs = len(slow[0])
    weights = np.full(len(HARM_RATIOS), 1 / len(HARM_RATIOS))
    test = NoisyRatio(1.0, HARM_RATIOS, weights, noises=(NONE,), onset=ANY_TIME, runs=runs)
    total = np.full(runs, float(REQUESTS))
    times = np.full(runs, np.inf)
    for look in range(LOOKS):
        test.look(slow[look][:, place], total, base[look][:, place], total)
        times = np.where((test.log_e >= math.log(100)) & np.isinf(times), look + 1, times)
    return times
