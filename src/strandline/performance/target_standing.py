"""How a figure stands to its target, and what is left of the error budget that the target allows.

A target is met or missed only where the figure's whole interval is on one side of it: that a value is better
than its target by chance is no success (unknown is never success). The error budget is that of Google's SRE
workbook, chapters 2 and 5: what a target leaves to fail, what of it has failed, and how fast it goes.
"""

import math
from decimal import Decimal
from enum import Enum

import msgspec

from strandline.kpi.availability import NAME as AVAILABILITY
from strandline.kpi.figure import Figure, Status, Unit, Value
from strandline.vocabulary.performance import TargetSet

GOOD_SHARES = ("deployment-success-rate", "automation-share", "user-satisfaction")
"""Figures that are a share of what went well, of things that are counted."""
BAD_SHARES = ("change-fail-rate", "deployment-rework-rate", "rollback-rate")
"""Figures that are a share of what did not."""


class Standing(Enum):
    """How a figure stands to its target."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "undecided"
    """The interval contains the target, or the figure is over too small a part of what it should be over."""
    NOT_COMPUTABLE = "not-computable"


class Budget(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a target leaves to fail, over the time that the figure is over."""

    unit: Unit
    """Seconds for availability (of all its services together), else a count of what the sample is made of."""
    allowed: float | None = None
    """How much may fail; as a count it need not be whole. `None` for all where it is not computable."""
    spent: float | None = None
    left: float | None = None
    """Negative where more failed than was allowed."""
    burn_rate: float | None = None
    """Spent for each one that is allowed: 1 uses the budget up exactly within the time. `None` where nothing
    is allowed to fail."""
    reason: str = ""
    """Why there is none."""


def standing(target: TargetSet, figure: Figure) -> Standing:
    """Return how a figure stands to its target.

    Where links matter to the figure, it has to stand so without and with those that were inferred.
    """
    if figure.status is Status.NOT_COMPUTABLE:
        return Standing.NOT_COMPUTABLE
    stands = {_stands(target, each) for each in (figure.explicit, figure.inferred) if each is not None}
    if figure.status is not Status.COMPUTED or len(stands) > 1:
        return Standing.UNDECIDED
    return stands.pop()


def budget(target: TargetSet, figure: Figure) -> Budget | None:
    """Return the error budget of a target; `None` for a target that has none, such as one of a duration.

    What failed is taken from what is stated alone, without inferred links.

    Args:
        target: what the figure ought to be.
        figure: over the target's window.
    """
    is_time = figure.kpi == AVAILABILITY
    if target.at_least and (is_time or figure.kpi in GOOD_SHARES):
        allowed_share = float(1 - Decimal(target.at_least))
    elif target.at_most and figure.kpi in BAD_SHARES:
        allowed_share = float(Decimal(target.at_most))
    else:
        return None
    unit = Unit.SECONDS if is_time else Unit.COUNT
    value = figure.explicit.value
    if figure.status is Status.NOT_COMPUTABLE or value is None:
        return Budget(unit=unit, reason=figure.reason)
    bad_share = value if target.at_most else 1 - value
    # The sample of availability is its services, each over the whole time.
    whole = figure.explicit.n * (target.window.total_seconds() if is_time else 1.0)
    allowed, spent = allowed_share * whole, bad_share * whole
    return Budget(
        unit=unit,
        allowed=allowed,
        spent=spent,
        left=allowed - spent,
        burn_rate=spent / allowed if allowed > 0 else None,
        reason=figure.reason,
    )


def _stands(target: TargetSet, value: Value) -> Standing:
    if value.value is None:
        return Standing.UNDECIDED
    low, high = _interval(value)
    bound = float(target.at_least or target.at_most)
    is_above, is_below = low >= bound, high <= bound
    if is_above and is_below:
        return Standing.MET
    better, worse = (is_above, high < bound) if target.at_least else (is_below, low > bound)
    if better:
        return Standing.MET
    return Standing.MISSED if worse else Standing.UNDECIDED


def _interval(value: Value) -> tuple[float, float]:
    """Return the interval; of what is measured whole, such as a time, the value alone."""
    if value.low is None and value.high is None:
        exact = value.value if value.value is not None else math.nan
        return exact, exact
    low = value.low if value.low is not None else -math.inf
    return low, value.high if value.high is not None else math.inf
