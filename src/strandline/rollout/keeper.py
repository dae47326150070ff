"""The keeper: looks after what runs in an environment while no rollout does.

It observes local targets, so that a lost instance or a lost router is started again and named; and it
stops the release before once its warm window is over. While a rollout runs, the rollout does the looking.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from strandline.rollout.desk import Desk
from strandline.rollout.environment_view import EnvironmentView, environment_key
from strandline.rollout.journal import Journal, place_of
from strandline.rollout.surroundings import Surroundings
from strandline.rollout.watch import disturbance_events
from strandline.vocabulary.delivery import ReleaseRetired
from strandline.vocabulary.errors import NotFoundError, StrandlineError
from strandline.vocabulary.service import LocalTargetPolicy, Service

ROUND_EVERY = timedelta(seconds=2)


class Keeper:
    """Goes its rounds on a thread of its own, until it is stopped."""

    def __init__(
        self, around: Surroundings, desk: Desk, *, take_up: Callable[[], None] = lambda: None
    ) -> None:
        """Describe the rounds; `take_up` starts again what stands still, at the beginning of each."""
        self._around = around
        self._desk = desk
        self._take_up = take_up
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)
        self.problems: dict[str, str] = {}
        """What is wrong where, as of the last round; empty when nothing is."""

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def stop(self) -> None:
        """End the rounds; what runs goes on running."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        asyncio.run(self._rounds())

    async def _rounds(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(StrandlineError):
                # What keeps the whole round from being made (the ledger is gone) is told by every door.
                await asyncio.to_thread(self._take_up)
                for view in await asyncio.to_thread(self._desk.environments):
                    await self._look_after(view)
            await asyncio.to_thread(self._stopping.wait, ROUND_EVERY.total_seconds())

    async def _look_after(self, view: EnvironmentView) -> None:
        key = environment_key(view.service, view.environment)
        if view.stable is None or view.open_deployments:
            return
        with self._around.custody.if_free(key) as is_ours:
            if not is_ours:
                return
            try:
                await self.visit(view)
            except NotFoundError:
                return
            except StrandlineError as problem:
                self.problems[key] = str(problem)
            else:
                self.problems.pop(key, None)

    async def visit(self, view: EnvironmentView) -> None:
        """Make one visit: observe, name what was disturbed, retire what has been warm for long enough."""
        service = self._desk.service(view.service).entry
        environment = service.environments.get(view.environment)
        if environment is None:
            return
        target = self._around.targets.of(service, environment)
        now = self._around.clock.now()
        journal = Journal(
            self._around.ledger,
            self._around.clock,
            deployment_id=view.stable_since,
            place=place_of(view.service, view.environment),
        )
        if isinstance(environment.target, LocalTargetPolicy):
            state = await target.observe()
            key = f"visit-{now:%Y%m%dT%H%M%S.%f}"
            events = disturbance_events(journal, key, view.service, view.environment, state)
            if events:
                journal.write(*events)
        if view.warm is not None and now >= self._cold_at(view, service):
            await target.retire(view.warm.digest, operation=f"{view.stable_since}/cooled")
            journal.say("cooled", ReleaseRetired(digest=view.warm.digest, environment=view.environment))

    def _cold_at(self, view: EnvironmentView, service: Service) -> datetime:
        finished_at = self._desk.deployment(view.stable_since).finished_at or self._around.clock.now()
        return finished_at + service.environments[view.environment].rollout.keep_previous_warm
