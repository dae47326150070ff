"""Who looks after what runs in an environment: its rollout while there is one, else the keeper.

Both observe the target, and an observation tells each loss once: two observers would take the news from
each other.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

_RETRY_AFTER_SECONDS = 0.02


class Custody:
    """One custodian for each environment of this control plane, whichever thread it is on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[str] = set()

    @contextmanager
    def if_free(self, key: str) -> Iterator[bool]:
        """Hold the environment for the block if nobody does; the value says whether it is held."""
        is_held = self._take(key)
        try:
            yield is_held
        finally:
            if is_held:
                self._give_back(key)

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Wait until nobody holds the environment, then hold it for the block."""
        while not self._take(key):  # noqa: ASYNC110 - the custodian may be on the loop of another thread
            await asyncio.sleep(_RETRY_AFTER_SECONDS)
        try:
            yield
        finally:
            self._give_back(key)

    def _take(self, key: str) -> bool:
        with self._lock:
            if key in self._held:
                return False
            self._held.add(key)
            return True

    def _give_back(self, key: str) -> None:
        with self._lock:
            self._held.discard(key)
