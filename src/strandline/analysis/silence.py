"""Does an arm serve nothing although it should? The share says how likely that is by chance.

An arm that has had no request since the stage began is silent as soon as the other has one: that is a plain
fact. An arm that served and then stopped is called silent once its absence is too unlikely under the ordered
share: after `n` requests of the other arm in a row, the chance is `(1 - share)^n`. Until then a quiet look
of a small arm is just a quiet look.
"""

import math

from strandline.analysis.measurement import NOTHING, ArmCounts
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP
from strandline.vocabulary.verdict import EvidenceGap

UNLIKELY = math.log(1e-4)
"""A silence this unlikely is no accident: one in ten thousand."""
QUIET_LOOKS = 10
"""After so many looks in a row without any request, the traffic itself is said to have ended."""


class Silence:
    """Who is silent in one stage.

    Args:
        has_control: whether a control should have the rest of the traffic.
    """

    def __init__(self, *, has_control: bool) -> None:
        self._has_control = has_control
        self._canary = self._control = NOTHING
        self.control_missed = 0
        """Canary requests since the last one of the control."""
        self.canary_missed = 0
        """Control requests since the last one of the canary."""
        self._log_chance_canary = self._log_chance_control = 0.0
        self._quiet_looks = 0

    def look(self, canary: ArmCounts, control: ArmCounts, *, share_bp: int) -> None:
        """Take in one look that was measured, under the canary's ordered share in basis points."""
        share = min(max(share_bp / ALL_TRAFFIC_BP, 1e-9), 1 - 1e-9)
        self._canary, self._control = self._canary + canary, self._control + control
        if canary.requests:
            self.canary_missed, self._log_chance_canary = 0, 0.0
        else:
            self.canary_missed += control.requests
            self._log_chance_canary += control.requests * math.log1p(-share)
        if control.requests:
            self.control_missed, self._log_chance_control = 0, 0.0
        else:
            self.control_missed += canary.requests
            self._log_chance_control += canary.requests * math.log(share)
        self._quiet_looks = 0 if canary.requests or control.requests else self._quiet_looks + 1

    @property
    def is_control_silent(self) -> bool:
        """Whether the control's absence is no accident any more."""
        return self._has_control and self._log_chance_control < UNLIKELY

    @property
    def is_quiet(self) -> bool:
        """Whether the last look had no request at all."""
        return self._quiet_looks > 0

    @property
    def gap(self) -> EvidenceGap:
        """Who is silent, over the stage so far or by now; `NONE` if nobody is."""
        if not (self._canary.requests or self._control.requests) or self._quiet_looks >= QUIET_LOOKS:
            return EvidenceGap.NO_TRAFFIC
        if not self._has_control:
            return EvidenceGap.NONE
        if not self._canary.requests or self._log_chance_canary < UNLIKELY:
            return EvidenceGap.CANARY_SILENT
        if not self._control.requests or self.is_control_silent:
            return EvidenceGap.CONTROL_SILENT
        return EvidenceGap.NONE
