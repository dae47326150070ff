"""A bell that wakes a waiting rollout at once when somebody asked something of it.

What was asked is in the ledger; the bell only spares the wait until the next look. A ring that nobody
hears is therefore no loss.
"""

import asyncio
import threading
from collections import defaultdict
from datetime import timedelta


class Bell:
    """Rings by name, from any thread, for whoever waits on any event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)

    def ring(self, name: str) -> None:
        """Wake everybody who waits for this name."""
        with self._lock:
            waiting = tuple(self._waiting.get(name, ()))
        for loop, event in waiting:
            loop.call_soon_threadsafe(event.set)

    async def wait(self, name: str, *, at_most: timedelta) -> None:
        """Wait until the bell rings for this name, or for this long."""
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting[name].add(waiter)
        try:
            async with asyncio.timeout(at_most.total_seconds()):
                await waiter[1].wait()
        except TimeoutError:
            pass
        finally:
            with self._lock:
                self._waiting[name].discard(waiter)
                if not self._waiting[name]:
                    del self._waiting[name]
