"""Pulse surveys: a few questions, answered without a name."""

from datetime import datetime
from typing import ClassVar

from strandline.vocabulary.event import Fact


class SurveyOpened(Fact, frozen=True, kw_only=True):
    """Questions were sent out; subject: the survey."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-survey.opened.0.1.0"
    questions: tuple[str, ...]
    """Ids of questions of the model."""
    unit: str = ""
    invited: int
    """How many people got the link."""
    closes_at: datetime


class SurveyAnswered(Fact, frozen=True, kw_only=True):
    """Somebody answered; subject: the survey. Nothing says who, and the time is that of the day alone."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-survey.answered.0.1.0"
    answers: dict[str, int]
    """By question: 1 (not at all) to 7 (entirely)."""
