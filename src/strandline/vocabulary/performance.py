"""What is noticed in the figures, what they ought to be, and whether they still measure what they should.

Values are decimal strings in the figure's own unit (seconds, a share from 0 to 1, a rate per day, a score),
as no number in the ledger is a float. An empty service is all services together; an empty environment is
production, by whatever name a source calls it.
"""

from datetime import date, datetime, timedelta
from typing import ClassVar

from strandline.vocabulary.event import Fact


class FigureChanged(Fact, frozen=True, kw_only=True):
    """The level of a figure is another one since some week. The event's subject is the figure.

    It happened when the week ended with which it could first be told; since when it holds stands in `at`.
    """

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-figure.changed.0.1.0"
    figure: str
    at: datetime
    """Beginning of the first week at the new level."""
    before: str
    """Median of the weeks before, back to the change before that."""
    after: str
    """Median of the weeks from `at` to the one with which it could be told."""
    weeks_before: int
    weeks_after: int
    n_before: int
    """Samples of those weeks together."""
    n_after: int
    false_alarm: str
    """Probability that a figure that stays the same is ever called changed within sixty weeks."""
    service: str = ""
    team: str = ""
    environment: str = ""


class FigureAnomalous(Fact, frozen=True, kw_only=True):
    """A figure was in one week outside what the weeks before allow. The event's subject is the figure."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-figure.anomalous.0.1.0"
    figure: str
    at: datetime
    """Beginning of the week."""
    until: datetime
    value: str
    low: str
    """Lower end of what the weeks before allow."""
    high: str
    weeks_before: int
    """How many weeks that rests on."""
    n: int
    """Sample of this week."""
    false_alarm: str
    """Probability that a week like those before it is called anomalous."""
    service: str = ""
    team: str = ""
    environment: str = ""


class TargetSet(Fact, frozen=True, kw_only=True):
    """Somebody said what a figure ought to be. The event's subject is the figure.

    It takes the place of the target that the same figure had for the same service and environment.
    """

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-target.set.0.1.0"
    figure: str
    owner: str
    """Who answers for it: a person or a team."""
    at_least: str = ""
    at_most: str = ""
    """Exactly one of the two is given."""
    by: date | None = None
    """The day from which it is to be met; at once if nothing is said."""
    window: timedelta = timedelta(days=28)
    """The time that it is judged over, up to now."""
    service: str = ""
    environment: str = ""
    origin: str = ""
    """Where it was read, such as `slo.yaml: shop-availability`; empty where a person typed it."""


class FigureReviewed(Fact, frozen=True, kw_only=True):
    """Somebody looked whether a figure still says what it ought to say. The event's subject is the figure."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-figure.reviewed.0.1.0"
    figure: str
    by: str
    owner: str
    """Who answers for the figure from now on."""
    next_review: date
    note: str = ""
    """What was found."""
