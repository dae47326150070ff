"""What every peer's rule takes and gives, so that a simulation can play the same run to each.

A run is a series of looks, one per interval of about a minute, at each of which canary and control answered
so many requests, so many of them with an error. A side without requests has no value at that look.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Kind = Literal["undecided", "promote", "rollback"]
KINDS: tuple[Kind, ...] = ("undecided", "promote", "rollback")
"""A kind's code is its place here."""
UNDECIDED, PROMOTE, ROLLBACK = range(3)


@dataclass(frozen=True)
class Decision:
    """What a rule did, and at which look, counted from 1."""

    kind: Kind
    look: int


@dataclass(frozen=True)
class Decisions:
    """The same for many runs, as arrays."""

    kinds: NDArray[np.int8]
    """Codes: places in `KINDS`."""
    looks: Counts

    def of(self, run: int) -> Decision:
        """The decision on one run."""
        return Decision(KINDS[int(self.kinds[run])], int(self.looks[run]))


class PeerRule(Protocol):
    """A rule that watches canary and control and decides once."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def decide(
        self, canary_requests: Counts, canary_errors: Counts, control_requests: Counts, control_errors: Counts
    ) -> Decision:
        """The decision on one run, from arrays of one number per look."""
        ...

    def decide_many(
        self, canary_requests: Counts, canary_errors: Counts, control_requests: Counts, control_errors: Counts
    ) -> Decisions:
        """The decisions on many runs, from arrays of shape (runs, looks)."""
        ...


def error_ratios(requests: Counts, errors: Counts) -> Floats:
    """Errors per request; NaN where there were no requests."""
    return np.where(requests > 0, errors / np.maximum(requests, 1), np.nan)


def first_look(events: Flags) -> Counts:
    """The first look, from 1, at which the event happens; 0 where it never does."""
    return np.where(events.any(axis=1), events.argmax(axis=1) + 1, 0).astype(np.int64)


def rolled_back_at(looks_of_rollback: Counts, otherwise: int) -> Decisions:
    """Rollback where a look is given, else promotion at the look `otherwise`."""
    is_rolled_back = looks_of_rollback > 0
    kinds = np.where(is_rolled_back, ROLLBACK, PROMOTE).astype(np.int8)
    return Decisions(kinds, np.where(is_rolled_back, looks_of_rollback, otherwise))
