"""Plans: what a deployment would do, before anybody starts it."""

from fastapi import APIRouter, Response

from strandline.rollout.order import DeploymentOrder
from strandline.rollout.plan_view import PlanView
from strandline.rollout.planning import with_power
from strandline.web.answers import json_response
from strandline.web.door import Door
from strandline.web.openapi import speaks
from strandline.web.request_body import JsonBody, read_json


def plans_api(door: Door) -> APIRouter:
    """Return the routes about plans."""
    router = APIRouter(tags=["plans"])
    app = door.app

    @router.post("/plans", summary="What would happen", openapi_extra=speaks(PlanView, takes=DeploymentOrder))
    def plan(body: JsonBody) -> Response:
        """Return the plan of an order, what its guards can see, and what blocks it; nothing is started."""
        order = read_json(body, DeploymentOrder)
        view = with_power(app.control_plane.plan(order), order, app.desk, now=app.clock.now())
        return json_response(view)

    return router
