"""Shares, durations and times as a person reads them on a page."""

from datetime import datetime, timedelta

NO_BREAK = "\u00a0"
"""Between a figure and its unit: they stay on one line."""
NOT_KNOWN = "\u2013"
MINUS = "\u2212"
_SMALLEST_POWER = -400
_LARGEST_POWER = 600
_MINUTE = 60
_HOUR = 3600
_DAY = 86_400


def share(basis_points: int) -> str:
    """Return basis points as a percentage: `25 %`, `0.5 %`."""
    return f"{basis_points / 100:g}{NO_BREAK}%"


def percent(part: int, whole: int) -> str:
    """Return a share of a count as a percentage with two useful digits; a share of nothing is a dash."""
    if not whole:
        return NOT_KNOWN
    value = 100 * part / whole
    digits = f"{value:.1f}" if value >= 1 or not value else f"{value:.2g}"
    return f"{digits.removesuffix('.0')}{NO_BREAK}%"


def count(number: int | None) -> str:
    """Return a count with thousands apart; what was not measured is a dash."""
    return NOT_KNOWN if number is None else f"{number:,}"


def duration(span: timedelta) -> str:
    """Return a span of time in at most two units: `340 ms`, `6.2 s`, `1 min 12 s`, `3 h 5 min`, `2 d 4 h`."""
    seconds = abs(span.total_seconds())
    sign = MINUS if span < timedelta() else ""
    if seconds < 1:
        words = f"{round(seconds * 1000)}{NO_BREAK}ms"
    elif seconds < 10:  # noqa: PLR2004 - under ten seconds a tenth is worth reading
        words = f"{seconds:.1f}".removesuffix(".0") + f"{NO_BREAK}s"
    else:
        words = _whole(round(seconds))
    return sign + words


def _whole(seconds: int) -> str:
    units = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s"))
    place = next(place for place, (size, _) in enumerate(units) if seconds >= size)
    parts = []
    for size, name in units[place : place + 2]:
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number}{NO_BREAK}{name}")
    return " ".join(parts)


def tied(text: str) -> str:
    """Return a text whose percentages are not torn apart at the end of a line."""
    return text.replace(" %", f"{NO_BREAK}%")


def first_words(text: str, most: int = 240) -> str:
    """Return the beginning of a text, to the end of a sentence or of a word; `…` if there was more."""
    line, _, rest = tied(text.strip()).partition("\n")
    if not rest and len(line) <= most:
        return line
    cut = line[: most + 1]
    end = cut.rfind(". ") + 1 or (len(line) if len(line) <= most else cut.rfind(" "))
    return f"{cut[: end if end > 0 else most].rstrip(' ,;:')} …"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something was, roughly: `just now`, `12 min ago`; a time ahead is `just now`."""
    seconds = (now - moment).total_seconds()
    if seconds < _MINUTE:
        return "just now"
    for size, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= size:
            return f"{int(seconds // size)}{NO_BREAK}{name} ago"
    return "just now"


def clock_time(moment: datetime) -> str:
    """Return the time of day where the control plane runs, to the second."""
    return moment.astimezone().strftime("%H:%M:%S")


def date_time(moment: datetime) -> str:
    """Return day and time where the control plane runs, to the minute."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def zone(moment: datetime) -> str:
    """Return the name of the time zone that pages are written in."""
    return moment.astimezone().tzname() or "local time"


def evidence(hundredths: int) -> str:
    """Return evidence, kept in hundredths of a decimal logarithm, as that logarithm: `1.30`."""
    return f"{abs(hundredths) / 100:.2f}" if hundredths >= 0 else f"{MINUS}{abs(hundredths) / 100:.2f}"


def odds(hundredths: int) -> str:
    """Return the e-value that a decimal logarithm stands for, roughly: `20`, `100`, `3,200`."""
    # Far from 1 only the power is of interest; further out, a float could not hold the value.
    if not _SMALLEST_POWER <= hundredths < _LARGEST_POWER:
        return f"10^{hundredths // 100}"
    value = 10.0 ** (hundredths / 100)
    return f"{float(f'{value:.2g}'):,.0f}" if value >= 1 else f"{float(f'{value:.1g}'):g}"
