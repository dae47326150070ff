"""Where people answer a survey: by a link, without a name."""

from fastapi import APIRouter, Request, Response

from strandline.assessment.assessor import shipped_model
from strandline.assessment.surveys import HIGHEST, LOWEST
from strandline.web.answers import page_response
from strandline.web.door import Door
from strandline.web.guard import SURVEY
from strandline.web.request_body import FormFields

_ENDS = {LOWEST: "not at all", HIGHEST: "entirely"}
_COOKIE = "answered"


def survey_pages(door: Door) -> APIRouter:
    """Return the page that asks, and what takes its form."""
    router = APIRouter(include_in_schema=False)
    surveys, model = door.app.surveys, shipped_model()

    @router.get(SURVEY + "{name}")
    def ask(name: str, request: Request) -> Response:
        """Ask; or say that this browser has answered, or that it is over."""
        survey = surveys.survey(name, model)
        is_over = survey.closes_at <= door.app.clock.now() or survey.answered >= survey.invited
        return page_response(
            "survey.html",
            survey=survey,
            is_over=is_over,
            has_answered=request.cookies.get(_COOKIE) == name,
            scores=[(score, _ENDS.get(score, "")) for score in range(LOWEST, HIGHEST + 1)],
        )

    @router.post(SURVEY + "{name}")
    def answered(name: str, fields: FormFields, request: Request) -> Response:
        """Take the answers, and say thank you; a browser that answered is thanked again, and not counted."""
        if request.cookies.get(_COOKIE) != name:
            surveys.answer(name, model, {key: _score(text) for key, text in fields.items()})
        page = page_response("survey_thanks.html")
        # It says that this browser answered, and nothing else; it is not looked at anywhere else.
        page.set_cookie(
            _COOKIE, name, path=f"{SURVEY}{name}", max_age=92 * 86_400, httponly=True, samesite="lax"
        )
        return page

    return router


def _score(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) == 1 else 0
