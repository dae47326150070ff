"""Commits and pull requests: edits to source, proposed and merged.

CDEvents calls a pull request a *change*; its types keep that name. In our own words a change is what may
affect a service (ITIL 4), and this is a commit or a pull request.
"""

from datetime import datetime
from typing import ClassVar

import msgspec

from strandline.vocabulary.event import Fact, JsonValue


class RepositoryReference(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A reference to a repository, as CDEvents writes it."""

    id: str
    source: str = ""


class ChangeCreated(Fact, frozen=True, kw_only=True):
    """A pull request was opened."""

    TYPE: ClassVar[str] = "dev.cdevents.change.created.0.4.0"
    description: str = ""
    repository: RepositoryReference | None = None


class ChangeUpdated(Fact, frozen=True, kw_only=True):
    """Commits were added to a pull request."""

    TYPE: ClassVar[str] = "dev.cdevents.change.updated.0.3.0"
    repository: RepositoryReference | None = None


class ChangeReviewed(Fact, frozen=True, kw_only=True):
    """Somebody reviewed a pull request."""

    TYPE: ClassVar[str] = "dev.cdevents.change.reviewed.0.3.0"
    repository: RepositoryReference | None = None


class ChangeMerged(Fact, frozen=True, kw_only=True):
    """A pull request was merged."""

    TYPE: ClassVar[str] = "dev.cdevents.change.merged.0.3.0"
    repository: RepositoryReference | None = None


class ChangeAbandoned(Fact, frozen=True, kw_only=True):
    """A pull request was closed without being merged."""

    TYPE: ClassVar[str] = "dev.cdevents.change.abandoned.0.3.0"
    repository: RepositoryReference | None = None


class CommitMade(Fact, frozen=True, kw_only=True):
    """A commit is in a repository's history; `subject_id` of the event is its full hash."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-commit.made.0.1.0"
    repository: str
    author: str = ""
    authored_at: datetime | None = None
    """When it was first written; `occurred_at` of the event is when it was committed."""
    subject: str = ""
    parents: tuple[str, ...] = ()
    patch_id: str = ""
    """`git patch-id --stable`: the same for a cherry-pick. Empty for a merge, or if not computed."""
    files: int | None = None
    insertions: int | None = None
    deletions: int | None = None
    reverts: tuple[str, ...] = ()
    """Hashes of the commits that it takes back, by its own message."""
    pull_request: str = ""
    """The number of the pull request that its message names as the one it merges."""
    is_bot: bool = False
    """Whether its author is a program, by the name or the address."""
    areas: tuple[str, ...] = ()
    """The folders that it touches, two levels deep at most, for repositories of several services."""
    picked_from: tuple[str, ...] = ()
    """Hashes of the commits that it is a copy of, by its own message (`git cherry-pick -x`)."""
    squashes: tuple[str, ...] = ()
    """Hashes of the commits that it stands for, by its own message (`git merge --squash`)."""
    reverted_pull_requests: tuple[str, ...] = ()
    """Numbers of the pull requests that it takes back, by its own message."""
    merged_branch: str = ""
    """The branch that it merges, by its own message, such as `hotfix/cart`."""
    co_authors: tuple[str, ...] = ()


class TagCreated(Fact, frozen=True, kw_only=True):
    """A tag names a commit: by custom a release. `subject_id` of the event is the tag's name."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-tag.created.0.1.0"
    repository: str
    commit: str
    is_annotated: bool = False


class RepositoryRead(Fact, frozen=True, kw_only=True):
    """A repository's history was read up to here; `subject_id` of the event is its address."""

    TYPE: ClassVar[str] = "dev.cdeventsx.strandline-repository.read.0.1.0"
    state: dict[str, JsonValue]
    """What was seen, for the next reading."""
    partial: str = ""
    """Why it was not the whole history; empty if it was."""
    rewritten: tuple[str, ...] = ()
    """Which branches and tags no longer held what they held."""
