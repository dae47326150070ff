"""What a repository proves by what it holds, as events: documents with their age and faults, what is kept.

A pipeline's file proves nothing of how things are done, so it becomes no event; see `repository_assessment`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time

import msgspec

from strandline.repository.contents import Contents, FileChange
from strandline.repository.documents import Purpose
from strandline.repository.reading import RepositoryFiles, is_practice
from strandline.repository.sighting import Show
from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.document import DocumentChecked, DocumentKind, DocumentPublished, DocumentReviewed
from strandline.vocabulary.event import Event, Fact, event_of
from strandline.vocabulary.feed import FeedCovered
from strandline.vocabulary.improvement import PracticeChanged
from strandline.vocabulary.organisation import ServiceProfiled

_BY = "intake/repository 1"
_KINDS = {
    Purpose.PROCEDURE: DocumentKind.PROCEDURE,
    Purpose.ROLLBACK: DocumentKind.ROLLBACK_PROCEDURE,
    Purpose.RUNBOOK: DocumentKind.RUNBOOK,
    Purpose.RISKS: DocumentKind.RISK_ASSESSMENT,
    Purpose.FIGURES: DocumentKind.METRIC_DEFINITION,
}
_DEPLOYED_FROM = (Show.PIPELINE, Show.MANIFEST, Show.CHART)
READ_WHOLE = ("commits", "documents")
"""What a repository has all of: its silence is known to be silence."""


def repository_events(
    contents: Contents,
    files: RepositoryFiles,
    changes: Sequence[FileChange],
    *,
    address: str,
    service: str,
    now: datetime,
    is_released_by_tags: bool,
) -> Iterator[Event]:
    """Yield what a repository proves.

    Args:
        contents: what it holds.
        files: what its files show.
        changes: who altered its documents and pipelines, and when.
        address: what it is called.
        service: the service that it is the source of.
        now: when it was read.
        is_released_by_tags: whether tags are deployments, so that it tells of all there were.
    """

    def told(fact: Fact, key: str, subject: str, at: datetime, actor: str = "") -> Event:
        event = event_of(
            fact,
            id=f"repository-{key}",
            source=address,
            subject_id=subject,
            occurred_at=at,
            actor=actor,
        )
        details = Details(service=service, repository=address, by=_BY)
        return msgspec.structs.replace(event, custom_data=as_custom_data(details))

    # By the day, so that who reads twice on a day says the same twice.
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    carries = (*READ_WHOLE, *(("deployments",) if is_released_by_tags else ()))
    first = min((change.at for change in changes), default=contents.committed_at)
    covered = FeedCovered(carries=carries, from_at=min(first, today), to_at=today)
    yield told(covered, f"covered-{contents.commit}-{today:%Y%m%d}", address, today)
    has_configuration = any(files.of(show) for show in _DEPLOYED_FROM)
    profiled = ServiceProfiled(
        application_repository=address, configuration_repository=address if has_configuration else ""
    )
    yield told(profiled, f"service-{contents.commit}", service, contents.committed_at)
    kinds = {each.path: each for each in files.documents}
    newest = {path: change.commit for change in changes for path in change.paths}
    for change in changes:
        for document in filter(None, map(kinds.get, change.paths)):
            path, kind = document.path, _KINDS[document.purpose]
            published = DocumentPublished(kind=kind, author=change.author)
            key = f"document-{change.commit}-{path}-{kind.value}"
            if newest[path] == change.commit:
                # Of older versions the text is not at hand.
                digest = hashlib.sha256(document.text.encode()).hexdigest()
                published = msgspec.structs.replace(published, digest=digest, words=document.words)
                key = f"{key}-{digest[:12]}"
            yield told(published, key, path, change.at, change.author)
            for reviewer in change.reviewers:
                key = f"review-{change.commit}-{path}-{reviewer}"
                yield told(DocumentReviewed(reviewer=reviewer), key, path, change.at, reviewer)
        what = next(filter(None, map(is_practice, change.paths)), "")
        # Where the message names nothing, the request behind it may: that is not known here.
        if what and change.causes:
            changed = PracticeChanged(what=what, refers_to=change.causes)
            yield told(changed, f"practice-{change.commit}", change.commit, change.at, change.author)
    for document in files.documents:
        if document.reviewed_on is not None:
            at = datetime.combine(document.reviewed_on, time(), UTC)
            if at < now:
                reviewed = DocumentReviewed(reviewer="")
                yield told(reviewed, f"review-date-{document.path}-{at:%Y%m%d}", document.path, at)
        checked = DocumentChecked(broken=tuple(f"{each.place} {each.words}" for each in document.broken))
        key = f"check-{contents.commit}-{document.path}-{today:%Y%m%d}"
        yield told(checked, key, document.path, today)
