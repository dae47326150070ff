"""Plans: what a deployment would do, before anybody starts it."""

from fastapi import APIRouter, Response

from strandline.rollout.order import DeploymentOrder
from strandline.rollout.plan_view import PlanView
from strandline.web.answers import json_response
from strandline.web.door import Door
from strandline.web.openapi import speaks
from strandline.web.request_body import JsonBody, read_json


def plans_api(door: Door) -> APIRouter:
    """Return the routes about plans."""
    router = APIRouter(tags=["plans"])
    control_plane = door.app.control_plane

    @router.post("/plans", summary="What would happen", openapi_extra=speaks(PlanView, takes=DeploymentOrder))
    def plan(body: JsonBody) -> Response:
        """Return the plan of an order and what blocks it; nothing is started."""
        return json_response(control_plane.plan(read_json(body, DeploymentOrder)))

    return router
