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
from scipy.special import gammaln, ndtr

from strandline.analysis.logarithms import Floats, log_sum
from strandline.analysis.noise import NONE, Noise

Flags = NDArray[np.bool_]

_NODES = np.linspace(-3.0, 3.0, 21)
"""Grid of the hidden noise, in its standard deviations."""
_STEP = float(_NODES[1] - _NODES[0])
_PLENTIFUL = 25.0
"""From this variance of `c` on, the normal law is used."""
_LEAST_VARIANCE = 0.25
_LEAST_COUNT = 0.01
_QUIET = 0.7
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
ANY_TIME = Onset(at_once=0.75, at_stage=0.25, at_look=0.01)


class NoisyRatio:
    """The e-process against one boundary of the ratio, under every noise of a set.

    Args:
        boundary: the ratio at the edge of the null hypothesis; one number, or one for each run.
        alternatives: ratios to bet on; all above the boundary (the null is "at most") or all below it. One
            row, or one for each run.
        weights: what part of the stake goes on each; adding up to 1.
        noises: the noises to stand up to: none at all first, then those that do not last.
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
        log_ratios = np.log(_rows(boundary, alternatives, runs))
        nodes = _NODES if any(noise.spread for noise in noises) else np.zeros(1)
        spread = np.array([noise.spread for noise in noises])[:, None, None]
        # Of noises and ratios, the last axis is the grid of the hidden noise.
        self._x: Floats = log_ratios[:, None, :, None] + spread * nodes
        self._width: Floats = spread * _STEP
        self._fresh: Floats = _cells(np.zeros(1), 1.0)[0] if len(nodes) > 1 else np.ones(1)
        self._lasting = [place for place, noise in enumerate(noises) if noise.persistence]
        self._first_lasting = min(self._lasting, default=len(noises))
        moves = [_transition(noises[place].persistence) for place in self._lasting]
        self._fresh_noises = slice(int(noises[0].spread == 0), self._first_lasting)
        self._moves: Floats = np.array(moves) if moves else np.zeros((0, len(nodes), len(nodes)))
        shape = (runs, len(noises), log_ratios.shape[1])
        lasting = (runs, len(moves), log_ratios.shape[1], len(nodes))
        self._density: Floats = np.broadcast_to(self._fresh, lasting).copy()
        self._logs: Floats = np.full(shape, -np.inf)
        self._logs[:, :, 0] = 0.0
        self._log_noise = _noise_weights(noises)
        self._log_history: Floats = np.zeros((runs, len(noises))) if history is None else history
        with np.errstate(divide="ignore"):
            self._log_weights: Floats = np.log(np.asarray(weights))
        self._onset = onset
        self._log_waiting = 0.0
        self._has_begun = False
        self._is_stage_new = True
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
        if self._lasting:
            self._density = self._density @ self._moves[None]
        self._start_alternatives()
        self._multiply(_Counts(canary_events, canary, control_events, control))
        staked = log_sum(self._logs[:, :, 1:], 2)
        nulls = self._logs[:, :, 0] + self._log_history
        both = np.logaddexp(staked + self._log_history, nulls + self._log_waiting) + self._log_noise
        self._log_e = log_sum(both, 1) - nulls.max(axis=1)

    def _start_alternatives(self) -> None:
        """Let a part of what is still at the boundary begin each alternative."""
        chance = self._onset.chance(is_first=not self._has_begun, is_stage_new=self._is_stage_new)
        self._has_begun, self._is_stage_new = True, False
        if not chance or self._log_waiting == -math.inf:
            return
        fresh = self._logs[:, :, :1] + self._log_weights + (self._log_waiting + math.log(chance))
        before = self._logs[:, :, 1:]
        after = np.logaddexp(before, fresh)
        if self._lasting:
            kept = np.exp(before - after)[:, self._first_lasting :, :, None]
            waiting = self._density[:, :, :1]
            self._density[:, :, 1:] = kept * self._density[:, :, 1:] + (1 - kept) * waiting
        self._logs[:, :, 1:] = after
        self._log_waiting = self._log_waiting + math.log1p(-chance) if chance < 1 else -math.inf

    def _multiply(self, counts: "_Counts") -> None:
        """Let every hypothesis meet its likelihood of a look."""
        if not counts.is_telling.any():
            return
        likelihood = counts.log_likelihood(self._x, self._width, self._fresh_noises)
        largest = likelihood.max(axis=-1)
        likelihood -= largest[..., None]
        np.exp(likelihood, out=likelihood)
        likelihood[:, : self._first_lasting] *= self._fresh
        likelihood[:, self._first_lasting :] *= self._density
        total = likelihood.sum(axis=-1)
        self._logs = self._logs + np.log(total) + largest
        if self._lasting:
            first = self._first_lasting
            self._density = likelihood[:, first:] / total[:, first:, :, None]

    @property
    def log_e(self) -> Floats:
        """The natural logarithm of the e-value so far, for each run."""
        return self._log_e

    def log_e_if(self, run: int, times: Floats) -> Floats:
        """What one run's `log_e` becomes once everything so far has happened so many times, in equal parts.

        A forecast, for alternatives that begin at once; shape as `times`.
        """
        known, nulls = self._log_history[run], self._logs[run, :, 0]
        with np.errstate(invalid="ignore"):
            gains = np.nan_to_num(self._logs[run, :, 1:] - self._log_weights, nan=-np.inf, neginf=-np.inf)
        scaled = gains * times[:, None, None] + self._log_weights
        staked = log_sum(scaled, 2) + known + self._log_noise
        result: Floats = log_sum(staked, 1) - (nulls * times[:, None] + known).max(axis=1)
        return result

    @property
    def log_nulls(self) -> Floats:
        """The log likelihood of all looks under each noise, at the boundary, shape (runs, noises)."""
        result: Floats = self._logs[:, :, 0] + self._log_history
        return result


def _rows(boundary: float | Floats, alternatives: Sequence[float] | Floats, runs: int) -> Floats:
    """Boundary and alternatives of each run, in one row where all runs have the same."""
    edges = np.broadcast_to(np.asarray(boundary, dtype=float).reshape(-1, 1), (runs, 1))
    others = np.broadcast_to(np.asarray(alternatives, dtype=float), (runs, np.shape(alternatives)[-1]))
    ratios = np.concatenate([edges, others], axis=1)
    return ratios[:1] if (ratios == ratios[:1]).all() else ratios


def _noise_weights(noises: Sequence[Noise]) -> Floats:
    """The logarithms of the noises' weights in the alternatives."""
    quiet = _QUIET if NONE in noises and len(noises) > 1 else 0.0
    each = (1 - quiet) / (len(noises) - (1 if quiet else 0))
    result: Floats = np.log([quiet if quiet and noise == NONE else each for noise in noises])
    return result


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

    def log_likelihood(self, x: Floats, width: Floats, fresh: slice) -> Floats:
        """Return `log P(c | T, x)`, up to a constant of the look.

        Args:
            x: log ratios, shape (runs or 1, noises, ratios, nodes).
            width: what part of the scale each node stands for, shape (noises, 1, 1).
            fresh: the noises that there are and that do not last.

        Returns:
            Shape (runs, noises, ratios, nodes).
        """
        few = self.is_telling & ~self.is_plentiful
        result = np.zeros((len(self.c), *x.shape[1:]))
        if few.any():
            c, total, odds = (_column(each[few]) for each in (self.c, self.total, self.log_odds))
            at = odds + (x[few] if len(x) > 1 else x)
            if x.shape[-1] > 1:
                # At the boundary, the outermost nodes of fresh noise stand for all beyond: what fits best.
                odds_seen = np.maximum(c, _LEAST_COUNT) / np.maximum(total - c, _LEAST_COUNT)
                best = np.log(odds_seen)[..., 0, 0]
                at[:, fresh, 0, 0] = np.minimum(at[:, fresh, 0, 0], best)
                at[:, fresh, 0, -1] = np.maximum(at[:, fresh, 0, -1], best)
            # The log odds of a ratio, a noise and a split never come near where this would overflow.
            result[few] = c * at - total * np.log1p(np.exp(at))
        if self.is_plentiful.any():
            rows = self.is_plentiful
            columns = [_column(each[rows]) for each in (self.c, self.n_c, self.n_b, self.total)]
            many = _Plenty(x[rows] if len(x) > 1 else x, *columns)
            found = many.normal(width, fresh)
            if width.ravel()[0] == 0:
                found[:, :1] = many.exact
            result[rows] = found
        return result


def _column(each: Floats) -> Floats:
    return each[:, None, None, None]


class _Plenty:
    """Fisher's noncentral hypergeometric law of `c` at every log odds ratio `x`, where events are many.

    Its mean is that of Levin (1984), which solves `mean (n_b - T + mean) = e^x (n_c - mean) (T - mean)`.
    """

    def __init__(self, x: Floats, c: Floats, n_c: Floats, n_b: Floats, total: Floats) -> None:
        odds = np.exp(x)
        linear = (n_b - total) + odds * (n_c + total)
        constant = odds * n_c * total
        root = np.sqrt(np.maximum(linear * linear + 4 * (1 - odds) * constant, 0.0))
        mean = 2 * constant / (linear + root)
        least = 1e-9
        self._x, self._c = x, c
        self._own_cells = (c, n_c - c, total - c, n_b - total + c)
        self._mean: Floats = mean
        self._cells = [
            np.maximum(each, least) for each in (mean, n_c - mean, total - mean, n_b - total + mean)
        ]

    @property
    def exact(self) -> Floats:
        """The log likelihood without any noise by its saddle point, up to the same constant as `normal`.

        `x c - log Z(x)`, where `Z` sums `C(n_c, c) C(n_b, T - c) e^(x c)` over `c`: the term at the mean,
        times the width of the sum.
        """
        with_event, without, other_with, other_without = (each[:, :1] for each in self._cells)
        terms = gammaln(with_event + 1) + gammaln(without + 1)
        terms += gammaln(other_with + 1) + gammaln(other_without + 1)
        sharpness = 1 / with_event + 1 / without + 1 / other_with + 1 / other_without
        log_sum_of_all = self._x[:, :1] * self._mean[:, :1] - terms - 0.5 * np.log(sharpness)
        own = sum(gammaln(each + 1) for each in self._own_cells)
        result: Floats = self._x[:, :1] * self._c - log_sum_of_all - own
        return result

    def normal(self, width: Floats, fresh: slice) -> Floats:
        """The log likelihood as a normal law, for nodes that stand for a stretch of the scale.

        Along a stretch the mean moves by `width` times the variance, which adds to the variance. At the
        boundary, the outermost nodes of `fresh` noise stand for all beyond them as well.
        """
        variance = np.maximum(1 / sum(1 / each for each in self._cells), _LEAST_VARIANCE)
        variance = variance + (width * variance) ** 2 / 12
        off = self._c - self._mean
        off[:, fresh, 0, 0] = np.maximum(off[:, fresh, 0, 0], 0.0)
        off[:, fresh, 0, -1] = np.minimum(off[:, fresh, 0, -1], 0.0)
        result: Floats = -0.5 * (off * off / variance + np.log(variance))
        return result


def _cells(centre: Floats, spread: float) -> Floats:
    """Return the chance of each node's cell under normal laws around these centres."""
    upper = ndtr((_NODES[None, :] + _STEP / 2 - centre[:, None]) / spread)
    lower = ndtr((_NODES[None, :] - _STEP / 2 - centre[:, None]) / spread)
    chances: Floats = upper - lower
    result: Floats = chances / chances.sum(axis=1, keepdims=True)
    return result


def _transition(persistence: float) -> Floats:
    return _cells(persistence * _NODES, math.sqrt(1 - persistence**2))
