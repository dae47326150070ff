"""Does an event happen more often at the canary than at its control, whatever noise lies between them?

One look: `n_c` requests of the canary with `c` events (errors, slow answers, …), `n_b` of the control with
`b`. Given the `T = c + b` events, `c` says how much likelier an event is at the canary: the ratio `r` moved
by the look's noise `z` (`noise`), on the logarithmic scale `x = log r + z`. Nothing else enters: whatever
both arms share, a busy hour or a dependency that fails, is in `T` and cancels.

* Few events: each of the `T` is the canary's with the odds `e^x n_c : n_b` (the Poisson limit, exact where
  events are rare, careful where they are not).
* Many events: `c` is a normal number with mean and variance of Fisher's noncentral hypergeometric
  distribution with odds ratio `e^x`: also exact where events are common, where the Poisson limit gives away
  up to half of the evidence. Which of the two holds is decided by `n_c`, `n_b` and `T` alone.

The e-process. For a noise `k`, `N_k` is the likelihood of all looks at the boundary ratio `r_0`, and `A_kj`
that of the alternative `r_j`, which may begin at any look (`Onset`); the hidden noise is summed out by a
forward filter on a grid. With weights `v_k`, `w_j` that add up to 1,

    E = sum_kj v_k w_j A_kj / max_k N_k.

Under any one noise `k` of the set, `E` is at most `sum v w A / N_k`, whose expectation at the boundary is 1
at every stopping time: `E` is an e-process for all noises of the set at once, without being told which
(universal inference: Wasserman, Ramdas & Balakrishnan, PNAS 2020; Lindon & Malek, NeurIPS 2022, for counts).
On the harmless side of the boundary every factor is monotone in `x` and normal shifts have monotone
likelihood ratios, so the expectation only gets smaller (docs/explanation/judgement.md).

Arrays may carry many rollouts at once (`runs`): what is simulated for the error rates is this very code.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr

from strandline.analysis.noise import NONE, Noise

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_NODES = np.linspace(-3.0, 3.0, 25)
"""Grid of the hidden noise, in its standard deviations."""
_STEP = float(_NODES[1] - _NODES[0])
_PLENTIFUL = 25.0
"""From this variance of `c` on, the normal law is used."""
_LEAST_VARIANCE = 0.25
_QUIET = 0.6
"""Weight of "no noise" among the noises of the alternatives; the others share the rest."""


@dataclass(frozen=True)
class Onset:
    """When an alternative may begin: with these chances, of what has not begun yet."""

    at_once: float = 1.0
    at_stage: float = 0.0
    at_look: float = 0.0

    def chance(self, *, is_first: bool, is_stage_new: bool) -> float:
        """The chance that what has not begun yet begins with this look."""
        if is_first:
            return self.at_once
        return self.at_stage if is_stage_new else self.at_look


AT_ONCE = Onset()
ANY_TIME = Onset(at_once=0.6, at_stage=0.25, at_look=0.005)


class NoisyRatio:
    """The e-process against one boundary of the ratio, under every noise of a set.

    Args:
        boundary: the ratio at the edge of the null hypothesis; one number, or one for each run.
        alternatives: ratios to bet on; all above the boundary (the null is "at most") or all below it. One
            row, or one for each run.
        weights: what part of the stake goes on each; adding up to 1.
        noises: the noises to stand up to.
        onset: when an alternative may begin.
        history: what the noises' log likelihoods are before the first look, shape (runs, noises) in the
            order of `noises`; up to a constant for each run (`noise_history`).
        runs: how many questions are judged side by side: guards of one rollout, or simulated rollouts.
    """

    def __init__(
        self,
        boundary: float | Floats,
        alternatives: Sequence[float] | Floats,
        weights: Sequence[float] | Floats,
        *,
        noises: Sequence[Noise] = (NONE,),
        onset: Onset = AT_ONCE,
        history: Floats | None = None,
        runs: int = 1,
    ) -> None:
        self._onset = onset
        ratios = np.concatenate(
            [
                np.broadcast_to(np.asarray(boundary, dtype=float).reshape(-1, 1), (runs, 1)),
                np.broadcast_to(np.asarray(alternatives, dtype=float), (runs, np.shape(alternatives)[-1])),
            ],
            axis=1,
        )
        if (ratios == ratios[:1]).all():
            ratios = ratios[:1]
        self._groups = [
            _NoiseGroup(persistence, spreads, np.log(ratios), runs)
            for persistence, spreads in _by_persistence(noises)
        ]
        count = len(noises)
        quiet = _QUIET if NONE in noises and count > 1 else 0.0
        self._log_noise = np.concatenate([group.log_weights(quiet, count) for group in self._groups])
        self._log_history: Floats = np.zeros((runs, count)) if history is None else history
        with np.errstate(divide="ignore"):
            self._log_weights: Floats = np.log(np.asarray(weights))
        self._log_waiting = 0.0
        self._has_begun = False
        self._is_stage_new = True
        self._runs = runs
        self._log_e: Floats = np.zeros(runs)

    def begin_stage(self) -> None:
        """Say that a new stage begins: a likelier moment for a fault to show."""
        self._is_stage_new = True

    def know(self, history: Floats) -> None:
        """Replace what the noises' log likelihoods are by other records than these looks (see `history`).

        It may grow from look to look: all records together have the likelihood that is their product.
        """
        self._log_history = history

    def look(self, canary_events: Floats, canary: Floats, control_events: Floats, control: Floats) -> None:
        """Take in one look; every argument has one number for each run.

        A run without requests in both arms, or without any event, learns nothing from the look: the noise
        goes on by itself.
        """
        self._start_alternatives()
        counts = _Counts(canary_events, canary, control_events, control)
        for group in self._groups:
            group.look(counts)
        nulls = np.concatenate([group.log_nulls for group in self._groups], axis=1)
        alternatives = np.concatenate([group.log_alternatives for group in self._groups], axis=1)
        staked = logsumexp(alternatives, axis=2)
        both = np.logaddexp(staked, nulls + self._log_waiting) + self._log_noise + self._log_history
        self._log_e = logsumexp(both, axis=1) - (nulls + self._log_history).max(axis=1)

    def _start_alternatives(self) -> None:
        chance = self._onset.chance(is_first=not self._has_begun, is_stage_new=self._is_stage_new)
        self._has_begun, self._is_stage_new = True, False
        for group in self._groups:
            group.predict()
        if chance > 0 and self._log_waiting > -math.inf:
            for group in self._groups:
                group.start(self._log_weights + self._log_waiting + math.log(chance))
            self._log_waiting = self._log_waiting + math.log1p(-chance) if chance < 1 else -math.inf

    @property
    def log_e(self) -> Floats:
        """The natural logarithm of the e-value so far, for each run."""
        return self._log_e

    @property
    def log_nulls(self) -> Floats:
        """The log likelihood of all looks under each noise, at the boundary, shape (runs, noises)."""
        result: Floats = np.concatenate([group.log_nulls for group in self._groups], axis=1)
        return result + self._log_history


class _Counts:
    """One look's counts, and the law of `c` given all the others."""

    def __init__(self, c: Floats, n_c: Floats, b: Floats, n_b: Floats) -> None:
        total = c + b
        everyone = n_c + n_b
        self.is_telling = (n_c > 0) & (n_b > 0) & (total > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(everyone > 0, n_c / np.maximum(everyone, 1), 0.5)
            variance = total * (1 - total / np.maximum(everyone, 1)) * share * (1 - share)
            self.log_odds = np.where(self.is_telling, np.log(n_c) - np.log(n_b), 0.0)
        # Only where few requests are lacking the event or having it is the count itself what matters.
        self.is_plentiful = self.is_telling & (variance >= _PLENTIFUL)
        self.c, self.b, self.n_c, self.n_b, self.total = c, b, n_c, n_b, total

    def log_likelihood(self, x: Floats, width: Floats) -> Floats:
        """Return `log P(c | T, x)`, up to a constant of the look.

        Args:
            x: log ratios, shape (runs or 1, noises, ratios, nodes).
            width: what part of the scale each node stands for, shape (noises, 1, 1).

        Returns:
            Shape (runs, noises, ratios, nodes).
        """
        result = np.zeros((len(self.c), *x.shape[1:]))
        few = self.is_telling & ~self.is_plentiful
        if few.any():
            c, total, odds = (_column(each[few]) for each in (self.c, self.total, self.log_odds))
            at = odds + (x[few] if len(x) > 1 else x)
            result[few] = c * at - total * np.logaddexp(0.0, at)
        if self.is_plentiful.any():
            rows = self.is_plentiful
            columns = (_column(each[rows]) for each in (self.c, self.n_c, self.n_b, self.total))
            result[rows] = _normal_log_likelihood(x[rows] if len(x) > 1 else x, width, *columns)
        return result


def _column(each: Floats) -> Floats:
    return each[:, None, None, None]


def _normal_log_likelihood(  # noqa: PLR0917 - the law's own variables
    x: Floats, width: Floats, c: Floats, n_c: Floats, n_b: Floats, total: Floats
) -> Floats:
    """Fisher's noncentral hypergeometric law, by its mean (Levin 1984) and variance, as a normal one."""
    odds = np.exp(x)
    # mean (n_b - total + mean) = odds (n_c - mean) (total - mean)
    linear = (n_b - total) + odds * (n_c + total)
    constant = odds * n_c * total
    root = np.sqrt(np.maximum(linear * linear + 4 * (1 - odds) * constant, 0.0))
    mean = 2 * constant / (linear + root)
    cells = (
        1 / np.maximum(mean, 1e-9)
        + 1 / np.maximum(n_c - mean, 1e-9)
        + 1 / np.maximum(total - mean, 1e-9)
        + 1 / np.maximum(n_b - total + mean, 1e-9)
    )
    variance = np.maximum(1 / cells, _LEAST_VARIANCE)
    # A node stands for a stretch of the scale, along which the mean moves by `width * variance`.
    variance = variance + (width * variance) ** 2 / 12
    off = c - mean
    result: Floats = -0.5 * (off * off / variance + np.log(variance))
    return result


class _NoiseGroup:
    """The forward filters of all noises of one persistence: at the boundary, and at every alternative."""

    def __init__(
        self,
        persistence: float,
        spreads: Sequence[float],
        log_ratios: Floats,
        runs: int,
    ) -> None:
        nodes = _NODES if any(spreads) else np.zeros(1)
        spread = np.asarray(spreads)[:, None, None]
        self._is_quiet = not any(spreads)
        self._x: Floats = log_ratios[:, None, :, None] + spread * nodes
        self._width: Floats = spread * _STEP
        self._start: Floats = _stationary() if any(spreads) else np.ones(1)
        self._moves: Floats | None = _transition(persistence) if persistence else None
        shape = (runs, len(spreads), log_ratios.shape[1])
        self._density: Floats = np.broadcast_to(self._start, (*shape, len(nodes))).copy()
        self._logs: Floats = np.full(shape, -np.inf)
        self._logs[:, :, 0] = 0.0

    def log_weights(self, quiet: float, count: int) -> Floats:
        """Return the logarithms of the noises' weights: `quiet` for no noise, the rest in equal parts."""
        each = np.full(self._x.shape[1], (1 - quiet) / (count - (1 if quiet else 0)))
        result: Floats = np.log(np.full(1, quiet)) if self._is_quiet and quiet else np.log(each)
        return result

    @property
    def log_nulls(self) -> Floats:
        """Log likelihoods at the boundary, shape (runs, noises)."""
        return self._logs[:, :, 0]

    @property
    def log_alternatives(self) -> Floats:
        """Log likelihoods at the alternatives that have begun, weighted; shape (runs, noises, ratios)."""
        return self._logs[:, :, 1:]

    def predict(self) -> None:
        """Let the noise move on by one look."""
        if self._moves is not None:
            self._density = self._density @ self._moves

    def start(self, log_stakes: Floats) -> None:
        """Let a part of what is still at the boundary begin each alternative."""
        fresh = self._logs[:, :, :1] + log_stakes
        before = self._logs[:, :, 1:]
        after = np.logaddexp(before, fresh)
        if self._moves is not None:
            kept = np.exp(before - after)[..., None]
            self._density[:, :, 1:] = kept * self._density[:, :, 1:] + (1 - kept) * self._density[:, :, :1]
        self._logs[:, :, 1:] = after

    def look(self, counts: _Counts) -> None:
        """Take in one look."""
        likelihood = counts.log_likelihood(self._x, self._width)
        if self._is_quiet:
            self._logs += likelihood[..., 0]
            return
        largest = likelihood.max(axis=-1, keepdims=True)
        likelihood -= largest
        np.exp(likelihood, out=likelihood)
        prior = self._density if self._moves is not None else self._start
        joint = likelihood * prior
        total = joint.sum(axis=-1)
        self._logs += np.log(total) + largest[..., 0]
        if self._moves is not None:
            self._density = joint / total[..., None]


def _by_persistence(noises: Sequence[Noise]) -> list[tuple[float, list[float]]]:
    """Group the noises that one filter can carry; those of a group follow each other in `noises` already."""
    grouped: dict[tuple[float, bool], list[float]] = {}
    for noise in noises:
        grouped.setdefault((noise.persistence, noise.spread > 0), []).append(noise.spread)
    return [(persistence, spreads) for (persistence, _), spreads in grouped.items()]


def _cells(centre: Floats, spread: float) -> Floats:
    """Return the chance of each node's cell under normal laws around these centres."""
    upper = ndtr((_NODES[None, :] + _STEP / 2 - centre[:, None]) / spread)
    lower = ndtr((_NODES[None, :] - _STEP / 2 - centre[:, None]) / spread)
    chances: Floats = upper - lower
    result: Floats = chances / chances.sum(axis=1, keepdims=True)
    return result


def _stationary() -> Floats:
    result: Floats = _cells(np.zeros(1), 1.0)[0]
    return result


def _transition(persistence: float) -> Floats:
    return _cells(persistence * _NODES, math.sqrt(1 - persistence**2))
