"""GitLab's issues, as tickets. What a confidential one is called stays there: a ledger forgets nothing."""

from typing import Any

import msgspec

from strandline.intake.gitlab_project import BY, Project, User, actor_of
from strandline.intake.moments import moment, possible_moment
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Fact
from strandline.vocabulary.ticket import TicketClosed, TicketCreated, TicketUpdated

_CONFIDENTIAL = "(confidential)"
_TELLING = frozenset(
    ("title", "state_id", "assignees", "severity", "milestone_id", "due_date", "type", "confidential")
)
"""Changes of these are kept; those of labels, descriptions, times and order are not."""


class Label(msgspec.Struct, frozen=True):
    """A label."""

    title: str


class Attributes(msgspec.Struct, frozen=True):
    """An issue's own attributes."""

    iid: int
    title: str
    action: str | None = None
    type: str | None = None
    url: str | None = None
    created_at: Any = None
    updated_at: Any = None
    closed_at: Any = None
    severity: str | None = None
    confidential: bool | None = None
    duplicated_to_id: int | None = None
    labels: list[Label] | None = None


class Issue(msgspec.Struct, frozen=True):
    """An issue event."""

    object_attributes: Attributes
    project: Project
    user: User | None = None
    assignees: list[User] | None = None
    changes: dict[str, Any] | None = None


def issue_hook(payload: Payload) -> Translation:
    """Return what was done to an issue."""
    hook = msgspec.convert(payload.document, Issue)
    issue, project = hook.object_attributes, hook.project
    uri = issue.url or f"{project.address}/-/issues/{issue.iid}"
    if issue.action == "open":
        at = moment(issue.created_at, "object_attributes.created_at")
    else:
        closed = issue.closed_at if issue.action == "close" else None
        at = possible_moment(closed, "object_attributes.closed_at") or moment(
            issue.updated_at, "object_attributes.updated_at"
        )
    who = actor_of(hook.user)
    if issue.action == "open" and not who:
        what = "The issue does not say who opened it."
        return Translation(unmapped=(Unmapped(what=what, where="user.username", remedy=""),))
    fact = _fact(hook, uri, who)
    if fact is None:
        return Translation(ignored=f"An issue that had “{issue.action}” done to it says nothing new.")
    event = stated(
        fact,
        source=project.address,
        subject_id=f"{project.path_with_namespace}#{issue.iid}",
        occurred_at=at,
        details=Details(
            service=payload.names.service_of(project.path_with_namespace),
            repository=project.address,
            tickets=(f"{project.path_with_namespace}#{issue.iid}",),
            url=uri,
            by=BY,
        ),
        actor=who,
    )
    return Translation(events=(event,))


def _fact(hook: Issue, uri: str, who: str) -> Fact | None:
    issue = hook.object_attributes
    is_secret = bool(issue.confidential)
    summary = _CONFIDENTIAL if is_secret else issue.title
    kind = (issue.type or "").lower()
    assignees = tuple(name for each in hook.assignees or () if (name := actor_of(each)))
    labels = () if is_secret else tuple(each.title for each in issue.labels or ())
    if issue.action == "open":
        return TicketCreated(
            summary=summary,
            creator=who,
            uri=uri,
            ticket_type=kind,
            assignees=assignees,
            priority=issue.severity or "",
            labels=labels,
        )
    if issue.action == "close":
        return TicketClosed(
            uri=uri,
            # GitLab says no more than that it is closed, save for a duplicate.
            resolution="duplicate" if issue.duplicated_to_id is not None else "closed",
            summary=summary,
            ticket_type=kind,
            assignees=assignees,
            priority=issue.severity or "",
            labels=labels,
            updated_by=who,
        )
    is_news = issue.action == "update" and not _TELLING.isdisjoint(hook.changes or {})
    if issue.action == "reopen" or is_news:
        return TicketUpdated(
            uri=uri,
            summary=summary,
            ticket_type=kind,
            assignees=assignees,
            priority=issue.severity or "",
            labels=labels,
            updated_by=who,
        )
    return None
