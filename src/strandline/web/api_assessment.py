"""The assessment for programs."""

from fastapi import APIRouter, Response

from strandline.assessment.assessor import shipped_model
from strandline.assessment.report import AssessmentReport, report
from strandline.web.answers import json_response
from strandline.web.asked_unit import Asked
from strandline.web.door import Door
from strandline.web.openapi import speaks


def assessment_api(door: Door) -> APIRouter:
    """Return the route of the assessment."""
    router = APIRouter(tags=["maturity"])
    app = door.app

    @router.get(
        "/assessment", summary="Which levels are proved, and why", openapi_extra=speaks(AssessmentReport)
    )
    def assessment(asked: Asked) -> Response:
        """Answer with each measure's proved and possible level, and with what each criterion rests on."""
        model = shipped_model()
        found = app.assessor.assess(at=asked.moment(app.clock.now()), unit=asked.unit, model=model)
        return json_response(report(found, model))

    return router
