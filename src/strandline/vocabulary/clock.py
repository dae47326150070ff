"""What time it is, as a port: so that every test is deterministic and every jump can be seen."""

from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The wall clock, which may jump, and the steady clock, which may not."""

    def now(self) -> datetime:
        """Return the time of day: aware, in UTC."""
        ...

    def steady(self) -> timedelta:
        """Return the time since some fixed moment of this process; it never jumps."""
        ...
