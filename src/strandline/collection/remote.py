"""A source that can be asked: what every adapter to one offers, and how it says that it cannot answer now."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

import msgspec

from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.feed import Feed


class Window(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A time that is asked for: from `from_at` on, before `to_at`."""

    from_at: datetime
    to_at: datetime


class RemotePayload(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a source has, in the form in which it would have been delivered."""

    body: bytes
    headers: dict[str, str] = {}  # names in lower case


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a source's answer."""

    payloads: tuple[RemotePayload, ...] = ()
    next: str = ""
    """What to ask for next, in words of the source's own; empty after the last page."""
    note: str = ""
    """What was odd about the answer, for people."""


class ThrottledError(UnavailableError):
    """The source wants to be asked later.

    Attributes:
        wait: how long it says, at least.
    """

    def __init__(self, what: str, *, wait: timedelta, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.wait = wait


class ExpiredCursorError(UnavailableError):
    """The source no longer knows where we were: the stream has to be read from its beginning."""


class RemoteSource(Protocol):
    """A source, asked page by page."""

    @property
    def streams(self) -> tuple[str, ...]:
        """What can be asked for, one after the other, such as `acme/shop deployments`."""
        ...

    @property
    def covers(self) -> tuple[str, ...]:
        """What is known completely of a time once every stream was read, such as `deployments`."""
        ...

    def page(self, stream: str, window: Window, cursor: str) -> Page:
        """Return a page of a stream; it blocks.

        Whatever happened or was altered within the window must be in it. More may be: what was told before
        changes nothing when it is told again.

        Args:
            stream: one of `streams`.
            window: the time.
            cursor: `next` of the page before; empty for the first.

        Raises:
            ThrottledError: it wants to be asked later.
            ExpiredCursorError: the cursor is too old.
            UnavailableError: it does not answer, or not in full; asking again may help.
            RefusedError: it will not answer: the token is wrong, the thing is not there.
        """
        ...


MakeSource: TypeAlias = Callable[[Feed], RemoteSource]
"""Connects a feed's source.

Raises:
    BadInputError: the feed cannot be asked; the error says why.
    UnavailableError: its token is not where it should be.
"""
