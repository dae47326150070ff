"""Of whom, and as of when, a page or an answer about maturity is; as the address says it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from strandline.vocabulary.errors import BadInputError


class AskedUnit:
    """The part of an address that says who is assessed."""

    def __init__(
        self,
        unit: Annotated[
            str, Query(description="A team, a business unit or a service; all of them if left out.")
        ] = "",
        at: Annotated[str, Query(description="At which moment: a date or a time; now if left out.")] = "",
    ) -> None:
        self.unit = unit
        self.at = at

    def moment(self, now: datetime) -> datetime:
        """Return the moment; if none is asked for, the end of the running five minutes.

        Levels move in days. As long as the moment is the same, one more event is judged by itself.

        Raises:
            BadInputError: it is no time.
        """
        if not self.at:
            return now + (-(now - _EARLIEST) % _TICK)
        try:
            found = datetime.fromisoformat(self.at)
        except ValueError as error:
            what = f"“{self.at}” is no time."
            raise BadInputError(what, where="at", remedy="Give a date (2026-09-01) or a time.") from error
        found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        if not _EARLIEST < found < _LATEST:
            what = f"“{self.at}” is out of range."
            raise BadInputError(what, where="at", remedy="Give a time of this century.")
        return found

    @property
    def query(self) -> str:
        """Return it as the end of an address."""
        kept = {key: value for key, value in (("unit", self.unit), ("at", self.at)) if value}
        return f"?{urlencode(kept)}" if kept else ""


_TICK = timedelta(minutes=5)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Asked = Annotated[AskedUnit, Depends(AskedUnit)]
