"""The script that asks users from within a page of somebody else's, and what lets that page hear the answer.

Browsers keep a script of one site from hearing what another answers, unless the other allows it. Here it is
allowed for one thing only: to hear whether the answer of a user was taken. No cookie goes along.
"""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from strandline.web.guard import FEEDBACK

WIDGET = FEEDBACK + "widget.js"
"""Beside the pages that ask: it is reached under the names that they are reached under."""
_FILE = Path(__file__).with_name("static") / "feedback-widget.js"


def feedback_widget() -> APIRouter:
    """Return the route of the script; to be added before the pages of services, whose names it looks like."""
    router = APIRouter(include_in_schema=False)

    @router.get(WIDGET)
    def widget() -> FileResponse:
        """Give the script to any page."""
        headers = {
            "cross-origin-resource-policy": "cross-origin",
            # Pages of others ask for it each time they are opened.
            "cache-control": "public, max-age=3600",
        }
        return FileResponse(_FILE, media_type="text/javascript", headers=headers)

    return router


class HeardElsewhere:
    """Lets a page of another site hear what became of an answer that it sent."""

    def __init__(self, inner: ASGIApp) -> None:
        """Stand before `inner`."""
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        is_answer = (
            scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(FEEDBACK)
        )

        async def send_heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["access-control-allow-origin"] = "*"
            await send(message)

        await self._inner(scope, receive, send_heard if is_answer else send)
