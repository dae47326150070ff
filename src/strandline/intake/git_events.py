"""What a repository's history says, as events.

A commit is what its hash names and nothing else, so its event's id is made from the hash alone: whoever reads
it, whenever, states the same event. What is found out about it later, its patch-id, is a second statement of
the same fact with an id of its own.
"""

from datetime import datetime

import msgspec

from strandline.intake.git_address import pull_request_address
from strandline.intake.git_log import ReadCommit
from strandline.intake.git_messages import is_bot, read_message
from strandline.vocabulary.change import CommitMade, TagCreated
from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.event import Event

_BY = "intake/git 1"


class ReadTag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag, as Git knows it."""

    name: str
    object: str
    """What it points at: itself an object if it is annotated, else the commit."""
    commit: str
    created_at: datetime
    """When it was annotated; of a light tag the time of its commit, as Git keeps no other."""
    is_annotated: bool
    author: str = ""


def commit_event(commit: ReadCommit, repository: str) -> Event | None:
    """Return the event that a commit is in a repository; `None` if no time at all is known of it."""
    at = commit.committed_at or commit.authored_at
    if at is None:
        return None
    said = read_message(commit.subject, commit.body, is_merge=commit.is_merge)
    is_automated = is_bot(commit.author, commit.author_email)
    made = CommitMade(
        repository=repository,
        author=commit.author,
        authored_at=commit.authored_at,
        subject=commit.subject,
        parents=commit.parents,
        files=commit.files,
        insertions=commit.insertions,
        deletions=commit.deletions,
        reverts=said.reverts,
        pull_request=said.pull_request,
        is_bot=is_automated,
        areas=commit.areas,
        picked_from=said.picked_from,
        squashes=said.squashes,
        reverted_pull_requests=said.reverted_pull_requests,
        merged_branch=said.merged_branch,
        co_authors=said.co_authors,
    )
    details = Details(
        commit=commit.id,
        repository=repository,
        pull_request=pull_request_address(repository, said.pull_request, is_gitlab=said.is_gitlab),
        tickets=said.tickets,
        is_automated=is_automated or None,
        is_unplanned=said.is_hotfix or None,
        by=_BY,
    )
    is_whole = commit.files is not None or commit.is_merge
    return Event(
        id=f"commit-{commit.id}" if is_whole else f"commit-{commit.id}-uncounted",
        source=repository,
        type=CommitMade.TYPE,
        occurred_at=at,
        subject_id=commit.id,
        content=msgspec.to_builtins(made),
        actor=commit.author,
        custom_data=as_custom_data(details),
    )


def patch_event(commit: str, patch_id: str, committed_at: datetime, repository: str) -> Event:
    """Return the statement that a commit makes a patch: the same as every copy of it."""
    return Event(
        id=f"commit-{commit}-patch-{patch_id}",
        source=repository,
        type=CommitMade.TYPE,
        occurred_at=committed_at,
        subject_id=commit,
        content=msgspec.to_builtins(CommitMade(repository=repository, patch_id=patch_id)),
        custom_data=as_custom_data(Details(commit=commit, repository=repository, by=_BY)),
    )


def tag_event(tag: ReadTag, repository: str) -> Event:
    """Return the event that a tag names a commit; one that is moved makes another event."""
    made = TagCreated(repository=repository, commit=tag.commit, is_annotated=tag.is_annotated)
    details = Details(commit=tag.commit, repository=repository, ref=tag.name, version=tag.name, by=_BY)
    return Event(
        id=f"tag-{tag.name}-{tag.object}",
        source=repository,
        type=TagCreated.TYPE,
        occurred_at=tag.created_at,
        subject_id=tag.name,
        content=msgspec.to_builtins(made),
        actor=tag.author,
        custom_data=as_custom_data(details),
    )
