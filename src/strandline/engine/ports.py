"""Durable execution as a port: a workflow survives the death of its process.

The rules of a workflow, which every implementation relies on:

1. Between two steps it may only compute: no clock, no randomness, no input or output.
2. Its steps happen in an order that depends only on its argument and on earlier steps' results.
3. A step runs *at least* once, and its result is remembered once. Whatever a step does to the outside must
   therefore be safe to do again: it states what is wanted, or it first looks whether it is done.
4. A step's argument and result are values that `msgspec` can write as JSON and read back.
"""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Protocol, TypeVar

ResultT = TypeVar("ResultT")


class WorkflowStatus(Enum):
    """Where a workflow stands."""

    UNKNOWN = "unknown"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class WorkflowContext(Protocol):
    """What a workflow may ask for while it runs."""

    @property
    def workflow_id(self) -> str:
        """The id that the workflow was started with."""
        ...

    async def step(
        self, name: str, do: Callable[[], Awaitable[ResultT]], *, returns: type[ResultT]
    ) -> ResultT:
        """Run `do` unless its result is remembered already; remember and return its result.

        A step that raises a `StrandlineError` has that error remembered and raised again on replay.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait durably: after a crash only the rest of the time is waited for."""
        ...


Workflow = Callable[[WorkflowContext, Any], Awaitable[None]]
"""A workflow: its context, and its argument (a msgspec struct)."""


class Engine(Protocol):
    """Starts workflows, and takes up those that a dead process left behind."""

    def register(self, name: str, workflow: Workflow, *, takes: type[Any]) -> None:
        """Make a workflow known under a name that never changes; before `launch`."""
        ...

    def launch(self) -> None:
        """Begin to run: first of all whatever was left unfinished.

        Raises:
            UnavailableError: the engine's store cannot be reached.
        """
        ...

    def start(self, name: str, workflow_id: str, argument: object) -> None:
        """Start a workflow in the background; starting the same id again changes nothing."""
        ...

    def status(self, workflow_id: str) -> WorkflowStatus:
        """Return where the workflow stands."""
        ...

    def failure(self, workflow_id: str) -> str:
        """Return the error that ended a failed workflow, or an empty string."""
        ...

    def cancel(self, workflow_id: str) -> None:
        """Stop the workflow before its next step."""
        ...

    def stop(self) -> None:
        """Stop running; what is unfinished stays so until the next `launch`."""
        ...
