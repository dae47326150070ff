"""Deployments: start one, see how it goes, step in."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.evidence import EvidencePoint
from strandline.rollout.order import DeploymentOrder
from strandline.vocabulary.deployment import Action
from strandline.web.answers import JSON, json_response
from strandline.web.door import Door
from strandline.web.openapi import speaks
from strandline.web.request_body import JsonBody, actor_of, read_json
from strandline.web.shapes import Reason, RecordLine, record_lines

_MOST = 10_000


def deployments_api(door: Door) -> APIRouter:
    """Return the routes about deployments."""
    router = APIRouter(tags=["deployments"])
    control_plane = door.app.control_plane

    @router.get("/deployments", summary="Deployments", openapi_extra=speaks(list[DeploymentView]))
    def deployments(
        service: str = "",
        environment: str = "",
        is_open: Annotated[
            bool | None, Query(alias="open", description="Only those that run, or only not.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    ) -> Response:
        """Return deployments, newest first; a filter that is not given lets everything through."""
        return json_response(
            control_plane.deployments(service=service, environment=environment, is_open=is_open, limit=limit)
        )

    @router.post(
        "/deployments",
        summary="Start a deployment",
        status_code=201,
        openapi_extra=speaks(DeploymentView, status=201, takes=DeploymentOrder),
    )
    def deploy(request: Request, body: JsonBody) -> Response:
        """Plan a deployment and start it; it goes on by itself, and its view says how."""
        order = read_json(body, DeploymentOrder)
        view = control_plane.deploy(order, actor=actor_of(request, door.user))
        return _created(view)

    @router.get("/deployments/{id}", summary="One deployment", openapi_extra=speaks(DeploymentView))
    def deployment(id: str) -> Response:  # noqa: A002 - the name in the address
        """Return where one deployment stands."""
        return json_response(control_plane.deployment(id))

    @router.get("/deployments/{id}/events", summary="Its events", openapi_extra=speaks(list[RecordLine]))
    def events(id: str, after: Annotated[int, Query(ge=0)] = 0) -> Response:  # noqa: A002 - the name in the address
        """Return all that happened to it after a place in the ledger, in order."""
        lines = record_lines(control_plane.events(id, after=after))
        return Response(lines, media_type=JSON, headers={"cache-control": "no-store"})

    @router.get(
        "/deployments/{id}/evidence", summary="Its evidence", openapi_extra=speaks(list[EvidencePoint])
    )
    def evidence(id: str) -> Response:  # noqa: A002 - the name in the address
        """Return how its evidence grew, thinned for a plot."""
        return json_response(control_plane.evidence(id))

    for action in Action:
        _add_intervention(router, door, action)
    return router


def _add_intervention(router: APIRouter, door: Door, action: Action) -> None:
    @router.post(
        f"/deployments/{{id}}/{action.value}",
        summary=f"Ask it to {action.value}",
        operation_id=action.value,
        openapi_extra=speaks(DeploymentView, takes=Reason, needs_body=False),
    )
    def intervene(id: str, request: Request, body: JsonBody) -> Response:  # noqa: A002 - the name in the address
        """Ask it of the running rollout, which answers with events of its own."""
        reason = read_json(body, Reason).reason
        actor = actor_of(request, door.user)
        return json_response(door.app.control_plane.intervene(id, action, actor=actor, reason=reason))


def _created(view: DeploymentView) -> Response:
    answer = json_response(view, 201)
    answer.headers["location"] = f"/api/v1/deployments/{view.id}"
    return answer
