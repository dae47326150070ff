"""What the evidence answers to a criterion: a verdict, with everything that it rests on."""

from datetime import datetime
from enum import Enum

import msgspec


class Verdict(Enum):
    """What the evidence says of a criterion. Absence of evidence is never a success, and never a failure."""

    MET = "met"
    PROVISIONAL = "provisional"
    """It would be met by the value alone; the sample is too small to prove it."""
    PARTIAL = "partial"
    """The value is short of the threshold; the sample is too small to prove that it is not met."""
    NOT_MET = "not-met"
    UNKNOWN_SAMPLE = "unknown-sample"
    """The sources are alive; there are too few cases."""
    NO_FEED = "no-feed"
    """A source was never connected, or has been silent for longer than its heartbeat."""
    STALE = "stale"
    """There was evidence, and all of it is too old."""
    ATTESTED = "attested"
    """No event says so; a named person does, and another one agrees, until a date."""
    WAIVED = "waived"
    """It need not be met until a date, as somebody decided."""
    NOT_APPLICABLE = "not-applicable"
    """There is nothing that it could be about, and that is known."""


HOLDS = frozenset((Verdict.MET, Verdict.NOT_APPLICABLE))
"""What proves a level."""
REFUTES = frozenset((Verdict.NOT_MET,))
"""What rules a level out."""
UNSEEN = frozenset((Verdict.UNKNOWN_SAMPLE, Verdict.NO_FEED, Verdict.STALE))
"""What more evidence could turn into anything."""


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The answer to one check of a criterion."""

    verdict: Verdict
    says: str
    """What was found, in a sentence."""
    check: str = ""
    """What was looked at, in a few words."""
    value: float | None = None
    threshold: float | None = None
    low: float | None = None
    """Ends of the interval that the rule of proof uses (one-sided 90 % each)."""
    high: float | None = None
    unit: str = "share"
    """`share`, `count`, `seconds` or `score`."""
    n: int = 0
    count: int | None = None
    """For a share: how many of the `n` hold."""
    smallest: int = 0
    """The smallest sample that it may be judged on."""
    start: datetime | None = None
    """From when on it was looked at."""
    coverage: float | None = None
    """0 to 1: the part of the cases that could be looked at."""
    is_census: bool = False
    """Whether all there is was looked at, because it is few."""
    without: tuple[str, ...] = ()
    """What it is without: what the sources would carry that are not connected or silent."""
    events: tuple[str, ...] = ()
    """Ids of the events that it rests on, twenty at most."""
    lacking: tuple[str, ...] = ()
    """The cases in which it does not hold, twenty at most."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The answer to a criterion."""

    criterion: str
    verdict: Verdict
    parts: tuple[Part, ...] = ()
    attestation: str = ""
    """Id of the attestation that speaks for it."""
    waiver: str = ""
    """Id of the waiver, where there is one; `without_waiver` is what the evidence says."""
    without_waiver: Verdict | None = None
    is_decided_by: str = ""
    """A sentence: which part decided."""

    @property
    def n(self) -> int:
        """The sample of the part that decided."""
        return self.deciding.n if self.deciding else 0

    @property
    def deciding(self) -> Part | None:
        """The part with the weakest verdict; the first of them."""
        return min(self.parts, key=lambda part: WEAKEST_FIRST.index(part.verdict), default=None)

    @property
    def evidence_verdict(self) -> Verdict:
        """What the evidence says, whatever was waived."""
        return self.without_waiver or self.verdict

    @property
    def events(self) -> tuple[str, ...]:
        """Ids of all events that its parts rest on."""
        return tuple(dict.fromkeys(event for part in self.parts for event in part.events))


WEAKEST_FIRST = (
    Verdict.NOT_MET,
    Verdict.PARTIAL,
    Verdict.NO_FEED,
    Verdict.STALE,
    Verdict.UNKNOWN_SAMPLE,
    Verdict.PROVISIONAL,
    Verdict.ATTESTED,
    Verdict.WAIVED,
    Verdict.MET,
    Verdict.NOT_APPLICABLE,
)


def weakest(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Return what follows if all of several checks have to hold; not applicable only if all of them are."""
    return min(verdicts, key=WEAKEST_FIRST.index, default=Verdict.UNKNOWN_SAMPLE)


def strongest(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Return what follows if one of several checks has to hold."""
    applicable = [verdict for verdict in verdicts if verdict is not Verdict.NOT_APPLICABLE]
    return max(applicable, key=WEAKEST_FIRST.index, default=Verdict.NOT_APPLICABLE)
