"""Is an error share above, or below, a stated line? A Bernoulli e-process, with nothing to compare with.

The factor of the bet on a share `q` against the line `l`, for `x` failed of `n` requests:

    log factor = x log(q / l) + (n - x) log((1 - q) / (1 - l))

For one request that fails with probability `p` its expectation is `p q/l + (1 - p)(1 - q)/(1 - l)`: linear
in `p`, 1 at `p = l`, and at most 1 on the other side of the line from `q`. It holds for shares that change
from request to request as long as they stay on the null's side, so load and time of day do not matter. What
does matter: a fault that all releases share, such as a dependency that fails, counts in full here.

Source: the test martingale of Wald's sequential probability ratio test (1945), mixed over alternatives as in
Robbins (1970).
"""

import math
from collections.abc import Sequence

from strandline.analysis.measurement import ArmCounts
from strandline.analysis.mixture import Mixture

_ODDS_ABOVE = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
_ODDS_BELOW = (0.0, 0.1, 0.25, 0.5, 0.7)
"""Zero is a bet on a canary that never fails: the quickest, and lost at the first error."""


class ShareLine:
    """The e-process against one line of the error share of one arm.

    Args:
        line: the share at the edge of the null hypothesis, above 0 and below 1.
        odds: alternatives, as multiples of the line's odds: all above 1 (the null is "at most the line")
            or all below 1 (the null is "at least").
        holds_back: keep stakes for later beginnings (see `Mixture`).
    """

    def __init__(self, line: float, odds: Sequence[float], *, holds_back: bool = False) -> None:
        line_odds = line / (1 - line)
        # q / l and (1 - q) / (1 - l), written with odds so that no digit is lost near 0 or 1.
        self._log_success = tuple(-math.log((1 + factor * line_odds) / (1 + line_odds)) for factor in odds)
        self._log_error = tuple(
            (math.log(factor) if factor else -math.inf) + success
            for factor, success in zip(odds, self._log_success, strict=True)
        )
        self._mixture = Mixture([1 / len(odds)] * len(odds), holds_back=holds_back)

    @classmethod
    def above(cls, line: float) -> "ShareLine":
        """Against "the share is at most the line", over a whole rollout."""
        return cls(line, _ODDS_ABOVE, holds_back=True)

    @classmethod
    def below(cls, line: float) -> "ShareLine":
        """Against "the share is at least the line", within a stage."""
        return cls(line, _ODDS_BELOW)

    def begin(self) -> None:
        """Place the next stake."""
        self._mixture.begin()

    def look(self, arm: ArmCounts) -> None:
        """Take in the counts of one look."""
        good = arm.requests - arm.errors
        self._mixture.multiply(
            [
                good * success + (arm.errors * error if arm.errors else 0.0)
                for success, error in zip(self._log_success, self._log_error, strict=True)
            ]
        )

    @property
    def log_e(self) -> float:
        """The natural logarithm of the e-value so far."""
        return self._mixture.log_e

    def log_e_if(self, times: float) -> float:
        """What `log_e` becomes once everything seen so far has happened `times` times (see `Mixture`)."""
        return self._mixture.log_e_if(times)
