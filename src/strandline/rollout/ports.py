"""What a rollout needs of the outside: a target that runs releases and moves traffic, and their storage.

Every method of a target states what is wanted, not what to do next: calling it again with the same
arguments changes nothing. That is what lets a rollout resume after its process was killed at any instant.
"""

from pathlib import Path
from typing import Protocol

from strandline.vocabulary.release import Commit, Release
from strandline.vocabulary.service import Environment, Service
from strandline.vocabulary.traffic import Shifted, TrafficState


class Target(Protocol):
    """Where a service runs in one environment. What carries its traffic outlives this process.

    All methods raise `UnavailableError` where the target does not answer within its own time limits.
    """

    def check(self, release: Release) -> None:
        """Look whether the release can run here at all; starts nothing.

        Raises:
            BadInputError: it cannot, such as a release without the command that starts it.
        """
        ...

    async def prepare(self, release: Release, *, instances: int | None, operation: str) -> None:
        """Have this many ready instances of the release (`None`: as many as the policy says), no traffic.

        Args:
            release: what to run; its folder is in the release store.
            instances: how many; fewer than run now stops the surplus, after their drain.
            operation: the same text for a repeated attempt at the same step.

        Raises:
            RefusedError: the release did not become ready in time; what was started is stopped again.
        """
        ...

    async def shift(self, canary: Release, weight_bp: int, *, operation: str) -> Shifted:
        """Give the canary this share and the stable release the rest; return when the router applies it.

        Before the first release is promoted there is no stable one, and the share must be all or nothing.
        """
        ...

    async def promote(self, release: Release, *, operation: str) -> Shifted:
        """Make the release the stable one, with all traffic. The one before keeps running."""
        ...

    async def restore(self, *, operation: str) -> Shifted:
        """Give all traffic to the stable release, at once; where there is none, to nobody."""
        ...

    async def replace(self, digest: str, instance: str, *, operation: str) -> None:
        """Stop one instance of a release and start another in its place, while its siblings serve.

        An instance that is not there any more was replaced already.

        Raises:
            NotFoundError: the release does not run here.
            RefusedError: the new instance did not become ready, or the target cannot replace single ones.
        """
        ...

    async def retire(self, digest: str, *, operation: str) -> None:
        """Stop a release that has no traffic, after its drain; refused if it has some."""
        ...

    async def observe(self) -> TrafficState:
        """Count, and look after what runs: lost instances and a lost router are started again and named."""
        ...

    async def inspect(self) -> TrafficState:
        """Say where traffic is now, from the router itself; changes nothing."""
        ...

    async def stop(self) -> None:
        """Stop everything of this service and environment, the router included. Users lose the service."""
        ...


class Targets(Protocol):
    """Gives the target of a service's environment."""

    def of(self, service: Service, environment: Environment) -> Target:
        """Return the target, the same one for the same service and environment."""
        ...


class ReleaseStore(Protocol):
    """Keeps releases unchanged, by digest."""

    def digest(self, folder: Path) -> str:
        """Return the content digest of a folder (hex).

        Raises:
            BadInputError: it is no folder, is empty, or cannot be read.
        """
        ...

    def keep(self, folder: Path) -> str:
        """Copy the folder into the store unless it is there; return its digest."""
        ...

    def folder(self, digest: str) -> Path:
        """Return where the release lies.

        Raises:
            NotFoundError: it is not kept.
            RefusedError: its content no longer has this digest.
        """
        ...


class History(Protocol):
    """What version control knows about a folder."""

    def commit_of(self, folder: Path) -> str:
        """Return the commit that the folder is at, or an empty string."""
        ...

    def version_of(self, folder: Path) -> str:
        """Return what version control calls the folder, such as `v1.4` or `v1.4-2-gab12cd3`.

        Empty where there is no tag, or where the folder is only a part of its repository: then several
        releases of one commit would bear one name.
        """
        ...

    def changes(self, folder: Path, *, since: str, until: str) -> tuple[Commit, ...] | None:
        """Return the commits between two, newest first; `None` where that cannot be known."""
        ...
