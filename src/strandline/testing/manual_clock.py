"""A clock that stands still until it is moved."""

from datetime import datetime, timedelta


class ManualClock:
    """A `Clock` for tests: `advance` lets time pass, `jump` moves the time of day alone."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._steady = timedelta()

    def now(self) -> datetime:
        """Return the time of day."""
        return self._now

    def steady(self) -> timedelta:
        """Return the time that has passed."""
        return self._steady

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by
        self._steady += by

    def jump(self, by: timedelta) -> None:
        """Move the time of day, as an operator or a time server may."""
        self._now += by
