"""What PagerDuty has, by its REST API (version 2): incidents.

Source: https://developer.pagerduty.com/docs/ (pagination, rate limiting, list incidents).

Traps: a window beyond six months comes back empty; `offset + limit` beyond 10,000 is an error; `since`
filters on when an incident was created, so one that was resolved within the window may have begun long
before it.
"""

from datetime import UTC, datetime, timedelta

import msgspec

from strandline.adapters.rest_access import RestAccess
from strandline.collection.remote import Page, RemotePayload, Window

STREAM = "incidents"
_LIMIT, _DEEPEST = 100, 10_000
_LONGEST = timedelta(days=150)
_BEGAN_BEFORE = timedelta(days=14)
"""How long before the window an incident may have begun that was resolved within it."""
_SECOND = timedelta(seconds=1)


class _Place(msgspec.Struct, frozen=True):
    """Windows that are still to be read, and how far in the first we are."""

    windows: tuple[tuple[datetime, datetime], ...]
    offset: int = 0


class PagerDutyApi:
    """A `RemoteSource`. It reads all incidents, or those of some services by their ids."""

    covers = ("incidents",)
    streams = (STREAM,)

    def __init__(self, services: tuple[str, ...], *, access: RestAccess) -> None:
        self._services = services
        self._access = access

    @staticmethod
    def headers(token: str) -> dict[str, str]:
        """Return what is sent with each question."""
        return {"accept": "application/vnd.pagerduty+json;version=2", "authorization": f"Token token={token}"}

    def page(self, stream: str, window: Window, cursor: str) -> Page:
        """Return a page (see `RemoteSource`)."""
        del stream
        place = msgspec.json.decode(cursor, type=_Place) if cursor else _Place(windows=_pieces(window))
        (start, end), rest = place.windows[0], place.windows[1:]
        if place.offset + _LIMIT > _DEEPEST and end - start > _SECOND:
            middle = (start + (end - start) / 2).replace(microsecond=0)
            halves = ((start, max(middle, start + _SECOND)), (max(middle, start + _SECOND), end))
            return Page(next=_cursor(_Place(windows=(*halves, *rest))))
        asked: dict[str, str | int] = {
            "since": start.isoformat(),
            "until": end.isoformat(),
            "time_zone": "UTC",
            "sort_by": "created_at:asc",
            "limit": _LIMIT,
            "offset": place.offset,
            "include[]": "first_trigger_log_entries",
        }
        path = "incidents"
        if self._services:
            path += "?" + "&".join(f"service_ids[]={each}" for each in self._services)
        document = self._access.get(path, asked).document
        found = document.get("incidents") or []
        following = _Place(windows=rest)
        if document.get("more") and found:
            following = _Place(windows=place.windows, offset=place.offset + len(found))
        return Page(
            payloads=tuple(
                RemotePayload(body=msgspec.json.encode({"incident": each}, order="sorted")) for each in found
            ),
            next=_cursor(following) if following.windows else "",
        )


def _pieces(window: Window) -> tuple[tuple[datetime, datetime], ...]:
    pieces = []
    start, end = (window.from_at - _BEGAN_BEFORE).astimezone(UTC), window.to_at.astimezone(UTC)
    while start < end:
        pieces.append((start, min(start + _LONGEST, end)))
        start += _LONGEST
    return tuple(pieces)


def _cursor(place: _Place) -> str:
    return msgspec.json.encode(place).decode()
