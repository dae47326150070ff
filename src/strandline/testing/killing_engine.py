"""An engine that kills its own process at a named point, to prove that nothing is lost or done twice.

Each run of a step has three points, counted per process, workflow and step name from 1:

* `before:shift#1`: the step is about to begin;
* `after:shift#1`: its effect is done, its result not yet remembered;
* `remembered:shift#1`: its result is remembered, the workflow has not yet gone on.

A step whose result was remembered by an earlier process does not run, so it has no points.
"""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from strandline.engine.ports import Engine, Workflow, WorkflowContext, WorkflowStatus
from strandline.vocabulary.errors import BadInputError

ResultT = TypeVar("ResultT")

_POINT = re.compile(r"(before|after|remembered):.+#[1-9][0-9]*")


def _kill_this_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class KillingEngine:
    """An `Engine` around another one, which kills the process when a workflow comes to a point.

    Args:
        engine: the engine that does the work.
        at: the point; an empty string never kills, which serves to log the points.
        points_log: a file to which each point is appended as a line, before anything dies there.
        kill: what killing means; by default SIGKILL to this process.

    Raises:
        BadInputError: `at` is no point.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        at: str,
        points_log: Path | None = None,
        kill: Callable[[], None] = _kill_this_process,
    ) -> None:
        if at and not _POINT.fullmatch(at):
            msg = f"{at!r} is no point to be killed at."
            raise BadInputError(
                msg, remedy="Write before:<step>#<n>, after:<step>#<n> or remembered:<step>#<n>."
            )
        self.points_log = points_log
        self._engine = engine
        self._at = at
        self._kill = kill

    def register(self, name: str, workflow: Workflow, *, takes: type[Any]) -> None:
        """Register the workflow with a context that watches its steps."""

        async def watched(context: WorkflowContext, argument: object) -> None:
            await workflow(_WatchedContext(context, self._reach), argument)

        self._engine.register(name, watched, takes=takes)

    def launch(self) -> None:
        """Launch the engine."""
        self._engine.launch()

    def start(self, name: str, workflow_id: str, argument: object) -> None:
        """Start a workflow."""
        self._engine.start(name, workflow_id, argument)

    def status(self, workflow_id: str) -> WorkflowStatus:
        """Return where the workflow stands."""
        return self._engine.status(workflow_id)

    def failure(self, workflow_id: str) -> str:
        """Return the error that ended a failed workflow, or an empty string."""
        return self._engine.failure(workflow_id)

    def cancel(self, workflow_id: str) -> None:
        """Cancel the workflow."""
        self._engine.cancel(workflow_id)

    def stop(self) -> None:
        """Stop the engine."""
        self._engine.stop()

    def _reach(self, point: str) -> None:
        if self.points_log:
            with self.points_log.open("a", encoding="utf-8") as log:
                log.write(f"{point}\n")
        if point == self._at:
            self._kill()
            # Only a pretended death comes here; the workflow must not go on after it.
            raise asyncio.CancelledError


class _WatchedContext:
    """A `WorkflowContext` that tells when a step reaches a point."""

    def __init__(self, context: WorkflowContext, reach: Callable[[str], None]) -> None:
        self._context = context
        self._reach = reach
        self._runs: Counter[str] = Counter()

    @property
    def workflow_id(self) -> str:
        return self._context.workflow_id

    async def step(
        self, name: str, do: Callable[[], Awaitable[ResultT]], *, returns: type[ResultT]
    ) -> ResultT:
        run = ""

        async def watched() -> ResultT:
            nonlocal run
            self._runs[name] += 1
            run = f"{name}#{self._runs[name]}"
            self._reach(f"before:{run}")
            try:
                result = await do()
            except Exception:
                self._reach(f"after:{run}")
                raise
            self._reach(f"after:{run}")
            return result

        try:
            result = await self._context.step(name, watched, returns=returns)
        except Exception:
            self._reach_remembered(run)
            raise
        self._reach_remembered(run)
        return result

    async def sleep(self, seconds: float) -> None:
        await self._context.sleep(seconds)

    def _reach_remembered(self, run: str) -> None:
        if run:
            self._reach(f"remembered:{run}")
