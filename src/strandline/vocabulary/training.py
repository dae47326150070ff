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


class CourseReviewed(Fact, frozen=True, kw_only=True):
    """Somebody looked whether a course still teaches what is right; subject: the course."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-course.reviewed.0.1.0"
    author: str
    """Who wrote it."""
    reviewer: str


class SessionHeld(Fact, frozen=True, kw_only=True):
    """People came together to learn; subject: the session."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-session.held.0.1.0"
    topics: tuple[str, ...]
    """Such as `risk-management`, `post-deployment-verification`, `advanced`."""
    attendees: tuple[str, ...]
    """Who was there, not who was invited."""
    minutes: int = 60


class DrillKind(Enum):
    """What was rehearsed."""

    ROLLBACK = "rollback"
    FAILOVER = "failover"
    RESTORE = "restore"
    FAULT = "fault"
    """A fault was injected into a rollout, to see whether it is caught."""


class DrillHeld(Fact, frozen=True, kw_only=True):
    """A failure or a rollback was rehearsed; subject: the service. A drill that failed counts as a drill."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-drill.held.0.1.0"
    kind: DrillKind
    led_by: str
    participants: tuple[str, ...] = ()
    is_passed: bool
    restored_after_ms: int | None = None
    """From the breach to the moment when all was well."""
    is_within_objective: bool | None = None
    """Whether the recovery time objective was kept."""
    is_by_document: bool = False
    """Whether it went by the documented procedure."""
    deviations: str = ""
    """Where it left the procedure; `none` if nowhere."""
    is_caught: bool | None = None
    """For an injected fault: whether automation stopped it without a person."""
