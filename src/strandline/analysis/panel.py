"""The evidence on shares of events, canary against control: several series side by side.

A *series* is a kind of event whose share is compared: requests that fail, requests slower than a bound,
events of a metric of one's own. Each has evidence of harm over the whole rollout, and evidence of no harm
within the stage.

Harm. In looks with a control the ratio of the shares is judged and nothing else: a dependency that fails for
both is not the canary's doing. Where nothing can be compared (by design, or because the control is gone), the
canary's share is judged against two lines: the ceiling, and `AFTER_FACTOR` times what the control's share was
at most while there was one (the weaker before/after kind). Their weighted mean is an e-value as they all are.

No harm. A canary is harmless if its share is under `margin` times its control's, or under the floor outright;
without a control, if it is under the lines. Every stage begins anew and needs its own proof: a release beyond
the margin must get through all of them, so the chance that it is passed is at most alpha, with no division by
the number of stages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from strandline.analysis.logarithms import Floats, log_sum
from strandline.analysis.noise import NOISES
from strandline.analysis.noise_history import without_history
from strandline.analysis.noisy_ratio import ANY_TIME, Flags, NoisyRatio
from strandline.analysis.share_line import ShareLine

HARM_RATIOS = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 200.0)
"""Alternatives to "no more often than at the control". The small ones are for events that are common, the
large ones for those that hardly happen."""
HARM_WEIGHTS = (0.03, 0.04, 0.08, 0.2, 0.22, 0.2, 0.12, 0.07, 0.04)
COMPARED, _CEILING, _AFTER = 0.9, 0.05, 0.05
_FRACTIONS_OF_MARGIN = (0.2, 0.5, 0.7, 0.85)
_UNCHANGED = 0.7
"""No change at all is what most releases bring; it gets most of the stake where it is an alternative."""
_MARGIN, _FLOOR = 0.75, 0.25
AFTER_FACTOR = 2.0
"""After promotion, a share is harmful from this many times the control's share before, at its upper bound."""
AFTER_UPPER = 0.995
"""Certainty of that upper bound (Clopper & Pearson 1934)."""
_HIGHEST = 0.95


@dataclass(frozen=True, kw_only=True)
class Series:
    """What harm means for one kind of event."""

    margin: float
    """Harmless is what has under this many times the control's share."""
    floor: float = 0.0
    """Harmless is also what is under this share; 0 if there is no such share."""
    ceiling: float = 1.0
    """Harmful is what is over this share with nothing to compare; 1 if there is no such share."""


class Panel:
    """The evidence on several series, or on several simulated rollouts.

    Args:
        series: one for each row.
        history: what the noises' log likelihoods are before the first look (`noise_history`), by row.
    """

    def __init__(self, series: Sequence[Series], *, history: Floats | None = None) -> None:
        rows = len(series)
        self._rows = rows
        self._history = without_history(runs=1).repeat(rows, axis=0) if history is None else history
        self._margins = np.array([each.margin for each in series])
        self._floors = np.array([each.floor for each in series])
        self._ceilings = np.array([each.ceiling for each in series])
        self._ratio = NoisyRatio(
            1.0,
            HARM_RATIOS,
            np.array(HARM_WEIGHTS) / sum(HARM_WEIGHTS),
            noises=NOISES,
            onset=ANY_TIME,
            history=self._history,
            runs=rows,
        )
        self._over_ceiling = ShareLine.above(self._ceilings)
        self._over_before: ShareLine | None = None
        self._control_events = np.zeros(rows)
        self._control_total = np.zeros(rows)
        self.lines: Floats = np.zeros(rows)
        """The share that must be undercut in this stage with nothing to compare; 0 if there is none."""
        self._has_control = True
        self._begin_no_harm()

    def begin_stage(self, *, has_control: bool) -> None:
        """Say that a stage begins. Evidence of no harm begins anew; evidence of harm goes on."""
        self._has_control = has_control
        self._ratio.begin_stage()
        self._over_ceiling.begin()
        if not has_control and self._over_before is None:
            self._over_before = ShareLine.above(self.before())
        self._begin_no_harm()

    def know(self, row: int, history: Floats) -> None:
        """Replace what is known of the noise of one row (`noise_history`), shape (noises,)."""
        self._history = self._history.copy()
        self._history[row] = history
        self._ratio.know(self._history)
        self._under_margin.know(self._history)

    def before(self) -> Floats:
        """Return the share that is harmful after promotion, from the control's looks; 1 without any."""
        upper = betaincinv(self._control_events + 1, self._control_total - self._control_events, AFTER_UPPER)
        limits = np.minimum(AFTER_FACTOR * upper, _HIGHEST)
        result: Floats = np.where(self._control_total > 0, np.nan_to_num(limits, nan=1.0), 1.0)
        return result

    def _begin_no_harm(self) -> None:
        ones = np.ones((self._rows, 1))
        is_inside = self._margins[:, None] > 1
        alternatives = np.concatenate(
            [
                np.where(is_inside, ones, self._margins[:, None] * 0.5),
                self._margins[:, None] * np.array(_FRACTIONS_OF_MARGIN),
            ],
            axis=1,
        )
        rest = (1 - _UNCHANGED) / len(_FRACTIONS_OF_MARGIN)
        weights = np.array([_UNCHANGED, *[rest] * len(_FRACTIONS_OF_MARGIN)])
        self._under_margin = NoisyRatio(
            self._margins, alternatives, weights, noises=NOISES, history=self._history, runs=self._rows
        )
        if self._has_control:
            self.lines = self._floors
        else:
            over = np.minimum(self._ceilings, self.before())
            self.lines = np.maximum(self._floors, np.where(over < 1, over, 0.0))
        self._under_line = ShareLine.below(self.lines)

    def look(
        self,
        canary_events: Floats,
        canary: Floats,
        control_events: Floats,
        control: Floats,
        *,
        compared: bool,
    ) -> None:
        """Take in one look: events and requests of each arm, one number for each row.

        Args:
            canary_events: of the canary.
            canary: the canary's requests.
            control_events: of the control.
            control: the control's requests.
            compared: whether there is a control to compare with.
        """
        if compared:
            self._control_events = self._control_events + control_events
            self._control_total = self._control_total + control
            self._ratio.look(canary_events, canary, control_events, control)
            self._under_margin.look(canary_events, canary, control_events, control)
        else:
            self._over_ceiling.look(canary_events, canary)
            if self._over_before is not None:
                self._over_before.look(canary_events, canary)
        self._under_line.look(canary_events, canary)

    @property
    def harm(self) -> Floats:
        """The natural logarithms of the e-values against "no harm", by row."""
        after = self._over_before.log_e if self._over_before is not None else np.zeros(self._rows)
        parts = np.stack([self._ratio.log_e, self._over_ceiling.log_e, after])
        result: Floats = log_sum(parts + np.log([[COMPARED], [_CEILING], [_AFTER]]), 0)
        return result

    @property
    def is_by_line(self) -> Flags:
        """Whether more of the evidence of harm comes from a line than from the comparison, by row."""
        after = self._over_before.log_e if self._over_before is not None else np.zeros(self._rows)
        result: Flags = np.maximum(self._over_ceiling.log_e, after) > self._ratio.log_e
        return result

    def harm_line(self, row: int) -> float:
        """Return the line from which more of a row's evidence of harm comes."""
        if self._over_before is None or self._over_before.log_e[row] <= self._over_ceiling.log_e[row]:
            return float(self._ceilings[row])
        return float(self.before()[row])

    @property
    def no_harm(self) -> Floats:
        """The natural logarithms of the e-values against "harmful", by row; 0 where nothing can show it."""
        if not self._has_control:
            return self._under_line.log_e
        both = np.stack([self._under_margin.log_e, self._under_line.log_e])
        mixed = log_sum(both + np.log([[_MARGIN], [_FLOOR]]), 0)
        result: Floats = np.where(self._floors > 0, mixed, self._under_margin.log_e)
        return result

    def no_harm_if(self, row: int, times: Floats) -> Floats:
        """Forecast a row's evidence of no harm once the stage has gone on for so many times as long."""
        line = self._under_line.log_e_if(row, times)
        if not self._has_control:
            return line
        margin = self._under_margin.log_e_if(row, times)
        if not self._floors[row]:
            return margin
        result: Floats = np.logaddexp(margin + np.log(_MARGIN), line + np.log(_FLOOR))
        return result

    @property
    def no_harm_is_by_line(self) -> Flags:
        """Whether more of the evidence of no harm comes from a line than from the comparison, by row."""
        result: Flags = (not self._has_control) | (
            (self._floors > 0) & (self._under_line.log_e > self._under_margin.log_e)
        )
        return np.broadcast_to(result, (self._rows,))
