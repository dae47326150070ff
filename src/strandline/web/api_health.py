"""Whether the control plane answers, and which one it is."""

from fastapi import APIRouter, Response

from strandline.web.answers import json_response
from strandline.web.door import Door
from strandline.web.openapi import speaks
from strandline.web.shapes import Health


def health_api(door: Door) -> APIRouter:
    """Return the routes about the control plane itself."""
    router = APIRouter(tags=["health"])
    app = door.app

    @router.get("/health", summary="Whether it answers", openapi_extra=speaks(Health))
    def health() -> Response:
        """Say which control plane this is, and how far its ledger is."""
        return json_response(
            Health(
                status="ok",
                version=app.version,
                home=str(app.settings.home),
                ledger_seq=app.ledger.head().seq,
            )
        )

    return router
