"""The verdicts of all guards on shares, from one panel of evidence."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from strandline.analysis import sentence
from strandline.analysis.guards import Pair, Reading, ShareGuard
from strandline.analysis.logarithms import Floats, log_sum
from strandline.analysis.measurement import NOTHING, Look
from strandline.analysis.noise_history import NoiseHistory
from strandline.analysis.panel import Panel
from strandline.analysis.verdict import GuardVerdict, hundredths, needed
from strandline.vocabulary.service import ErrorGuardPolicy, GuardRole
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap

_LEAST_REQUESTS = 5
"""A look is judged together with those after it until both arms have had so many requests: one in which an
arm had none would say nothing of the ratio. When to stop depends on no outcome."""
_FORECASTS = np.geomspace(1.02, 10_000.0, 120)
"""How many times as long a stage may have to become: a stage of more is not worth waiting for."""


@dataclass(frozen=True)
class TimeLeft:
    """How long a stage has been watched, and how long it may still take, in seconds."""

    watched: float
    left: float


class ShareJudge:
    """Judges the guards on shares side by side.

    Args:
        guards: the guards.
        policy: the chances of error.
        vetoes: how many guards may veto, over which alpha is shared.
        known: what is known of the noise of the first guard's events (`NoiseHistory.kept`); of the others
            nothing is.
    """

    def __init__(
        self, guards: Sequence[ShareGuard], policy: ErrorGuardPolicy, *, vetoes: int, known: Sequence[int]
    ) -> None:
        self._guards = tuple(guards)
        self._vetoes = vetoes
        self._harm_needed = needed(policy.harm_alpha_bp, guards=vetoes)
        self._no_harm_needed = needed(policy.pass_alpha_bp)
        series = [each for guard in self._guards for each in guard.series]
        self._series = series
        self._noise = NoiseHistory(known)
        self._panel = Panel(series)
        self._panel.know(0, self._noise.log_likelihoods[0])
        self._readings: list[Reading] = []
        nothing: list[Pair] = [(NOTHING, NOTHING)] * len(series)
        self._of_stage, self._compared, self._alone = list(nothing), list(nothing), list(nothing)
        self._waiting: Sequence[Pair] = nothing

    def begin_stage(self, *, has_control: bool) -> None:
        """Say that a stage begins."""
        if any(arm.requests for pair in self._waiting for arm in pair):
            self._take_waiting()
        self._panel.begin_stage(has_control=has_control)
        self._of_stage = [(NOTHING, NOTHING)] * len(self._series)
        self._readings = []

    def look(self, look: Look, *, without: Collection[str]) -> None:
        """Take in a look whose canary was measured; `has_control` says whether to compare."""
        self._readings = [guard.read(look, without=without) for guard in self._guards]
        self._noise.halves(look)
        self._panel.know(0, self._noise.log_likelihoods[0])
        rows = [pair for reading in self._readings for pair in reading.rows]
        kept = self._compared if look.has_control else self._alone
        for place, (canary, control) in enumerate(rows):
            self._of_stage[place] = _sum(self._of_stage[place], (canary, control))
            kept[place] = _sum(kept[place], (canary, control))
        if not look.has_control:
            self._take(rows, compared=False)
            return
        self._waiting = [_sum(*each) for each in zip(self._waiting, rows, strict=True)]
        if min(each.requests for each in self._waiting[0]) >= _LEAST_REQUESTS:
            self._take_waiting()

    def _take_waiting(self) -> None:
        """Judge what has come together."""
        self._take(self._waiting, compared=True)
        self._waiting = [(NOTHING, NOTHING)] * len(self._series)

    def _take(self, rows: Sequence[Pair], *, compared: bool) -> None:
        counts = [(c.errors, c.requests, b.errors, b.requests) for c, b in rows]
        self._panel.look(*np.array(counts, dtype=float).T, compared=compared)

    def verdicts(self, time: TimeLeft | None) -> list[GuardVerdict]:
        """Return what each guard says by now."""
        harm, no_harm = self._panel.harm, self._panel.no_harm
        found = []
        first = 0
        for place, guard in enumerate(self._guards):
            rows = range(first, first + len(guard.series))
            first += len(guard.series)
            reading = self._readings[place] if self._readings else None
            found.append(self._verdict(guard, rows, reading=reading, harm=harm, no_harm=no_harm, time=time))
        return found

    def _verdict(
        self,
        guard: ShareGuard,
        rows: range,
        *,
        reading: Reading | None,
        harm: Floats,
        no_harm: Floats,
        time: TimeLeft | None,
    ) -> GuardVerdict:
        mean = float(log_sum(harm[rows.start : rows.stop], 0)) - math.log(len(rows))
        worst = max(rows, key=lambda row: float(harm[row]))
        least = min((rows[place] for place in guard.passing), key=lambda row: float(no_harm[row]))
        harm_evidence, no_harm_evidence = hundredths(mean), hundredths(float(no_harm[least]))
        if harm_evidence >= self._harm_needed:
            answer, gap = AnalysisAnswer.HARM_SHOWN, EvidenceGap.NONE
            text, counts = self._harm_words(guard, worst, worst - rows.start, mean)
        elif reading is not None and reading.gap is not EvidenceGap.NONE:
            answer, gap = AnalysisAnswer.NOT_ENOUGH_EVIDENCE, reading.gap
            text, counts = sentence.source_silent(guard.name, reading.problem), self._of_stage[least]
        elif no_harm_evidence >= self._no_harm_needed:
            answer, gap = AnalysisAnswer.NO_HARM_SHOWN, EvidenceGap.NONE
            text, counts = self._no_harm_words(guard, least, least - rows.start, float(no_harm[least]))
        else:
            answer = AnalysisAnswer.NOT_ENOUGH_EVIDENCE
            counts = self._of_stage[least]
            gap, text = self._lack_words(guard, least, least - rows.start, time)
        return GuardVerdict(
            guard=guard.name,
            role=guard.role,
            answer=answer,
            gap=gap,
            sentence=text,
            harm_evidence=harm_evidence,
            harm_needed=self._harm_needed,
            no_harm_evidence=no_harm_evidence,
            no_harm_needed=self._no_harm_needed,
            canary=counts[0],
            control=counts[1],
        )

    def _harm_words(self, guard: ShareGuard, row: int, own: int, log_e: float) -> tuple[str, Pair]:
        is_by_line = bool(self._panel.is_by_line[row])
        counts = (self._alone if is_by_line else self._compared)[row]
        line = self._panel.harm_line(row) if is_by_line else None
        chance = min(self._vetoes * math.exp(-log_e), 1.0)
        return sentence.harm_shown(*counts, guard.wording(own), chance=chance, line=line), counts

    def _no_harm_words(self, guard: ShareGuard, row: int, own: int, log_e: float) -> tuple[str, Pair]:
        counts = self._of_stage[row]
        text = sentence.no_harm_shown(
            *counts,
            guard.wording(own),
            chance=math.exp(-log_e),
            margin=self._series[row].margin,
            line=float(self._panel.lines[row]) if self._panel.no_harm_is_by_line[row] else None,
        )
        return text, counts

    def _lack_words(
        self, guard: ShareGuard, row: int, own: int, time: TimeLeft | None
    ) -> tuple[EvidenceGap, str]:
        canary, control = self._of_stage[row]
        wording = guard.wording(own)
        more = self._more_needed(row, canary.requests) if guard.role is GuardRole.DECIDE else None
        if more is not None and time is not None:
            needs = more / canary.requests * time.watched
            if needs > time.left:
                return EvidenceGap.TOO_SLOW, sentence.too_slow(
                    canary,
                    control,
                    wording,
                    more=more,
                    needs=sentence.duration(needs),
                    left=sentence.duration(max(time.left, 0.0)),
                )
        return EvidenceGap.TOO_LITTLE, sentence.too_little(canary, control, wording, more=more)

    def _more_needed(self, row: int, requests: int) -> int | None:
        """Forecast how many more canary requests show harmlessness; `None` if ones like these never do."""
        if not requests:
            return None
        enough = self._panel.no_harm_if(row, _FORECASTS) >= self._no_harm_needed / 100 * math.log(10)
        if not enough.any():
            return None
        more = max(1, round(requests * (float(_FORECASTS[int(enough.argmax())]) - 1)))
        unit: int = 10 ** max(0, len(str(more)) - 2)
        return -(-more // unit) * unit


def _sum(first: Pair, second: Pair) -> Pair:
    return first[0] + second[0], first[1] + second[1]
