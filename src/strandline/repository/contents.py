"""A repository as it is read for an assessment: its files now, and the commits that altered some of them."""

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec

from strandline.repository.reading import File

_REVIEWED_BY = re.compile(
    r"^(?:Reviewed|Acked|Approved)-by:\s*(.+?)\s*(?:<[^>]*>)?\s*$", re.MULTILINE | re.IGNORECASE
)
_CAUSES = re.compile(
    r"\b(?:INC|PIR|RCA|PM|INCIDENT|POSTMORTEM)[-#]?\d+\b"
    r"|\b(?:incident|post-?mortem|retro(?:spective)?|review|action(?: item)?)s? #?[A-Z]*-?\d+\b",
    re.IGNORECASE,
)
_FEWEST_TAGS = 2


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """One commit, and which of the files that matter it altered."""

    commit: str
    at: datetime
    author: str
    message: str
    paths: tuple[str, ...]

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Who reviewed it, as its trailers say; `Reviewed-by` and its kin."""
        return tuple(dict.fromkeys(_REVIEWED_BY.findall(self.message)))

    @property
    def causes(self) -> tuple[str, ...]:
        """The incidents, reviews and actions that its message names."""
        return tuple(dict.fromkeys(found.group() for found in _CAUSES.finditer(self.message)))


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository holds at its newest commit."""

    commit: str
    committed_at: datetime
    paths: tuple[str, ...]
    files: tuple[File, ...]
    """Those that are worth reading."""
    tags: tuple[str, ...]


def release_pattern(tags: Sequence[str], service: str) -> str:
    """Return the expression that most likely tells the tags of releases; empty where none does.

    It is a guess, to be shown as one. Versions as https://semver.org has them, without pre-releases; with the
    name of the service before, or with `release`.
    """
    number = r"\d+(\.\d+){1,3}"
    candidates = [
        rf"v?{number}",
        rf"{re.escape(service)}[-_/]v?{number}",
        rf"(release|rel|version)[-_/]?v?{number}",
        rf"[\w.]+[-_/@]v?{number}",
        r"\d{4}[-.]?\d{2}[-.]?\d{2}([-.]\d+)?",
    ]
    counted = [(sum(re.fullmatch(each, tag) is not None for tag in tags), each) for each in candidates]
    most = max(count for count, _ in counted)
    if most < _FEWEST_TAGS:
        return ""
    # The first of those that tell nearly as many as the best one: the plainer, the likelier.
    return next(each for count, each in counted if count * 2 > most)
