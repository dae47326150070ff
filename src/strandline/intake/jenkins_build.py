"""One build of Jenkins: what its many actions say, in the few words that are needed."""

import re
from typing import Annotated, Any, NamedTuple
from urllib.parse import unquote

import msgspec

from strandline.intake.git_address import web_address
from strandline.intake.package_urls import full_hash
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.feed import Names

_JOB = re.compile(r"(?P<instance>https?://[^/]+.*?)(?P<path>(?:/job/[^/]+)+)/[0-9]+/?")
_REMOTE_BRANCH = re.compile(r"(?:refs/remotes/)?(?:origin/)?(.*)")


class Cause(msgspec.Struct, frozen=True, rename="camel"):
    """Why a build was begun."""

    user_id: str | None = None
    user_name: str | None = None


class Parameter(msgspec.Struct, frozen=True):
    """A parameter; a secret one has no value."""

    name: str
    value: Any = None


class Branch(msgspec.Struct, frozen=True):
    """A branch that a commit was found on."""

    name: str | None = None


class BuiltRevision(msgspec.Struct, frozen=True):
    """A commit that was checked out."""

    sha: str | None = msgspec.field(name="SHA1", default=None)
    branch: list[Branch] | None = None


class Action(msgspec.Struct, frozen=True, rename="camel"):
    """Something that a plugin notes of a build; empty for plugins that note nothing here."""

    causes: list[Cause | None] | None = None
    parameters: list[Parameter | None] | None = None
    last_built_revision: BuiltRevision | None = None
    remote_urls: list[str | None] | None = None


class Build(msgspec.Struct, frozen=True):
    """A build."""

    url: Annotated[str, msgspec.Meta(min_length=1)]
    number: int
    timestamp: int
    """When it was begun, in milliseconds."""
    duration: int | None = None
    """In milliseconds; zero while it builds."""
    result: str | None = None
    building: bool = False
    """A file that was asked for with `tree` may lack it; then the result alone decides."""
    actions: list[Action | None] | None = None

    @property
    def ended_ms(self) -> int | None:
        """When it ended, in milliseconds."""
        return self.timestamp + self.duration if self.duration is not None and self.duration >= 0 else None


class Revision(NamedTuple):
    """A commit, and where it is from."""

    commit: str
    repository: str
    branch: str


_NONE = Revision("", "", "")


class Sources(NamedTuple):
    """What the actions of a build say together."""

    causes: tuple[Cause, ...]
    parameters: dict[str, str]
    """By name in lower case: Jenkins' custom is capitals."""
    revisions: tuple[Revision, ...]

    @classmethod
    def of(cls, build: Build) -> "Sources":
        """Return what a build's actions say."""
        actions = [each for each in build.actions or () if each is not None]
        parameters = [each for action in actions for each in action.parameters or () if each is not None]
        revisions = {found: None for action in actions if (found := _revision(action)) is not None}
        return cls(
            causes=tuple(each for action in actions for each in action.causes or () if each is not None),
            parameters={
                each.name.lower(): each.value.strip() for each in parameters if isinstance(each.value, str)
            },
            revisions=tuple(revisions),
        )

    @property
    def actor(self) -> str:
        """Who began it; empty if a program did."""
        return next((who for each in self.causes if (who := each.user_id or each.user_name or "")), "")

    @property
    def is_automated(self) -> bool | None:
        """Whether a program began it; `None` where no cause is told."""
        return not self.actor if self.causes else None

    def revision(self, names: Names) -> Revision:
        """Return the commit that was built: the only one, or the only one of a repository with a service."""
        if len({each.commit for each in self.revisions}) == 1:
            return self.revisions[0]
        known = [each for each in self.revisions if each.repository in names.services]
        return known[0] if len(known) == 1 else _NONE

    def is_ambiguous(self, chosen: Revision) -> bool:
        """Return whether commits are told and none of them could be chosen."""
        return bool(self.revisions) and chosen == _NONE

    def revisions_told(self) -> tuple[str, ...]:
        """Return all commits, as a person may want to see them."""
        return tuple(f"{each.repository}@{each.commit}" for each in self.revisions)


def job_and_instance(url: str) -> tuple[str, str]:
    """Return the address of the Jenkins and the full name of the job, such as `shop/deploy`.

    Raises:
        BadInputError: it is no address of a build.
    """
    found = _JOB.fullmatch(url)
    if found is None:
        what = f"This is no address of a build: {url!r}."
        remedy = "Ask for `url` in `tree`; Jenkins must know its own address (Manage Jenkins, System)."
        raise BadInputError(what, where="url", remedy=remedy)
    folders = found["path"].strip("/").split("/")[1::2]
    return found["instance"], unquote("/".join(folders))


def _revision(action: Action) -> Revision | None:
    built = action.last_built_revision
    commit = full_hash(built.sha) if built is not None else ""
    if built is None or not commit:
        return None
    remote = next((each for each in action.remote_urls or () if each), "")
    branches = [each.name for each in built.branch or () if each.name and each.name != "detached"]
    match = _REMOTE_BRANCH.fullmatch(branches[0]) if branches else None
    return Revision(commit, web_address(remote) or "", match[1] if match is not None else "")
