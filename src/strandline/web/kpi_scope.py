"""What a page or an answer about figures is over, as the address says it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from strandline.kpi.scope import Scope
from strandline.vocabulary.errors import BadInputError

DEFAULT_DAYS = 90
_AGO = re.compile(r"(\d{1,4})d")


class AskedScope:
    """The part of an address that says what figures are over; what is left out is as wide as it can be."""

    def __init__(
        self,
        service: Annotated[str, Query(description="One service; all of them if left out.")] = "",
        team: Annotated[
            str, Query(description="One team or business unit, with all services that it answers for.")
        ] = "",
        environment: Annotated[str, Query(description="One environment; production if left out.")] = "",
        since: Annotated[
            str, Query(alias="from", description="A date, a time, or how many days ago: 90d.")
        ] = "90d",
        until: Annotated[str, Query(alias="to", description="A date or a time; now if left out.")] = "",
    ) -> None:
        self.service = service
        self.team = team
        self.environment = environment
        self.since = since
        self.until = until

    def scope(self, now: datetime) -> Scope:
        """Return the scope, as of this moment.

        Raises:
            BadInputError: it makes no sense; the error names the part.
        """
        end = _moment(self.until, now, "to") if self.until else now
        start = _moment(self.since, now, "from")
        if start >= end:
            what = "The time ends before it begins."
            raise BadInputError(what, where="from", remedy="Give a moment before `to`.")
        return Scope(start=start, end=end, service=self.service, team=self.team, environment=self.environment)

    @property
    def query(self) -> str:
        """Return it as the end of an address."""
        said = {
            "service": self.service,
            "team": self.team,
            "environment": self.environment,
            "from": self.since,
            "to": self.until,
        }
        kept = {key: value for key, value in said.items() if value and (key, value) != ("from", "90d")}
        return f"?{urlencode(kept)}" if kept else ""


Asked = Annotated[AskedScope, Depends(AskedScope)]


def _moment(text: str, now: datetime, name: str) -> datetime:
    ago = _AGO.fullmatch(text)
    try:
        if ago is not None:
            return now - timedelta(days=int(ago[1]))
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        what = f"“{text}” is no time."
        raise BadInputError(what, where=name, remedy="Give a date (2026-09-01), a time, or 90d.") from error
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
