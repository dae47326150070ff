"""Durable execution on the MIT core of DBOS, in SQLite or PostgreSQL.

DBOS owns one engine per process, and so does this adapter. Workflows run on one event loop in one thread of
their own; DBOS adopts the loop from which it is launched, so that fresh and recovered workflows share it and
none of them holds a thread while it waits. Why and what it costs:
`docs/decisions/0002-dbos-behind-an-engine-port.md`.
"""

import asyncio
import concurrent.futures
import contextvars
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import msgspec
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from dbos import WorkflowStatus as DbosStatus
from dbos import error as dbos_error

from strandline.adapters.dbos_store import DbosStore
from strandline.engine.ports import Workflow, WorkflowContext, WorkflowStatus
from strandline.engine.remembered import BrokenStepError, attempt, recall, run_to_end
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError, UnavailableError

ResultT = TypeVar("ResultT")

EXECUTOR_ID = "control-plane"
"""The name under which every process takes up what its killed predecessor left behind."""

WORKFLOW_VERSION = "1"
"""Raised only when workflows of the version before cannot be resumed by this code. DBOS recovers nothing
across versions, and its default is a hash of the source: any upgrade would strand what is running."""

_STOP_SECONDS = 10.0


@dataclass(frozen=True)
class _Registered:
    workflow: Workflow
    takes: type[Any]


class DbosEngine:
    """An `Engine` on DBOS.

    Args:
        database_url: `sqlite:////path/engine.db` or `postgresql://…`; tables and a schema of our own in it.
    """

    _launched: ClassVar["DbosEngine | None"] = None
    _one_at_a_time: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, database_url: str) -> None:
        self._store = DbosStore(database_url)
        self._registered: dict[str, _Registered] = {}
        self._runners: dict[str, Callable[[Any], Coroutine[Any, Any, str]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._left: set[str] = set()
        """Workflows whose task has come to its end in this process, whether that could be written or not."""

    def register(self, name: str, workflow: Workflow, *, takes: type[Any]) -> None:
        """Make a workflow known under a name that never changes; before `launch`."""
        if self._loop is not None:
            msg = f"Workflow {name!r} was registered after the engine was launched."
            raise RefusedError(msg, remedy="Register every workflow before launch.")
        if name in self._registered:
            msg = f"Two workflows want the name {name!r}."
            raise RefusedError(msg, remedy="Give each workflow a name of its own.")
        self._registered[name] = _Registered(workflow, takes)

    def launch(self) -> None:
        """Begin to run: first of all whatever was left unfinished.

        Raises:
            RefusedError: an engine runs already, in this process or in another one on the same store.
            UnavailableError: the store cannot be reached.
        """
        with DbosEngine._one_at_a_time:
            if DbosEngine._launched is not None:
                msg = "A process can run one engine, and one is running already."
                raise RefusedError(msg, remedy="Stop the other engine first.")
            self._store.open()
            try:
                self._start_loop()
                self._on_loop(self._launch_dbos)
            except BaseException as failed:
                self._tear_down()
                if isinstance(failed, Exception):
                    msg = f"The engine's store did not accept us: {failed}"
                    raise UnavailableError(
                        msg, where=self._store.shown, remedy="Check that the database can be written to."
                    ) from failed
                raise
            DbosEngine._launched = self

    def start(self, name: str, workflow_id: str, argument: object) -> None:
        """Start a workflow in the background; starting the same id again changes nothing.

        Raises:
            NotFoundError: no workflow is registered under this name.
            BadInputError: the id is blank.
            RefusedError: the id belongs to a workflow of another name.
        """
        runner = self._runners.get(name)
        if name not in self._registered:
            msg = f"No workflow is named {name!r}."
            raise NotFoundError(msg, remedy=f"Known are: {', '.join(sorted(self._registered)) or 'none'}.")
        if not workflow_id.strip():
            msg = "A workflow needs an id."
            raise BadInputError(msg, remedy="Derive the id from what the workflow is about.")
        plain = msgspec.json.decode(msgspec.json.encode(argument))

        async def begin() -> None:
            assert runner is not None  # noqa: S101 - `_on_loop` has refused when not launched
            with SetWorkflowID(workflow_id):
                await DBOS.start_workflow_async(runner, plain)

        try:
            self._on_loop(begin)
        except dbos_error.DBOSConflictingWorkflowError as conflict:
            msg = f"The id {workflow_id!r} belongs to a workflow of another name than {name!r}."
            raise RefusedError(msg, remedy="Use another id.") from conflict

    def status(self, workflow_id: str) -> WorkflowStatus:
        """Return where the workflow stands."""
        was_left = workflow_id in self._left  # asked before the row: what is left now had its end written
        row = self._row(workflow_id)
        if row is None:
            return WorkflowStatus.UNKNOWN
        if row.status == "SUCCESS":
            return WorkflowStatus.FAILED if row.output else WorkflowStatus.DONE
        if row.status == "CANCELLED":
            return WorkflowStatus.CANCELLED
        if row.status in {"PENDING", "ENQUEUED", "DELAYED"}:
            # It came to an end here, and the store could not take that down: nobody runs it any more.
            return WorkflowStatus.FAILED if was_left else WorkflowStatus.RUNNING
        return WorkflowStatus.FAILED

    def failure(self, workflow_id: str) -> str:
        """Return the error that ended a failed workflow, or an empty string."""
        was_left = workflow_id in self._left
        row = self._row(workflow_id)
        if row is None:
            return ""
        if row.error is not None:
            return str(row.error)
        if row.status == "PENDING" and was_left:
            return "the engine's store could not be written"
        return str(row.output) if row.status == "SUCCESS" else ""

    def cancel(self, workflow_id: str) -> None:
        """Stop the workflow before its next step; one that has ended, or is unknown, stays as it is."""

        async def end() -> None:
            await DBOS.cancel_workflow_async(workflow_id)

        self._on_loop(end)

    def stop(self) -> None:
        """Stop running; what is unfinished stays so until the next `launch`. Stopping twice is no fault."""
        self._refuse_own_thread()
        with DbosEngine._one_at_a_time:
            if DbosEngine._launched is not self:
                return
            self._tear_down()
            DbosEngine._launched = None

    def _row(self, workflow_id: str) -> DbosStatus | None:
        async def look() -> DbosStatus | None:
            return await DBOS.get_workflow_status_async(workflow_id)

        return self._on_loop(look)

    async def _launch_dbos(self) -> None:
        _quieten_dbos()
        config: DBOSConfig = {
            "name": "strandline",
            "system_database_url": self._store.url_for_dbos,
            "dbos_system_schema": self._store.schema,
            "executor_id": EXECUTOR_ID,
            "application_version": WORKFLOW_VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "enable_otlp": False,
            # We use neither messages, nor events, nor schedules, nor queues of our own.
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 0.25,
            "scheduler_polling_interval_sec": 3600.0,
        }
        DBOS(config=config)
        DBOS.listen_queues([])
        self._left.clear()
        self._runners = {name: self._runner(name, each) for name, each in self._registered.items()}
        DBOS.launch()

    def _runner(self, name: str, registered: _Registered) -> Callable[[Any], Coroutine[Any, Any, str]]:
        async def run(argument: Any) -> str:  # noqa: ANN401 - JSON values are of any shape
            workflow_id = DBOS.workflow_id
            assert workflow_id is not None  # noqa: S101 - DBOS sets it before it calls a workflow

            async def read_and_run(context: WorkflowContext, plain: object) -> None:
                await registered.workflow(context, msgspec.convert(plain, registered.takes, str_keys=True))

            self._left.discard(workflow_id)
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - a coroutine that runs has a task
            # DBOS writes a workflow's end in the task that ran it: when that is done, so is the writing.
            task.add_done_callback(lambda _: self._left.add(workflow_id))
            # A failure is returned: of what is raised DBOS keeps only the message, and it logs that.
            return await run_to_end(read_and_run, _DbosContext(workflow_id), argument)

        # By default DBOS gives a workflow up for lost after a hundred restarts.
        return DBOS.workflow(name=name, max_recovery_attempts=None)(run)

    def _start_loop(self) -> None:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="strandline-engine", daemon=True)
        self._loop, self._thread = loop, thread
        thread.start()

    def _on_loop(self, make: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Run on the engine's loop and wait for the result, from any thread but the loop's own."""
        if self._loop is None:
            msg = "The engine is not running."
            raise RefusedError(msg, remedy="Launch it first.")
        self._refuse_own_thread()

        async def wrapped() -> ResultT:
            return await make()

        # In an empty context: within a step's thread, DBOS would take the call for a part of that workflow.
        submit = contextvars.Context().run
        try:
            return submit(asyncio.run_coroutine_threadsafe, wrapped(), self._loop).result()
        except concurrent.futures.CancelledError as stopped:
            msg = "The engine was stopped before it could answer."
            raise UnavailableError(msg, where=self._store.shown, remedy="Launch it again.") from stopped

    def _refuse_own_thread(self) -> None:
        if self._thread is not None and threading.current_thread() is self._thread:
            msg = "A workflow or step asked the engine it runs on; that would wait for itself."
            raise RuntimeError(msg)

    def _tear_down(self) -> None:
        loop, thread = self._loop, self._thread
        if loop is not None and thread is not None:
            abandoned = asyncio.run_coroutine_threadsafe(_abandon_tasks(), loop)
            # A step that blocks the loop is left behind, in a thread that dies with the process.
            concurrent.futures.wait([abandoned], timeout=_STOP_SECONDS)
            DBOS.destroy(destroy_registry=True)
            _wait_for_executor_threads()
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_STOP_SECONDS)
            if not thread.is_alive():
                loop.close()
        self._loop = self._thread = None
        self._runners = {}
        self._store.close()


class _DbosContext:
    """A `WorkflowContext` on DBOS."""

    def __init__(self, workflow_id: str) -> None:
        self._workflow_id = workflow_id

    @property
    def workflow_id(self) -> str:
        return self._workflow_id

    async def step(
        self, name: str, do: Callable[[], Awaitable[ResultT]], *, returns: type[ResultT]
    ) -> ResultT:
        async def attempted() -> Any:  # noqa: ANN401 - JSON values are of any shape
            return await attempt(do)

        try:
            remembered = await DBOS.run_step_async({"name": name}, attempted)
        except dbos_error.DBOSUnexpectedStepError as other:
            msg = f"Step {name!r} was asked for where another step is remembered: {other.message}"
            raise BrokenStepError(msg) from other
        return recall(remembered, step=name, returns=returns)

    async def sleep(self, seconds: float) -> None:
        await DBOS.sleep_async(seconds)


async def _abandon_tasks() -> None:
    """Cancel whatever runs on this loop. DBOS records no end for a cancelled task: it stays to be resumed."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_STOP_SECONDS)


def _wait_for_executor_threads() -> None:
    """Let a write that was under way when its task was cancelled reach the store before we let go of it."""
    for thread in threading.enumerate():
        if thread.name.startswith("dbos-executor-"):
            thread.join(_STOP_SECONDS)


def _quieten_dbos() -> None:
    """Leave DBOS's log to the host's handlers: by default it prints to the console."""
    logger = logging.getLogger("dbos")
    if not any(isinstance(each, logging.NullHandler) for each in logger.handlers):
        logger.addHandler(logging.NullHandler())
        logger.addFilter(_is_worth_reading)


def _is_worth_reading(record: logging.LogRecord) -> bool:
    """A cancelled workflow or task is what was asked for, not an error."""
    cause = record.exc_info[1] if record.exc_info else None
    return record.levelno >= logging.ERROR and not isinstance(
        cause, dbos_error.DBOSAwaitedWorkflowCancelledError
    )
