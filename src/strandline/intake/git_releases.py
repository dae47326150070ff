r"""Tags as deployments, where somebody says that they are: many a repository is deployed by tagging it.

Git does not know what a tag is for. So nothing is a deployment until a person names the tags that are, by a
regular expression that a whole name must fit, such as `v\d+(\.\d+)+`.
"""

import re

import msgspec

from strandline.intake.package_urls import COMMIT_FALLBACK, commit_package
from strandline.vocabulary.change import TagCreated
from strandline.vocabulary.delivery import Place, ServiceDeployed
from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event, says

_BY = "intake/git 1"


class TaggedReleases(msgspec.Struct, frozen=True, kw_only=True):
    """Which tags are deployments, and of what to where."""

    like: str
    """A regular expression for the whole name of the tag."""
    service: str
    environment: str


def check(releases: TaggedReleases) -> re.Pattern[str]:
    """Return the pattern, ready to use.

    Raises:
        BadInputError: it is no regular expression.
    """
    try:
        return re.compile(releases.like)
    except re.error as error:
        what = f"This is no regular expression: {error}."
        remedy = r"Write one that fits the whole name of a tag, such as v\d+(\.\d+)+."
        raise BadInputError(what, where=releases.like, remedy=remedy) from error


def release_event(tag: Event, releases: TaggedReleases, pattern: re.Pattern[str]) -> Event | None:
    """Return the deployment that a tag is; `None` if it is none.

    A tag that is moved is another deployment: what users were to get has changed.

    Args:
        tag: an event `TagCreated`.
        releases: which tags are deployments.
        pattern: its pattern, as `check` gave it.
    """
    said = says(tag, TagCreated)
    if said is None or not said.commit or pattern.fullmatch(tag.subject_id) is None:
        return None
    deployed = ServiceDeployed(
        environment=Place(id=releases.environment),
        artifact_id=commit_package(said.repository, said.commit, releases.service),
    )
    details = Details(
        deployment=f"{tag.subject_id}@{said.commit[:12]}",
        service=releases.service,
        environment=releases.environment,
        commit=said.commit,
        repository=said.repository,
        ref=tag.subject_id,
        version=tag.subject_id,
        artifact_resolution=COMMIT_FALLBACK,
        by=_BY,
        more={"takenFrom": f"tags like {releases.like}"},
    )
    return Event(
        id=f"release-{releases.service}-{releases.environment}-{tag.subject_id}-{said.commit}",
        source=said.repository,
        type=ServiceDeployed.TYPE,
        occurred_at=tag.occurred_at,
        subject_id=releases.service,
        content=msgspec.to_builtins(deployed),
        actor=tag.actor,
        custom_data=as_custom_data(details),
    )
