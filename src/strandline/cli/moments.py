"""Times and lengths of time as people type them."""

import re
from datetime import UTC, datetime, timedelta

from strandline.vocabulary.errors import BadInputError

_AGO = re.compile(r"(\d{1,5})(d|w|h)")
_UNITS = {"d": "days", "w": "weeks", "h": "hours"}


def moment(text: str, now: datetime, option: str) -> datetime:
    """Return a moment: a date, a time, or how long ago it was.

    Raises:
        BadInputError: it is none; the error names the option.
    """
    ago = _AGO.fullmatch(text)
    try:
        if ago is not None:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        what = f"“{text}” is no time."
        remedy = "Give a date (2026-09-01), a time (2026-09-01T12:00Z), or how long ago (90d, 12w, 36h)."
        raise BadInputError(what, where=option, remedy=remedy) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def length(text: str, option: str) -> timedelta:
    """Return a length of time, such as `24h`.

    Raises:
        BadInputError: it is none; the error names the option.
    """
    found = _AGO.fullmatch(text)
    if found is None:
        what = f"“{text}” is no length of time."
        raise BadInputError(what, where=option, remedy="Give hours, days or weeks: 24h, 3d, 1w.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
