"""A figure: a KPI's value with everything that says how far it can be trusted."""

from datetime import datetime
from enum import Enum

import msgspec

from strandline.kpi.feeds import Coverage

LEAST = 5
"""The smallest sample over which a figure is stated."""
ENOUGH = 0.8
"""The smallest coverage at which a figure is stated without a warning."""


class Status(Enum):
    """How far a figure can be trusted."""

    COMPUTED = "computed"
    LOW_COVERAGE = "low-coverage"
    """There is a value, over too small a part of what it should be over. Shown in grey, with the reason."""
    NOT_COMPUTABLE = "not-computable"
    """There is none: too small a sample, or no source that would tell. It is never zero instead."""


class Unit(Enum):
    """What a value is in."""

    SECONDS = "seconds"
    SHARE = "share"
    """0 to 1."""
    PER_DAY = "per-day"
    SCORE = "score"
    COUNT = "count"


class Point(msgspec.Struct, gc=False, frozen=True, kw_only=True, rename="camel"):
    """One member of the sample, with the way back to its events."""

    at: datetime
    value: float
    key: str
    """The deployment, commit or incident."""
    service: str = ""
    note: str = ""
    is_censored: bool = False
    """It is not over: the value is how long it has lasted so far."""


class Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value with its interval; the sample that it is over; and nothing if that does not allow one."""

    value: float | None = None
    low: float | None = None
    """Lower end of the 90 % interval."""
    high: float | None = None
    p90: float | None = None
    """Nine of ten are below it; for durations."""
    n: int = 0
    count: int | None = None
    """For a share: how many of the `n`."""
    method: str = ""


class Figure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One KPI over one scope."""

    kpi: str
    status: Status
    unit: Unit
    explicit: Value
    """From what is stated alone: by the sources, or by people."""
    inferred: Value | None = None
    """With links that were inferred as well, where links matter."""
    coverage: float | None = None
    """0 to 1: the part of what it should be over that it is over; `None` where that cannot be said."""
    coverage_of: str = ""
    """What the coverage is of, in words."""
    feeds: tuple[Coverage, ...] = ()
    reason: str = ""
    """Why it is not computable, or why it is grey; with what would help."""
    parts: dict[str, Value] = {}
    """What it is made of, such as the parts of a lead time."""
    counts: dict[str, int] = {}
    """What was left out of the sample and why, and what was odd: nothing is dropped in silence."""
    points: tuple[Point, ...] = ()
    """The sample, by time."""
