"""GitLab's pushes, tags, releases and merge requests: what is changed, and what it is called.

Traps: a push tells twenty of its commits at most, and says how many there were. A commit's `title` is cut
short, its `message` is not. A tag's push has no time: that of a light tag is its commit's, that of an
annotated one is nowhere. A merge request that is merged by fast-forward has no merge commit.
"""

from typing import Any

import msgspec

from strandline.intake.git_messages import is_bot, read_message
from strandline.intake.gitlab_project import BY, NO_COMMIT, Project, User, actor_of, merged
from strandline.intake.moments import moment, possible_moment
from strandline.intake.package_urls import full_hash, gitlab_package
from strandline.intake.ticket_keys import ticket_keys
from strandline.intake.translation import Payload, Translation, Unmapped, stated
from strandline.vocabulary.artifact import ArtifactPublished
from strandline.vocabulary.change import (
    ChangeAbandoned,
    ChangeCreated,
    ChangeMerged,
    ChangeReviewed,
    ChangeUpdated,
    CommitMade,
    TagCreated,
)
from strandline.vocabulary.details import Details
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event, Fact

_MOST_AREAS = 50
_IMPORT = "Import the repository, which has all of it: strandline ledger import --git FOLDER."
_APPROVED = frozenset(("approved", "approval"))


class Author(msgspec.Struct, frozen=True):
    """Who wrote a commit."""

    name: str | None = None
    email: str | None = None


class Commit(msgspec.Struct, frozen=True):
    """A commit, within a push or a release."""

    id: str
    message: str | None = None
    timestamp: Any = None
    url: str | None = None
    author: Author | None = None
    added: list[str] | None = None
    modified: list[str] | None = None
    removed: list[str] | None = None


class Push(msgspec.Struct, frozen=True):
    """A push to a branch, or of a tag."""

    ref: str
    project: Project
    after: str | None = None
    checkout_sha: str | None = None
    user_username: str | None = None
    user_name: str | None = None
    commits: list[Commit] | None = None
    total_commits_count: int | None = None


def push_hook(payload: Payload) -> Translation:
    """Return the commits that a push brings."""
    push = msgspec.convert(payload.document, Push)
    branch = push.ref.removeprefix("refs/heads/")
    if push.after == NO_COMMIT:
        return Translation(ignored=f"The branch “{branch}” was deleted; what it held stays known.")
    commits = push.commits or []
    service = payload.names.service_of(push.project.path_with_namespace)
    events: list[Event] = []
    unmapped: list[Unmapped] = []
    for number, commit in enumerate(commits):
        try:
            events.append(_commit_event(commit, push.project, branch, service, f"commits[{number}]"))
        except BadInputError as error:
            unmapped.append(Unmapped(what=error.what, where=error.where, remedy=error.remedy))
    total = push.total_commits_count or 0
    if total > len(commits):
        what = f"The push brought {total} commits and tells {len(commits)} of them."
        unmapped.append(Unmapped(what=what, where="total_commits_count", remedy=_IMPORT))
    nothing = "" if events or unmapped else f"The push to “{branch}” brings no commit."
    return Translation(events=tuple(events), unmapped=tuple(unmapped), ignored=nothing)


def _commit_event(commit: Commit, project: Project, branch: str, service: str, where: str) -> Event:
    if not full_hash(commit.id):
        what = f"This is no full commit hash: {commit.id!r}."
        raise BadInputError(what, where=f"{where}.id")
    message = (commit.message or "").replace("\r\n", "\n").strip()
    head, _, body = message.partition("\n\n")
    # A number at the end of a subject is an issue's here; only GitHub writes pull requests so.
    said = read_message(" ".join(head.split()), body, is_merge=True)
    author = commit.author or Author()
    name = author.name or ""
    paths = {*(commit.added or ()), *(commit.modified or ()), *(commit.removed or ())}
    areas = sorted({"/".join(path.split("/")[:-1][:2]) for path in paths if "/" in path})
    is_automated = is_bot(name, author.email or "")
    made = CommitMade(
        repository=project.address,
        author=name,
        subject=" ".join(head.split()),
        files=len(paths),
        reverts=said.reverts,
        pull_request=said.pull_request,
        is_bot=is_automated,
        areas=tuple(areas[:_MOST_AREAS]),
        picked_from=said.picked_from,
        squashes=said.squashes,
        reverted_pull_requests=said.reverted_pull_requests,
        merged_branch=said.merged_branch,
        co_authors=said.co_authors,
    )
    details = Details(
        service=service,
        commit=full_hash(commit.id),
        repository=project.address,
        ref=branch,
        pull_request=f"{project.address}/-/merge_requests/{said.pull_request}" if said.pull_request else "",
        tickets=said.tickets,
        url=commit.url or "",
        is_automated=is_automated or None,
        is_unplanned=said.is_hotfix or None,
        by=BY,
    )
    return stated(
        made,
        source=project.address,
        subject_id=full_hash(commit.id),
        occurred_at=moment(commit.timestamp, f"{where}.timestamp"),
        details=details,
        actor=name,
    )


def tag_hook(payload: Payload) -> Translation:
    """Return that a tag names a commit."""
    push = msgspec.convert(payload.document, Push)
    tag = push.ref.removeprefix("refs/tags/")
    commit = full_hash(push.checkout_sha)
    if push.after == NO_COMMIT or not (tag and commit):
        return Translation(ignored=f"The tag “{tag}” was deleted; that it was there stays known.")
    if push.after != push.checkout_sha:
        what = f"The tag “{tag}” is annotated, and GitLab does not tell when that was done."
        return Translation(unmapped=(Unmapped(what=what, where="after", remedy=_IMPORT),))
    at = next((each.timestamp for each in push.commits or () if full_hash(each.id) == commit), None)
    event = stated(
        TagCreated(repository=push.project.address, commit=commit),
        source=push.project.address,
        subject_id=tag,
        occurred_at=moment(at, "commits.timestamp"),
        details=Details(
            service=payload.names.service_of(push.project.path_with_namespace),
            commit=commit,
            repository=push.project.address,
            ref=tag,
            version=tag,
            by=BY,
        ),
        actor=push.user_username or push.user_name or "",
    )
    return Translation(events=(event,))


class Release(msgspec.Struct, frozen=True):
    """A release event."""

    tag: str
    action: str
    project: Project
    created_at: Any = None
    released_at: Any = None
    url: str | None = None
    commit: Commit | None = None


def release_hook(payload: Payload) -> Translation:
    """Return that a version was published."""
    release = msgspec.convert(payload.document, Release)
    if release.action != "create":
        return Translation(ignored=f"A release that had “{release.action}” done to it is no new version.")
    if not release.tag:
        what = "The release names no tag."
        raise BadInputError(what, where="tag")
    project = release.project
    at = possible_moment(release.released_at, "released_at") or moment(release.created_at, "created_at")
    event = stated(
        ArtifactPublished(),
        source=project.address,
        subject_id=gitlab_package(project.path_with_namespace, release.tag),
        occurred_at=at,
        details=Details(
            service=payload.names.service_of(project.path_with_namespace),
            commit=full_hash(release.commit.id) if release.commit is not None else "",
            repository=project.address,
            ref=release.tag,
            version=release.tag,
            url=release.url or "",
            by=BY,
        ),
    )
    return Translation(events=(event,))


class Request(msgspec.Struct, frozen=True):
    """A merge request's own attributes."""

    iid: int
    action: str | None = None
    title: str | None = None
    description: str | None = None
    url: str | None = None
    created_at: Any = None
    updated_at: Any = None
    oldrev: str | None = None
    """The head before, if commits were added."""
    source_branch: str | None = None
    target_branch: str | None = None
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None
    last_commit: Commit | None = None


class MergeRequest(msgspec.Struct, frozen=True):
    """A merge request event."""

    object_attributes: Request
    project: Project
    user: User | None = None


def merge_request_hook(payload: Payload) -> Translation:
    """Return what was done to a merge request."""
    hook = msgspec.convert(payload.document, MergeRequest)
    request, project = hook.object_attributes, hook.project
    fact = _request_fact(hook)
    if fact is None:
        done = request.action or "nothing"
        return Translation(ignored=f"A merge request that had “{done}” done to it has not changed.")
    field = "created_at" if isinstance(fact, ChangeCreated) else "updated_at"
    is_merged = isinstance(fact, ChangeMerged)
    url = request.url or f"{project.address}/-/merge_requests/{request.iid}"
    head = full_hash(request.last_commit.id) if request.last_commit is not None else ""
    event = stated(
        fact,
        source=project.address,
        subject_id=str(request.iid),
        occurred_at=moment(getattr(request, field), f"object_attributes.{field}"),
        details=Details(
            service=payload.names.service_of(project.path_with_namespace),
            commit=full_hash(request.merge_commit_sha or request.squash_commit_sha) if is_merged else "",
            repository=project.address,
            ref=request.target_branch or "",
            pull_request=url,
            tickets=ticket_keys(f"{request.title or ''}\n{request.description or ''}"),
            url=url,
            by=BY,
            more=merged({"head": head, "sourceBranch": request.source_branch}),
        ),
        actor=actor_of(hook.user),
    )
    return Translation(events=(event,))


def _request_fact(hook: MergeRequest) -> Fact | None:
    request, home = hook.object_attributes, hook.project.reference
    if request.action == "open":
        return ChangeCreated(description=request.title or "", repository=home)
    if request.action == "merge":
        return ChangeMerged(repository=home)
    if request.action == "close":
        return ChangeAbandoned(repository=home)
    if request.action in _APPROVED:
        return ChangeReviewed(repository=home)
    if request.action == "reopen" or (request.action == "update" and request.oldrev):
        return ChangeUpdated(repository=home)
    return None
