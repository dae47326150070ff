"""What every engine must do with steps: run them, remember them, and replay them faithfully."""

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from strandline.engine.ports import WorkflowContext, WorkflowStatus
from strandline.testing.engine_trial import (
    NewEngine,
    Nothing,
    Order,
    Receipt,
    noting,
    opened,
    running,
    wait_for_end,
    wait_in_step,
    wait_until,
)
from strandline.vocabulary.errors import ConflictingEventError, RefusedError, StrandlineError

_NAP_SECONDS = 2.5


class EngineReplayConformance:
    """The part of `EngineConformance` that concerns steps."""

    def test_runs_steps_in_order_and_ends_done(self, new_engine: NewEngine) -> None:
        """Steps run one after the other, each seeing the result of the one before."""
        seen: list[int] = []

        async def counts(context: WorkflowContext, order: Order) -> None:
            total = 0
            for _ in range(order.count):

                async def add(before: int = total) -> int:
                    return before + 1

                total = await context.step("add", add, returns=int)
                seen.append(total)

        with running(new_engine, counts=counts) as engine:
            engine.start("counts", "w", Order(4))
            assert wait_for_end(engine, "w") is WorkflowStatus.DONE
            assert engine.failure("w") == ""
        assert seen == [1, 2, 3, 4]

    def test_hands_the_argument_over_as_it_was(self, new_engine: NewEngine) -> None:
        """The argument arrives as the struct that was given."""
        order = Order(3, datetime(2026, 11, 23, 12, 0, 0, 1, tzinfo=UTC))
        seen: list[Order] = []

        async def looks(context: WorkflowContext, given: Order) -> None:
            assert context.workflow_id == "w"
            seen.append(given)

        with running(new_engine, looks=looks) as engine:
            engine.start("looks", "w", order)
            assert wait_for_end(engine, "w") is WorkflowStatus.DONE
        assert seen == [order]

    def test_sees_equal_results_on_first_run_and_on_replay(self, new_engine: NewEngine) -> None:
        """A workflow cannot tell whether a result is fresh or remembered."""
        receipt = Receipt(
            at=datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC),
            took=timedelta(milliseconds=1234),
            price=Decimal("0.10"),
            shares=(5, 25, 50),
            by_stage={1: "canary \u2603\u0000", 2: "all"},
        )
        seen: list[Any] = []
        gate = threading.Event()

        async def shows(context: WorkflowContext, _: Order) -> None:
            async def make() -> Receipt:
                return receipt

            async def none() -> None:
                return None

            async def either() -> int | str:
                return "text"

            results: tuple[Any, ...] = (
                await context.step("make", make, returns=Receipt),
                await context.step("none", none, returns=Nothing),
                await context.step("either", either, returns=int | str),  # type: ignore[arg-type] # a union is no type to mypy
            )
            seen.append(results)
            await wait_in_step(context, gate)

        with running(new_engine, shows=shows) as engine:
            engine.start("shows", "w", Order())
            wait_until(lambda: len(seen) == 1)
        gate.set()
        with running(new_engine, shows=shows) as engine:
            assert wait_for_end(engine, "w") is WorkflowStatus.DONE
        assert seen == [(receipt, None, "text")] * 2

    def test_runs_no_remembered_step_again(self, new_engine: NewEngine) -> None:
        """After a relaunch a workflow goes on behind its last remembered step."""
        runs: list[str] = []
        gate = threading.Event()

        async def works(context: WorkflowContext, _: Order) -> None:
            for name in ("one", "two"):

                async def do(name: str = name) -> None:
                    runs.append(name)

                await context.step(name, do, returns=Nothing)
            await wait_in_step(context, gate)
            await context.step("three", noting(runs, "three"), returns=Nothing)

        with running(new_engine, works=works) as engine:
            engine.start("works", "w", Order())
            wait_until(lambda: runs == ["one", "two"])
            assert engine.status("w") is WorkflowStatus.RUNNING
        gate.set()
        with running(new_engine, works=works) as engine:
            assert wait_for_end(engine, "w") is WorkflowStatus.DONE
        assert runs == ["one", "two", "three"]

    def test_runs_an_interrupted_step_again(self, new_engine: NewEngine) -> None:
        """A step that had begun but was not remembered runs once more: at least once, that is."""
        runs: list[str] = []
        gate = threading.Event()

        async def works(context: WorkflowContext, _: Order) -> None:
            async def begin() -> None:
                runs.append("begun")
                await opened(gate)

            await context.step("begin", begin, returns=Nothing)

        with running(new_engine, works=works) as engine:
            engine.start("works", "w", Order())
            wait_until(lambda: runs == ["begun"])
        gate.set()
        with running(new_engine, works=works) as engine:
            assert wait_for_end(engine, "w") is WorkflowStatus.DONE
        assert runs == ["begun", "begun"]

    def test_raises_a_remembered_error_again_with_its_three_parts(self, new_engine: NewEngine) -> None:
        """A `StrandlineError` comes back as the same class, on first run and on replay."""
        runs: list[str] = []
        caught: list[tuple[type[StrandlineError], str, str, str]] = []
        gate = threading.Event()

        async def tries(context: WorkflowContext, _: Order) -> None:
            async def refuse() -> int:
                runs.append("refuse")
                msg = "This id says something else."
                raise ConflictingEventError(msg, where="ledger", remedy="Use another id.")

            try:
                await context.step("refuse", refuse, returns=int)
            except StrandlineError as error:
                caught.append((type(error), error.what, error.where, error.remedy))
            await wait_in_step(context, gate)

        with running(new_engine, tries=tries) as engine:
            engine.start("tries", "w", Order())
            wait_until(lambda: len(caught) == 1)
        gate.set()
        with running(new_engine, tries=tries) as engine:
            assert wait_for_end(engine, "w") is WorkflowStatus.DONE
        expected = (ConflictingEventError, "This id says something else.", "ledger", "Use another id.")
        assert caught == [expected, expected]
        assert runs == ["refuse"]

    def test_fails_with_the_words_of_an_uncaught_error(self, new_engine: NewEngine) -> None:
        """An error that the workflow does not catch ends it, and stays readable after a relaunch."""

        async def refuses(_: WorkflowContext, __: Order) -> None:
            msg = "The gate said no."
            raise RefusedError(msg, where="gate", remedy="Ask again tomorrow.")

        with running(new_engine, refuses=refuses) as engine:
            engine.start("refuses", "w", Order())
            assert wait_for_end(engine, "w") is WorkflowStatus.FAILED
            assert engine.failure("w") == "gate: The gate said no. Ask again tomorrow."
        with running(new_engine, refuses=refuses) as engine:
            assert engine.status("w") is WorkflowStatus.FAILED
            assert engine.failure("w") == "gate: The gate said no. Ask again tomorrow."

    def test_fails_readably_when_a_step_or_a_workflow_has_a_bug(self, new_engine: NewEngine) -> None:
        """A bug ends the workflow, and says which and where."""

        async def broken_step(context: WorkflowContext, _: Order) -> None:
            async def divide() -> float:
                return 1 / 0

            await context.step("divide", divide, returns=float)

        async def broken_workflow(_: WorkflowContext, __: Order) -> None:
            msg = "a bug"
            raise KeyError(msg)

        with running(new_engine, step=broken_step, workflow=broken_workflow) as engine:
            engine.start("step", "s", Order())
            engine.start("workflow", "w", Order())
            assert wait_for_end(engine, "s") is WorkflowStatus.FAILED
            assert wait_for_end(engine, "w") is WorkflowStatus.FAILED
            assert "Step 'divide' is broken: ZeroDivisionError: " in engine.failure("s")
            assert "engine_replay_conformance.py" in engine.failure("s")
            assert engine.failure("w").startswith("KeyError: ")

    def test_fails_when_a_result_is_not_what_the_step_returns(self, new_engine: NewEngine) -> None:
        """A wrong result is found on the first run, not years later on replay."""

        async def lies(context: WorkflowContext, _: Order) -> None:
            async def word() -> int:
                return "word"  # type: ignore[return-value] # the lie under test

            await context.step("word", word, returns=int)

        with running(new_engine, lies=lies) as engine:
            engine.start("lies", "w", Order())
            assert wait_for_end(engine, "w") is WorkflowStatus.FAILED
            assert "'word' does not read as" in engine.failure("w")

    def test_fails_when_a_workflow_does_not_repeat_itself(self, new_engine: NewEngine) -> None:
        """Another step where one is remembered is a broken rule, never a wrong result."""
        names = iter(["one", "another"])
        runs: list[str] = []
        waiting: list[str] = []
        gate = threading.Event()

        async def wavers(context: WorkflowContext, _: Order) -> None:
            name = next(names)
            await context.step(name, noting(runs, name), returns=Nothing)
            await wait_in_step(context, gate, waiting)

        with running(new_engine, wavers=wavers) as engine:
            engine.start("wavers", "w", Order())
            wait_until(lambda: waiting == ["w"])
        gate.set()
        with running(new_engine, wavers=wavers) as engine:
            assert wait_for_end(engine, "w") is WorkflowStatus.FAILED
            assert "Step 'another' was asked for where another step is remembered" in engine.failure("w")
        assert runs == ["one"]

    def test_sleeps_and_after_a_relaunch_only_for_the_rest(self, new_engine: NewEngine) -> None:
        """The time that passed while nothing ran counts."""
        woke: list[float] = []

        async def naps(context: WorkflowContext, _: Order) -> None:
            await context.sleep(_NAP_SECONDS)
            woke.append(time.monotonic())

        begun = time.monotonic()
        with running(new_engine, naps=naps) as engine:
            engine.start("naps", "w", Order())
            time.sleep(0.3)
            assert woke == []
        time.sleep(_NAP_SECONDS)
        relaunched = time.monotonic()
        with running(new_engine, naps=naps) as engine:
            assert wait_for_end(engine, "w") is WorkflowStatus.DONE
        assert woke[0] - begun >= _NAP_SECONDS
        assert woke[0] - relaunched < _NAP_SECONDS, "slept all over again"

    def test_does_not_sleep_for_no_time(self, new_engine: NewEngine) -> None:
        """Nothing, or less, is no time to wait."""

        async def naps(context: WorkflowContext, _: Order) -> None:
            await context.sleep(0)
            await context.sleep(-5)

        with running(new_engine, naps=naps) as engine:
            engine.start("naps", "w", Order())
            assert wait_for_end(engine, "w") is WorkflowStatus.DONE
