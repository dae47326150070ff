"""A maturity model as data: measures, their five levels in words, criteria.

And how each criterion is answered.

The shape of the files is checked strictly: a name that is not known is refused, and the JSON Schema
(`schema`) is made from these very classes.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

LEVELS = 5
"""Of each measure of the shipped model."""
MOST_LEVELS = 10
_KEYS = {"forbid_unknown_fields": True, "frozen": True, "kw_only": True, "rename": "kebab"}


class Share(msgspec.Struct, tag="share", tag_field="kind", **_KEYS):
    """At least, or at most, a share of some cases has to have a quality."""

    of: str
    """The cases: a name of `strandline.maturity.evidence.POPULATIONS`."""
    that: str
    """The quality: a name of `strandline.maturity.evidence.QUALITIES`."""
    at_least: float | None = None
    at_most: float | None = None
    smallest: int = 5
    census: int = 0
    """Where there are fewer cases than this, all of them are looked at, and all have to hold."""
    days: int = 90
    grows: bool = True
    """Whether the window doubles, up to a year, while the sample is too small."""
    when_none: Literal["unknown", "not-applicable"] = "unknown"
    """What follows if there was no case in a year though the sources are alive."""


class Count(msgspec.Struct, tag="count", tag_field="kind", **_KEYS):
    """At least, or at most, so many cases have to have a quality."""

    of: str
    that: str = "exist"
    at_least: int | None = None
    at_most: int | None = None
    days: int = 90
    distinct: str = ""
    """Count different values of this quality's text instead of cases; see `DISTINCT`."""


class Periods(msgspec.Struct, tag="periods", tag_field="kind", **_KEYS):
    """In so many of the last periods there has to be a case with a quality."""

    of: str
    that: str
    period: Literal["month", "quarter"]
    at_least: int
    out_of: int


class Quantile(msgspec.Struct, tag="quantile", tag_field="kind", **_KEYS):
    """A quantile of what is measured of some cases may be at most so much."""

    of: str
    measured: str
    """A name of `strandline.maturity.evidence.MEASURES`."""
    quantile: float
    at_most: float
    unit: Literal["seconds", "days", "count"]
    smallest: int = 5
    days: int = 90


class Alive(msgspec.Struct, tag="alive", tag_field="kind", **_KEYS):
    """The sources of something have to have been heard on so many of the days."""

    carries: str
    at_least: float
    days: int = 90


class Survey(msgspec.Struct, tag="survey", tag_field="kind", **_KEYS):
    """People have to agree with statements, in a survey without names."""

    questions: tuple[str, ...]
    median: float | None = None
    """The smallest median, 1 to 7, of each question."""
    agree: float | None = None
    """The smallest share of those who agree (5 and more of 7)."""
    smallest: int = 10
    response: float = 0.6
    """The share of those invited whose answers are enough where they are fewer than `smallest`."""
    days: int = 180


class Special(msgspec.Struct, tag="special", tag_field="kind", **_KEYS):
    """What is asked of one criterion alone: a file of its own answers."""

    asks: str
    """A name of `strandline.maturity.evidence.SPECIALS`."""
    threshold: float = 0.0
    smallest: int = 0
    days: int = 365
    criteria: tuple[str, ...] = ()
    """The other criteria that it is about, by id."""


class Either(msgspec.Struct, tag="either", tag_field="kind", **_KEYS):
    """One of several ways to show it is enough."""

    of: tuple["Share | Count | Periods | Quantile | Alive | Survey | Special", ...]


Check = Share | Count | Periods | Quantile | Alive | Survey | Special | Either


class Criterion(msgspec.Struct, **_KEYS):
    """One statement that is true or false."""

    id: str
    question: str
    """A question that evidence answers with yes or no."""
    evidence: Literal["events", "survey", "attestation"] = "events"
    attestable: bool = False
    """Whether an attestation may stand in where no event can say it."""
    checks: tuple[Check, ...] = ()
    """All of them have to hold."""
    anchor: str = ""
    """Where it comes from."""
    counter_measure: str = ""
    """What keeps it from being played."""
    closes: str = ""
    """What in Strandline closes the gap: a command, a page."""
    effort: Literal["hours", "days", "weeks", "quarters"] = "weeks"
    """How long it takes who begins today, at the very least."""
    after: tuple[str, ...] = ()
    """Criteria that have to be met first."""
    seen_in: tuple[str, ...] = ()
    """What in the files of a repository hints at it: names of `strandline.repository.sighting.Show`."""


class Level(msgspec.Struct, **_KEYS):
    """One of the five steps of a measure."""

    number: int
    statement: str
    label: str = ""
    """What it is called, where that is not its number: the levels of other models begin elsewhere."""
    criteria: tuple[Criterion, ...] = ()


class Measure(msgspec.Struct, **_KEYS):
    """One heading of the model."""

    id: str
    name: str
    levels: tuple[Level, ...]


class Question(msgspec.Struct, **_KEYS):
    """One statement of a survey."""

    id: str
    statement: str


class Model(msgspec.Struct, **_KEYS):
    """A maturity model."""

    name: str
    title: str
    version: str
    measures: tuple[Measure, ...]
    questions: tuple[Question, ...] = ()

    def criteria(self) -> Iterator[tuple[Measure, Level, Criterion]]:
        """Yield all criteria, with where they stand."""
        for measure in self.measures:
            for level in measure.levels:
                for criterion in level.criteria:
                    yield measure, level, criterion

    def criterion(self, name: str) -> Criterion | None:
        """Return a criterion by its id, in any case of letters."""
        wanted = name.lower()
        return next((each for _, _, each in self.criteria() if each.id.lower() == wanted), None)
