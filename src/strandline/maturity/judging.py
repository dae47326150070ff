"""From criteria to levels: every criterion is answered, and the levels follow by the rule of proof.

A level L is *proved* if every criterion of the levels 2 to L is met (or does not apply), where one of each
cell may be attested instead. It is *possible* if none of them is refuted: what is unknown could still be
anything. Level 1 describes absence; it is proved as soon as there is anything to judge, and nothing proves
more. A cell in which nothing applies proves nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec

from strandline.maturity import attested
from strandline.maturity.answer import HOLDS, REFUTES, UNSEEN, Answer, Part, Verdict, strongest, weakest
from strandline.maturity.attested import Attestation, Waiver
from strandline.maturity.case import Case
from strandline.maturity.cases import POPULATIONS as CASES
from strandline.maturity.evidence import judge
from strandline.maturity.memo import Memo
from strandline.maturity.model import Check, Criterion, Either, Level, Measure, Model, Special
from strandline.maturity.proof import wilson

_FIRST = 1
_ABSENT = frozenset((Verdict.NO_FEED, Verdict.UNKNOWN_SAMPLE, Verdict.STALE))
_PARTIALLY, _LARGELY, _FULLY = 0.15, 0.50, 0.85


class LevelAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How one level of a measure stands."""

    number: int
    statement: str
    is_proved: bool
    is_possible: bool
    met: int
    of: int
    """How many criteria there are that apply."""
    answers: tuple[Answer, ...]


class MeasureAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a measure stands."""

    measure: str
    name: str
    proved: int
    """The highest level that is proved; 0 if there is nothing to judge."""
    possible: int
    """The highest level that nothing refutes."""
    proved_without_waivers: int
    levels: tuple[LevelAnswer, ...]
    next_share: float
    """0 to 1: which part of the criteria of the next level is met."""
    next_mark: str
    """`N`, `P`, `L` or `F`: not, partially, largely, fully (the bands of ISO/IEC 33020)."""

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All answers, in the order of the model."""
        return tuple(answer for level in self.levels for answer in level.answers)


class Judge:
    """Answers the criteria of one model for one case; each once."""

    def __init__(
        self, model: Model, case: Case, *, is_signed: attested.IsSigned, units: Sequence[Case] = ()
    ) -> None:
        self._model = model
        self._case = case
        self._is_signed = is_signed
        self._units = units

    def measures(self) -> tuple[MeasureAnswer, ...]:
        """Return how each measure stands."""
        return tuple(self._measure(measure) for measure in self._model.measures)

    def answer(self, criterion: Criterion) -> Answer:
        """Return the answer to a criterion."""
        key = ("answer", self._model.name, self._model.version, criterion.id)
        return self._case.remembered(key, lambda: self._answer(criterion))

    def _answer(self, criterion: Criterion) -> Answer:
        parts = tuple(self._part(check) for check in criterion.checks)
        verdict = weakest(tuple(part.verdict for part in parts))
        decided = min(parts, key=lambda part: part.verdict is not verdict, default=None)
        answer = Answer(
            criterion=criterion.id,
            verdict=verdict,
            parts=parts,
            is_decided_by=decided.says if decided else "Nothing but an attestation can say.",
        )
        vouched = self._vouched(criterion)
        if vouched is not None and (verdict in UNSEEN or not parts):
            answer = msgspec.structs.replace(
                answer,
                verdict=Verdict.ATTESTED,
                attestation=vouched.id,
                is_decided_by=f"{vouched.signer} vouches for it until {vouched.expires_at:%Y-%m-%d},"
                f" {vouched.countersigner} agrees: “{vouched.statement}”",
            )
        elif not parts:
            answer = msgspec.structs.replace(answer, verdict=Verdict.NO_FEED)
        waiver = self._waived(criterion)
        if waiver is not None and answer.verdict not in HOLDS:
            return msgspec.structs.replace(
                answer, verdict=Verdict.WAIVED, waiver=waiver.id, without_waiver=answer.verdict
            )
        return answer

    def _part(self, check: Check) -> Part:
        if isinstance(check, Either):
            parts = [self._part(each) for each in check.of]
            best = strongest(tuple(part.verdict for part in parts))
            return next(part for part in parts if part.verdict is best)
        if isinstance(check, Special) and check.asks == "criteria-held":
            return self._held(check)
        if isinstance(check, Special) and check.asks == "units-hold":
            return self._units_hold(check)
        return judge(self._case, check)

    def _held(self, check: Special) -> Part:
        """Return whether other criteria are met, and were met `days` ago as well."""
        earlier = replace(self._case, at=self._case.at - timedelta(days=check.days), scopes={}, memo=Memo())
        then = Judge(self._model, earlier, is_signed=self._is_signed)
        answers = [
            side.answer(criterion)
            for _, _, criterion in self._model.criteria()
            if criterion.id in check.criteria
            for side in (self, then)
        ]
        return _of_answers(answers, f"{', '.join(check.criteria)}, now and half a year ago")

    def _units_hold(self, check: Special) -> Part:
        """Return whether other criteria hold in enough units, each with a sample of its own."""
        criteria = [criterion for _, _, criterion in self._model.criteria() if criterion.id in check.criteria]
        verdicts = {
            unit.unit: weakest(
                tuple(
                    Judge(self._model, unit, is_signed=self._is_signed).answer(each).verdict
                    for each in criteria
                )
            )
            for unit in self._units
        }
        count, n = sum(verdict in HOLDS for verdict in verdicts.values()), len(verdicts)
        share, low, high = wilson(count, n)
        unknown = sum(verdict not in HOLDS | REFUTES for verdict in verdicts.values())
        verdict = Verdict.MET if n >= check.smallest and share >= check.threshold else Verdict.NOT_MET
        if n < check.smallest or (verdict is Verdict.NOT_MET and (count + unknown) >= check.threshold * n):
            verdict = Verdict.UNKNOWN_SAMPLE
        return Part(
            verdict=verdict,
            says=f"They hold in {count} of {n} units, each with its own sample; {unknown} are unknown.",
            check=f"units in which {check.criteria[0]} to {check.criteria[-1]} hold",
            value=share if n else None,
            low=low,
            high=high,
            threshold=check.threshold,
            n=n,
            count=count,
            smallest=check.smallest,
            is_census=True,
            lacking=tuple(unit for unit, verdict in verdicts.items() if verdict not in HOLDS)[:20],
        )

    def _vouched(self, criterion: Criterion) -> Attestation | None:
        if not (criterion.attestable or criterion.evidence == "attestation"):
            return None
        return next(
            (
                each
                for each in self._case.remembered(
                    "attestations", lambda: attested.attestations(self._case, self._is_signed)
                )
                if each.criterion == criterion.id and each.unit in {"", self._case.unit} and not each.problem
            ),
            None,
        )

    def _waived(self, criterion: Criterion) -> Waiver | None:
        return next(
            (
                each
                for each in self._case.remembered("waivers", lambda: attested.waivers(self._case))
                if each.criterion == criterion.id and each.unit in {"", self._case.unit} and each.is_in_force
            ),
            None,
        )

    def _measure(self, measure: Measure) -> MeasureAnswer:
        levels = [(level, tuple(self.answer(each) for each in level.criteria)) for level in measure.levels]
        has_anything = any(
            answer.verdict not in _ABSENT for _, answers in levels for answer in answers
        ) and bool(CASES["deployments"].find(self._case, self._case.at - timedelta(days=365)))
        found = tuple(_level(level, answers) for level, answers in levels)
        proved, possible = _reached(found, has_anything=has_anything, with_waivers=True)
        without, _ = _reached(found, has_anything=has_anything, with_waivers=False)
        following = found[proved] if proved < len(found) else None
        share = following.met / following.of if following and following.of else (0.0 if following else 1.0)
        return MeasureAnswer(
            measure=measure.id,
            name=measure.name,
            proved=proved,
            possible=max(possible, proved),
            proved_without_waivers=without,
            levels=found,
            next_share=share,
            next_mark="N"
            if share <= _PARTIALLY
            else "P"
            if share <= _LARGELY
            else "L"
            if share <= _FULLY
            else "F",
        )


def reached_if(measure: MeasureAnswer, met: frozenset[str]) -> tuple[int, int]:
    """Return which levels would be proved and possible if some criteria were met, and all else as it is."""

    def met_or(answer: Answer) -> Answer:
        if answer.criterion not in met:
            return answer
        return msgspec.structs.replace(answer, verdict=Verdict.MET, without_waiver=None)

    levels = []
    for level in measure.levels:
        answers = tuple(map(met_or, level.answers))
        levels.append(
            msgspec.structs.replace(
                level,
                answers=answers,
                is_proved=_holds(answers, lambda each: each.verdict),
                is_possible=not any(
                    each.evidence_verdict in REFUTES and each.verdict in REFUTES for each in answers
                ),
            )
        )
    return _reached(levels, has_anything=measure.proved > 0, with_waivers=True)


def _level(level: Level, answers: tuple[Answer, ...]) -> LevelAnswer:
    applying = [each for each in answers if each.verdict is not Verdict.NOT_APPLICABLE]
    return LevelAnswer(
        number=level.number,
        statement=level.statement,
        is_proved=_holds(answers, lambda each: each.verdict),
        is_possible=not any(each.evidence_verdict in REFUTES and each.verdict in REFUTES for each in answers),
        met=sum(each.verdict in HOLDS for each in applying),
        of=len(applying),
        answers=answers,
    )


def _holds(answers: tuple[Answer, ...], verdict_of: Callable[[Answer], Verdict]) -> bool:
    """Return whether a cell is proved: all hold, one may be attested, not all are beside the point."""
    verdicts = [verdict_of(each) for each in answers]
    attested_ones = verdicts.count(Verdict.ATTESTED)
    others = [each for each in verdicts if each not in HOLDS and each is not Verdict.ATTESTED]
    others = [each for each in others if each is not Verdict.WAIVED]
    is_about_something = any(each is not Verdict.NOT_APPLICABLE for each in verdicts)
    return bool(verdicts) and not others and attested_ones <= 1 and is_about_something


def _reached(levels: Sequence[LevelAnswer], *, has_anything: bool, with_waivers: bool) -> tuple[int, int]:
    proved = possible = _FIRST if has_anything else 0
    is_going_on = True
    for level in levels[_FIRST:]:
        holds = level.is_proved if with_waivers else _holds(level.answers, lambda each: each.evidence_verdict)
        is_going_on = is_going_on and holds and has_anything
        proved = level.number if is_going_on else proved
    possible = _FIRST
    for level in levels[_FIRST:]:
        if not level.is_possible:
            break
        possible = level.number
    return proved, possible


def _of_answers(answers: Sequence[Answer], about: str) -> Part:
    verdict = weakest(tuple(each.evidence_verdict for each in answers))
    count = sum(each.evidence_verdict in HOLDS for each in answers)
    return Part(
        verdict=verdict,
        says=f"{count} of {len(answers)} answers hold: {about}.",
        check=about,
        value=float(count),
        threshold=float(len(answers)),
        unit="count",
        n=len(answers),
        count=count,
        lacking=tuple(
            dict.fromkeys(each.criterion for each in answers if each.evidence_verdict not in HOLDS)
        ),
    )
