"""Services: what runs for users, what is live where, and the way back."""

from fastapi import APIRouter, Request, Response

from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import ServiceView
from strandline.vocabulary.service import Service
from strandline.web.answers import json_response
from strandline.web.door import Door
from strandline.web.openapi import speaks
from strandline.web.request_body import JsonBody, actor_of, read_json
from strandline.web.shapes import CatalogueText, Reason


def services_api(door: Door) -> APIRouter:
    """Return the routes about services."""
    router = APIRouter(tags=["services"])
    control_plane = door.app.control_plane

    @router.get("/services", summary="Every service", openapi_extra=speaks(list[ServiceView]))
    def services() -> Response:
        """Return every catalogued service and what it runs, by name."""
        return json_response(control_plane.services())

    @router.get("/services/{name}", summary="One service", openapi_extra=speaks(ServiceView))
    def service(name: str) -> Response:
        """Return one service and what it runs."""
        return json_response(control_plane.service(name))

    @router.post(
        "/services", summary="Make a service known", openapi_extra=speaks(Service, takes=CatalogueText)
    )
    def catalogue(request: Request, body: JsonBody) -> Response:
        """Read a `strandline.yaml`; it is recorded if it says something new."""
        sent = read_json(body, CatalogueText)
        actor = actor_of(request, door.user)
        return json_response(control_plane.catalogue(sent.text, file=sent.file, actor=actor))

    @router.post(
        "/services/{service}/environments/{environment}/rollback",
        summary="Return to the release before",
        status_code=201,
        openapi_extra=speaks(DeploymentView, status=201, takes=Reason, needs_body=False),
    )
    def rollback(service: str, environment: str, request: Request, body: JsonBody) -> Response:
        """Abort the running rollout; or, if none runs, deploy the release before again."""
        reason = read_json(body, Reason).reason
        actor = actor_of(request, door.user)
        view = control_plane.rollback(service, environment, actor=actor, reason=reason)
        return json_response(view, 201)

    return router
