"""An engine that remembers in memory: durable for as long as its store object lives.

It keeps every promise of the port within one process, so that workflows can be tested, killed and resumed
without a database. `MemoryEngine.kill` pretends the sudden death of a process: from that instant on nothing
more is remembered, and the next engine on the same store takes up what was left.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from strandline.engine.ports import Workflow, WorkflowContext, WorkflowStatus
from strandline.engine.remembered import BrokenStepError, attempt, recall, run_to_end
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError

ResultT = TypeVar("ResultT")

_SLEEP = "sleep"
_STOP_SECONDS = 10.0


@dataclass
class _RememberedStep:
    name: str
    outcome: bytes


@dataclass
class _RememberedWorkflow:
    name: str
    argument: bytes
    status: WorkflowStatus = WorkflowStatus.RUNNING
    failure: str = ""
    steps: dict[int, _RememberedStep] = field(default_factory=dict)


class MemoryEngineStore:
    """What survives a `MemoryEngine`: hand the same store to the next one to go on."""

    def __init__(self) -> None:
        self._workflows: dict[str, _RememberedWorkflow] = {}
        self._claimed_by: object | None = None
        self._lock = threading.Lock()

    def claim(self, claimant: object) -> None:
        """Let this engine be the only one that remembers here.

        Raises:
            RefusedError: another one is running.
        """
        with self._lock:
            if self._claimed_by is not None:
                msg = "The engine's store is in use by another engine."
                raise RefusedError(msg, remedy="Stop the other engine first.")
            self._claimed_by = claimant

    def let_go(self, claimant: object) -> None:
        """End the claim, if it is still this engine's; nothing that it says later is remembered."""
        with self._lock:
            if self._claimed_by is claimant:
                self._claimed_by = None

    def add(self, workflow_id: str, name: str, argument: bytes) -> bool:
        """Remember that a workflow was started; return whether that is news."""
        with self._lock:
            known = self._workflows.get(workflow_id)
            if known is None:
                self._workflows[workflow_id] = _RememberedWorkflow(name, argument)
                return True
        if known.name != name:
            msg = f"The id {workflow_id!r} belongs to a workflow of another name than {name!r}."
            raise RefusedError(msg, remedy="Use another id.")
        return False

    def unfinished(self) -> list[tuple[str, str, bytes]]:
        """Return id, name and argument of each workflow that has not ended, oldest first."""
        with self._lock:
            return [
                (workflow_id, each.name, each.argument)
                for workflow_id, each in self._workflows.items()
                if each.status is WorkflowStatus.RUNNING
            ]

    def standing(self, workflow_id: str) -> tuple[WorkflowStatus, str]:
        """Return the status of a workflow, and its failure."""
        with self._lock:
            known = self._workflows.get(workflow_id)
            return (known.status, known.failure) if known else (WorkflowStatus.UNKNOWN, "")

    def end(self, claimant: object, workflow_id: str, status: WorkflowStatus, failure: str = "") -> None:
        """Remember how a workflow ended; an end that is known stays."""
        with self._lock:
            known = self._workflows.get(workflow_id)
            if known and known.status is WorkflowStatus.RUNNING and self._claimed_by is claimant:
                known.status = status
                known.failure = failure

    def look_up(self, claimant: object, workflow_id: str, number: int, name: str) -> bytes | None:
        """Return what is remembered of the n-th step.

        Raises:
            BrokenStepError: it has another name, so the workflow does not repeat itself.
            asyncio.CancelledError: the workflow was cancelled, or the claim is over.
        """
        with self._lock:
            known = self._workflows[workflow_id]
            if self._claimed_by is not claimant or known.status is not WorkflowStatus.RUNNING:
                raise asyncio.CancelledError
            step = known.steps.get(number)
        if step and step.name != name:
            msg = f"Step {name!r} was asked for where another step is remembered: {step.name!r}"
            raise BrokenStepError(msg)
        return step.outcome if step else None

    def remember(self, claimant: object, workflow_id: str, number: int, name: str, outcome: bytes) -> None:
        """Remember the outcome of the n-th step.

        Raises:
            asyncio.CancelledError: the claim is over.
        """
        with self._lock:
            if self._claimed_by is not claimant:
                raise asyncio.CancelledError
            self._workflows[workflow_id].steps[number] = _RememberedStep(name, outcome)


class MemoryEngine:
    """An `Engine` in memory; runs workflows on an event loop in a thread of its own."""

    def __init__(self, store: MemoryEngineStore | None = None) -> None:
        self.store = store or MemoryEngineStore()
        self._registered: dict[str, tuple[Workflow, type[Any]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def register(self, name: str, workflow: Workflow, *, takes: type[Any]) -> None:
        """Make a workflow known under a name that never changes; before `launch`."""
        if self._loop is not None:
            msg = f"Workflow {name!r} was registered after the engine was launched."
            raise RefusedError(msg, remedy="Register every workflow before launch.")
        if name in self._registered:
            msg = f"Two workflows want the name {name!r}."
            raise RefusedError(msg, remedy="Give each workflow a name of its own.")
        self._registered[name] = (workflow, takes)

    def launch(self) -> None:
        """Begin to run: first of all whatever was left unfinished."""
        self.store.claim(self)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_run, args=(self._loop,), name="memory-engine", daemon=True)
        self._thread.start()
        for workflow_id, name, argument in self.store.unfinished():
            if name in self._registered:
                self._on_loop(self._begin(name, workflow_id, argument))

    def start(self, name: str, workflow_id: str, argument: object) -> None:
        """Start a workflow in the background; starting the same id again changes nothing."""
        if name not in self._registered:
            msg = f"No workflow is named {name!r}."
            raise NotFoundError(msg, remedy=f"Known are: {', '.join(sorted(self._registered)) or 'none'}.")
        if not workflow_id.strip():
            msg = "A workflow needs an id."
            raise BadInputError(msg, remedy="Derive the id from what the workflow is about.")
        self._refuse_unless_launched()
        written = msgspec.json.encode(argument)
        if self.store.add(workflow_id, name, written):
            self._on_loop(self._begin(name, workflow_id, written))

    def status(self, workflow_id: str) -> WorkflowStatus:
        """Return where the workflow stands."""
        self._refuse_unless_launched()
        return self.store.standing(workflow_id)[0]

    def failure(self, workflow_id: str) -> str:
        """Return the error that ended a failed workflow, or an empty string."""
        self._refuse_unless_launched()
        return self.store.standing(workflow_id)[1]

    def cancel(self, workflow_id: str) -> None:
        """Stop the workflow before its next step; one that has ended, or is unknown, stays as it is."""
        self._refuse_unless_launched()
        self.store.end(self, workflow_id, WorkflowStatus.CANCELLED)

    def stop(self) -> None:
        """Stop running; what is unfinished stays so until the next `launch`. Stopping twice is no fault."""
        self.kill()

    def kill(self) -> None:
        """Die as a process does: from this instant nothing more is remembered, whatever still runs.

        A step may call it too, to die in the midst of itself.
        """
        self.store.let_go(self)
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_abandon_tasks(), loop)
        if threading.current_thread() is not thread:
            thread.join(_STOP_SECONDS)

    async def _begin(self, name: str, workflow_id: str, argument: bytes) -> None:
        task = asyncio.create_task(self._run(name, workflow_id, argument))
        self._tasks.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(self._tasks.discard)

    async def _run(self, name: str, workflow_id: str, argument: bytes) -> None:
        workflow, takes = self._registered[name]

        async def read_and_run(context: WorkflowContext, written: bytes) -> None:
            await workflow(context, msgspec.json.decode(written, type=takes))

        failure = await run_to_end(read_and_run, _MemoryContext(self, workflow_id), argument)
        ended_as = WorkflowStatus.FAILED if failure else WorkflowStatus.DONE
        self.store.end(self, workflow_id, ended_as, failure)

    def _on_loop(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        if threading.current_thread() is self._thread:
            work.close()
            msg = "A workflow or step asked the engine it runs on; that would wait for itself."
            raise RuntimeError(msg)
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _refuse_unless_launched(self) -> None:
        if self._loop is None:
            msg = "The engine is not running."
            raise RefusedError(msg, remedy="Launch it first.")


class _MemoryContext:
    """A `WorkflowContext` over a `MemoryEngineStore`."""

    def __init__(self, engine: MemoryEngine, workflow_id: str) -> None:
        self._engine = engine
        self._workflow_id = workflow_id
        self._steps_asked_for = 0

    @property
    def workflow_id(self) -> str:
        return self._workflow_id

    async def step(
        self, name: str, do: Callable[[], Awaitable[ResultT]], *, returns: type[ResultT]
    ) -> ResultT:
        return recall(await self._once(name, lambda: attempt(do)), step=name, returns=returns)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return

        async def wake_at() -> float:
            # The loops of one process share the monotonic clock, so the next engine can read it too.
            return asyncio.get_running_loop().time() + seconds

        due = float(await self._once(_SLEEP, wake_at))
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))

    async def _once(self, name: str, make: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - JSON values
        number = self._steps_asked_for
        self._steps_asked_for += 1
        store = self._engine.store
        known = store.look_up(self._engine, self._workflow_id, number, name)
        if known is None:
            known = msgspec.json.encode(await make())
            store.remember(self._engine, self._workflow_id, number, name, known)
        return msgspec.json.decode(known)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


async def _abandon_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_STOP_SECONDS)
    asyncio.get_running_loop().stop()
