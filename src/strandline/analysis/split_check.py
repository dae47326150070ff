"""Are the requests split as was ordered? Who got how many, against the share; the outcome does not matter.

Where they are not, something else than the ordered share decides who reaches the canary, such as retries,
sticky sessions, or health checks that take instances out: what is counted then may compare different users.
The answer is not a rollback, it is "cannot be judged" (sample-ratio mismatch).

The e-process: for `n_c` of `n` requests under the share `p`, bets on shares a little to each side, product
over the looks with the share of each look. A small tolerance is part of the null, since a router rounds its
weights: shares within `TOLERANCE` of the ordered one, in odds, are as ordered. Requests of a user come in
bunches (connections that are kept, sessions), so each look's counts are divided by `BUNCH`: the test is the
slower for it, and does not cry over sessions.

Source: Lindon & Malek, "Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022, arXiv:2011.03567.
"""

import math

import numpy as np

from strandline.analysis.logarithms import Floats, log_sum
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

ALPHA = 0.001
"""Chance, per rollout, that a split which is as ordered is called wrong."""
TOLERANCE = 0.1
"""A tenth more or fewer, in odds, is a router's rounding and no finding."""
BUNCH = 2.0
_AWAY = np.array([1.2, 1.4, 1.8, 3.0, 10.0])


class SplitCheck:
    """Watches the split over a rollout."""

    def __init__(self) -> None:
        self._above = np.zeros(len(_AWAY))
        self._below = np.zeros(len(_AWAY))
        self.canary = self.control = 0
        """Requests since the stage began."""
        self._needed = math.log(1 / ALPHA)

    def begin_stage(self) -> None:
        """Say that the share changes: a new split, and new evidence on it."""
        self._above = np.zeros(len(_AWAY))
        self._below = np.zeros(len(_AWAY))
        self.canary = self.control = 0

    def look(self, canary: int, control: int, *, share_bp: int) -> None:
        """Take in one look's requests, under the ordered share in basis points."""
        self.canary, self.control = self.canary + canary, self.control + control
        share = share_bp / ALL_TRAFFIC_BP
        odds = share / (1 - share)
        up, down = odds * (1 + TOLERANCE), odds / (1 + TOLERANCE)
        self._above = self._above + _log_factor(canary, control, odds * _AWAY, up)
        self._below = self._below + _log_factor(canary, control, odds / _AWAY, down)

    @property
    def log_e(self) -> float:
        """The natural logarithm of the e-value against "as ordered", over the stage."""
        both = np.concatenate([self._above, self._below])
        return float(log_sum(both, 0) - math.log(len(both)))

    @property
    def is_wrong(self) -> bool:
        """Whether the split is shown to be another than the ordered one."""
        return self.log_e >= self._needed


def _log_factor(canary: int, control: int, odds: Floats, line: float) -> Floats:
    both = canary + control
    result: Floats = (canary * np.log(odds / line) - both * np.log((1 + odds) / (1 + line))) / BUNCH
    return result
