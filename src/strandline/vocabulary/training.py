"""What people learned, as their learning systems tell (xAPI 1.0.3, or a table of completions)."""

from enum import Enum
from typing import ClassVar

from strandline.vocabulary.event import Fact


class TrainingResult(Enum):
    """What became of it."""

    ATTENDED = "attended"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    VOIDED = "voided"
    """The record was withdrawn by who made it."""


class TrainingRecorded(Fact, frozen=True, kw_only=True):
    """A person took a course; the event's actor is that person, its subject the course."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-training.recorded.0.1.0"
    person: str
    """One identifier: an account, an address, a hash of one; the same in all records of the person."""
    result: TrainingResult
    course: str = ""
    """The course's name for people."""
    score: str = ""
    """Between -1 and 1, as a decimal string; empty where there is none."""
    tags: tuple[str, ...] = ()
    statement: str = ""
    """Id of the learning system's own record; a `voided` one names the record it withdraws."""
