"""Watches the figures while a control plane runs: what changed becomes an event without anybody asking."""

import logging
import threading
from datetime import timedelta

from strandline.performance.noticing import Noticing
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import StrandlineError

FIRST_AFTER = timedelta(minutes=1)
"""A control plane that has just begun has more urgent things to do."""
EVERY = timedelta(hours=6)
"""Weeks are looked at a day after their end; what is late is found this much later."""

_log = logging.getLogger(__name__)


class Watcher:
    """Looks every few hours, on a thread of its own, until it is stopped."""

    def __init__(
        self,
        noticing: Noticing,
        clock: Clock,
        *,
        first_after: timedelta = FIRST_AFTER,
        every: timedelta = EVERY,
    ) -> None:
        self._noticing = noticing
        self._clock = clock
        self._first_after = first_after
        self._every = every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="watcher", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End it, after the look that is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        pause = self._first_after
        while not self._stopping.wait(pause.total_seconds()):
            pause = self._every
            try:
                self._noticing.notice(self._clock.now())
            except StrandlineError as error:
                # The ledger is gone for a time, which every door tells; it is looked at again later.
                _log.warning("the figures were not looked at: %s", error)
