"""What users said, and how often they asked for help."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from strandline.kpi.entry import Entry, Placed, placed
from strandline.vocabulary.details import details_of
from strandline.vocabulary.event import Event
from strandline.vocabulary.feedback import FeedbackGiven, SupportContacted

KIND = "feedback"


class Feedback(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One answer, or one call for help."""

    key: str
    service: str
    at: datetime
    scale: str = ""
    """`csat`, `nps` or `ces`; empty for a call for help."""
    score: int | None = None
    words: str = ""
    topic: str = ""
    version: str = ""

    @property
    def is_contact(self) -> bool:
        """Whether it is a call for help."""
        return self.score is None


def placed_feedback(event: Event) -> Iterable[Placed]:
    """Return what an event says of a user; nothing if it is about something else."""
    if event.type not in {FeedbackGiven.TYPE, SupportContacted.TYPE}:
        return ()
    content = event.content
    service = details_of(event).service or event.subject_id
    return (
        placed(
            KIND,
            f"{event.source}#{event.id}",
            event,
            "given" if event.type == FeedbackGiven.TYPE else "contacted",
            service=service,
            scale=content.get("scale"),
            score=content.get("score"),
            words=content.get("words"),
            topic=content.get("topic"),
            version=content.get("version"),
        ),
    )


def feedback_of(entry: Entry) -> Feedback:
    """Return the answer."""
    said = entry.statements[-1]
    return msgspec.convert({**said.data, "key": entry.key, "at": said.at}, Feedback)
