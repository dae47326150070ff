"""Experiments with the practice itself: said beforehand what is to get better, then whether it did."""

from datetime import date
from enum import Enum
from typing import ClassVar

from strandline.vocabulary.event import Fact


class ExperimentKind(Enum):
    """What is tried."""

    TRAINING = "training"
    PRACTICE = "practice"


class ExperimentDecision(Enum):
    """What follows from an experiment."""

    ADOPTED = "adopted"
    DROPPED = "dropped"


class Effect(Enum):
    """What came of it."""

    IMPROVED = "improved"
    NONE = "none"
    WORSE = "worse"


class ExperimentOpened(Fact, frozen=True, kw_only=True):
    """Somebody (the actor) says what is tried and how it will be judged; subject: the experiment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-experiment.opened.0.1.0"
    kind: ExperimentKind
    title: str
    metric: str = ""
    direction: str = ""
    """`up` or `down`: where the metric is to go."""
    check_on: date | None = None


class ExperimentClosed(Fact, frozen=True, kw_only=True):
    """It was judged; subject: the experiment."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-experiment.closed.0.1.0"
    effect: Effect | None = None
    decision: ExperimentDecision | None = None
    before: str = ""
    after: str = ""
