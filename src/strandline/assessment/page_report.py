"""An assessment as one page that needs nothing else: to be sent, printed, kept beside other papers."""

import jinja2

from strandline.assessment.report import EFFORTS, AssessmentReport
from strandline.maturity.answer import HOLDS
from strandline.maturity.model import Model

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("strandline.assessment"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_FIRST_STEPS = 7


def page_report(report: AssessmentReport, model: Model, *, version: str) -> str:
    """Return the page: in short for who leads, in full for who audits.

    Args:
        report: the assessment.
        model: what was asked.
        version: of Strandline.
    """
    steps = [
        (measure, step)
        for measure in report.measures
        if measure.proved
        for step in measure.roadmap
        if not step.after
    ]
    steps.sort(key=lambda each: (each[1].level, EFFORTS.index(each[1].effort), each[1].criterion))
    answers = {each.id: each for measure in report.measures for each in measure.criteria}
    return _ENVIRONMENT.get_template("report.html").render(
        report=report,
        model=model,
        version=version,
        steps=steps[:_FIRST_STEPS],
        answers=answers,
        measures=list(zip(model.measures, report.measures, strict=True)),
        holds=HOLDS,
    )
