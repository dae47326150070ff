"""What Argo CD has, by its API: applications with what became of their newest syncs.

Source: Argo CD's `assets/swagger.json` (`GET /api/v1/applications`). Only the last few successful syncs are
kept, and of failures only the newest: what was before the oldest of them is lost, so no time is ever called
covered. Asked every few minutes it misses nothing but failures that are retried at once.
"""

import msgspec

from strandline.adapters.rest_access import RestAccess
from strandline.collection.remote import Page, RemotePayload, Window

STREAM = "applications"


class ArgoCdApi:
    """A `RemoteSource`. It reads the applications of some projects, or of all."""

    covers = ()
    streams = (STREAM,)

    def __init__(self, projects: tuple[str, ...], *, access: RestAccess) -> None:
        self._projects = projects
        self._access = access

    def page(self, stream: str, window: Window, cursor: str) -> Page:
        """Return all applications (see `RemoteSource`); there is one page."""
        del stream, window, cursor
        path = "api/v1/applications"
        if self._projects:
            path += "?" + "&".join(f"projects={each}" for each in self._projects)
        found = self._access.get(path).document.get("items") or []
        return Page(
            payloads=tuple(RemotePayload(body=msgspec.json.encode(each, order="sorted")) for each in found)
        )
