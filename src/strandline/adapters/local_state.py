"""What a local target wants to be so, kept in its folder: the memory of every step it takes.

It is written before anything is done, and what is done is done again from it. So a target whose process was
killed at any instant is found as it was wanted, by the next one that looks.
"""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

import msgspec

from strandline.adapters.durable_files import write_durably
from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.release import Release
from strandline.vocabulary.traffic import InstanceLoss

_LOCK_LIMIT_SECONDS = 30.0
_LOCK_POLL_SECONDS = 0.004
_LONG_LIFE = timedelta(minutes=1)
"""An instance that lived so long did not die of how it starts."""
_SECOND_RESTART_AFTER = timedelta(milliseconds=500)
_LAST_RESTART_AFTER = timedelta(seconds=30)


class Phase(Enum):
    """Where an instance stands."""

    STARTING = "starting"
    """Not ready yet; Envoy does not know of it."""
    SERVING = "serving"
    """Envoy knows of it, and gives it requests while it is healthy."""
    DRAINING = "draining"
    """It gets nothing new, finishes what it has, and is then stopped."""


ALIVE = (Phase.STARTING, Phase.SERVING)
"""Those that shall go on running."""


class WantedInstance(msgspec.Struct, frozen=True, kw_only=True):
    """One process of a release."""

    name: str
    """Also the name of its folder; never used twice."""
    digest: str
    port: int
    phase: Phase
    since: datetime
    """When this phase began."""


class WantedRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release that shall run."""

    release: Release
    instances: int
    is_retiring: bool = False
    lost: int = 0
    """Instances lost since it was prepared."""
    lost_in_a_row: int = 0
    """Those of them that did not live long, one after the other."""
    restart_at: datetime | None = None
    """Before then no lost instance is started again."""

    def after_loss(self, at: datetime, lived: timedelta) -> "WantedRelease":
        """Count a loss; the first is made good at once, each next one after twice the time."""
        in_a_row = 1 if lived >= _LONG_LIFE else self.lost_in_a_row + 1
        delay = timedelta(0)
        if in_a_row > 1:
            delay = min(_SECOND_RESTART_AFTER * 2 ** min(in_a_row - 2, 16), _LAST_RESTART_AFTER)
        return msgspec.structs.replace(
            self, lost=self.lost + 1, lost_in_a_row=in_a_row, restart_at=at + delay
        )


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What was last told of a release's requests."""

    epoch: str
    requests: int
    errors: int

    def limit(self, epoch: str, requests: int, errors: int) -> int:
        """Return the errors that can be told now: since the last time no more than requests ended since.

        Requests are counted when an answer begins, its breaking off is learned an instant later. Without
        this, a look could have more failed requests than requests.
        """
        if epoch != self.epoch or requests < self.requests:
            return min(errors, requests)
        return min(errors, self.errors + requests - self.requests)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """All that shall be so."""

    stable: str = ""
    """Digest; empty where no release was promoted yet."""
    canary: str = ""
    canary_weight_bp: int = 0
    releases: dict[str, WantedRelease] = {}
    instances: tuple[WantedInstance, ...] = ()
    next_number: int = 1
    counted: dict[str, Counted] = {}
    """By digest: what was told last."""
    losses: tuple[InstanceLoss, ...] = ()
    """Not yet told to anybody."""
    disturbances: tuple[str, ...] = ()
    """Not yet told to anybody."""

    def of(self, digest: str, *phases: Phase) -> tuple[WantedInstance, ...]:
        """Return the release's instances in these phases, oldest first."""
        return tuple(
            instance for instance in self.instances if instance.digest == digest and instance.phase in phases
        )

    def weight_of(self, digest: str) -> int:
        """Return the release's share of the traffic, in basis points."""
        if digest == self.canary:
            return self.canary_weight_bp
        return 10_000 - self.canary_weight_bp if digest == self.stable else 0

    def with_release(self, release: WantedRelease) -> "Wanted":
        """Add the release, or replace what is wanted of it."""
        return msgspec.structs.replace(self, releases={**self.releases, release.release.digest: release})

    def with_instances(self, digest: str, ports: tuple[int, ...], phase: Phase, at: datetime) -> "Wanted":
        """Add instances, one for each port."""
        added = tuple(
            WantedInstance(
                name=f"{digest[:12]}-{self.next_number + index}",
                digest=digest,
                port=port,
                phase=phase,
                since=at,
            )
            for index, port in enumerate(ports)
        )
        return msgspec.structs.replace(
            self, instances=(*self.instances, *added), next_number=self.next_number + len(ports)
        )

    def in_phase(self, names: frozenset[str], phase: Phase, at: datetime) -> "Wanted":
        """Move instances to a phase."""
        return msgspec.structs.replace(
            self,
            instances=tuple(
                msgspec.structs.replace(instance, phase=phase, since=at)
                if instance.name in names
                else instance
                for instance in self.instances
            ),
        )

    def without(self, names: frozenset[str]) -> "Wanted":
        """Leave instances out."""
        return msgspec.structs.replace(
            self, instances=tuple(instance for instance in self.instances if instance.name not in names)
        )

    def without_release(self, digest: str) -> "Wanted":
        """Leave a release out that has no traffic."""
        return msgspec.structs.replace(
            self,
            releases={key: release for key, release in self.releases.items() if key != digest},
            canary="" if self.canary == digest else self.canary,
        )


class Memory:
    """The wanted state in a folder, and the lock that lets one at a time change it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "wanted.json"

    def read(self) -> Wanted:
        """Return what is wanted; nothing where nothing was wanted yet.

        Raises:
            UnavailableError: what is written there cannot be read.
        """
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Wanted)
        except FileNotFoundError:
            return Wanted()
        except (OSError, msgspec.DecodeError) as error:
            what = f"The state of this target cannot be read: {error}"
            remedy = (
                "Restore the file; or stop the processes in `instances` and `router`, and remove the folder."
            )
            raise UnavailableError(what, where=str(self._file), remedy=remedy) from error

    def write(self, wanted: Wanted) -> Wanted:
        """Keep it, durably, and return it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_durably(self._file, msgspec.json.format(msgspec.json.encode(wanted), indent=1))
        return wanted

    @contextlib.asynccontextmanager
    async def locked(self) -> AsyncIterator[Callable[[], Wanted]]:
        """Be the only one, among all threads and processes, who changes something.

        Held for as long as a move takes, never while waiting for instances: a restore must not queue.

        Raises:
            UnavailableError: somebody else holds it for too long.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            give_up_at = time.monotonic() + _LOCK_LIMIT_SECONDS
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > give_up_at:
                        what = (
                            f"Another process has been changing this target for {_LOCK_LIMIT_SECONDS:.0f} s."
                        )
                        remedy = "See who holds the file (`fuser`), and end it if it hangs."
                        raise UnavailableError(
                            what, where=str(self._folder / "lock"), remedy=remedy
                        ) from None
                    await asyncio.sleep(_LOCK_POLL_SECONDS)
            yield self.read
        finally:
            os.close(descriptor)
