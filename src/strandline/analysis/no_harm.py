"""The evidence that a release does no harm, within one stage.

A canary is harmless if its error share is under `margin` times its control's, or under the floor outright.
The hypothesis to refute is therefore "at least the margin *and* at least the floor"; an e-process against
either part is one against both together, and so is their mean. Without a control there is only a line: the
ceiling (or the floor, if somebody put it higher). That is the weaker promise "not over the ceiling", since
nothing says how the release before would have fared at this moment.

Every stage begins anew and needs its own proof. A release beyond the margin must get through all of them, so
the chance that it is passed is at most the chance at one stage in which it is beyond the margin: alpha, with
no division by the number of stages.
"""

from strandline.analysis.ceiling import ShareLine
from strandline.analysis.measurement import NOTHING, ArmCounts
from strandline.analysis.mixture import log_average
from strandline.analysis.rate_ratio import RateRatio
from strandline.vocabulary.service import ErrorGuardPolicy
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

_FORECAST_LIMIT = 10_000.0
"""A stage that would have to become this many times as long is not worth waiting for."""


class NoHarmEvidence:
    """Harmlessness, from the first look of a stage to its last.

    Args:
        policy: margin, floor and ceiling.
        has_control: whether the stage has something to compare with.
    """

    def __init__(self, policy: ErrorGuardPolicy, *, has_control: bool) -> None:
        ceiling_bp = policy.ceiling_bp if policy.ceiling_bp < ALL_TRAFFIC_BP else 0
        line_bp = policy.floor_bp if has_control else max(policy.floor_bp, ceiling_bp)
        self.line = line_bp / ALL_TRAFFIC_BP
        """The error share that must be undercut; 0 if there is none."""
        self._margin = RateRatio.under_margin(policy.margin_percent / 100) if has_control else None
        self._line = ShareLine.below(self.line) if line_bp else None
        self._parts = [part for part in (self._margin, self._line) if part is not None]
        for part in self._parts:
            part.begin()
        self.canary = self.control = NOTHING

    def look(self, canary: ArmCounts, control: ArmCounts | None) -> None:
        """Take in one look; `None` for a control that cannot be compared with."""
        self.canary += canary
        if self._line:
            self._line.look(canary)
        if self._margin and control is not None:
            self.control += control
            self._margin.look(canary, control)

    @property
    def log_e(self) -> float:
        """The natural logarithm of the e-value against "harmful"; 0 where nothing can ever show it."""
        return log_average(*(part.log_e for part in self._parts)) if self._parts else 0.0

    @property
    def is_by_line(self) -> bool:
        """Whether more of the evidence comes from the floor or ceiling than from the comparison."""
        return self._margin is None or (self._line is not None and self._line.log_e > self._margin.log_e)

    def more_needed(self, log_needed: float) -> int | None:
        """How many more canary requests like those so far would show harmlessness.

        Returns:
            A forecast, to two digits upwards; `None` if requests like these would not show it.
        """

        def reaches(times: float) -> bool:
            return log_average(*(part.log_e_if(times) for part in self._parts)) >= log_needed

        if not self._parts or not self.canary.requests or not reaches(_FORECAST_LIMIT):
            return None
        low, high = 1.0, _FORECAST_LIMIT
        while high / low > 1.01:  # noqa: PLR2004 - to a hundredth, since the forecast has two digits
            middle = (low * high) ** 0.5
            low, high = (low, middle) if reaches(middle) else (middle, high)
        more = max(1, round(self.canary.requests * (high - 1)))
        unit: int = 10 ** max(0, len(str(more)) - 2)
        return -(-more // unit) * unit
