"""What ServiceNow has, by its Table API: changes and incidents that were altered within a time.

Source: ServiceNow's documentation of the Table API, and of inbound rate limits (429 with `Retry-After`).

Traps: a field in `sysparm_query` that an instance does not know is ignored, and everything comes back, so
each record is looked at again here; rows shift while they are read, so they are sorted by when they were
made.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from strandline.adapters.rest_access import RestAccess
from strandline.collection.remote import Page, RemotePayload, Window
from strandline.vocabulary.errors import BadInputError

TABLES = ("change_request", "incident")
_LIMIT = 500
_FORM = "%Y-%m-%d %H:%M:%S"


class ServiceNowApi:
    """A `RemoteSource`. It reads tables: `change_request`, `incident`."""

    covers = ("approvals", "incidents")

    def __init__(self, tables: tuple[str, ...], *, access: RestAccess) -> None:
        unknown = set(tables) - set(TABLES)
        if unknown:
            what = f"Nobody here reads the table “{min(unknown)}”."
            raise BadInputError(what, where="api.reads", remedy=f"Known tables: {', '.join(TABLES)}.")
        self.streams = tables or TABLES
        self._access = access

    def page(self, stream: str, window: Window, cursor: str) -> Page:
        """Return a page (see `RemoteSource`)."""
        offset = int(cursor or 0)
        start, end = (f"{at.astimezone(UTC):{_FORM}}" for at in (window.from_at, window.to_at))
        asked: dict[str, str | int] = {
            # Times in a query are UTC where they are given as values to the API.
            "sysparm_query": f"sys_updated_on>={start}^sys_updated_on<={end}^ORDERBYsys_created_on",
            "sysparm_display_value": "all",
            "sysparm_limit": _LIMIT,
            "sysparm_offset": offset,
        }
        records = self._access.get(f"api/now/table/{stream}", asked).document.get("result") or []
        found = [each for each in records if start <= _updated(each) <= end]
        note = ""
        if len(found) < len(records):
            note = f"ServiceNow ignored the time that {stream} was asked for: the rest was left out here."
        return Page(
            payloads=tuple(
                RemotePayload(body=msgspec.json.encode({"result": [each]}, order="sorted")) for each in found
            ),
            next=str(offset + _LIMIT) if len(records) >= _LIMIT else "",
            note=note,
        )


def _updated(record: Any) -> str:  # noqa: ANN401 - any JSON
    """When a record was altered, in the form that ServiceNow sorts by."""
    said = record.get("sys_updated_on")
    text = said.get("value") if isinstance(said, dict) else said
    try:
        return f"{datetime.strptime(str(text), _FORM).replace(tzinfo=UTC):{_FORM}}"
    except ValueError:
        return ""
