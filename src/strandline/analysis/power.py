"""What a stage would see, before anybody starts it: power by simulation of the very tests that will judge it.

Rollouts are drawn side by side, with Poisson requests and binomial events, and judged by the `Panel` of the
real ones, under every noise that it stands up to; the drawn rollouts have none of their own. What a look
without requests in one of the arms cannot say stays unsaid: requests are drawn look by look.

The first `LOOKS` looks are drawn as they are, later ones are pooled more and more. Of pooled looks the test
sees less, since it is told less often that the arms agree: figures err towards "later"
(tests/analysis/test_power.py). Each stage is taken by itself, as if the change began with it.
"""

import math
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from strandline.analysis.logarithms import Floats
from strandline.analysis.noise_history import NoiseHistory
from strandline.analysis.panel import Panel, Series
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

RUNS = 60
"""Rollouts side by side: a chance of 90 % is known to 4 points."""
LOOKS = 60
"""So many looks are drawn as they are; after them, pooled ones grow."""
RATIOS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 300.0, 1000.0)
SHARES_BP = (100, 200, 500, 1000, 1500, 2000, 2500, 3000, 4000, 5000)
LONGEST_SECONDS = 86_400.0
USUAL_POWER = 0.9
_WITHOUT_EVENTS = 0.001
"""Where the control has no events at all, shares are tried that are multiples of this."""
_HIGHEST = 0.95
_NEVER_EMPTY = 20.0
"""Of so many expected requests there is practically always one."""
_GROWTH = 1.12
_HOPELESS = 0.1


class PowerQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One guard in one stage."""

    guard: str
    requests_per_second: float
    """Of both arms together."""
    base_share: float
    """Share of the control's requests that have the event, 0 to 1."""
    share_bp: int
    """The canary's share of the traffic, in basis points."""
    length_seconds: float
    """The stage's deadline."""
    look_seconds: float
    """Time from one look to the next."""
    series: Series
    """Margin, floor and ceiling."""
    harm_log_e: float
    """Natural logarithm of the e-value that shows harm: of the number of guards divided by alpha."""
    pass_log_e: float
    """Natural logarithm of the e-value that shows harmlessness."""
    known: tuple[int, ...] = ()
    """What is known of the noise (`NoiseHistory.kept`); empty if nothing is."""
    has_control: bool = True
    control_requests_before: int = 0
    """Without a control: how many requests of the release before were counted in earlier stages."""
    blind_seconds: float = 0.0
    """How long nothing is judged at the beginning."""
    blind_requests: int = 0
    """How many requests the control must have had before anything is judged."""
    power: float = USUAL_POWER
    """The wanted chance, 0 to 1, of seeing a change, and of passing a release without one."""


class GuardPower(msgspec.Struct, frozen=True, kw_only=True):
    """What one guard can do in one stage."""

    guard: str
    ratio: float | None = None
    """The smallest change that is seen: how many times the control's share; `None` if none is, or if the
    control has no events to be compared with."""
    share: float | None = None
    """The canary's share of events then, 0 to 1; `None` if no change is seen."""
    power: float = 0.0
    """Chance, 0 to 1, that this change is seen by the deadline; of the largest one if none is seen enough."""
    seconds: float | None = None
    """Median time in seconds until it is seen."""
    exposed_requests: int | None = None
    """How many requests the canary has had by then."""
    pass_power: float = 0.0
    """Chance, 0 to 1, that a release without any change is shown harmless by the deadline."""
    pass_seconds: float | None = None
    """Median time in seconds until that is shown; `None` if it mostly is not."""
    can_decide: bool = False
    """Whether that chance is the wanted one."""
    enough_seconds: float | None = None
    """Shortest length in seconds, up to a day, at which it would be; `None` if none is."""
    enough_share_bp: int | None = None
    """Where it is not: the smallest share, in basis points, up to a half, at which it would be in the same
    time; `None` if none is, or none is needed."""


class StagePower(msgspec.Struct, frozen=True, kw_only=True):
    """What the guards can do in one stage."""

    stage: int
    """Counted from 1."""
    share_bp: int
    """The canary's share of the traffic, in basis points."""
    length_seconds: float
    """The stage's deadline."""
    guards: tuple[GuardPower, ...]


def guard_power(question: PowerQuestion, rng: np.random.Generator) -> GuardPower:
    """Return what a guard can do in a stage.

    Args:
        question: the guard and its stage.
        rng: where all chance comes from; one that was seeded alike gives the same figures.
    """
    if question.requests_per_second <= 0 or question.share_bp <= 0:
        return GuardPower(guard=question.guard)
    seed = int(rng.integers(2**32))
    seen = _smallest_change(question, seed)
    length = question.length_seconds
    times = _pass_times(question, seed, until=length)
    chance = _share_by(times, length)
    can_decide = chance >= question.power
    later = times if can_decide else _pass_times(question, seed, until=LONGEST_SECONDS)
    return msgspec.structs.replace(
        seen,
        pass_power=chance,
        pass_seconds=_finite(float(np.median(later)), most=length),
        can_decide=can_decide,
        enough_seconds=_finite(_reached(later, question.power), most=LONGEST_SECONDS),
        enough_share_bp=None if can_decide else _enough_share(question, seed),
    )


def _smallest_change(question: PowerQuestion, seed: int) -> GuardPower:
    """Find the smallest change that is seen with the wanted power; only that part is filled in."""
    reference = question.base_share or _WITHOUT_EVENTS
    ratios = [ratio for ratio in RATIOS if reference * ratio <= _HIGHEST]
    length = question.length_seconds
    found: dict[int, Floats] = {}

    def is_seen(place: int) -> bool:
        found[place] = _simulate(
            question,
            share=reference * ratios[place],
            until=length,
            rng=np.random.default_rng((seed, place)),
            of_harm=True,
            is_whole=place == len(ratios) - 1,
        )
        return _share_by(found[place], length) >= question.power

    place = _first(len(ratios), is_seen)
    if place == len(ratios):
        return GuardPower(guard=question.guard, power=_share_by(found[place - 1], length) if found else 0.0)
    seconds = float(np.median(found[place]))
    return GuardPower(
        guard=question.guard,
        ratio=ratios[place] if question.base_share else None,
        share=reference * ratios[place],
        power=_share_by(found[place], length),
        seconds=seconds,
        exposed_requests=round(seconds * question.requests_per_second * _part(question)),
    )


def _enough_share(question: PowerQuestion, seed: int) -> int | None:
    """Find the smallest share that would do in the same time."""
    if not question.has_control:
        return None
    shares = [share for share in SHARES_BP if share > question.share_bp]

    def is_enough(place: int) -> bool:
        asked = msgspec.structs.replace(question, share_bp=shares[place])
        times = _pass_times(asked, seed, until=question.length_seconds)
        return _share_by(times, question.length_seconds) >= question.power

    if not shares or not is_enough(len(shares) - 1):
        return None
    return shares[_first(len(shares) - 1, is_enough)]


def _pass_times(question: PowerQuestion, seed: int, *, until: float) -> Floats:
    rng = np.random.default_rng((seed, len(RATIOS)))
    return _simulate(question, share=question.base_share, until=until, rng=rng, of_harm=False)


def _simulate(
    question: PowerQuestion,
    *,
    share: float,
    until: float,
    rng: np.random.Generator,
    of_harm: bool,
    is_whole: bool = True,
) -> Floats:
    """Return when each of `RUNS` rollouts shows harm, or no harm; infinity where it does not by `until`.

    Unless the whole is wanted, what has hardly begun to show by half of the time is given up.
    """
    panel = _begun(question, rng)
    needed = question.harm_log_e if of_harm else question.pass_log_e
    times = np.full(RUNS, np.inf)
    ended, control_seen = 0.0, 0.0
    for looks in _pooled(question, until):
        began, ended = ended, ended + looks * question.look_seconds
        if began < question.blind_seconds or control_seen < question.blind_requests:
            control_seen += question.requests_per_second * (1 - _part(question)) * (ended - began)
            continue
        _look(panel, question, looks, share, rng)
        log_e = panel.harm if of_harm else panel.no_harm
        times = np.where((log_e >= needed) & np.isinf(times), ended, times)
        is_hopeless = not is_whole and ended > until / 2 and _share_by(times, until) < _HOPELESS
        if np.isfinite(times).all() or is_hopeless:
            break
    return times


def _begun(question: PowerQuestion, rng: np.random.Generator) -> Panel:
    history = NoiseHistory(question.known).log_likelihoods.repeat(RUNS, axis=0)
    panel = Panel([question.series] * RUNS, history=history)
    panel.begin_stage(has_control=True)
    if not question.has_control:
        before = np.full(RUNS, question.control_requests_before)
        events = rng.binomial(before, question.base_share).astype(float)
        nothing = np.zeros(RUNS)
        panel.look(nothing, nothing, events, before.astype(float), compared=True)
        panel.begin_stage(has_control=False)
    return panel


def _look(panel: Panel, question: PowerQuestion, looks: int, share: float, rng: np.random.Generator) -> None:
    """Let a panel take in so many looks as one."""
    nothing = np.zeros(RUNS)
    mine = question.requests_per_second * question.look_seconds * _part(question)
    if not question.has_control:
        canary = rng.poisson(mine * looks, RUNS)
        events = rng.binomial(canary, share).astype(float)
        panel.look(events, canary.astype(float), nothing, nothing, compared=False)
        return
    other = question.requests_per_second * question.look_seconds * (1 - _part(question))
    if min(mine, other) >= _NEVER_EMPTY:
        canary, control = rng.poisson(mine * looks, RUNS), rng.poisson(other * looks, RUNS)
        alone = np.zeros(RUNS, dtype=int)
    else:
        canaries, controls = rng.poisson(mine, (RUNS, looks)), rng.poisson(other, (RUNS, looks))
        is_both = (canaries > 0) & (controls > 0)
        canary, control = (canaries * is_both).sum(axis=1), (controls * is_both).sum(axis=1)
        alone = canaries.sum(axis=1) - canary
    events = rng.binomial(canary, share).astype(float)
    control_events = rng.binomial(control, question.base_share).astype(float)
    if alone.any():
        # Requests in looks without any of the control say nothing about the ratio, but count for the floor.
        lonely = rng.binomial(alone, share).astype(float)
        panel.look(lonely, alone.astype(float), nothing, nothing, compared=True)
    panel.look(events, canary.astype(float), control_events, control.astype(float), compared=True)


def _pooled(question: PowerQuestion, until: float) -> Iterator[int]:
    """Yield how many looks go into each pooled one, up to `until`: one at first, then more and more."""
    count = max(1, round(question.length_seconds / question.look_seconds))
    last = max(1, round(until / question.look_seconds))
    length, done = 1.0, 0
    while done < last:
        # The deadline is always the end of a look.
        edge = count if done < count <= last else last
        looks = min(round(length), edge - done)
        yield looks
        done += looks
        if done >= LOOKS:
            length *= _GROWTH


def _first(count: int, is_so: Callable[[int], bool]) -> int:
    """Return the first place at which something that stays so becomes so, by bisection; `count` if none."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_so(middle) else (middle + 1, high)
    return low


def _part(question: PowerQuestion) -> float:
    return question.share_bp / ALL_TRAFFIC_BP


def _share_by(times: Floats, length: float) -> float:
    return float((times <= length * (1 + 1e-9)).mean())


def _reached(times: Floats, power: float) -> float:
    """Return by when that share of the runs has come to an end."""
    place = min(math.ceil(round(power * len(times), 6)), len(times)) - 1
    return float(np.sort(times)[place])


def _finite(seconds: float, *, most: float) -> float | None:
    return seconds if seconds <= most * (1 + 1e-9) else None
