"""Where users answer how content they are: a page to link to, and a form that any page may hold."""

from fastapi import APIRouter, Response

from strandline.collection.feedback_door import (
    HIGHEST,
    LOWEST,
    MOST_WORDS,
    Answer,
    FeedbackTaken,
)
from strandline.kpi.scope import PRODUCTION
from strandline.rollout.environment_view import EnvironmentView
from strandline.vocabulary.errors import BadInputError, NotFoundError
from strandline.web.answers import json_response, page_response
from strandline.web.door import Door
from strandline.web.guard import FEEDBACK
from strandline.web.openapi import speaks
from strandline.web.request_body import FormFields, JsonBody, read_json

_SCORES = ("not at all", "hardly", "so so", "mostly", "very")


def feedback_pages(door: Door) -> APIRouter:
    """Return the page that asks, and what takes its form."""
    router = APIRouter(include_in_schema=False)

    @router.get(FEEDBACK + "{service}")
    def ask(service: str, version: str = "") -> Response:
        """Ask."""
        _served(door, service)
        scores = list(zip(range(LOWEST, HIGHEST + 1), _SCORES, strict=True))
        return page_response(
            "feedback.html", service=service, version=version, scores=scores, most=MOST_WORDS
        )

    @router.post(FEEDBACK + "{service}")
    def answered(service: str, fields: FormFields) -> Response:
        """Take an answer, and say thank you."""
        place = _served(door, service)
        # A field that no person sees: programs that fill in whatever they find fill it in too.
        if not fields.get("website"):
            text = fields.get("score", "")
            if not (text.isascii() and text.isdecimal() and len(text) == 1):
                what = "No score was chosen."
                raise BadInputError(what, where="score", remedy="Go back, and choose one of the five.")
            answer = Answer(score=int(text), words=fields.get("words", ""), version=fields.get("version", ""))
            _take(door, service, answer, place, channel=fields.get("channel", "link"))
        return page_response("feedback_thanks.html", service=service)

    return router


def feedback_api(door: Door) -> APIRouter:
    """Return the route for programs that ask by themselves."""
    router = APIRouter(tags=["feedback"])

    @router.post(
        "/services/{service}/feedback",
        summary="Record how content a user is",
        openapi_extra=speaks(FeedbackTaken, status=201, takes=Answer),
        status_code=201,
    )
    def feedback(service: str, body: JsonBody) -> Response:
        """Record one answer, from 1 to 5; nothing is kept of who gave it."""
        place = _served(door, service)
        taken = _take(door, service, read_json(body, Answer), place, channel="widget")
        return json_response(taken, status=201)

    return router


def _take(
    door: Door, service: str, answer: Answer, place: EnvironmentView | None, *, channel: str
) -> FeedbackTaken:
    return door.app.feedback.take(
        service,
        answer,
        channel="widget" if channel == "widget" else "link",
        version=place.stable.version if place is not None and place.stable is not None else "",
        environment=place.environment if place is not None else "",
    )


def _served(door: Door, service: str) -> EnvironmentView | None:
    """Return where a service serves its users.

    Raises:
        NotFoundError: nobody knows it. Those that are known are not listed: anybody may ask here.
    """
    try:
        places = door.app.control_plane.service(service).environments
    except NotFoundError:
        if service in door.app.figures.services():
            return None
        what = "There is no such service."
        raise NotFoundError(what, remedy="Check the address that you were given.") from None
    serving = [each for each in places if each.stable is not None]
    named = [each for each in serving if each.environment.lower() in PRODUCTION]
    return next(iter(named or serving), None)
