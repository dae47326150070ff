"""Answers: values as JSON, and errors in the one shape that every error has here."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from strandline.vocabulary.errors import StrandlineError
from strandline.web.templating import render

API_PREFIX = "/api/"
PROGRAMS = (API_PREFIX, "/intake/")
"""Where programs ask, and not people."""
JSON = "application/json"
_COME_AGAIN = frozenset((429, 503))


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What went wrong, and what to do."""

    what: str
    where: str
    remedy: str
    kind: str
    """The error's class; a script can tell one from another by it."""
    exit_code: int
    """What the command line would end with: 1 refused, 2 bad input, 3 unavailable."""


class ErrorEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is no success."""

    error: ErrorBody


def json_response(value: Any, status: int = 200) -> Response:  # noqa: ANN401 - whatever msgspec encodes
    """Return a value as JSON."""
    return Response(
        msgspec.json.encode(value), status, media_type=JSON, headers={"cache-control": "no-store"}
    )


def error_response(error: StrandlineError, *, path: str) -> Response:
    """Return an error: as JSON to programs (below `/api/` and `/intake/`), as a page elsewhere."""
    body = ErrorBody(
        what=error.what,
        where=error.where,
        remedy=error.remedy,
        kind=type(error).__name__,
        exit_code=error.exit_code,
    )
    if path.startswith(PROGRAMS):
        answer = json_response(ErrorEnvelope(error=body), error.http_status)
        if error.http_status in _COME_AGAIN:
            answer.headers["retry-after"] = "60"
        return answer
    return page_response("error.html", status=error.http_status, error=body, code=error.http_status)


def page_response(template: str, *, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - what the template needs
    """Return a page."""
    return Response(
        render(template, **values), status, media_type="text/html", headers={"cache-control": "no-store"}
    )


def answer_error(request: Request, error: Exception) -> Response:
    """Answer a request that raised a `StrandlineError`."""
    if not isinstance(error, StrandlineError):
        raise error
    return error_response(error, path=request.url.path)
