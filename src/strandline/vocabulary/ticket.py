"""Tickets of other systems: issues, change requests, tasks (CDEvents 0.5.1)."""

from typing import ClassVar

from strandline.vocabulary.event import Fact


class TicketCreated(Fact, frozen=True, kw_only=True):
    """A ticket was opened."""

    TYPE: ClassVar[str] = "dev.cdevents.ticket.created.0.2.0"
    summary: str
    creator: str
    uri: str
    ticket_type: str = ""
    group: str = ""
    assignees: tuple[str, ...] = ()
    priority: str = ""
    labels: tuple[str, ...] = ()
    milestone: str = ""


class TicketUpdated(Fact, frozen=True, kw_only=True):
    """Something of a ticket was altered."""

    TYPE: ClassVar[str] = "dev.cdevents.ticket.updated.0.2.0"
    uri: str
    summary: str = ""
    ticket_type: str = ""
    group: str = ""
    creator: str = ""
    assignees: tuple[str, ...] = ()
    priority: str = ""
    labels: tuple[str, ...] = ()
    milestone: str = ""
    updated_by: str = ""


class TicketClosed(Fact, frozen=True, kw_only=True):
    """A ticket was closed."""

    TYPE: ClassVar[str] = "dev.cdevents.ticket.closed.0.2.0"
    uri: str
    resolution: str
    summary: str = ""
    ticket_type: str = ""
    group: str = ""
    creator: str = ""
    assignees: tuple[str, ...] = ()
    priority: str = ""
    labels: tuple[str, ...] = ()
    milestone: str = ""
    updated_by: str = ""
