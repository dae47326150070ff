"""Links: what belongs to what, how that is known, and how sure it is."""

from enum import Enum
from typing import ClassVar

from strandline.vocabulary.event import Fact


class LinkMethod(Enum):
    """How a link is known."""

    PERSON = "person"
    """Somebody said so."""
    SOURCE = "source"
    """The source states it: a deployment's commit, a merge commit, an artifact's digest."""
    MESSAGE = "message"
    """A message names it: a ticket's key, a pull request's number, a reverted hash."""
    TIME = "time"
    """The same service, soon before. The only kind that is a guess."""


class LinkStated(Fact, frozen=True, kw_only=True):
    """A person says that two things belong together; the event's actor says it."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-link.stated.0.1.0"
    from_kind: str
    """`deployment`, `commit`, `pull-request`, `ticket`, `incident` or `artifact`."""
    from_id: str
    to_kind: str
    to_id: str
    reason: str = ""


class LinkDisputed(Fact, frozen=True, kw_only=True):
    """A person says that two things do not belong together, whatever said so."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-link.disputed.0.1.0"
    from_kind: str
    from_id: str
    to_kind: str
    to_id: str
    reason: str = ""
