"""The evidence of harm over a whole rollout: worse than the control, or over the ceiling.

Each look meets one of two e-processes. Where a control serves beside the canary, the ratio of their error
shares is judged and nothing else: a dependency that fails for both is not the canary's doing, and a release
that halves the errors of a bad day must be able to get through. Where nothing can be compared (by design, or
because the control is gone), the canary's share is judged against the ceiling. Both are e-processes over the
same looks, so their weighted mean is one, at every look: the chance that it ever reaches 1/alpha for a
harmless release is at most alpha over the whole rollout, whatever the number of stages and looks.
"""

import math

from strandline.analysis.ceiling import ShareLine
from strandline.analysis.measurement import NOTHING, ArmCounts
from strandline.analysis.mixture import log_sum
from strandline.analysis.rate_ratio import RateRatio

_RATIO_WEIGHT, _CEILING_WEIGHT = 0.8, 0.2
"""Most rollouts have a control, and errors beyond a ceiling need few requests to show."""


class HarmEvidence:
    """Harm, from the first look of a rollout to its last.

    Args:
        ceiling: the error share that is harmful with nothing to compare; 1 if there is no such share.
    """

    def __init__(self, ceiling: float) -> None:
        self._ratio = RateRatio.above_control()
        self._ceiling = ShareLine.above(ceiling) if ceiling < 1 else None
        self._compared = (NOTHING, NOTHING)
        self._alone = NOTHING

    def begin_stage(self) -> None:
        """Place the next stake in both."""
        self._ratio.begin()
        if self._ceiling:
            self._ceiling.begin()

    def look(self, canary: ArmCounts, control: ArmCounts | None) -> None:
        """Take in one look; `None` for a control that cannot be compared with."""
        if control is not None:
            self._compared = (self._compared[0] + canary, self._compared[1] + control)
            self._ratio.look(canary, control)
        else:
            self._alone += canary
            if self._ceiling:
                self._ceiling.look(canary)

    @property
    def log_e(self) -> float:
        """The natural logarithm of the e-value against "no harm"."""
        if self._ceiling is None:
            return self._ratio.log_e
        return log_sum(
            (
                math.log(_RATIO_WEIGHT) + self._ratio.log_e,
                math.log(_CEILING_WEIGHT) + self._ceiling.log_e,
            )
        )

    @property
    def is_by_ceiling(self) -> bool:
        """Whether more of the evidence comes from the ceiling than from the comparison."""
        return self._ceiling is not None and self._ceiling.log_e > self._ratio.log_e

    @property
    def judged(self) -> tuple[ArmCounts, ArmCounts]:
        """Canary and control in the looks that the greater part of the evidence comes from."""
        return (self._alone, NOTHING) if self.is_by_ceiling else self._compared
