"""Approvals as the figures see them: what was asked for, when, and when it was answered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from strandline.kpi.entry import Entry, Placed, placed
from strandline.vocabulary.approval import ApprovalClosed, ApprovalCreated, ApprovalStatus
from strandline.vocabulary.details import details_of
from strandline.vocabulary.event import Event

KIND = "approval"
_SAYS = {ApprovalCreated.TYPE: "created", ApprovalClosed.TYPE: "closed"}


class Approval(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One question for somebody's consent."""

    key: str
    service: str = ""
    environment: str = ""
    deployment: str = ""
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    status: ApprovalStatus | None = None
    """`None` while nobody answered."""
    responder: str = ""
    events: tuple[str, ...] = ()
    """Ids of the events that it is known from."""


def placed_approval(event: Event) -> Iterable[Placed]:
    """Return what an event says about an approval; nothing if it is about something else."""
    says = _SAYS.get(event.type)
    if says is None:
        return ()
    said = details_of(event)
    return (
        placed(
            KIND,
            f"{event.source}#{event.subject_id}",
            event,
            says,
            service=said.service,
            environment=said.environment,
            deployment=said.deployment,
            status=event.content.get("status"),
            responder=event.content.get("responder") or (event.actor if says == "closed" else ""),
        ),
    )


def approval_of(entry: Entry) -> Approval:
    """Return the approval that the statements add up to."""
    found: dict[str, Any] = {"key": entry.key, "events": tuple(each.id for each in entry.statements)}
    for each in entry.statements:
        for name in ("service", "environment", "deployment"):
            if name in each.data:
                found[name] = each.data[name]
        if each.says == "created":
            found.setdefault("asked_at", each.at)
        else:
            found.update(answered_at=each.at, responder=each.data.get("responder", ""))
            if "status" in each.data:
                found["status"] = ApprovalStatus(str(each.data["status"]))
    return Approval(**found)
