"""Reviews and what follows from them: actions with owner, due date and effect; changes of the practice."""

from datetime import date
from enum import Enum
from typing import ClassVar

from strandline.vocabulary.event import Fact
from strandline.vocabulary.experiment import Effect


class ReviewKind(Enum):
    """What was looked back at."""

    INCIDENT = "incident"
    DEPLOYMENT = "deployment"
    """A post-implementation review, a retrospective or a comment of substance."""
    EMERGENCY = "emergency"
    PROCESS = "process"
    PERFORMANCE = "performance"
    READINESS = "readiness"
    """Before the first production deployment of a service."""


class ReviewHeld(Fact, frozen=True, kw_only=True):
    """People looked back at something and wrote down what they found; subject: the review."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-review.held.0.1.0"
    kind: ReviewKind
    about: tuple[str, ...] = ()
    """Ids of the incidents, deployments or services that it is about."""
    metrics: tuple[str, ...] = ()
    """Ids of the figures that it cites."""
    feedback: tuple[str, ...] = ()
    """Ids of the feedback and other words of people that it cites."""
    decisions: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    is_published: bool = False
    """Whether others than the unit can read it."""
    unit: str = ""


class ReviewAttended(Fact, frozen=True, kw_only=True):
    """Somebody (the actor) took part, commented or answered questions about it; subject: the review."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-review.attended.0.1.0"
    how: str
    """`attended`, `commented`, `quizzed`; merely opened is `viewed`, and does not count."""
    unit: str = ""
    """The unit of the person."""


class Trigger(Enum):
    """What led to an action."""

    METRIC = "metric"
    INCIDENT = "incident"
    USER_FEEDBACK = "user-feedback"
    TECHNOLOGY_REVIEW = "technology-review"
    IDEA = "idea"


class ActionOpened(Fact, frozen=True, kw_only=True):
    """Something is to be done to get better; subject: the action."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-action.opened.0.1.0"
    title: str
    trigger: Trigger
    refers_to: tuple[str, ...] = ()
    """Ids of the incidents, reviews or deployments that led to it."""
    owner: str = ""
    due_on: date | None = None
    baseline: str = ""
    """How the metric stood when it was opened."""
    metric: str = ""
    check_on: date | None = None
    """When it will be looked at whether it helped."""
    cause: str = ""
    """The tag of the cause that it removes."""
    unit: str = ""
    is_documentation: bool = False


class ActionRedated(Fact, frozen=True, kw_only=True):
    """Its due date was moved; subject: the action. For punctuality the first date goes on to count."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-action.redated.0.1.0"
    due_on: date


class ActionClosed(Fact, frozen=True, kw_only=True):
    """It was done; subject: the action."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-action.closed.0.1.0"
    is_dropped: bool = False
    """Whether it was given up instead."""


class ActionVerified(Fact, frozen=True, kw_only=True):
    """Its effect was measured; subject: the action."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-action.verified.0.1.0"
    effect: Effect
    before: str
    after: str
    n: int
    """Over how many cases."""


class PracticeChanged(Fact, frozen=True, kw_only=True):
    """A change of pipeline, policy or runbook was merged; subject: the commit or pull request."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-practice.changed.0.1.0"
    what: str
    """`pipeline`, `policy` or `runbook`."""
    refers_to: tuple[str, ...] = ()
    """The incidents, actions and reviews that it names."""


class ParameterChanged(Fact, frozen=True, kw_only=True):
    """A parameter of control was changed by a recorded policy, from what the ledger says; subject.

    Its name.
    """

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-parameter.changed.0.1.0"
    policy: str
    from_events: tuple[str, ...]
    """Ids of the events that led to it."""
    reverts_when: str = ""
    """The condition under which it goes back."""


class FigureRevised(Fact, frozen=True, kw_only=True):
    """A KPI was changed or retired; subject: the figure."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-figure.revised.0.1.0"
    change: str
    """`changed`, `retired` or `added`."""
    reason: str


class FiguresPublished(Fact, frozen=True, kw_only=True):
    """Figures went to those who answer for the services; subject: the report."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-figures.published.0.1.0"
    figures: tuple[str, ...]
    audience: str = "owners"
    values: int = 0
    """How many values it holds."""
    values_with_sample: int = 0
    """How many of them with their sample and coverage."""
