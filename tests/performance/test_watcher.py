"""The watcher looks by itself, and ends when it is told to."""

import threading
from datetime import timedelta
from typing import cast

from tests.performance.test_noticing import MONDAY

from strandline.performance.noticing import Noticing
from strandline.performance.watcher import Watcher
from strandline.testing.manual_clock import ManualClock
from strandline.vocabulary.errors import UnavailableError


class Counted:
    """Counts the looks; the first one fails."""

    def __init__(self) -> None:
        self.looks = 0
        self.is_enough = threading.Event()

    def notice(self, now: object) -> None:
        del now
        self.looks += 1
        if self.looks == 1:
            what = "The ledger is gone."
            raise UnavailableError(what)
        self.is_enough.set()


def test_it_looks_again_and_again_also_after_a_fault() -> None:
    counted, moment = Counted(), timedelta(milliseconds=1)
    noticing = cast("Noticing", counted)
    watcher = Watcher(noticing, ManualClock(MONDAY), first_after=moment, every=moment)
    watcher.start()
    assert counted.is_enough.wait(10)
    watcher.stop()
    looks = counted.looks
    assert not threading.Event().wait(0.02)
    assert counted.looks == looks


def test_one_that_never_began_ends_at_once() -> None:
    counted = Counted()
    Watcher(cast("Noticing", counted), ManualClock(MONDAY)).stop()
    assert counted.looks == 0
