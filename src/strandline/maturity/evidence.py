"""All kinds of evidence by name: what a model may ask for."""

from collections.abc import Callable, Container, Mapping

from strandline.maturity import (
    automation_evidence,
    cases,
    communication_evidence,
    documentation_evidence,
    figure_evidence,
    improvement_evidence,
    integration_evidence,
    performance_evidence,
    training_evidence,
)
from strandline.maturity.answer import Part
from strandline.maturity.case import Case
from strandline.maturity.liveness import HEARTBEATS
from strandline.maturity.model import (
    Alive,
    Check,
    Count,
    Either,
    Model,
    Periods,
    Quantile,
    Share,
    Special,
    Survey,
)
from strandline.maturity.other_checks import (
    Distinct,
    Measured,
    judge_alive,
    judge_count,
    judge_periods,
    judge_quantile,
)
from strandline.maturity.share_check import Population, Quality, judge_share
from strandline.maturity.survey_check import judge_survey

_ROOMS = (
    cases,
    training_evidence,
    performance_evidence,
    communication_evidence,
    improvement_evidence,
    documentation_evidence,
    automation_evidence,
    integration_evidence,
)
POPULATIONS: Mapping[str, Population] = {
    name: population for room in _ROOMS for name, population in room.POPULATIONS.items()
}
QUALITIES: Mapping[str, Quality] = {
    name: quality for room in _ROOMS for name, quality in room.QUALITIES.items()
}
MEASURES: Mapping[str, Measured] = {
    **performance_evidence.MEASURES,
    **communication_evidence.MEASURES,
    **improvement_evidence.MEASURES,
    **documentation_evidence.MEASURES,
    **automation_evidence.MEASURES,
}
DISTINCT: Mapping[str, Distinct] = {
    **training_evidence.DISTINCT,
    **improvement_evidence.DISTINCT,
    **integration_evidence.DISTINCT,
}
SPECIALS: Mapping[str, Callable[[Case, Special], Part]] = {
    **training_evidence.SPECIALS,
    **communication_evidence.SPECIALS,
    **improvement_evidence.SPECIALS,
    **documentation_evidence.SPECIALS,
    **figure_evidence.SPECIALS,
}
OF_THE_MODEL = frozenset(("criteria-held", "units-hold"))
"""Special questions about other criteria, which `judging.py` answers."""


def judge(case: Case, check: Check) -> Part:  # noqa: PLR0911 - one return for each kind
    """Return what the evidence says of one check, other than one about the model itself."""
    match check:
        case Share():
            return judge_share(case, check, POPULATIONS[check.of], QUALITIES[check.that])
        case Count():
            distinct = DISTINCT[check.distinct] if check.distinct else None
            return judge_count(case, check, POPULATIONS[check.of], QUALITIES[check.that], distinct)
        case Periods():
            return judge_periods(case, check, POPULATIONS[check.of], QUALITIES[check.that])
        case Quantile():
            return judge_quantile(case, check, POPULATIONS[check.of], MEASURES[check.measured])
        case Alive():
            return judge_alive(case, check)
        case Survey():
            return judge_survey(case, check)
        case Special():
            return SPECIALS[check.asks](case, check)
        case Either():
            message = "alternatives are judged one by one"
            raise TypeError(message)


def unknown_names(model: Model) -> list[str]:
    """Return what a model asks for that there is not, in sentences with the criterion that asks."""
    found: list[str] = []
    questions = {question.id for question in model.questions}
    for _, _, criterion in model.criteria():
        for check in flat(criterion.checks):
            for kind, name, known in _names(check, questions):
                if name and name not in known:
                    found.append(f"{criterion.id}: there is no {kind} “{name}”.")
    return found


def flat(checks: tuple[Check, ...]) -> list[Check]:
    """Return checks with the alternatives of each in its place."""
    return [each for check in checks for each in (check.of if isinstance(check, Either) else (check,))]


def _names(  # noqa: PLR0911 - one return for each kind
    check: Check, questions: set[str]
) -> list[tuple[str, str, Container[str]]]:
    match check:
        case Share() | Periods():
            return [("population", check.of, POPULATIONS), ("quality", check.that, QUALITIES)]
        case Count():
            return [
                ("population", check.of, POPULATIONS),
                ("quality", check.that, QUALITIES),
                ("text to tell apart by", check.distinct, DISTINCT),
            ]
        case Quantile():
            return [("population", check.of, POPULATIONS), ("measure", check.measured, MEASURES)]
        case Alive():
            return [("kind of source", check.carries, HEARTBEATS)]
        case Survey():
            return [("question", name, questions) for name in check.questions]
        case Special():
            return [("special question", check.asks, SPECIALS.keys() | OF_THE_MODEL)]
        case _:
            return []
