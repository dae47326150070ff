"""Is the canary's mean of a bounded value worse than its control's? A bet on the difference, look by look.

Each look brings one reading of each arm, scaled to 0 … 1 so that more is worse. Half their difference,
`D = (1 + canary - control) / 2`, lies in 0 … 1; without harm its expectation, given all looks before, is at
most 1/2. The bets `1 + l (D - 1/2)` with fixed stakes `l` between 0 and 2 are then fair or worse, so is any
mixture of their products. What both arms share cancels. Mirrored, against "worse by the margin or more".

It takes no law for the values, only their bounds; it does take that a difference does not last by itself
from look to look: a host that is a little warmer for an hour is a difference to it.

Source: Waudby-Smith & Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024,
arXiv:2010.09686; here with a fixed grid of stakes and on the difference of two arms.
"""

import math

import numpy as np

from strandline.analysis.logarithms import log_sum

PPM = 1_000_000
_STAKES = np.array([0.05, 0.1, 0.2, 0.4, 0.8, 1.2, 1.6, 1.9])


class ValueEvidence:
    """The evidence on one bounded value.

    Args:
        margin: the difference of the means that does no harm, as a share of the range.
        is_less_worse: a smaller value is the worse one.
    """

    def __init__(self, *, margin: float, is_less_worse: bool) -> None:
        self._null = (1 + margin) / 2
        self._is_less_worse = is_less_worse
        self._harm = np.zeros(len(_STAKES))
        self._no_harm = np.zeros(len(_STAKES))
        self.looks = 0
        """Looks of this stage in which both arms had a value."""
        self.canary = self.control = 0.0
        """Sums of the scaled values over those looks, as they were given."""

    def begin_stage(self) -> None:
        """Say that a stage begins: evidence of no harm begins anew."""
        self._no_harm = np.zeros(len(_STAKES))
        self.looks, self.canary, self.control = 0, 0.0, 0.0

    def look(self, canary_ppm: int, control_ppm: int) -> None:
        """Take in one reading of each arm, in millionths of the range."""
        canary, control = canary_ppm / PPM, control_ppm / PPM
        self.looks += 1
        self.canary, self.control = self.canary + canary, self.control + control
        worse = control - canary if self._is_less_worse else canary - control
        half = (1 + worse) / 2
        self._harm = self._harm + np.log1p(_STAKES * (half - 0.5))
        # Down to what a stake can lose at most: its factor stays positive.
        self._no_harm = self._no_harm + np.log1p(_STAKES / 2 / (1 - self._null) * (self._null - half) * _KEPT)

    @property
    def harm(self) -> float:
        """The natural logarithm of the e-value against "not worse", over the rollout."""
        return float(log_sum(self._harm, 0) - math.log(len(_STAKES)))

    @property
    def no_harm(self) -> float:
        """The natural logarithm of the e-value against "worse by the margin or more", over the stage."""
        return float(log_sum(self._no_harm, 0) - math.log(len(_STAKES)))


_KEPT = 0.99
"""A bet never risks all of its stake."""
