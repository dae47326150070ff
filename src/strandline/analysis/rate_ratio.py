"""Is the canary's error share larger than its control's? An e-process on who had the errors.

One look saw `n_c` requests of the canary, `c` of them failed, and `n_b` of the control, `b` of them failed.
If the canary's error share is `r` times the control's, whatever that is at this moment, an error is the
canary's with the odds `r n_c : n_b`. The factor of the bet on `r_k` against the boundary `r_0` is the ratio
of these binomial likelihoods of the split of the `c + b` errors:

    log factor = c log(r_k / r_0) - (c + b) log((n_c r_k + n_b) / (n_c r_0 + n_b))

Why this is fair, at any error share. Given the requests of both arms, let every canary request of the look
fail with probability `p_c`, every control request with `p_b`, independently. With `A`, `B` the factors of
one error at the canary and at the control, and `1 + x <= e^x`,

    E[factor] = (1 + p_c (A - 1))^n_c (1 + p_b (B - 1))^n_b <= exp(n_c p_c (A - 1) + n_b p_b (B - 1))

and the exponent is 0 at `p_c = r_0 p_b`, and negative beyond it on the side of the null. So the bets on
`r_k > r_0` are fair against "at most r_0 times", those on `r_k < r_0` against "at least r_0 times", and the
ratio is the plain ratio of shares, not of odds. For rare errors nothing is given away; where a large part
of all requests fails the test is careful (its factors are below 1 on average) and needs more of them.

Why the requests that ended, and not the share that was ordered: the exposure is known once the look is over,
it is what the errors are proportional to, and it stays right where the router splits by session, rounds its
weights, or still ends requests of the stage before. The ordered share says only what to expect. Each look
brings its own exposure: pooled counts under an average share would take a growing load for harm.

Source: inhomogeneous counts with known allocation, Lindon & Malek, "Anytime-Valid Inference for Multinomial
Count Data", NeurIPS 2022, arXiv:2011.03567; the grid, the composite nulls and the bound above are our own.
"""

import math
from collections.abc import Sequence

from strandline.analysis.measurement import ArmCounts
from strandline.analysis.mixture import Mixture

HARM_RATIOS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1000.0)
"""Alternatives to "at most as many errors as the control". The small ones are for services where errors are
common, the large ones for those where they hardly happen."""

_FRACTIONS_OF_MARGIN = (0.2, 0.5, 0.7, 0.85)


class RateRatio:
    """The e-process against one boundary of the ratio of error shares, canary to control.

    Args:
        boundary: the ratio at the edge of the null hypothesis.
        alternatives: ratios to bet on: all above the boundary (the null is "at most") or all below it
            (the null is "at least").
        holds_back: keep stakes for later beginnings (see `Mixture`).
    """

    def __init__(self, boundary: float, alternatives: Sequence[float], *, holds_back: bool = False) -> None:
        self._boundary = boundary
        self._alternatives = tuple(alternatives)
        self._log_ratios = tuple(math.log(ratio / boundary) for ratio in alternatives)
        count = len(self._alternatives)
        self._mixture = Mixture([1 / count] * count, holds_back=holds_back)

    @classmethod
    def above_control(cls) -> "RateRatio":
        """Against "the canary fails no more often than its control", over a whole rollout."""
        return cls(1.0, HARM_RATIOS, holds_back=True)

    @classmethod
    def under_margin(cls, margin: float) -> "RateRatio":
        """Against "the canary fails at least `margin` times as often as its control", within a stage."""
        alternatives = tuple(fraction * margin for fraction in _FRACTIONS_OF_MARGIN)
        # No change at all is what most releases bring; it gets a bet of its own where it is an alternative.
        return cls(margin, (1.0, *alternatives) if margin > 1 else alternatives)

    def begin(self) -> None:
        """Place the next stake."""
        self._mixture.begin()

    def look(self, canary: ArmCounts, control: ArmCounts) -> None:
        """Take in the counts of one look. Without requests in both arms it says nothing about the ratio."""
        errors = canary.errors + control.errors
        if not (canary.requests and control.requests and errors):
            return
        base = canary.requests * self._boundary + control.requests
        self._mixture.multiply(
            [
                canary.errors * log_ratio
                - errors * math.log1p(canary.requests * (ratio - self._boundary) / base)
                for ratio, log_ratio in zip(self._alternatives, self._log_ratios, strict=True)
            ]
        )

    @property
    def log_e(self) -> float:
        """The natural logarithm of the e-value so far."""
        return self._mixture.log_e

    def log_e_if(self, times: float) -> float:
        """What `log_e` becomes once everything seen so far has happened `times` times (see `Mixture`)."""
        return self._mixture.log_e_if(times)
