"""Surveys without names: what people say, once enough of them said it that nobody can be told apart."""

from datetime import timedelta
from statistics import median

import msgspec

from strandline.maturity.answer import Part, Verdict
from strandline.maturity.case import Case, ids
from strandline.maturity.model import Survey
from strandline.maturity.proof import at_least, wilson
from strandline.maturity.share_check import missing_sources
from strandline.maturity.told import said
from strandline.vocabulary.survey import SurveyAnswered, SurveyOpened

K = 5
"""Fewer answers than this are never shown."""
AGREE = 5
"""From this answer on (of 1 to 7) somebody agrees."""
_SCALE = range(1, 8)


def judge_survey(case: Case, check: Survey) -> Part:
    """Return what people say of the statements of a check, in the surveys of the time."""
    start = case.at - timedelta(days=check.days)
    opened = {
        told.subject: told
        for told in case.practice.within(SurveyOpened, start, case.at)
        if set(check.questions) & set(told.content.get("questions", ()))
        and (told.content.get("unit", "") in {"", case.unit} or not case.unit)
    }
    # Links can be sent once for each survey: more answers than people who got one are not counted.
    invited = sum(said(told, SurveyOpened).invited for told in opened.values())
    answers: dict[str, list[int]] = {question: [] for question in check.questions}
    events: list[str] = []
    for name, told in opened.items():
        given = [each for each in case.practice.of_subject(SurveyAnswered, name) if each.at < case.at]
        for each in given[: said(told, SurveyOpened).invited]:
            events.append(each.id)
            for question, score in said(each, SurveyAnswered).answers.items():
                if question in answers and score in _SCALE:
                    answers[question].append(score)
    n = min((len(each) for each in answers.values()), default=0)
    part = Part(
        verdict=Verdict.UNKNOWN_SAMPLE,
        says="Too few people answered for anything to be said.",
        check="answers of a survey without names",
        unit="score",
        n=n,
        smallest=check.smallest,
        start=start,
        coverage=round(min(n / invited, 1.0), 4) if invited else None,
        events=ids(opened.values()),
    )
    missing = missing_sources(case, ("surveys",), start)
    if not n and missing:
        return Part(
            verdict=Verdict.NO_FEED,
            says="Nobody was asked.",
            check=part.check,
            without=missing.carries,
            smallest=check.smallest,
            start=start,
        )
    is_enough = n >= check.smallest or (invited > 0 and n >= check.response * invited)
    if n < K or not is_enough:
        return part
    if check.agree is not None:
        agreeing = min(sum(score >= AGREE for score in each) for each in answers.values())
        share, low, high = wilson(agreeing, n)
        verdict = at_least(agreeing, n, check.agree)
        says = f"{agreeing} of {n} agree, asked for {check.agree:.0%}."
        return _with(part, verdict, says, value=share, low=low, high=high, threshold=check.agree)
    least = min(float(median(each)) for each in answers.values())
    asked = check.median or 0.0
    verdict = Verdict.MET if least >= asked else Verdict.NOT_MET
    return _with(
        part,
        verdict,
        f"The lowest median is {least:.1f} of 7, asked for {asked:.1f}; {n} people.",
        value=least,
        threshold=asked,
    )


def _with(part: Part, verdict: Verdict, says: str, **values: float) -> Part:
    return msgspec.structs.replace(part, verdict=verdict, says=says, **values)
