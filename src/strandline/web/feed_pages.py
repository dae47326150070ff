"""The pages of the feeds: which source was heard when, what of it could not be used, and its very bytes."""

import re
from dataclasses import dataclass

from fastapi import APIRouter, Response

from strandline.collection.feed_standing import FeedStanding, Standing
from strandline.collection.feeds import UnmappedLine, carried_by
from strandline.collection.readings import ReadingView
from strandline.performance.figure_words import duration_words
from strandline.vocabulary.errors import NotFoundError
from strandline.web.answers import json_response, page_response
from strandline.web.door import Door
from strandline.web.guard import INTAKE

_MOST_UNMAPPED = 50
_MOST_READINGS = 10
_LOOKED_AT = 2000
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_SHOWN = 200_000
"""Bytes of a payload that are shown."""
_WORDS = {
    Standing.HEARD: "heard",
    Standing.SILENT: "silent for too long: it counts as disconnected",
    Standing.NEVER_HEARD: "never heard",
}


@dataclass(frozen=True, kw_only=True)
class FeedLine:
    """A feed, as the pages show it."""

    standing: FeedStanding
    words: str
    carries: tuple[str, ...]

    @property
    def address(self) -> str:
        """Where its source delivers."""
        return f"{INTAKE}{self.standing.feed.name}"

    @property
    def lag(self) -> str:
        """How long the newest delivery came after what it tells of."""
        return duration_words(self.standing.lag_ms / 1000) if self.standing.lag_ms is not None else ""

    @property
    def came(self) -> bool:
        """Whether anything came over it that could be used or not; what was refused did not come in."""
        return bool(self.standing.deliveries or self.standing.events or self.standing.unmapped)

    @property
    def tone(self) -> str:
        """How it is drawn."""
        return {Standing.HEARD: "good", Standing.SILENT: "bad"}.get(self.standing.standing, "muted")


def feed_pages(door: Door) -> APIRouter:
    """Return the routes of the feeds' pages."""
    router = APIRouter(include_in_schema=False)
    feeds, clock = door.app.feeds, door.app.clock

    @router.get("/feeds")
    def overview() -> Response:
        """Show every feed, and what could not be used lately."""
        now = clock.now()
        lines = [_line(each) for each in feeds.standings(now)]
        unmapped = list(reversed(feeds.unmapped(_MOST_UNMAPPED)))
        return page_response("feeds.html", door=door, now=now, feeds=lines, unmapped=unmapped)

    @router.get("/feeds.json")
    def document() -> Response:
        """Give how every feed stands as JSON."""
        return json_response(feeds.standings(clock.now()))

    @router.get("/feeds/payload/{digest}")
    def payload(digest: str) -> Response:
        """Show the bytes of a delivery, as they came."""
        body = door.app.ledger.payload(digest) if _DIGEST.fullmatch(digest) else None
        if body is None:
            what = "No payload has this digest."
            raise NotFoundError(what, where=digest, remedy="Begin at /feeds.")
        text = body[:_MOST_SHOWN].decode("utf-8", "replace")
        return page_response("payload.html", digest=digest, text=text, size=len(body), most=_MOST_SHOWN)

    @router.get("/feeds/{name}")
    def page(name: str) -> Response:
        """Show one feed."""
        feed = feeds.feed(name)
        now = clock.now()
        [standing] = [each for each in feeds.standings(now) if each.feed.name == feed.name]
        readings = [each for each in door.app.readings.every() if each.feed == name]
        return page_response(
            "feed.html",
            door=door,
            now=now,
            line=_line(standing),
            unmapped=_of_feed(door, name),
            readings=list[ReadingView](reversed(readings[-_MOST_READINGS:])),
        )

    return router


def _line(standing: FeedStanding) -> FeedLine:
    return FeedLine(standing=standing, words=_WORDS[standing.standing], carries=carried_by(standing.feed))


def _of_feed(door: Door, name: str) -> list[UnmappedLine]:
    """Return the newest things of a feed that could not be used, newest first."""
    beginnings = (f"{name}/", f"read/{name}/")
    found = [each for each in door.app.feeds.unmapped(_LOOKED_AT) if each.delivery.startswith(beginnings)]
    return list(reversed(found[-_MOST_UNMAPPED:]))
