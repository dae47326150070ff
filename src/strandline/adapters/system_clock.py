"""This machine's clocks."""

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The time of day and the monotonic clock of the operating system. A `Clock`."""

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    def steady(self) -> timedelta:
        """Return the monotonic clock."""
        return timedelta(seconds=time.monotonic())
