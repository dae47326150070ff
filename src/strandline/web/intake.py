"""Where deliveries of other tools come in: `POST /intake/<feed>`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from strandline.collection.reception import Receipt
from strandline.web.answers import json_response
from strandline.web.door import Door
from strandline.web.guard import INTAKE
from strandline.web.openapi import refusal, schema_of
from strandline.web.request_body import TooLongError, body_up_to

MOST_BYTES = 26_214_400
"""The largest that any source sends (GitHub: 25 MB)."""
_ANY = {"application/json": {"schema": {"type": "object"}}}
_SPOKEN = {
    "requestBody": {"required": True, "content": _ANY},
    "responses": {
        "202": {
            "description": "Stored; it is read afterwards.",
            "content": {"application/json": {"schema": schema_of(Receipt)}},
        },
        "default": refusal(),
    },
}


def intake_door(door: Door) -> APIRouter:
    """Return the route that takes deliveries."""
    router = APIRouter(tags=["intake"])

    async def delivered(request: Request, feed: str) -> bytes:
        try:
            return await body_up_to(request, MOST_BYTES)
        except TooLongError as error:
            headers = dict(request.headers)
            door.app.reception.refuse(feed, error.what, headers=headers, size=None)
            raise

    @router.post(INTAKE + "{feed}", summary="Deliver an event", openapi_extra=_SPOKEN, status_code=202)
    def intake(feed: str, request: Request, body: Annotated[bytes, Depends(delivered)]) -> Response:
        """Take in one delivery of a feed; what it says is read after the answer."""
        receipt = door.app.reception.receive(feed, dict(request.headers), body)
        return json_response(receipt, status=202)

    return router
