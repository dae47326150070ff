"""What most of GitLab's payloads have alike: the project, and who did it."""

from typing import Annotated, Any

import msgspec

from strandline.vocabulary.change import RepositoryReference

BY = "intake/gitlab 1"
NO_COMMIT = "0" * 40
"""How a push says that a branch or tag was made or deleted."""

Address = Annotated[str, msgspec.Meta(min_length=1)]


class Project(msgspec.Struct, frozen=True):
    """The project, which is also the repository."""

    web_url: Address
    path_with_namespace: Address

    @property
    def address(self) -> str:
        """Where it is: the source of all that is said of it."""
        return self.web_url.rstrip("/") or self.web_url

    @property
    def reference(self) -> RepositoryReference:
        """How CDEvents names it."""
        return RepositoryReference(id=self.path_with_namespace, source=self.address)


class User(msgspec.Struct, frozen=True):
    """Who did it."""

    username: str | None = None
    name: str | None = None


def actor_of(user: User | None) -> str:
    """Return what GitLab calls somebody; empty if it does not say."""
    return (user.username or user.name or "") if user is not None else ""


def merged(*said: dict[str, Any]) -> dict[str, Any]:
    """Return what is not empty of several `more`."""
    return {name: value for each in said for name, value in each.items() if value not in (None, "", [])}
