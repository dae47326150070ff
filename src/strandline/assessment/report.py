"""What is told of an assessment: each level, what each criterion rests on, and what would be next."""

from datetime import datetime

import msgspec

from strandline.assessment.assessment import Assessment
from strandline.maturity.answer import HOLDS, Answer, Part, Verdict
from strandline.maturity.model import Criterion, Level, Model

EFFORTS = ("hours", "days", "weeks", "quarters")
"""How long a step takes at the least, the shortest first."""


class CriterionReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One criterion with its answer."""

    id: str
    level: int
    question: str
    verdict: Verdict
    because: str
    value: float | None
    threshold: float | None
    n: int
    interval: tuple[float, float] | None
    """One-sided 90 % bounds."""
    coverage: float | None
    start: datetime | None
    """From when on it was looked at."""
    events: tuple[str, ...]
    lacking: tuple[str, ...]
    parts: tuple[Part, ...]
    attestation: str = ""
    waiver: str = ""
    verdict_without_waiver: Verdict | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What could be done next."""

    criterion: str
    level: int
    question: str
    verdict: Verdict
    because: str
    missing: tuple[str, ...]
    """Sources that are not connected, or cases in which it does not hold."""
    closes: str
    """What in Strandline closes the gap."""
    effort: str
    after: tuple[str, ...]
    """Criteria that have to be met first, and are not."""


class MeasureReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One measure."""

    measure: str
    name: str
    levels: tuple[str, ...]
    """What they are called, the lowest first: their numbers, or as another model names them."""
    proved: int
    possible: int
    proved_without_waivers: int
    is_confirmed: bool
    """Whether the level was proved two weeks ago as well."""
    lapsing: int
    """The level that was proved two weeks ago, and is neither proved nor refuted now; 0 if there is none."""
    statement: str
    """What the proved level says."""
    next_mark: str
    next_share: float
    criteria: tuple[CriterionReport, ...]
    roadmap: tuple[Step, ...]
    """What stands between the proved level and the next, the least effort first."""


class AssessmentReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An assessment, as `strandline assess --json` writes it."""

    model: str
    model_version: str
    at: datetime
    unit: str
    events: int
    measures: tuple[MeasureReport, ...]


def report(assessment: Assessment, model: Model) -> AssessmentReport:
    """Return what is told of an assessment by a model."""
    measures = []
    for asked, found in zip(model.measures, assessment.measures, strict=True):
        answers = {answer.criterion: answer for answer in found.answers}
        level = asked.levels[found.proved - 1] if found.proved else None
        measures.append(
            MeasureReport(
                measure=asked.id,
                name=asked.name,
                levels=tuple(level.label or str(level.number) for level in asked.levels),
                proved=found.proved,
                possible=found.possible,
                proved_without_waivers=found.proved_without_waivers,
                is_confirmed=asked.id not in assessment.unconfirmed,
                lapsing=assessment.lapsing.get(asked.id, 0),
                statement=level.statement if level else "Nothing is known that could be judged.",
                next_mark=found.next_mark,
                next_share=round(found.next_share, 4),
                criteria=tuple(
                    _criterion(each, answers[each.id], level.number)
                    for level in asked.levels
                    for each in level.criteria
                ),
                roadmap=_roadmap(asked.levels[min(found.proved, len(asked.levels) - 1)], answers),
            )
        )
    return AssessmentReport(
        model=assessment.model,
        model_version=assessment.model_version,
        at=assessment.at,
        unit=assessment.unit,
        events=assessment.events,
        measures=tuple(measures),
    )


def _criterion(asked: Criterion, answer: Answer, level: int) -> CriterionReport:
    part = answer.deciding
    has_interval = part is not None and part.low is not None and part.high is not None
    return CriterionReport(
        id=asked.id,
        level=level,
        question=asked.question,
        verdict=answer.verdict,
        because=answer.is_decided_by,
        value=part.value if part else None,
        threshold=part.threshold if part else None,
        n=answer.n,
        interval=(part.low or 0.0, part.high or 0.0) if part is not None and has_interval else None,
        coverage=part.coverage if part else None,
        start=part.start if part else None,
        events=answer.events,
        lacking=part.lacking if part else (),
        parts=answer.parts,
        attestation=answer.attestation,
        waiver=answer.waiver,
        verdict_without_waiver=answer.without_waiver,
    )


def _roadmap(level: Level, answers: dict[str, Answer]) -> tuple[Step, ...]:
    """Return the criteria of a level that do not hold: what needs no other first, then the least effort."""
    steps = []
    for asked in level.criteria:
        answer = answers[asked.id]
        if answer.verdict in HOLDS:
            continue
        part = answer.deciding
        steps.append(
            Step(
                criterion=asked.id,
                level=level.number,
                question=asked.question,
                verdict=answer.verdict,
                because=answer.is_decided_by,
                missing=(part.without or part.lacking[:5]) if part else (),
                closes=asked.closes,
                effort=asked.effort,
                after=tuple(name for name in asked.after if answers[name].verdict not in HOLDS),
            )
        )
    return tuple(
        sorted(steps, key=lambda step: (len(step.after), EFFORTS.index(step.effort), step.criterion))
    )
