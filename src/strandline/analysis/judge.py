"""The judge of a rollout: looks in, verdicts out, over all its guards.

A judge is a plain fold. It keeps what it needs of the looks it has seen, asks nobody, and gives the same
verdicts for the same looks, so a rollout that was interrupted is judged again from its record.

Together: harm is shown once one guard that may veto has evidence beyond `guards / alpha` (Bonferroni,
whatever depends on what); no harm is shown once every guard that decides has its own proof
(intersection-union, no correction needed). A shadow guard is judged the same way and counts for nothing.
"""

import copy
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from strandline.analysis import sentence
from strandline.analysis.bad_instance import MOST, bad_instance
from strandline.analysis.guards import ERRORS, ErrorGuard, LatencyGuard, MetricGuard, ShareGuard
from strandline.analysis.measurement import NOTHING, ArmCounts, Look
from strandline.analysis.policy_check import check
from strandline.analysis.share_judge import ShareJudge, TimeLeft
from strandline.analysis.silence import Silence
from strandline.analysis.split_check import SplitCheck
from strandline.analysis.value_judge import ValueJudge
from strandline.analysis.verdict import GuardVerdict, Verdict
from strandline.vocabulary.errors import RefusedError
from strandline.vocabulary.service import GuardRole, MetricKind, RolloutPolicy
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP, InstanceCounts
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap

_UNHEARD = frozenset({EvidenceGap.NO_DATA, EvidenceGap.ARM_RESTARTED, EvidenceGap.COLD_START})


class Judge(Protocol):
    """Judges one rollout, from its first look to its last."""

    def begin_stage(self, *, share_bp: int, has_control: bool, deadline_ms: int = 0) -> None:
        """Say that a stage begins. Evidence of no harm begins anew; evidence of harm goes on.

        Args:
            share_bp: the canary's share of the traffic in this stage, in basis points.
            has_control: False where there is nothing to compare with by design.
            deadline_ms: how long the stage may take; 0 if that does not matter.
        """
        ...

    def look(self, look: Look) -> Verdict:
        """Take in one look of the present stage and say what is shown by now."""
        ...


class RolloutJudge:
    """Judges a rollout by all guards of its policy. A `Judge`.

    Harm that was shown once stays shown, with the figures it was shown on. A look without data never passes,
    whatever was shown before it.

    Args:
        policy: the guards, and what they count as harm.
        known: what is known of the noise of requests that fail (`NoiseHistory.kept`); empty if nothing is.
            What the control's own instances show while the rollout runs is added to it.

    Raises:
        BadInputError: if the policy asks for something that no test can give.
    """

    def __init__(self, policy: RolloutPolicy, known: Sequence[int] = ()) -> None:
        check(policy)
        self._policy = policy
        self._known = tuple(known)
        self._past = _Past()
        self._excluded: tuple[str, ...] = ()
        self._latched: Verdict | None = None
        self._start()

    def _start(self) -> None:
        policy = self._policy
        guards: list[ShareGuard] = [ErrorGuard(policy.errors)]
        if policy.latency is not None:
            guards.append(LatencyGuard(policy.latency))
        guards += [MetricGuard(each) for each in policy.metrics if each.kind is MetricKind.COUNTS]
        values = [each for each in policy.metrics if each.kind is MetricKind.VALUE]
        roles = [*(guard.role for guard in guards), *(each.role for each in values)]
        vetoes = max(1, sum(role is not GuardRole.SHADOW for role in roles))
        self._shares = ShareJudge(guards, policy.errors, vetoes=vetoes, known=self._known)
        self._values = [ValueJudge(each, policy.errors, vetoes=vetoes) for each in values]
        self._stage: _Stage | None = None

    def begin_stage(self, *, share_bp: int, has_control: bool, deadline_ms: int = 0) -> None:
        """Say that a stage begins (see `Judge`)."""
        self._past.steps.append((share_bp, has_control, deadline_ms))
        self._begin_stage(share_bp, has_control=has_control, deadline_ms=deadline_ms)

    def _begin_stage(self, share_bp: int, *, has_control: bool, deadline_ms: int) -> None:
        self._shares.begin_stage(has_control=has_control)
        for each in self._values:
            each.begin_stage()
        self._stage = _Stage(share_bp=share_bp, has_control=has_control, deadline_ms=deadline_ms)

    def look(self, look: Look) -> Verdict:
        """Take in one look of the present stage and say what is shown by now.

        Raises:
            RefusedError: if no stage has begun.
        """
        if self._stage is None:
            msg = "A look was to be judged before any stage began."
            raise RefusedError(msg, remedy="Begin a stage first.")
        if self._latched is not None:
            return self._latched
        self._past.steps.append(look)
        verdict = self._judge(look)
        if verdict.answer is not AnalysisAnswer.HARM_SHOWN:
            return verdict
        instance = self._instance_at_fault(verdict)
        if not instance:
            self._latched = verdict
            return verdict
        return self._without(instance)

    def _judge(self, look: Look) -> Verdict:
        stage = self._stage
        assert stage is not None  # noqa: S101 - `look` has just seen it
        is_judged = look.canary is not None and not look.disturbance and look.gap not in _UNHEARD
        stage.take_in(look, is_judged=is_judged)
        if is_judged:
            control = look.control if look.has_control and stage.has_control else None
            # A control that is gone cannot be compared with; one that merely had a quiet look can.
            is_compared = control is not None and not stage.silence.is_control_silent
            seen = look if is_compared else msgspec.structs.replace(look, control=None, has_control=False)
            self._shares.look(seen, without=self._excluded)
            for each in self._values:
                each.look(look)
            if stage.has_control and control is None:
                is_judged = False
        verdicts = [*self._shares.verdicts(stage.time_left()), *(each.verdict() for each in self._values)]
        verdicts.sort(key=lambda each: each.guard)
        return self._together(stage, look, verdicts, is_judged=is_judged)

    def _together(
        self, stage: "_Stage", look: Look, verdicts: Sequence[GuardVerdict], *, is_judged: bool
    ) -> Verdict:
        heard = [each for each in verdicts if each.role is not GuardRole.SHADOW]
        worst = max(heard, key=lambda each: each.harm_evidence - each.harm_needed)
        deciding = [each for each in heard if each.role is GuardRole.DECIDE] or heard
        least = min(deciding, key=lambda each: (each.no_harm_evidence - each.no_harm_needed, each.guard))
        is_harm = worst.harm_evidence >= worst.harm_needed
        speaks = worst if is_harm else least
        verdict = Verdict(
            answer=speaks.answer,
            gap=speaks.gap,
            sentence=speaks.sentence,
            harm_evidence=worst.harm_evidence,
            harm_needed=worst.harm_needed,
            no_harm_evidence=least.no_harm_evidence,
            no_harm_needed=least.no_harm_needed,
            canary=speaks.canary or stage.canary,
            control=speaks.control or stage.control,
            guard=speaks.guard,
            guards=tuple(verdicts),
        )
        if is_harm:
            return verdict
        gap, text = self._gap(stage, look, is_judged=is_judged)
        silent = next((each for each in deciding if each.gap not in (EvidenceGap.NONE, *_MORE)), None)
        if gap is EvidenceGap.NONE and silent is not None:
            gap, text = silent.gap, silent.sentence
        is_passed = verdict.answer is AnalysisAnswer.NO_HARM_SHOWN
        if gap is EvidenceGap.NONE and is_passed and stage.silence.is_quiet:
            gap = EvidenceGap.NO_TRAFFIC
            text = sentence.not_judged(gap, disturbance="", share_bp=stage.share_bp, missed=0)
        if gap is EvidenceGap.NONE:
            return verdict
        return msgspec.structs.replace(
            verdict, answer=AnalysisAnswer.NOT_ENOUGH_EVIDENCE, gap=gap, sentence=text
        )

    def _gap(self, stage: "_Stage", look: Look, *, is_judged: bool) -> tuple[EvidenceGap, str]:
        """What keeps all guards from judging, and in words."""
        gap = stage.silence.gap if is_judged else EvidenceGap.NO_DATA
        if not is_judged and look.gap in _UNHEARD:
            gap = look.gap
        if gap is not EvidenceGap.NONE:
            missed = max(stage.silence.canary_missed, stage.silence.control_missed)
            return gap, sentence.not_judged(
                gap, disturbance=look.disturbance, share_bp=stage.share_bp, missed=missed
            )
        if stage.split is not None and stage.split.is_wrong:
            split = stage.split
            return EvidenceGap.SPLIT_WRONG, sentence.split_wrong(
                split.canary, split.control, share_bp=stage.share_bp
            )
        return EvidenceGap.NONE, ""

    def _instance_at_fault(self, verdict: Verdict) -> str:
        """Return the instance of the canary that the harm comes from; empty if it is the release's."""
        if verdict.guard != ERRORS or len(self._excluded) >= MOST:
            return ""
        instance = bad_instance(self._past.instances(without=self._excluded))
        if not instance:
            return ""
        again = copy.deepcopy(self).judged_without((*self._excluded, instance))
        return "" if again.answer is AnalysisAnswer.HARM_SHOWN else instance

    def _without(self, instance: str) -> Verdict:
        """Judge the rollout again without an instance, and say so."""
        verdict = self.judged_without((*self._excluded, instance))
        bad, siblings = self._past.shares_of(instance)
        return msgspec.structs.replace(
            verdict,
            answer=AnalysisAnswer.NOT_ENOUGH_EVIDENCE,
            gap=EvidenceGap.INSTANCE_FAULT,
            instance=instance,
            guard=ERRORS,
            sentence=sentence.instance_fault(instance, bad, siblings),
        )

    def judged_without(self, excluded: tuple[str, ...]) -> Verdict:
        """Judge everything so far again without these instances of the canary; return the last verdict."""
        self._excluded = excluded
        self._start()
        verdict: Verdict | None = None
        for step in self._past.steps:
            if isinstance(step, Look):
                verdict = self._judge(step)
                if verdict.answer is AnalysisAnswer.HARM_SHOWN:
                    break
            else:
                self._begin_stage(step[0], has_control=step[1], deadline_ms=step[2])
        assert verdict is not None  # noqa: S101 - it is called at a look
        return verdict


_MORE = (EvidenceGap.TOO_LITTLE, EvidenceGap.TOO_SLOW)
"""Gaps that more requests would close."""


class _Past:
    """The looks so far, for judging them again."""

    def __init__(self) -> None:
        self.steps: list[Look | tuple[int, bool, int]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Past":
        """Copy the list; what is in it never changes."""
        copied = _Past()
        copied.steps = list(self.steps)
        return copied

    def instances(self, *, without: Sequence[str] = ()) -> list[tuple[InstanceCounts, ...]]:
        """Return the canary's counts by instance, of each look that was judged."""
        return [
            tuple(each for each in step.canary_instances if each.instance not in without)
            for step in self.steps
            if isinstance(step, Look) and step.canary is not None and not step.disturbance
        ]

    def shares_of(self, instance: str) -> tuple[ArmCounts, ArmCounts]:
        """Return what an instance did, and what its siblings did."""
        mine, others = NOTHING, NOTHING
        for look in self.instances():
            for each in look:
                counts = ArmCounts(requests=each.requests, errors=min(each.errors, each.requests))
                if each.instance == instance:
                    mine += counts
                else:
                    others += counts
        return mine, others


class _Stage:
    """What is known of the present stage alone."""

    def __init__(self, *, share_bp: int, has_control: bool, deadline_ms: int) -> None:
        self.share_bp = share_bp
        self.has_control = has_control
        self.silence = Silence(has_control=has_control)
        is_split = has_control and 0 < share_bp < ALL_TRAFFIC_BP
        self.split = SplitCheck() if is_split else None
        self.canary = self.control = NOTHING
        self._deadline_ms = deadline_ms
        self._watched_ms = 0

    def take_in(self, look: Look, *, is_judged: bool) -> None:
        """Keep what matters of a look."""
        self._watched_ms += look.watched_ms
        if not is_judged or look.canary is None:
            return
        control = (look.control if look.has_control and self.has_control else None) or NOTHING
        self.canary, self.control = self.canary + look.canary, self.control + control
        self.silence.look(look.canary, control, share_bp=look.share_bp)
        if self.split is not None and look.control is not None and look.share_bp == self.share_bp:
            self.split.look(look.canary.requests, look.control.requests, share_bp=look.share_bp)

    def time_left(self) -> TimeLeft | None:
        """How long the stage has been watched, and how long it may be; `None` if that does not matter."""
        if not self._deadline_ms or not self._watched_ms:
            return None
        return TimeLeft(watched=self._watched_ms / 1000, left=(self._deadline_ms - self._watched_ms) / 1000)
