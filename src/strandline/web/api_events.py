"""Events as they come: for programs with all they say, for pages only that there is something new."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import StreamingResponse

from strandline.vocabulary.errors import BadInputError
from strandline.web.door import Door
from strandline.web.shapes import record_line

EVENT_STREAM = "text/event-stream"
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_HEARTBEAT = b": still here\n\n"
_BEAT = b"event: beat\ndata: still here\n\n"
# How long a client waits before it connects again, in milliseconds.
_RETRY = b"retry: 2000\n\n"

LastEventId = Annotated[str, Header(alias="Last-Event-ID", description="Where the stream was lost.")]


def events_api(door: Door) -> APIRouter:
    """Return the route of the event stream."""
    router = APIRouter(tags=["events"])

    @router.get(
        "/events",
        summary="What happens, as it happens",
        response_class=StreamingResponse,
        openapi_extra={
            "responses": {
                "200": {
                    "description": "Server-sent events: `id` is the place in the ledger, `event` the event's "
                    "type, `data` a `RecordLine`. Comments are heartbeats.",
                    "content": {EVENT_STREAM: {"schema": {"type": "string"}}},
                }
            }
        },
    )
    async def events(
        after: Annotated[
            int | None, Query(ge=0, description="A place in the ledger; the newest if not given.")
        ] = None,
        deployment: Annotated[str, Query(description="Only the events of this deployment.")] = "",
        last_event_id: LastEventId = "",
    ) -> StreamingResponse:
        """Stream the events after a place in the ledger; who lost the stream says which one came last."""
        start = _start(after, last_event_id)
        return StreamingResponse(_events(door, start, deployment), media_type=EVENT_STREAM, headers=_HEADERS)

    return router


def live_pages(door: Door) -> APIRouter:
    """Return the route that tells a page when to look again."""
    router = APIRouter(include_in_schema=False)

    @router.get("/live")
    async def live(deployment: str = "") -> StreamingResponse:
        """Say that there is news, without saying what; and `beat` while there is none."""
        return StreamingResponse(_news(door, deployment), media_type=EVENT_STREAM, headers=_HEADERS)

    return router


def _start(after: int | None, last_event_id: str) -> int | None:
    if not last_event_id:
        return after
    if not (last_event_id.isascii() and last_event_id.isdecimal()):
        what = f"“{last_event_id}” is not a place in the ledger."
        raise BadInputError(what, where="Last-Event-ID", remedy="Send the id of the last event that came.")
    return int(last_event_id)


async def _events(door: Door, after: int | None, deployment: str) -> AsyncIterator[bytes]:
    yield _RETRY
    async for record in door.streams.records(after=after, chain_id=deployment):
        if record is None:
            yield _HEARTBEAT
        else:
            # A type with a line break in it, from who knows where, must not become a line of its own.
            kind = " ".join(record.event.type.split())
            yield f"id: {record.seq}\nevent: {kind}\ndata: ".encode() + record_line(record) + b"\n\n"


async def _news(door: Door, deployment: str) -> AsyncIterator[bytes]:
    yield _RETRY
    async for record in door.streams.records(after=None, chain_id=deployment):
        yield _BEAT if record is None else b"data: %d\n\n" % record.seq
