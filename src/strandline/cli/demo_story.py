"""The story that the demo tells at its end: what happened, what users felt, and where to look."""

from datetime import datetime

import msgspec

from strandline.rollout.deployment_view import DeploymentView
from strandline.vocabulary.deployment import Outcome


class Chapter(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One release of the demo: what it was meant to show, what became of it, and what users felt."""

    lesson: str
    """What the release is: “a good one”, “fails some requests, under real traffic only” …"""
    expected: Outcome
    deployment: DeploymentView
    requests: int
    """Requests that users sent while it was rolled out, counted at the client."""
    failed: int
    """Those of them that failed, counted at the client."""

    @property
    def is_as_expected(self) -> bool:
        """Whether it ended as it should."""
        return self.deployment.outcome is self.expected


class Story(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The whole demo."""

    chapters: tuple[Chapter, ...]
    records: int
    """Records in the ledger."""
    faults: tuple[str, ...]
    """What `ledger verify` found wrong; empty when the ledger is proved."""
    levels: dict[str, tuple[int, int]]
    """For each measure the level that the demo itself proves, and the one that is possible."""
    home: str
    page: str
    took_ms: int

    @property
    def is_as_expected(self) -> bool:
        """Whether every release ended as it should, and the ledger is proved."""
        return all(chapter.is_as_expected for chapter in self.chapters) and not self.faults


OUTCOMES = {
    Outcome.SUCCEEDED: "promoted",
    Outcome.ROLLED_BACK: "rolled back",
    Outcome.ABORTED: "aborted",
    Outcome.REFUSED: "refused",
    Outcome.FAILED: "stopped before any user met it",
}


def outcome_words(view: DeploymentView) -> str:
    """Return how a deployment ended, in a word or two."""
    return OUTCOMES[view.outcome] if view.outcome is not None else "not ended"


def times(view: DeploymentView) -> str:
    """Return the way from first exposure to verdict to safe; or to all traffic, for a promoted release."""
    exposed, decided, safe = view.first_exposed_at, view.decided_at, view.safe_at
    if exposed is None:
        return "no user was ever exposed"
    if decided is not None and safe is not None:
        return f"exposed to verdict {_seconds(exposed, decided)}, verdict to safe {_seconds(decided, safe)}"
    if view.finished_at is not None:
        return f"first exposure to all traffic {_seconds(exposed, view.finished_at)}"
    return ""


def felt(chapter: Chapter) -> str:
    """Return what users felt while a release was rolled out."""
    if not chapter.failed:
        return f"none of {chapter.requests:,} requests failed"
    share = chapter.failed / chapter.requests
    return f"{chapter.failed} of {chapter.requests:,} requests failed ({share:.2%})"


def _seconds(start: datetime, end: datetime) -> str:
    span = (end - start).total_seconds()
    return f"{span * 1000:.0f} ms" if span < 1 else f"{span:.1f} s"
