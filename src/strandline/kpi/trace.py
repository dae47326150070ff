"""From one deployment to everything that belongs to it, link by link, each with how it is known.

Deployment to artifact, to the commits that it brought, from those to their pull requests and tickets, and to
the incidents that came of it. What a source states or a message names is *explicit*; only time is a guess.
What a person disputed is gone, whatever said it; what a person stated is there, whatever did not.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from strandline.kpi.carried_changes import changes_at
from strandline.kpi.commits import MadeCommit, PullRequest
from strandline.kpi.corrections import Correction
from strandline.kpi.deployments import Deployment
from strandline.kpi.history import History
from strandline.kpi.links import incident_links
from strandline.kpi.scope import Scope
from strandline.vocabulary.link import LinkMethod

DEPLOYMENT, ARTIFACT, COMMIT = "deployment", "artifact", "commit"
PULL_REQUEST, TICKET, INCIDENT = "pull-request", "ticket", "incident"
KINDS = (DEPLOYMENT, ARTIFACT, COMMIT, PULL_REQUEST, TICKET, INCIDENT)


class TraceLink(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Two things that belong together."""

    from_kind: str
    from_id: str
    to_kind: str
    to_id: str
    method: LinkMethod
    confidence: float = 1.0
    """0 to 1; below 1 only for what time suggests."""
    age: timedelta | None = None
    """From the second thing to the first; `None` where a time of one is not known."""
    words: str = ""
    """What the second thing is, for people."""

    @property
    def ends(self) -> frozenset[tuple[str, str]]:
        """Both things; the same whichever was named first."""
        return frozenset(((self.from_kind, self.from_id), (self.to_kind, self.to_id)))


class Trace(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that belongs to one deployment."""

    deployment: Deployment
    links: tuple[TraceLink, ...]
    disputed: int = 0
    """Links that people took away."""
    unknown: str = ""
    """Why its commits are not known, where they are not."""


def trace(history: History, deployment: Deployment, *, cause_within: timedelta) -> Trace:
    """Return everything that belongs to a deployment.

    Args:
        history: everything that is known.
        deployment: one of it.
        cause_within: how soon after it an incident may be taken for its consequence.
    """
    commits, unknown = _commits(history, deployment)
    found = [
        *_artifact(deployment),
        *_brought(deployment, commits),
        *_changes(history, commits),
        *_incidents(history, deployment, cause_within),
    ]
    last = _last_words(history.corrections)
    kept = [each for each in found if last.get(each.ends, True)]
    known = {each.ends for each in kept}
    reached = {(DEPLOYMENT, deployment.key), *(end for each in kept for end in each.ends)}
    stated = [
        _stated(each)
        for each in history.corrections
        if each.is_linked
        and _ends(each) not in known
        and not reached.isdisjoint(_ends(each))
        and last[_ends(each)]
    ]
    return Trace(
        deployment=deployment,
        links=(*kept, *stated),
        disputed=len(found) - len(kept),
        unknown=unknown,
    )


def _commits(history: History, deployment: Deployment) -> tuple[list[MadeCommit], str]:
    """Return the commits that it brought, newest first; or why they are not known."""
    carried = next(
        (each for each in changes_at(history, deployment.place) if each.deployment.key == deployment.key),
        None,
    )
    if carried is None:
        return [], "It brought nothing to all users: only what succeeded did."
    if carried.is_seed:
        return [], "It is the first that is known of its service, so it brought all of the past."
    if not carried.is_known:
        what = f"the commit {deployment.commit[:12]}" if deployment.commit else "its commit"
        return [], f"Its source or Git does not tell {what}: import the repository."
    commits = [history.commits[key] for key in carried.commits if key in history.commits]
    return sorted(commits, key=lambda each: (each.committed_at, each.key), reverse=True), ""


def _artifact(deployment: Deployment) -> Iterator[TraceLink]:
    if deployment.artifact:
        yield TraceLink(
            from_kind=DEPLOYMENT,
            from_id=deployment.key,
            to_kind=ARTIFACT,
            to_id=deployment.artifact,
            method=LinkMethod.SOURCE,
            words=deployment.version,
        )


def _brought(deployment: Deployment, commits: Iterable[MadeCommit]) -> Iterator[TraceLink]:
    for each in commits:
        yield TraceLink(
            from_kind=DEPLOYMENT,
            from_id=deployment.key,
            to_kind=COMMIT,
            to_id=each.key,
            method=LinkMethod.SOURCE,
            age=deployment.ended_at - each.written_at,
            words=each.subject,
        )


def _changes(history: History, commits: Iterable[MadeCommit]) -> Iterator[TraceLink]:
    for commit in commits:
        pull = history.pull_requests.get(commit.key)
        if pull is not None:
            yield _link(commit, PULL_REQUEST, pull.key, LinkMethod.SOURCE, _age(commit, pull))
        elif commit.pull_request_url or commit.pull_request:
            named = commit.pull_request_url or commit.pull_request
            yield _link(commit, PULL_REQUEST, named, LinkMethod.MESSAGE)
        tickets = dict.fromkeys((*commit.tickets, *(pull.tickets if pull is not None else ())))
        for ticket in tickets:
            yield _link(commit, TICKET, ticket, LinkMethod.MESSAGE)


def _age(commit: MadeCommit, pull: PullRequest) -> timedelta | None:
    return commit.committed_at - pull.created_at if pull.created_at is not None else None


def _link(
    commit: MadeCommit, kind: str, name: str, method: LinkMethod, age: timedelta | None = None
) -> TraceLink:
    return TraceLink(from_kind=COMMIT, from_id=commit.key, to_kind=kind, to_id=name, method=method, age=age)


def _incidents(history: History, deployment: Deployment, cause_within: timedelta) -> Iterator[TraceLink]:
    began = deployment.exposed_at or deployment.started_at or deployment.ended_at
    scope = Scope(
        start=min(began, deployment.ended_at),
        end=deployment.ended_at + timedelta(microseconds=1),
        service=deployment.service,
        environment=deployment.environment,
        cause_within=cause_within,
    )
    for each in incident_links(history, scope):
        if each.deployment.key == deployment.key:
            yield TraceLink(
                from_kind=DEPLOYMENT,
                from_id=deployment.key,
                to_kind=INCIDENT,
                to_id=each.incident.key,
                method=each.method,
                confidence=each.confidence,
                age=-each.age,
                words=each.incident.description,
            )


def _ends(correction: Correction) -> frozenset[tuple[str, str]]:
    return frozenset(((correction.from_kind, correction.from_id), (correction.to_kind, correction.to_id)))


def _last_words(corrections: Iterable[Correction]) -> Mapping[frozenset[tuple[str, str]], bool]:
    """Return what people last said of each pair, whichever of the two they named first."""
    said: dict[frozenset[tuple[str, str]], tuple[datetime, bool]] = {}
    for each in sorted(corrections, key=lambda each: each.at):
        said[_ends(each)] = (each.at, each.is_linked)
    return {ends: is_linked for ends, (_, is_linked) in said.items()}


def _stated(correction: Correction) -> TraceLink:
    return TraceLink(
        from_kind=correction.from_kind,
        from_id=correction.from_id,
        to_kind=correction.to_kind,
        to_id=correction.to_id,
        method=LinkMethod.PERSON,
        words=correction.reason,
    )
