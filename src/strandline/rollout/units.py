"""Durations, shares and rates as people write them: `1h30m`, `0.5%` and `20/min`.

A share is kept as an integer in basis points (5 % = 500), a duration as a `timedelta`; neither is ever a
float, so what is written is what is kept.
"""

import re
from datetime import timedelta

from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

_DURATION = re.compile(
    r"(?:([0-9]{1,5})d)?(?:([0-9]{1,7})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?(?:([0-9]{1,9})ms)?"
)
_PERCENT = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,2}))?%")
_RATE = re.compile(r"([0-9]{1,9})/(s|min|h)")
_PER_HOUR = {"s": 3600, "min": 60, "h": 1}
_LONGEST = timedelta(days=36_525)
"""A century: what is longer is a slip of the keyboard."""
_UNITS = (
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("m", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
    ("ms", timedelta(milliseconds=1)),
)


def parse_duration(text: str) -> timedelta:
    """Return the duration that `text` states: `90s`, `5m`, `1h30m`, `500ms`, `2d`.

    Raises:
        BadInputError: it is no such duration, or longer than a century; units go from the largest to the
            smallest, without spaces.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        what = f"{text!r} is not a duration."
        raise BadInputError(what, remedy="Write a number and its unit, such as 90s, 5m or 1h30m.")
    counts = (int(digits) if digits else 0 for digits in match.groups())
    duration = sum((count * unit for count, (_, unit) in zip(counts, _UNITS, strict=True)), timedelta())
    if duration > _LONGEST:
        what = f"{text} is longer than a century."
        raise BadInputError(what, remedy="Write a duration such as 90s, 5m or 1h30m.")
    return duration


def duration_text(duration: timedelta) -> str:
    """Return the shortest text that `parse_duration` reads as this duration.

    Raises:
        BadInputError: it is negative, finer than a millisecond or longer than a century: no text says that.
    """
    rest = duration
    if not timedelta() <= rest <= _LONGEST or rest % timedelta(milliseconds=1):
        what = f"{duration} cannot be written as a duration."
        raise BadInputError(what, remedy="Use whole milliseconds, up to a century.")
    parts: list[str] = []
    for name, unit in _UNITS:
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts) or "0s"


def parse_percent(text: str) -> int:
    """Return a percentage in basis points; it may exceed 100 %.

    Raises:
        BadInputError: it is not a number with at most two decimals and a percent sign.
    """
    match = _PERCENT.fullmatch(text)
    if match is None:
        what = f"{text!r} is not a percentage."
        raise BadInputError(
            what, remedy="Write a number with at most two decimals and a percent sign, such as 5% or 0.5%."
        )
    whole, decimals = match.groups()
    return int(whole) * 100 + int((decimals or "").ljust(2, "0"))


def parse_share(text: str) -> int:
    """Return a share in basis points, 0 to 10,000.

    Raises:
        BadInputError: it is not a percentage, or it is more than all of it.
    """
    share_bp = parse_percent(text)
    if share_bp > ALL_TRAFFIC_BP:
        what = f"{text} is more than all of it."
        raise BadInputError(what, remedy="A share lies between 0% and 100%, such as 5% or 0.5%.")
    return share_bp


def share_text(share_bp: int) -> str:
    """Return basis points as `parse_share` and `parse_percent` read them: 500 is `5%`, 50 is `0.5%`."""
    return f"{percent_text(share_bp)}%"


def percent_text(share_bp: int) -> str:
    """Return basis points as a plain number of percent, for programs: 500 is `5`, 50 is `0.5`.

    Raises:
        BadInputError: it is negative.
    """
    if share_bp < 0:
        what = f"A share of {share_bp} basis points is less than nothing."
        raise BadInputError(what)
    whole, decimals = divmod(share_bp, 100)
    return f"{whole}.{decimals:02d}".rstrip("0").rstrip(".")


def parse_rate(text: str) -> int:
    """Return how many there are in an hour, of a rate such as `20/min`, `5/s` or `300/h`.

    Raises:
        BadInputError: it is no whole number with a slash and one of these units.
    """
    match = _RATE.fullmatch(text)
    if match is None:
        what = f"{text!r} is not a rate."
        raise BadInputError(what, remedy="Write a whole number and its unit, such as 20/min, 5/s or 300/h.")
    count, unit = match.groups()
    return int(count) * _PER_HOUR[unit]
