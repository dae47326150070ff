"""The verdict of a guard on a bounded value of one's own."""

import math

from strandline.analysis import sentence
from strandline.analysis.guards import metric_gap
from strandline.analysis.measurement import Look
from strandline.analysis.value_evidence import ValueEvidence
from strandline.analysis.verdict import GuardVerdict, hundredths, needed
from strandline.vocabulary.service import ErrorGuardPolicy, MetricGuardPolicy, Worse
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap


class ValueJudge:
    """Judges one value.

    Args:
        guard: what is judged.
        policy: the chances of error.
        vetoes: how many guards may veto, over which alpha is shared.
    """

    def __init__(self, guard: MetricGuardPolicy, policy: ErrorGuardPolicy, *, vetoes: int) -> None:
        self._guard = guard
        self._vetoes = vetoes
        self._harm_needed = needed(policy.harm_alpha_bp, guards=vetoes)
        self._no_harm_needed = needed(policy.pass_alpha_bp)
        self._evidence = ValueEvidence(
            margin=guard.margin_percent / 100, is_less_worse=guard.worse is Worse.LESS
        )
        self._gap, self._problem = EvidenceGap.NONE, ""

    def begin_stage(self) -> None:
        """Say that a stage begins."""
        self._evidence.begin_stage()

    def look(self, look: Look) -> None:
        """Take in one look; without both arms it says nothing."""
        found = next((each for each in look.metrics if each.name == self._guard.name), None)
        if found is None or found.canary_value_ppm is None or found.control_value_ppm is None:
            self._gap, self._problem = metric_gap(found)
            return
        self._gap, self._problem = EvidenceGap.NONE, ""
        self._evidence.look(found.canary_value_ppm, found.control_value_ppm)

    def verdict(self) -> GuardVerdict:
        """Return what it says by now."""
        evidence = self._evidence
        harm, no_harm = hundredths(evidence.harm), hundredths(evidence.no_harm)
        looks = max(evidence.looks, 1)
        figures = sentence.value_compared(self._guard.name, evidence.canary / looks, evidence.control / looks)
        answer, gap = AnalysisAnswer.NOT_ENOUGH_EVIDENCE, EvidenceGap.TOO_LITTLE
        text = f"Not enough evidence yet: {figures}."
        if harm >= self._harm_needed:
            answer, gap = AnalysisAnswer.HARM_SHOWN, EvidenceGap.NONE
            once = sentence.once_in(min(self._vetoes * math.exp(-evidence.harm), 1.0))
            text = f"Harm shown: {figures}; a harmless release looks like this less than {once} rollouts."
        elif self._gap is not EvidenceGap.NONE:
            gap, text = self._gap, sentence.source_silent(self._guard.name, self._problem)
        elif no_harm >= self._no_harm_needed:
            answer, gap = AnalysisAnswer.NO_HARM_SHOWN, EvidenceGap.NONE
            once = sentence.once_in(math.exp(-evidence.no_harm))
            text = f"No harm shown: {figures}; a harmful release looks this good less than {once} rollouts."
        return GuardVerdict(
            guard=self._guard.name,
            role=self._guard.role,
            answer=answer,
            gap=gap,
            sentence=text,
            harm_evidence=harm,
            harm_needed=self._harm_needed,
            no_harm_evidence=no_harm,
            no_harm_needed=self._no_harm_needed,
        )
