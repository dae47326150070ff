"""The judge of a rollout's errors: looks in, verdicts out.

A judge is a plain fold. It keeps what it needs of the looks it has seen, asks nobody, and gives the same
verdicts for the same looks, so a rollout that was interrupted is judged again from its record.
"""

import math
from typing import Protocol

import msgspec

from strandline.analysis import sentence
from strandline.analysis.harm import HarmEvidence
from strandline.analysis.measurement import NOTHING, ArmCounts, Look
from strandline.analysis.no_harm import NoHarmEvidence
from strandline.analysis.silence import Silence
from strandline.vocabulary.errors import BadInputError, RefusedError
from strandline.vocabulary.service import ErrorGuardPolicy
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap


class Verdict(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What an analysis says after one look."""

    answer: AnalysisAnswer
    gap: EvidenceGap
    sentence: str
    """One plain sentence with its figures, for a page and an e-mail."""
    harm_evidence: int
    """Hundredths of the decimal logarithm of the e-value against "no harm", over the rollout so far."""
    harm_needed: int
    """The harm evidence at which harm is shown."""
    no_harm_evidence: int
    """Hundredths of the decimal logarithm of the e-value against "harmful", over the stage so far."""
    no_harm_needed: int
    """The no-harm evidence at which no harm is shown."""
    canary: ArmCounts
    """What was judged of the canary: over the rollout where harm is shown, otherwise over the stage."""
    control: ArmCounts
    """What was judged of its control, over the same time."""


class Judge(Protocol):
    """Judges one rollout, from its first look to its last."""

    def begin_stage(self, *, share_bp: int, has_control: bool) -> None:
        """Say that a stage begins. Evidence of no harm begins anew; evidence of harm goes on.

        Args:
            share_bp: the canary's share of the traffic in this stage, in basis points.
            has_control: False where there is nothing to compare with by design.
        """
        ...

    def look(self, look: Look) -> Verdict:
        """Take in one look of the present stage and say what is shown by now."""
        ...


class ErrorJudge:
    """Judges a rollout by the share of requests that fail. A `Judge`.

    Harm that was shown once stays shown, with the figures it was shown on. A look without data never passes,
    whatever was shown before it.

    Raises:
        BadInputError: if the policy asks for something that no test can give.
    """

    def __init__(self, policy: ErrorGuardPolicy) -> None:
        _check(policy)
        self._policy = policy
        self._harm_needed = _needed(policy.harm_alpha_bp)
        self._no_harm_needed = _needed(policy.pass_alpha_bp)
        self._harm = HarmEvidence(policy.ceiling_bp / ALL_TRAFFIC_BP)
        self._stage: _Stage | None = None
        self._latched: Verdict | None = None

    def begin_stage(self, *, share_bp: int, has_control: bool) -> None:
        """Say that a stage begins (see `Judge`)."""
        self._harm.begin_stage()
        self._stage = _Stage(self._policy, share_bp=share_bp, has_control=has_control)

    def look(self, look: Look) -> Verdict:
        """Take in one look of the present stage and say what is shown by now.

        Raises:
            RefusedError: if no stage has begun.
        """
        if self._latched is not None:
            return self._latched
        if self._stage is None:
            msg = "A look was to be judged before any stage began."
            raise RefusedError(msg, remedy="Begin a stage first.")
        stage = self._stage
        is_judged = look.canary is not None and not look.disturbance
        if look.canary is not None and is_judged:
            control = look.control if look.has_control and stage.has_control else None
            stage.silence.look(look.canary, control or NOTHING, share_bp=look.share_bp)
            # A control that is gone cannot be compared with; one that merely had a quiet look can.
            peer = None if stage.silence.is_control_silent else control
            self._harm.look(look.canary, peer)
            stage.no_harm.look(look.canary, control)
            if _hundredths(self._harm.log_e) >= self._harm_needed:
                self._latched = self._harm_shown(stage)
                return self._latched
            if stage.has_control and control is None:
                is_judged = False
        gap = stage.silence.gap if is_judged else EvidenceGap.NO_DATA
        return self._without_harm(stage, gap, look.disturbance)

    def _harm_shown(self, stage: "_Stage") -> Verdict:
        canary, control = self._harm.judged
        text = sentence.harm_shown(
            canary,
            control,
            alpha_bp=self._policy.harm_alpha_bp,
            ceiling=self._policy.ceiling_bp / ALL_TRAFFIC_BP if self._harm.is_by_ceiling else None,
        )
        return self._verdict(stage, AnalysisAnswer.HARM_SHOWN, EvidenceGap.NONE, text, (canary, control))

    def _without_harm(self, stage: "_Stage", gap: EvidenceGap, disturbance: str) -> Verdict:
        evidence, judged = stage.no_harm, (stage.no_harm.canary, stage.no_harm.control)
        is_shown = _hundredths(evidence.log_e) >= self._no_harm_needed
        if gap is EvidenceGap.NONE and is_shown and stage.silence.is_quiet:
            gap = EvidenceGap.NO_TRAFFIC
        if gap is not EvidenceGap.NONE:
            missed = max(stage.silence.canary_missed, stage.silence.control_missed)
            text = sentence.not_judged(gap, disturbance=disturbance, share_bp=stage.share_bp, missed=missed)
            return self._verdict(stage, AnalysisAnswer.NOT_ENOUGH_EVIDENCE, gap, text, judged)
        if not is_shown:
            more = evidence.more_needed(self._no_harm_needed / 100 * math.log(10))
            text = sentence.too_little(*judged, more=more)
            return self._verdict(
                stage, AnalysisAnswer.NOT_ENOUGH_EVIDENCE, EvidenceGap.TOO_LITTLE, text, judged
            )
        text = sentence.no_harm_shown(
            *judged,
            alpha_bp=self._policy.pass_alpha_bp,
            margin_percent=self._policy.margin_percent,
            line=evidence.line if evidence.is_by_line else None,
        )
        return self._verdict(stage, AnalysisAnswer.NO_HARM_SHOWN, EvidenceGap.NONE, text, judged)

    def _verdict(
        self,
        stage: "_Stage",
        answer: AnalysisAnswer,
        gap: EvidenceGap,
        text: str,
        judged: tuple[ArmCounts, ArmCounts],
    ) -> Verdict:
        return Verdict(
            answer=answer,
            gap=gap,
            sentence=text,
            harm_evidence=_hundredths(self._harm.log_e),
            harm_needed=self._harm_needed,
            no_harm_evidence=_hundredths(stage.no_harm.log_e),
            no_harm_needed=self._no_harm_needed,
            canary=judged[0],
            control=judged[1],
        )


class _Stage:
    """What is known of the present stage alone."""

    def __init__(self, policy: ErrorGuardPolicy, *, share_bp: int, has_control: bool) -> None:
        self.share_bp = share_bp
        self.has_control = has_control
        self.silence = Silence(has_control=has_control)
        self.no_harm = NoHarmEvidence(policy, has_control=has_control)


def _hundredths(log_e: float) -> int:
    """Evidence in hundredths of a decimal logarithm, rounded down: never more than there is."""
    return math.floor(100 * log_e / math.log(10))


def _needed(alpha_bp: int) -> int:
    """The evidence that a chance of error asks for, rounded up."""
    return math.ceil(100 * math.log10(ALL_TRAFFIC_BP / alpha_bp))


def _check(policy: ErrorGuardPolicy) -> None:
    """Refuse a policy that no test can serve."""
    faults = {
        "harm_alpha_bp must be 1 to 9,999.": not 0 < policy.harm_alpha_bp < ALL_TRAFFIC_BP,
        "pass_alpha_bp must be 1 to 9,999.": not 0 < policy.pass_alpha_bp < ALL_TRAFFIC_BP,
        "margin_percent must be above 0.": policy.margin_percent <= 0,
        "floor_bp must be 0 (no floor) to 9,999.": not 0 <= policy.floor_bp < ALL_TRAFFIC_BP,
        "ceiling_bp must be 1 to 10,000 (no ceiling).": not 0 < policy.ceiling_bp <= ALL_TRAFFIC_BP,
    }
    found = [fault for fault, is_found in faults.items() if is_found]
    if found:
        msg = f"The error guard cannot be kept: {' '.join(found)}"
        raise BadInputError(msg, where="rollout.errors", remedy="Correct the policy.")
