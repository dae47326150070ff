"""What an analysis says after one look: of each guard, and of the release."""

import math

import msgspec

from strandline.analysis.measurement import ArmCounts
from strandline.vocabulary.service import GuardRole
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap

_DIGITS = 9
"""Evidence is rounded to this many digits first, so that the last bits of a float never decide."""


class GuardVerdict(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What one guard says."""

    guard: str
    role: GuardRole
    answer: AnalysisAnswer
    gap: EvidenceGap
    sentence: str
    """One plain sentence with its figures, for a page and an e-mail."""
    harm_evidence: int
    """Hundredths of the decimal logarithm of the e-value against "no harm", over the rollout so far."""
    harm_needed: int
    """The harm evidence at which harm is shown; higher the more guards there are that can veto."""
    no_harm_evidence: int
    """Hundredths of the decimal logarithm of the e-value against "harmful", over the stage so far."""
    no_harm_needed: int
    """The no-harm evidence at which no harm is shown."""
    canary: ArmCounts | None = None
    """What was judged of the canary, over the stage; `None` for a value."""
    control: ArmCounts | None = None
    """What was judged of its control, over the same time."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What an analysis says of the release.

    Evidence, counts and sentence are those of the guard that the answer hangs on: the one that shows harm, or
    the deciding one that has come least far.
    """

    answer: AnalysisAnswer
    gap: EvidenceGap
    sentence: str
    """One plain sentence with its figures, for a page and an e-mail."""
    harm_evidence: int
    """As in `GuardVerdict`, of the guard that has come farthest."""
    harm_needed: int
    no_harm_evidence: int
    """As in `GuardVerdict`, of the deciding guard that has come least far."""
    no_harm_needed: int
    canary: ArmCounts
    control: ArmCounts
    guard: str = ""
    """Which guard the answer hangs on."""
    instance: str = ""
    """Which instance of the canary is at fault, where one is."""
    guards: tuple[GuardVerdict, ...] = ()
    """What each guard says, by name."""


def hundredths(log_e: float) -> int:
    """Evidence in hundredths of a decimal logarithm, rounded down: never more than there is."""
    return math.floor(round(100 * log_e / math.log(10), _DIGITS))


def needed(alpha_bp: int, *, guards: int = 1) -> int:
    """The evidence that a chance of error asks for, shared by so many guards; rounded up."""
    return math.ceil(round(100 * math.log10(guards * ALL_TRAFFIC_BP / alpha_bp), _DIGITS))
