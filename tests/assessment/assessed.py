"""An assessment for tests of what is made from it."""

from tests.maturity.practised import NOW, events

from strandline.assessment.assessment import Assessment
from strandline.assessment.assessor import assess, shipped_model
from strandline.assessment.report import AssessmentReport, report
from strandline.kpi.history import history_from
from strandline.maturity.told import Practice, told_of

MODEL = shipped_model()


def assessed() -> Assessment:
    every = events()
    practice = Practice(filter(None, (told_of(each, each.occurred_at) for each in every)))
    return assess(MODEL, history_from(every), practice, at=NOW, is_signed=lambda *_: False)


def reported() -> AssessmentReport:
    return report(assessed(), MODEL)
