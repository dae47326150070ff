"""Approvals of Jira Service Management: a field of the issue that holds a list of them.

Which field that is differs from site to site, so it is known by its shape.
"""

from typing import Annotated, Any

import msgspec

from strandline.intake.jira_issue import Issue, User, name_of
from strandline.intake.moments import moment
from strandline.intake.parts import every, joined, part
from strandline.intake.translation import Translation, Unmapped, stated
from strandline.vocabulary.approval import ApprovalClosed, ApprovalCreated, ApprovalStatus
from strandline.vocabulary.details import Details

_ENDED = {
    "approved": ApprovalStatus.APPROVED,
    "declined": ApprovalStatus.REJECTED,
    "cancelled": ApprovalStatus.CANCELLED,
    "canceled": ApprovalStatus.CANCELLED,
}


class Moment(msgspec.Struct, frozen=True, rename="camel"):
    """A time, as Jira Service Management writes it."""

    epoch_millis: int | None = None
    iso8601: str | None = None


class Approver(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody who was asked."""

    approver: User | None = None
    approver_decision: str | None = None


class Links(msgspec.Struct, frozen=True):
    """Where it is."""

    address: str | None = msgspec.field(name="self", default=None)


class Approval(msgspec.Struct, frozen=True, rename="camel"):
    """One question for consent."""

    id: Annotated[str, msgspec.Meta(min_length=1)] | int
    final_decision: str
    name: str | None = None
    approvers: list[Approver] | None = None
    created_date: Moment | None = None
    completed_date: Moment | None = None
    links: Links | None = msgspec.field(name="_links", default=None)


def approvals_of(issue: Issue, details: Details) -> Translation:
    """Return what an issue says about consent: who was asked, and what they answered."""
    found = (
        every(f"issue.fields.{name}", value, Approval, lambda each: _approval(each, issue, details))
        for name, value in issue.fields.items()
        if isinstance(value, list) and value and _is_approval(value[0])
    )
    return joined(*found)


def _is_approval(value: object) -> bool:
    return isinstance(value, dict) and "finalDecision" in value and "approvers" in value


def _approval(approval: Approval, issue: Issue, details: Details) -> Translation:
    subject = f"{issue.key}/approval/{approval.id}"
    address = (approval.links.address if approval.links is not None else None) or ""
    if approval.name:
        details = msgspec.structs.replace(details, more={"name": approval.name})

    def asked() -> Translation:
        fact = ApprovalCreated(approval_details_url=address, resource_target_url=issue.uri)
        at = moment(_time(approval.created_date), "createdDate")
        event = stated(fact, source=issue.home, subject_id=subject, occurred_at=at, details=details)
        return Translation(events=(event,))

    def answered() -> Translation:
        status = _ENDED.get(approval.final_decision.lower())
        if status is None:
            what = f"An approval ended in a way that is not known: “{approval.final_decision}”."
            return Translation(unmapped=(Unmapped(what=what, where="finalDecision"),))
        responder = _responders(approval)
        fact = ApprovalClosed(
            status=status,
            approval_details_url=address,
            resource_target_url=issue.uri,
            responder=responder,
            decision=approval.final_decision,
        )
        at = moment(_time(approval.completed_date), "completedDate")
        event = stated(
            fact,
            source=issue.home,
            subject_id=subject,
            occurred_at=at,
            details=details,
            actor=responder,
        )
        return Translation(events=(event,))

    is_open = approval.final_decision.lower() == "pending"
    return joined(part("", asked), Translation() if is_open else part("", answered))


def _responders(approval: Approval) -> str:
    """Return those whose answer it was: they decided as it was decided."""
    agreed = (each for each in approval.approvers or () if each.approver_decision == approval.final_decision)
    return ", ".join(name for each in agreed if (name := name_of(each.approver)))


def _time(moment_of_theirs: Moment | None) -> Any:  # noqa: ANN401 - whatever `moment` may make of it
    if moment_of_theirs is None:
        return None
    return moment_of_theirs.epoch_millis or moment_of_theirs.iso8601
