"""Is deploying allowed at this time? A change freeze lets only emergency changes pass.

A weekly freeze follows the clock on the wall of its time zone: it begins at the first instant that shows
its hour and ends at the last one, so that an hour that summer time repeats is covered twice, and a freeze
that begins or ends in the hour that summer time skips does so at the change.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from strandline.gates.gate import Gate, GateVerdict
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import JsonValue
from strandline.vocabulary.service import Environment, WeeklyFreeze
from strandline.vocabulary.verdict import GateAnswer

GATE = Gate(
    name="change-freeze",
    question="Is deploying allowed at this time?",
    why="In a change freeze there are too few people, or too much at stake, to deal with a bad release.",
    remedy="Wait until the freeze ends; or deploy it as an emergency change, with a reason.",
)

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOST_WINDOWS = 500
"""How many adjoining freezes are followed to find when deploying is allowed again."""
_HOURS_OF_DAY = 24
_MINUTES_OF_HOUR = 60


class _Window(NamedTuple):
    """One freeze as it falls: from one instant, until before another; in UTC."""

    reason: str
    is_weekly: bool
    starts_at: datetime
    ends_at: datetime


def change_freeze(environment: Environment, *, at: datetime, emergency: bool, reason: str) -> GateVerdict:
    """Answer whether a deployment to the environment may begin or go on at this time.

    Args:
        environment: whose freezes count.
        at: the time asked about; aware.
        emergency: it is an emergency change; passes any freeze, and says so.
        reason: why it is one; without a reason, an emergency is none.

    Raises:
        BadInputError: `at` has no time zone.
    """
    if at.utcoffset() is None:
        what = "A freeze can only be judged at a time with its time zone."
        raise BadInputError(what, where=environment.name)
    now = at.astimezone(UTC)
    evidence: dict[str, JsonValue] = {"environment": environment.name, "at": _text(now)}
    if not environment.freezes and not environment.weekly_freezes:
        sentence = f"{environment.name} has no change freezes."
        return _verdict(GateAnswer.NOT_APPLICABLE, sentence, evidence)
    unclear = list(_unclear(environment))
    active = _active(environment, now)
    evidence["freezes"] = [_described(window) for window in active]
    if unclear:
        evidence["unclear"] = list[JsonValue](unclear)
    if emergency:
        evidence["emergency"] = True
        evidence["emergencyReason"] = reason.strip()
    if not active and not unclear:
        return _verdict(GateAnswer.PASS, f"{environment.name} is in no change freeze.", evidence)
    if emergency and reason.strip():
        what = (
            f"the change freeze “{active[0].reason}”" if active else "a change freeze that cannot be judged"
        )
        sentence = f"An emergency change passes {what}: {reason.strip()}"
        return _verdict(GateAnswer.PASS, sentence, evidence)
    without = " An emergency change needs a reason to pass." if emergency else ""
    if not active:
        sentence = f"Whether {environment.name} is in a change freeze cannot be said: {unclear[0]}{without}"
        return _verdict(GateAnswer.INCONCLUSIVE, sentence, evidence)
    opens_at = _opens_at(environment, now)
    evidence["opensAt"] = _text(opens_at) if opens_at is not None else ""
    until = f"until {_text(opens_at)}" if opens_at is not None else "with no end in sight"
    sentence = f"{environment.name} is in the change freeze “{active[0].reason}”, {until}.{without}"
    return _verdict(GateAnswer.FAIL, sentence, evidence)


def _verdict(answer: GateAnswer, sentence: str, evidence: dict[str, JsonValue]) -> GateVerdict:
    return GateVerdict(gate=GATE.name, answer=answer, sentence=sentence, evidence=evidence)


def _active(environment: Environment, at: datetime) -> list[_Window]:
    """Return the freezes that hold at this time, the one that ends last first."""
    windows = [
        _Window(freeze.reason, False, freeze.starts_at.astimezone(UTC), freeze.ends_at.astimezone(UTC))  # noqa: FBT003 - a record's field
        for freeze in environment.freezes
    ]
    for weekly in environment.weekly_freezes:
        windows.extend(_weekly_windows(weekly, at))
    active = [window for window in windows if window.starts_at <= at < window.ends_at]
    return sorted(active, key=lambda window: (window.ends_at, window.reason), reverse=True)


def _opens_at(environment: Environment, at: datetime) -> datetime | None:
    """Return when no freeze holds any more; `None` if they follow each other without end."""
    opens_at = at
    for _ in range(_MOST_WINDOWS):
        active = _active(environment, opens_at)
        if not active:
            return opens_at
        opens_at = active[0].ends_at
    return None


def _unclear(environment: Environment) -> Iterator[str]:
    """Yield why a freeze cannot be judged."""
    for weekly in environment.weekly_freezes:
        try:
            _zone(weekly)
            _minutes(weekly.from_hour)
            _minutes(weekly.to_hour)
        except BadInputError as error:
            yield f"{weekly.reason}: {error.what}"
        unknown = [day for day in weekly.days if day not in _DAYS]
        if unknown:
            yield f"{weekly.reason}: there is no day called {unknown[0]!r}."


def _weekly_windows(weekly: WeeklyFreeze, at: datetime) -> Iterator[_Window]:
    """Yield the windows of a weekly freeze that may hold at this time."""
    try:
        zone = _zone(weekly)
        starts, ends = _minutes(weekly.from_hour), _minutes(weekly.to_hour)
    except BadInputError:
        return  # `_unclear` has it
    if ends <= starts:
        ends += _HOURS_OF_DAY * _MINUTES_OF_HOUR
    today = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    # A window may reach into the next day, and a change of the clock may move midnight.
    for midnight in (today + timedelta(days=days) for days in (-2, -1, 0, 1)):
        if _DAYS[midnight.weekday()] in weekly.days:
            yield _Window(
                weekly.reason,
                True,  # noqa: FBT003 - a record's field
                _instant(midnight + timedelta(minutes=starts), zone, is_last=False),
                _instant(midnight + timedelta(minutes=ends), zone, is_last=True),
            )


def _instant(wall: datetime, zone: ZoneInfo, *, is_last: bool) -> datetime:
    """Return when a clock on the wall shows this: the first or the last time; else when it jumps over it."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if is_last else first
    # Skipped: read with the offset before the change it lies after it, and the other way round.
    before, after = second, first
    offset_before = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset_before:
            before = middle
        else:
            after = middle
    return (after + timedelta(milliseconds=500)).replace(microsecond=0)


def _zone(weekly: WeeklyFreeze) -> ZoneInfo:
    try:
        return ZoneInfo(weekly.timezone)
    except (KeyError, ValueError, OSError) as error:
        what = f"The time zone {weekly.timezone!r} is not known."
        raise BadInputError(what) from error


def _minutes(hour: str) -> int:
    """Return a time of day such as `15:00` in minutes; `24:00` is the day's end."""
    hours, _, minutes = hour.partition(":")
    if not (hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
        what = f"{hour!r} is no time of day."
        raise BadInputError(what)
    total = int(hours) * _MINUTES_OF_HOUR + int(minutes)
    if int(minutes) >= _MINUTES_OF_HOUR or total > _HOURS_OF_DAY * _MINUTES_OF_HOUR:
        what = f"{hour!r} is no time of day."
        raise BadInputError(what)
    return total


def _described(window: _Window) -> dict[str, JsonValue]:
    return {
        "reason": window.reason,
        "isWeekly": window.is_weekly,
        "startsAt": _text(window.starts_at),
        "endsAt": _text(window.ends_at),
    }


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
