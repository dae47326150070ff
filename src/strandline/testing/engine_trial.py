"""What the engine conformance suite is made of: an order, a launched engine, and steps to wait in."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

from strandline.engine.ports import Engine, Workflow, WorkflowContext, WorkflowStatus

NewEngine = Callable[[], Engine]
Nothing = type(None)

_PATIENCE_SECONDS = 15.0


class Order(msgspec.Struct, frozen=True):
    """The argument of the workflows here."""

    count: int = 1
    due_at: datetime = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


class Receipt(msgspec.Struct, frozen=True):
    """A result with what JSON itself has no types for."""

    at: datetime
    took: timedelta
    price: Decimal
    shares: tuple[int, ...]
    by_stage: dict[int, str]
    note: str | None = None


def wait_until(holds: Callable[[], bool], what: str = "it") -> None:
    """Wait until a condition holds, and fail if it never does."""
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up_at, f"waited {_PATIENCE_SECONDS} seconds in vain for {what}"
        time.sleep(0.01)


def wait_for_end(engine: Engine, workflow_id: str) -> WorkflowStatus:
    """Wait until a workflow has ended, and return how."""
    going_on = {WorkflowStatus.RUNNING, WorkflowStatus.UNKNOWN}
    wait_until(lambda: engine.status(workflow_id) not in going_on, f"the end of {workflow_id}")
    return engine.status(workflow_id)


@contextmanager
def running(new_engine: NewEngine, **workflows: Workflow) -> Iterator[Engine]:
    """A launched engine with these workflows; stopped on leaving."""
    engine = new_engine()
    for name, workflow in workflows.items():
        engine.register(name, workflow, takes=Order)
    engine.launch()
    try:
        yield engine
    finally:
        engine.stop()


async def sleeps_long(context: WorkflowContext, _: Order) -> None:
    """A workflow that is still running whenever a test looks."""
    await context.sleep(3600)


def noting(runs: list[str], word: str) -> Callable[[], Awaitable[None]]:
    """Return a step that notes that it ran."""

    async def note() -> None:
        runs.append(word)

    return note


async def opened(gate: threading.Event) -> None:
    """Wait for a gate that the test's own thread opens."""
    while not gate.is_set():  # noqa: ASYNC110 - an asyncio.Event cannot be set from another thread
        await asyncio.sleep(0.01)


async def wait_in_step(
    context: WorkflowContext, gate: threading.Event, waiting: list[str] | None = None
) -> None:
    """Hold the workflow in a step until the gate is opened, so that a relaunch finds it unfinished."""

    async def wait() -> None:
        if waiting is not None:
            waiting.append(context.workflow_id)
        await opened(gate)

    await context.step("wait in step", wait, returns=Nothing)
