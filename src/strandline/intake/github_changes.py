"""GitHub's pull requests, reviews, pushes, tags and releases: what is changed, and what it is called."""

from typing import Any

import msgspec

from strandline.intake.git_messages import is_bot, read_message
from strandline.intake.github_deployments import BY, User, commit_artifact, full_name
from strandline.intake.moments import moment
from strandline.intake.translation import Translation, stated
from strandline.vocabulary.artifact import ArtifactPublished
from strandline.vocabulary.change import (
    ChangeAbandoned,
    ChangeCreated,
    ChangeMerged,
    ChangeReviewed,
    ChangeUpdated,
    CommitMade,
    RepositoryReference,
)
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.feed import Names

_TAGS, _NOTHING = "refs/tags/", "0" * 40


class _Reference(msgspec.Struct, frozen=True):
    ref: str = ""
    sha: str = ""


class PullRequest(msgspec.Struct, frozen=True):
    """A pull request, as webhooks and the REST API have it."""

    number: int
    html_url: str
    created_at: Any
    title: str = ""
    state: str = ""
    updated_at: Any = None
    closed_at: Any = None
    merged_at: Any = None
    merge_commit_sha: str | None = None
    user: User | None = None
    merged_by: User | None = None
    base: _Reference = _Reference()
    head: _Reference = _Reference()


class _Review(msgspec.Struct, frozen=True):
    submitted_at: Any
    state: str = ""
    user: User | None = None


class _PullHook(msgspec.Struct, frozen=True):
    action: str
    pull_request: PullRequest
    review: _Review | None = None
    sender: User | None = None


def pull_request_events(pull: PullRequest, repository: str, names: Names) -> Translation:
    """Return what a pull request says as it stands: that it was opened, and how it ended if it did."""
    who = pull.user.login if pull.user is not None else ""
    opened = ChangeCreated(description=pull.title, repository=RepositoryReference(id=repository))
    events = [_pull(pull, opened, pull.created_at, repository, names, who)]
    if pull.merged_at is not None:
        by = pull.merged_by.login if pull.merged_by is not None else ""
        merged = ChangeMerged(repository=RepositoryReference(id=repository))
        events.append(_pull(pull, merged, pull.merged_at, repository, names, by))
    elif pull.state == "closed":
        closed = ChangeAbandoned(repository=RepositoryReference(id=repository))
        events.append(_pull(pull, closed, pull.closed_at or pull.updated_at, repository, names, ""))
    return Translation(events=tuple(events))


def pull_request_hook(document: Any, repository: str, names: Names) -> Translation:  # noqa: ANN401 - any JSON
    """Return what `pull_request` and `pull_request_review` say."""
    hook = msgspec.convert(document, _PullHook)
    pull, home = hook.pull_request, RepositoryReference(id=repository)
    who = hook.sender.login if hook.sender is not None else ""
    if hook.review is not None:
        if hook.action != "submitted":
            return Translation(ignored=f"A review that was {hook.action} is no new review.")
        by = hook.review.user.login if hook.review.user is not None else who
        at = hook.review.submitted_at
        return Translation(events=(_pull(pull, ChangeReviewed(repository=home), at, repository, names, by),))
    if hook.action in {"opened", "closed", "reopened"}:
        return pull_request_events(pull, repository, names)
    if hook.action == "synchronize":
        updated = ChangeUpdated(repository=home)
        return Translation(events=(_pull(pull, updated, pull.updated_at, repository, names, who),))
    return Translation(ignored=f"A pull request that was {hook.action} has not changed.")


def _pull(  # noqa: PLR0917 - all of them are said in the event
    pull: PullRequest,
    fact: Fact,
    at: Any,  # noqa: ANN401 - a time as it came
    repository: str,
    names: Names,
    actor: str,
) -> Event:
    is_merged = isinstance(fact, ChangeMerged)
    return stated(
        fact,
        source=repository,
        subject_id=str(pull.number),
        occurred_at=moment(at, "pull_request"),
        details=Details(
            service=names.service_of(full_name(repository)),
            # Before it is merged GitHub shows the commit of a trial merge, which is in no branch.
            commit=(pull.merge_commit_sha or "") if is_merged else "",
            repository=repository,
            ref=pull.base.ref,
            pull_request=pull.html_url,
            tickets=read_message(pull.title, "", is_merge=False).tickets,
            url=pull.html_url,
            by=BY,
        ),
        actor=actor,
    )


class _Person(msgspec.Struct, frozen=True):
    name: str | None = None
    email: str | None = None
    username: str | None = None


class _Commit(msgspec.Struct, frozen=True):
    id: str
    timestamp: Any
    message: str = ""
    url: str = ""
    distinct: bool = True
    author: _Person | None = None
    added: list[str] = []
    removed: list[str] = []
    modified: list[str] = []


class _Push(msgspec.Struct, frozen=True):
    ref: str
    after: str = ""
    deleted: bool = False
    commits: list[_Commit] = []


def push_events(document: Any, repository: str, names: Names) -> Translation:  # noqa: ANN401 - any JSON
    """Return what a push says: the commits that it brought. A tag is told by `create` and `release`."""
    push = msgspec.convert(document, _Push)
    if push.deleted or push.after == _NOTHING:
        return Translation(ignored=f"{push.ref} was deleted; what it held stays in the history.")
    events = tuple(_pushed(each, push, repository, names) for each in push.commits)
    nothing = "" if events else f"{push.ref} was moved to a commit that was there already."
    return Translation(events=events, ignored=nothing)


def _pushed(commit: _Commit, push: _Push, repository: str, names: Names) -> Event:
    subject, _, body = commit.message.partition("\n")
    said = read_message(subject, body, is_merge=subject.startswith("Merge "))
    author = commit.author or _Person()
    paths = (*commit.added, *commit.removed, *commit.modified)
    is_automated = is_bot(author.name or "", author.email or "")
    return stated(
        CommitMade(
            repository=repository,
            author=author.name or author.username or "",
            subject=subject,
            files=len(paths),
            reverts=said.reverts,
            pull_request=said.pull_request,
            is_bot=is_automated,
            areas=tuple(sorted({"/".join(path.split("/")[:-1][:2]) for path in paths if "/" in path})[:50]),
        ),
        source=repository,
        subject_id=commit.id,
        occurred_at=moment(commit.timestamp, "commits.timestamp"),
        details=Details(
            service=names.service_of(full_name(repository)),
            commit=commit.id,
            repository=repository,
            ref=push.ref.removeprefix("refs/heads/"),
            tickets=said.tickets,
            url=commit.url,
            by=BY,
        ),
        actor=author.username or author.name or "",
    )


class _Release(msgspec.Struct, frozen=True):
    tag_name: str
    published_at: Any = None
    html_url: str = ""
    author: User | None = None
    draft: bool = False
    prerelease: bool = False


class _ReleaseHook(msgspec.Struct, frozen=True):
    action: str
    release: _Release


def release_events(document: Any, repository: str, names: Names) -> Translation:  # noqa: ANN401 - any JSON
    """Return what `release` says: a version was published. Which commit it is, only the tag says."""
    hook = msgspec.convert(document, _ReleaseHook)
    release = hook.release
    if hook.action != "published" or release.draft:
        return Translation(ignored=f"A release that was {hook.action} is no new version.")
    who = release.author.login if release.author is not None else ""
    event = stated(
        ArtifactPublished(user=who),
        source=repository,
        subject_id=commit_artifact(repository, release.tag_name),
        occurred_at=moment(release.published_at, "release.published_at"),
        details=Details(
            service=names.service_of(full_name(repository)),
            repository=repository,
            ref=f"{_TAGS}{release.tag_name}",
            version=release.tag_name,
            url=release.html_url,
            by=BY,
            more={"isPrerelease": release.prerelease} if release.prerelease else {},
        ),
        actor=who,
    )
    return Translation(events=(event,))
