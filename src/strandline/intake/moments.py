"""Times as other tools write them."""

import re
from datetime import UTC, datetime, timedelta

from strandline.vocabulary.errors import BadInputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPACED = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)? ?(UTC|Z|[+-]\d\d:?\d\d)")
_FIRST_YEAR = 1971
"""Older times are how tools write "none": the year 1 (Go), the epoch (C)."""
_REMEDY = "Times need a zone: 2026-11-23T09:00:00Z, or seconds, milliseconds or nanoseconds since 1970."


def moment(value: object, where: str) -> datetime:
    """Return an aware time: RFC 3339, GitLab's `2021-04-28 21:50:00 +0200`, or a count since 1970.

    A count is read by its size: up to 10^11 as seconds, up to 10^14 as milliseconds, up to 10^17 as
    microseconds, and above as nanoseconds. (10^11 milliseconds is March 1973.)

    Raises:
        BadInputError: it is no time, has no zone, or is none at all (`0001-01-01`).
    """
    found = possible_moment(value, where)
    if found is None:
        what = f"This stands for no time at all: {value!r}."
        raise BadInputError(what, where=where, remedy=_REMEDY)
    return found


def possible_moment(value: object, where: str) -> datetime | None:
    """Return an aware time as `moment` does, or `None` for nothing and for the year 1.

    Raises:
        BadInputError: it is no time, or has no zone.
    """
    if value is None or value == "":
        return None
    try:
        found = _counted(value) if isinstance(value, int | float) else _written(str(value))
        found = found.astimezone(UTC) if found is not None else None
    except (ValueError, OverflowError) as error:
        what = f"This is no time: {value!r}."
        raise BadInputError(what, where=where, remedy=_REMEDY) from error
    if found is None:
        what = f"This time has no zone: {value!r}."
        raise BadInputError(what, where=where, remedy=_REMEDY)
    return found if found.year >= _FIRST_YEAR else None


def _counted(value: float) -> datetime:
    if isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - it is told as any other value that is no time
    scales = ((10**11, 1), (10**14, 10**3), (10**17, 10**6))
    per_second = next((scale for limit, scale in scales if abs(value) < limit), 10**9)
    if isinstance(value, int):
        return _EPOCH + timedelta(microseconds=value * 10**6 // per_second)
    return _EPOCH + timedelta(seconds=value / per_second)


def _written(value: str) -> datetime | None:
    spaced = _SPACED.fullmatch(value.strip())
    if spaced is not None:
        day, clock, fraction, zone = spaced.groups()
        fraction = (fraction or "")[:7]
        zone = "+00:00" if zone in {"UTC", "Z"} else zone
        return datetime.fromisoformat(f"{day}T{clock}{fraction}{zone}")
    found = datetime.fromisoformat(value.strip())
    return found if found.tzinfo is not None else None
