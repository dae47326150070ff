"""Readings: a source is asked for all that it has of a time."""

from datetime import datetime
from typing import ClassVar

from strandline.vocabulary.event import Fact


class ReadingOrdered(Fact, frozen=True, kw_only=True):
    """A source is to be asked for all that it has of a time. The event's subject is the reading."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-reading.ordered.0.1.0"
    feed: str
    from_at: datetime
    to_at: datetime
    is_reconciliation: bool = False
    """Whether nobody asked for it: it looks for what the source's deliveries lost."""


class ReadingAdvanced(Fact, frozen=True, kw_only=True):
    """A page of a source's answer was read, and all of it is recorded."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-reading.advanced.0.1.0"
    feed: str
    stream: str
    """What was asked for, such as `acme/shop deployments`."""
    page: int
    """Counted from 1 within the stream."""
    payloads: int = 0
    new: int = 0
    """Events that the ledger had not heard."""
    known: int = 0
    unmapped: int = 0
    note: str = ""
    """What was odd about the answer, such as a filter that the source ignored."""


class ReadingFinished(Fact, frozen=True, kw_only=True):
    """Everything that was asked for was read."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-reading.finished.0.1.0"
    feed: str
    from_at: datetime
    to_at: datetime
    pages: int = 0
    payloads: int = 0
    new: int = 0
    """Events that the ledger had not heard; after a reconciliation, what the deliveries had lost."""
    unmapped: int = 0
    notes: tuple[str, ...] = ()


class ReadingFailed(Fact, frozen=True, kw_only=True):
    """A source was not read to the end; what was read stays."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-reading.failed.0.1.0"
    feed: str
    what: str
    where: str = ""
    remedy: str = ""
