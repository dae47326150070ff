"""What somebody wants to reach: a level of a measure, by a day."""

from datetime import date
from typing import ClassVar

from strandline.vocabulary.event import Fact


class LevelTargetSet(Fact, frozen=True, kw_only=True):
    """A measure is to reach a level; subject: the measure. The newest word counts, for each unit."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-level.targeted.0.1.0"
    level: int
    """1 to 5."""
    due_on: date
    owner: str
    """Who answers for it."""
    unit: str = ""
    """A team, a business unit or a service; empty for the whole organisation."""
    reason: str = ""
