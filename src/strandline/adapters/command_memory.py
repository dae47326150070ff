"""What a command target remembers of itself: a deployer knows shares, not which release is which."""

from pathlib import Path

import msgspec

from strandline.adapters.command_inspection import ArmCounts
from strandline.adapters.durable_files import write_durably
from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.release import Release


class Arms(msgspec.Struct, frozen=True, kw_only=True):
    """Which releases the deployer was told of."""

    subject: Release | None = None
    """The release whose share the commands speak of (`STRANDLINE_DIGEST`): the one last prepared."""
    counterpart: Release | None = None
    """The release that has the rest (`STRANDLINE_PREVIOUS_DIGEST`)."""
    stable: str = ""
    """Digest of the release that was promoted last."""
    told_bp: int = 0
    """The share that the subject was given last."""
    prepared: dict[str, int] = {}
    """Digests of the releases that can take traffic, with the instances asked for (0: not said)."""

    @property
    def canary(self) -> str:
        """The digest of the release that is being rolled out, if there is one."""
        subject = self.subject.digest if self.subject is not None else ""
        return subject if subject != self.stable and subject in self.prepared else ""

    def is_subject(self, digest: str) -> bool:
        """Say whether the commands speak of this release."""
        return self.subject is not None and self.subject.digest == digest


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted last: counters that went back have begun anew."""

    epoch: str = ""
    """The deployer's own name for the run of its counters."""
    resets: int = 0
    """How often counters went back without the deployer naming another epoch."""
    counts: dict[str, ArmCounts] = {}


class CommandMemory:
    """Keeps both in files of the target's folder."""

    def __init__(self, folder: Path) -> None:
        self._arms = folder / "arms.json"
        self._counters = folder / "counters.json"

    def arms(self) -> Arms:
        """Return the releases."""
        try:
            return msgspec.json.decode(self._arms.read_bytes(), type=Arms)
        except FileNotFoundError:
            return Arms()
        except (OSError, msgspec.DecodeError) as error:
            what = f"What the target remembers cannot be read: {error}."
            raise UnavailableError(
                what, where=str(self._arms), remedy="Restore the file from a backup."
            ) from error

    def write_arms(self, arms: Arms) -> Arms:
        """Remember the releases; lasts."""
        self._arms.parent.mkdir(parents=True, exist_ok=True)
        if arms != self.arms():
            write_durably(self._arms, msgspec.json.encode(arms))
        return arms

    def counters(self) -> Counters:
        """Return what was counted last; nothing where that is lost."""
        try:
            return msgspec.json.decode(self._counters.read_bytes(), type=Counters)
        except (OSError, msgspec.DecodeError):
            return Counters()

    def write_counters(self, counters: Counters) -> None:
        """Remember what was counted."""
        self._counters.parent.mkdir(parents=True, exist_ok=True)
        write_durably(self._counters, msgspec.json.encode(counters))

    def forget(self) -> None:
        """Forget everything: nothing runs any more."""
        self._arms.unlink(missing_ok=True)
        self._counters.unlink(missing_ok=True)
