"""A release: a version of a service, made available for use, and immutable."""

import msgspec


class Commit(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An edit to source that a release brings."""

    id: str
    author: str
    subject: str


class Release(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One version of one service; its digest names its content, whatever it is called."""

    service: str
    digest: str
    """SHA-256 over the folder's files (path, mode, content), hex."""
    version: str
    commit: str = ""
    """The commit it was made from; empty where there is no repository."""
    command: tuple[str, ...] = ()
    """How an instance is started, if the release says so itself (`release.yaml`); else the service's."""

    @property
    def short_digest(self) -> str:
        """The first twelve digits: enough to tell releases apart, short enough to read."""
        return self.digest[:12]
