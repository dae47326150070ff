"""Figures in words, the same at the command line and on the pages."""

import math

from strandline.kpi.figure import Figure, Status, Unit, Value

TITLES = {
    "deployment-frequency": "Deployment frequency",
    "change-lead-time": "Change lead time",
    "change-fail-rate": "Change fail rate",
    "failed-deployment-recovery-time": "Failed deployment recovery time",
    "deployment-rework-rate": "Deployment rework rate",
    "deployment-success-rate": "Deployment success rate",
    "rollback-rate": "Rollback rate",
    "failure-exposure": "Failure exposure",
    "availability": "Availability",
    "deployment-duration": "Deployment duration",
    "approval-wait": "Approval wait",
    "automation-share": "Automation share",
    "user-satisfaction": "User satisfaction",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SCALES = ((2 * _DAY, _DAY, "d"), (2 * _HOUR, _HOUR, "h"), (2 * _MINUTE, _MINUTE, "min"))
_WEEKLY = 1.0
"""Less than this a day is told by the week, and less than this a week by thirty days."""


def value_words(value: float | None, unit: Unit) -> str:
    """Return a number with its unit: `4.2 d`, `12 %`, `3.1 a week`; empty for none."""
    if value is None or not math.isfinite(value):
        return ""
    if unit is Unit.SECONDS:
        return duration_words(value)
    if unit is Unit.SHARE:
        return share_words(value)
    if unit is Unit.PER_DAY:
        return _rate_words(value)
    return f"{value:,.3g}"


def duration_words(seconds: float) -> str:
    """Return a duration in the unit in which people would say it."""
    size = abs(seconds)
    for from_size, scale, word in _SCALES:
        if size >= from_size:
            return f"{seconds / scale:.1f} {word}"
    return f"{seconds:.0f} s"


def share_words(share: float) -> str:
    """Return a share in percent, with as many digits as keep it from being called all or nothing."""
    percent = 100 * share
    for digits in (0, 1, 2, 3):
        shown = f"{percent:.{digits}f}"
        if float(shown) == percent or float(shown) not in (0.0, 100.0):
            return f"{shown} %"
    return f"{percent:.3f} %"


def _rate_words(per_day: float) -> str:
    for days, word in ((1, "a day"), (7, "a week"), (30, "in 30 days")):
        if per_day * days >= _WEEKLY or days == 30:  # noqa: PLR2004 - the last of them
            return f"{per_day * days:.1f} {word}"
    return ""


def interval_words(value: Value, unit: Unit) -> str:
    """Return the 90 % interval, such as `2.1 d to 6.0 d`; an open end is said."""
    if value.low is None and value.high is None:
        return ""
    low = value_words(value.low, unit) or "?"
    high = value_words(value.high, unit) or "no upper bound"
    return f"{low} to {high}"


def sample_words(value: Value) -> str:
    """Return the sample: `3 of 40`, or `40`."""
    is_share = value.count is not None and value.count != value.n
    return f"{value.count:,} of {value.n:,}" if is_share else f"{value.n:,}"


def main_words(figure: Figure) -> str:
    """Return the figure itself, as it may be shown: the value, or that there is none."""
    if figure.status is Status.NOT_COMPUTABLE:
        return "not computable"
    return value_words(figure.explicit.value, figure.unit)


def inferred_words(figure: Figure) -> str:
    """Return the value with inferred links, `24 % with inferred links`; empty where it is the same."""
    inferred = figure.inferred
    if inferred is None or inferred.value is None or inferred.value == figure.explicit.value:
        return ""
    return f"{value_words(inferred.value, figure.unit)} with inferred links"
