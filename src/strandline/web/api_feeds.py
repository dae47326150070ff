"""Feeds for programs: how each source of evidence stands."""

from fastapi import APIRouter, Response

from strandline.collection.feed_standing import FeedStanding
from strandline.web.answers import json_response
from strandline.web.door import Door
from strandline.web.openapi import speaks


def feeds_api(door: Door) -> APIRouter:
    """Return the route about feeds."""
    router = APIRouter(tags=["feeds"])

    @router.get("/feeds", summary="Every feed", openapi_extra=speaks(list[FeedStanding]))
    def feeds() -> Response:
        """Return every feed and how it stands now, by name; secrets only by where they are kept."""
        return json_response(door.app.feeds.standings(door.app.clock.now()))

    return router
