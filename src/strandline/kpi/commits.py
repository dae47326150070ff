"""Commits and pull requests as the figures see them."""

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from strandline.kpi.entry import Entry, Placed, placed
from strandline.vocabulary.change import (
    ChangeAbandoned,
    ChangeCreated,
    ChangeMerged,
    ChangeReviewed,
    CommitMade,
)
from strandline.vocabulary.details import Details, details_of
from strandline.vocabulary.event import Event

COMMIT, PULL_REQUEST = "commit", "pull-request"
_NOTHING_SAID = Details()


class MadeCommit(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One commit."""

    key: str
    """Its full hash: the same content, history and author have the same everywhere."""
    repository: str = ""
    author: str = ""
    authored_at: datetime | None = None
    """When it was written; survives a rebase, a cherry-pick and a squash of one commit."""
    committed_at: datetime
    subject: str = ""
    parents: tuple[str, ...] = ()
    patch_id: str = ""
    reverts: tuple[str, ...] = ()
    pull_request: str = ""
    """Its number, where the message names one."""
    pull_request_url: str = ""
    tickets: tuple[str, ...] = ()
    """Keys of the tickets that the message names."""
    is_bot: bool = False
    areas: tuple[str, ...] = ()
    """The folders that it touches, for repositories of several services."""

    @property
    def written_at(self) -> datetime:
        """When the work was first recorded: the earlier of the two times that Git keeps."""
        return min(self.authored_at or self.committed_at, self.committed_at)


class PullRequest(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One pull request."""

    key: str
    """Its address."""
    repository: str = ""
    commit: str = ""
    """The commit that it was merged as."""
    created_at: datetime | None = None
    reviewed_at: datetime | None = None
    merged_at: datetime | None = None
    abandoned_at: datetime | None = None
    author: str = ""
    tickets: tuple[str, ...] = ()
    """Keys of the tickets that its title names."""


def placed_commit(event: Event) -> Iterable[Placed]:
    """Return what an event says about a commit or a pull request; nothing if it is about something else."""
    if event.type == CommitMade.TYPE:
        content = event.content
        # Most say neither; to read all the details of a hundred thousand commits takes its time.
        is_tied = "tickets" in event.custom_data or "pullRequest" in event.custom_data
        details = details_of(event) if is_tied else _NOTHING_SAID
        return (
            placed(
                COMMIT,
                event.subject_id,
                event,
                "made",
                repository=content.get("repository"),
                author=content.get("author"),
                authored_at=content.get("authoredAt"),
                subject=content.get("subject"),
                parents=content.get("parents"),
                patch_id=content.get("patchId"),
                reverts=content.get("reverts"),
                pull_request=content.get("pullRequest"),
                pull_request_url=details.pull_request,
                tickets=list(details.tickets),
                is_bot=content.get("isBot"),
                areas=content.get("areas"),
            ),
        )
    says = _SAYS.get(event.type)
    if says is None:
        return ()
    said = details_of(event)
    key = said.pull_request or f"{event.source}#{event.subject_id}"
    commit = said.commit if says == "merged" else ""
    return (
        placed(
            PULL_REQUEST,
            key,
            event,
            says,
            repository=said.repository,
            commit=commit,
            author=event.actor,
            tickets=list(said.tickets),
        ),
    )


_SAYS = {
    ChangeCreated.TYPE: "created",
    ChangeReviewed.TYPE: "reviewed",
    ChangeMerged.TYPE: "merged",
    ChangeAbandoned.TYPE: "abandoned",
}


_FEW = ("repository", "author")
"""What a hundred thousand commits have in common is kept once."""


def commit_of(entry: Entry) -> MadeCommit:
    """Return the commit; several events say the same of it, and what one leaves out another may know."""
    found: dict[str, Any] = {"committed_at": entry.statements[0].at}
    for each in entry.statements:
        found.update(each.data)
    for name in _FEW:
        if isinstance(found.get(name), str):
            found[name] = sys.intern(found[name])
    return msgspec.convert({**found, "key": entry.key}, MadeCommit)


def pull_request_of(entry: Entry) -> PullRequest:
    """Return the pull request that the statements add up to."""
    found: dict[str, Any] = {"key": entry.key}
    for each in entry.statements:
        found.setdefault(f"{each.says}_at", each.at)
        for name in ("repository", "commit"):
            if name in each.data:
                found[name] = each.data[name]
        if isinstance(told := each.data.get("tickets"), list):
            found["tickets"] = tuple(str(ticket) for ticket in told)
        if each.says == "created":
            found["author"] = each.data.get("author", "")
    return PullRequest(**found)
