"""The site: pages, the HTTP interface and live streams, put together for one control plane."""

import getpass
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from strandline.bootstrap import App
from strandline.vocabulary.errors import BadInputError, NotFoundError, StrandlineError
from strandline.web.answers import answer_error, error_response
from strandline.web.api_assessment import assessment_api
from strandline.web.api_deployments import deployments_api
from strandline.web.api_events import events_api, live_pages
from strandline.web.api_feeds import feeds_api
from strandline.web.api_health import health_api
from strandline.web.api_kpi import kpi_api, metrics_door
from strandline.web.api_plans import plans_api
from strandline.web.api_services import services_api
from strandline.web.deployment_page import deployment_pages
from strandline.web.door import Door
from strandline.web.feed_pages import feed_pages
from strandline.web.feedback import feedback_api, feedback_pages
from strandline.web.feedback_widget import HeardElsewhere, feedback_widget
from strandline.web.guard import Guard
from strandline.web.intake import intake_door
from strandline.web.kpi_pages import kpi_pages
from strandline.web.list_page import list_pages
from strandline.web.maturity_pages import maturity_pages
from strandline.web.openapi import describe
from strandline.web.otlp import otlp_door
from strandline.web.streams import Streams
from strandline.web.survey_pages import survey_pages

API = "/api/v1"
STATIC = Path(__file__).with_name("static")

_log = logging.getLogger(__name__)


class MethodError(BadInputError):
    """An address that exists, asked in a way it does not answer."""

    http_status = 405


class BrokenError(StrandlineError):
    """A fault of Strandline itself."""

    exit_code = 3
    http_status = 500


def make_site(app: App) -> FastAPI:
    """Return the site of a control plane; `app` is started and closed by whoever made it.

    A live stream has no end of its own: a server that waits for open answers before it stops would wait for
    it. So whoever serves the site calls `site.state.streams.close()` first.
    """
    streams = Streams(app.tail)
    door = Door(
        app=app,
        streams=streams,
        user=_user(),
        # It keeps out other sites in the same browser, so nobody may be able to guess it.
        form_token=secrets.token_urlsafe(24),
    )

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        streams.close()

    site = FastAPI(
        title="Strandline",
        version=app.version,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        redirect_slashes=False,
    )
    site.state.streams = streams
    apis = (
        health_api,
        services_api,
        plans_api,
        deployments_api,
        events_api,
        kpi_api,
        feeds_api,
        feedback_api,
        assessment_api,
    )
    for api in apis:
        site.include_router(api(door), prefix=API)
    site.include_router(otlp_door(door))
    site.include_router(intake_door(door))
    site.include_router(metrics_door(door))
    site.include_router(feedback_widget())
    for pages in (
        list_pages,
        deployment_pages,
        kpi_pages,
        maturity_pages,
        feed_pages,
        feedback_pages,
        survey_pages,
        live_pages,
    ):
        site.include_router(pages(door))
    site.mount("/static", StaticFiles(directory=STATIC))
    site.add_exception_handler(StrandlineError, answer_error)
    site.add_exception_handler(RequestValidationError, _answer_bad_parameter)
    site.add_exception_handler(HTTPException, _answer_http)
    site.add_exception_handler(Exception, _answer_fault)
    site.add_middleware(HeardElsewhere)
    site.add_middleware(Guard, host=app.settings.host)
    describe(site)
    return site


def _user() -> str:
    """Return who runs this process; a number where the machine has no name for it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody without a name"


def _answer_bad_parameter(request: Request, error: Exception) -> Response:
    faults: list[Any] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    what = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in faults) or "A parameter is wrong"
    problem = BadInputError(f"{what}.", where=request.url.path, remedy="See /api/v1/openapi.json.")
    return error_response(problem, path=request.url.path)


def _answer_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    path = request.url.path
    if status == MethodError.http_status:
        what = f"{path} does not answer {request.method}."
        return error_response(MethodError(what, remedy="See /api/v1/openapi.json."), path=path)
    what = f"There is nothing at {path}."
    return error_response(NotFoundError(what, remedy="Begin at / or at /api/v1/openapi.json."), path=path)


def _answer_fault(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    what = "Strandline itself has a fault; what it was stands in its log."
    return error_response(
        BrokenError(what, remedy="Look at `strandline status`: rollouts go on regardless."),
        path=request.url.path,
    )
