"""Is a share above, or below, a stated line? A Bernoulli e-process, with nothing to compare with.

The factor of the bet on a share `q` against the line `l`, for `x` events among `n` requests:

    log factor = x log(q / l) + (n - x) log((1 - q) / (1 - l))

For one request that has the event with probability `p` its expectation is `p q/l + (1 - p)(1 - q)/(1 - l)`:
linear in `p`, 1 at `p = l`, and at most 1 on the other side of the line from `q`. It holds for shares that
change from request to request as long as they stay on the null's side, so load, time of day and noise do not
matter. What does matter: a fault that all releases share, such as a dependency that fails, counts in full.

Source: the test martingale of Wald's sequential probability ratio test (1945), mixed over alternatives as in
Robbins (1970).
"""

import math
from collections.abc import Sequence

import numpy as np

from strandline.analysis.logarithms import Floats, log_sum
from strandline.analysis.noisy_ratio import ANY_TIME, AT_ONCE, Onset

_ODDS_ABOVE = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
_WEIGHTS_ABOVE = (0.125,) * 8
_ODDS_BELOW = (0.0, 0.1, 0.25, 0.5, 0.7)
"""Zero is a bet on a canary that never fails: the quickest, and lost at the first event."""
_WEIGHTS_BELOW = (0.56, 0.11, 0.11, 0.11, 0.11)


class ShareLine:
    """The e-process against one line of the share of one arm.

    Args:
        line: the share at the edge of the null hypothesis, for each run; 0 or 1 where there is none, and the
            e-value stays 1.
        odds: alternatives, as multiples of the line's odds: all above 1 (the null is "at most the line")
            or all below 1 (the null is "at least").
        weights: what part of the stake goes on each; adding up to 1.
        onset: when an alternative may begin.
    """

    def __init__(
        self, line: Floats, odds: Sequence[float], weights: Sequence[float], *, onset: Onset = AT_ONCE
    ) -> None:
        has_line = (line > 0) & (line < 1)
        inside = np.where(has_line, line, 0.5)[:, None]
        line_odds = inside / (1 - inside)
        # q / l and (1 - q) / (1 - l), written with odds so that no digit is lost near 0 or 1.
        success = np.array([-np.log1p((each - 1) * line_odds / (1 + line_odds)) for each in odds])
        with np.errstate(divide="ignore"):
            times = np.log(np.array(odds))
        self._log_success: Floats = np.where(has_line[:, None], success[:, :, 0].T, 0.0)
        self._log_event: Floats = np.where(has_line[:, None], times + success[:, :, 0].T, 0.0)
        self._onset = onset
        self._stakes: Floats = np.log(np.array(weights))
        self._logs: Floats = np.full((len(line), len(odds)), -np.inf)
        self._log_waiting = 0.0
        self._has_begun = False
        self._is_stage_new = True

    @classmethod
    def above(cls, line: Floats) -> "ShareLine":
        """Against "the share is at most the line", over a whole rollout."""
        return cls(line, _ODDS_ABOVE, _WEIGHTS_ABOVE, onset=ANY_TIME)

    @classmethod
    def below(cls, line: Floats) -> "ShareLine":
        """Against "the share is at least the line", within a stage."""
        return cls(line, _ODDS_BELOW, _WEIGHTS_BELOW)

    def begin(self) -> None:
        """Say that a new stage begins: a likelier moment for a change to show."""
        self._is_stage_new = True

    def look(self, events: Floats, total: Floats) -> None:
        """Take in the counts of one look, one number for each run."""
        chance = self._onset.chance(is_first=not self._has_begun, is_stage_new=self._is_stage_new)
        self._has_begun, self._is_stage_new = True, False
        if chance > 0 and self._log_waiting > -math.inf:
            staked = self._log_waiting + math.log(chance) + self._stakes
            self._logs = np.logaddexp(self._logs, staked)
            self._log_waiting += math.log1p(-chance) if chance < 1 else -math.inf
        good = (total - events)[:, None]
        happened = events[:, None]
        with np.errstate(invalid="ignore"):
            lost = np.where(happened > 0, happened * self._log_event, 0.0)
        self._logs = self._logs + good * self._log_success + lost

    @property
    def log_e(self) -> Floats:
        """The natural logarithm of the e-value so far, for each run."""
        waiting = np.full((self._logs.shape[0], 1), self._log_waiting)
        result: Floats = log_sum(np.concatenate([self._logs, waiting], 1), axis=1)
        return result

    def log_e_if(self, run: int, times: Floats) -> Floats:
        """What one run's `log_e` becomes once everything so far has happened so many times, in equal parts.

        A forecast, for alternatives that begin at once; shape as `times`.
        """
        gains = self._logs[run] - self._stakes
        return log_sum(gains * times[:, None] + self._stakes, 1)
