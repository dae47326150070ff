"""Events as they come: for programs with all they say, for pages only that there is something new."""

import asyncio
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
        start = await asyncio.to_thread(_start, door, after, last_event_id)
        return StreamingResponse(_events(door, start, deployment), media_type=EVENT_STREAM, headers=_HEADERS)

    return router


def live_pages(door: Door) -> APIRouter:
    """Return the route that tells a page when to look again."""
    router = APIRouter(include_in_schema=False)

    @router.get("/live")
    async def live(deployment: str = "", last_event_id: LastEventId = "") -> StreamingResponse:
        """Say that there is news, without saying what; and `beat` while there is none."""
        start = await asyncio.to_thread(_start, door, None, last_event_id)
        return StreamingResponse(_news(door, start, deployment), media_type=EVENT_STREAM, headers=_HEADERS)

    return router


def _start(door: Door, after: int | None, last_event_id: str) -> int:
    if last_event_id:
        if not last_event_id.isdecimal():
            what = f"“{last_event_id}” is not a place in the ledger."
            raise BadInputError(
                what, where="Last-Event-ID", remedy="Send the id of the last event that came."
            )
        return int(last_event_id)
    return after if after is not None else door.app.ledger.head().seq


async def _events(door: Door, after: int, deployment: str) -> AsyncIterator[bytes]:
    yield _RETRY
    async for batch in door.streams.records(after=after, chain_id=deployment):
        for record in batch:
            yield (
                f"id: {record.seq}\nevent: {record.event.type}\ndata: ".encode()
                + record_line(record)
                + b"\n\n"
            )
        if not batch:
            yield _HEARTBEAT


async def _news(door: Door, after: int, deployment: str) -> AsyncIterator[bytes]:
    yield _RETRY
    async for seq in door.streams.heads(after=after, chain_id=deployment):
        yield _BEAT if seq is None else f"id: {seq}\ndata: {seq}\n\n".encode()
