"""What people say of a service, and of a release of it."""

from collections.abc import Mapping
from typing import ClassVar

from strandline.vocabulary.event import Fact

SCALES: Mapping[str, range] = {"csat": range(1, 6), "nps": range(11), "ces": range(1, 8)}
"""The scales that scores are on, and the scores that each of them has."""


class FeedbackGiven(Fact, frozen=True, kw_only=True):
    """Somebody answered how content they are; `subject_id` of the event is the service."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-feedback.given.0.1.0"
    scale: str
    """`csat` (1 to 5), `nps` (0 to 10) or `ces` (1 to 7)."""
    score: int
    words: str = ""
    channel: str = ""
    """Where it was asked: `link`, `widget`, `import`."""
    version: str = ""
    """The release that was served to this person, where that is known."""


class SupportContacted(Fact, frozen=True, kw_only=True):
    """A user asked for help; `subject_id` of the event is the service."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-support.contacted.0.1.0"
    topic: str = ""
    channel: str = ""
    deployment: str = ""
    """The deployment that it is about, where the desk knows."""
    was_announced: bool | None = None
    """Whether the desk had been told of the change that it is about; `None` where nobody says."""
