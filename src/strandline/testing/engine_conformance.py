"""What every engine must do, as tests: mix `EngineConformance` in and give it a fixture that makes engines.

"Relaunch" here is `stop` and a new engine on the same store. The sudden death of a real process is tested
apart, for adapters that outlive one.
"""

import asyncio
import threading
import time

import pytest

from strandline.engine.ports import Engine, WorkflowContext, WorkflowStatus
from strandline.testing.engine_replay_conformance import EngineReplayConformance
from strandline.testing.engine_trial import (
    NewEngine,
    Nothing,
    Order,
    noting,
    opened,
    running,
    sleeps_long,
    wait_for_end,
    wait_until,
)
from strandline.vocabulary.errors import BadInputError, NotFoundError, RefusedError


class EngineConformance(EngineReplayConformance):
    """Subclass it and give the fixture `new_engine`: each call makes an engine on one and the same store."""

    def test_starts_an_id_only_once(self, new_engine: NewEngine) -> None:
        """Starting again changes nothing: while it runs, when it is done, after a relaunch."""
        runs: list[str] = []

        async def notes(context: WorkflowContext, order: Order) -> None:
            await context.step("note", noting(runs, str(order.count)), returns=Nothing)

        with running(new_engine, notes=notes) as engine:
            engine.start("notes", "w", Order(1))
            engine.start("notes", "w", Order(2))
            assert wait_for_end(engine, "w") is WorkflowStatus.DONE
            engine.start("notes", "w", Order(3))
        with running(new_engine, notes=notes) as engine:
            engine.start("notes", "w", Order(4))
            assert engine.status("w") is WorkflowStatus.DONE
        assert runs == ["1"]

    def test_starts_from_many_threads_at_once(self, new_engine: NewEngine) -> None:
        """Doors live in threads of their own; workflows do not get into each other's way."""
        runs: list[str] = []

        async def notes(context: WorkflowContext, order: Order) -> None:
            for number in range(3):
                await context.step("note", noting(runs, f"{order.count}.{number}"), returns=Nothing)

        with running(new_engine, notes=notes) as engine:
            threads = [
                threading.Thread(target=engine.start, args=("notes", f"w{number % 10}", Order(number % 10)))
                for number in range(20)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for number in range(10):
                assert wait_for_end(engine, f"w{number}") is WorkflowStatus.DONE
        assert sorted(runs) == sorted(f"{workflow}.{step}" for workflow in range(10) for step in range(3))

    def test_refuses_what_cannot_be_started(self, new_engine: NewEngine) -> None:
        """An unknown name, a blank id, an id that is taken by a workflow of another name."""
        with running(new_engine, naps=sleeps_long, notes=sleeps_long) as engine:
            with pytest.raises(NotFoundError, match="naps, notes"):
                engine.start("other", "w", Order())
            with pytest.raises(BadInputError):
                engine.start("naps", " ", Order())
            engine.start("naps", "w", Order())
            with pytest.raises(RefusedError):
                engine.start("notes", "w", Order())
            assert engine.status("w") is WorkflowStatus.RUNNING

    def test_knows_nothing_of_an_id_never_started(self, new_engine: NewEngine) -> None:
        """Unknown is a status of its own."""
        with running(new_engine) as engine:
            assert engine.status("nobody") is WorkflowStatus.UNKNOWN
            assert engine.failure("nobody") == ""
            engine.cancel("nobody")
            assert engine.status("nobody") is WorkflowStatus.UNKNOWN

    def test_cancels_before_the_next_step_and_for_good(self, new_engine: NewEngine) -> None:
        """The step that runs may end; no further one begins, not even after a relaunch."""
        runs: list[str] = []
        gate = threading.Event()

        async def works(context: WorkflowContext, _: Order) -> None:
            try:

                async def wait() -> None:
                    runs.append("wait")
                    await opened(gate)
                    runs.append("waited")

                await context.step("wait", wait, returns=Nothing)
                await context.step("next", noting(runs, "next"), returns=Nothing)
            except Exception:  # noqa: BLE001 - a workflow that catches too much must still be cancelled
                await context.step("repair", noting(runs, "repair"), returns=Nothing)

        with running(new_engine, works=works) as engine:
            engine.start("works", "w", Order())
            wait_until(lambda: runs == ["wait"])
            engine.cancel("w")
            assert engine.status("w") is WorkflowStatus.CANCELLED
            gate.set()
            wait_until(lambda: runs == ["wait", "waited"])
        with running(new_engine, works=works, naps=sleeps_long) as engine:
            engine.start("works", "w", Order())
            engine.start("naps", "later", Order())
            assert engine.status("w") is WorkflowStatus.CANCELLED
            assert engine.failure("w") == ""
            time.sleep(0.2)
        assert runs == ["wait", "waited"]

    def test_leaves_the_end_of_a_workflow_alone(self, new_engine: NewEngine) -> None:
        """Cancelling what is done changes nothing."""

        async def ends(_: WorkflowContext, __: Order) -> None:
            return

        with running(new_engine, ends=ends) as engine:
            engine.start("ends", "w", Order())
            assert wait_for_end(engine, "w") is WorkflowStatus.DONE
            engine.cancel("w")
            assert engine.status("w") is WorkflowStatus.DONE

    def test_can_be_asked_from_within_an_event_loop(self, new_engine: NewEngine) -> None:
        """A web page asks from the loop of its server."""

        async def page(engine: Engine) -> WorkflowStatus:
            engine.start("naps", "w", Order())
            return engine.status("w")

        with running(new_engine, naps=sleeps_long) as engine:
            assert asyncio.run(page(engine)) is WorkflowStatus.RUNNING

    def test_starts_another_workflow_from_a_thread_of_a_step(self, new_engine: NewEngine) -> None:
        """The started workflow is one of its own, not a part of the one that started it."""
        runs: list[str] = []
        engines: list[Engine] = []

        async def parent(context: WorkflowContext, _: Order) -> None:
            async def begin() -> None:
                await asyncio.to_thread(engines[0].start, "child", "c", Order())

            await context.step("begin", begin, returns=Nothing)
            await context.step("note", noting(runs, "parent"), returns=Nothing)

        async def child(context: WorkflowContext, _: Order) -> None:
            await context.step("note", noting(runs, "child"), returns=Nothing)

        with running(new_engine, parent=parent, child=child) as engine:
            engines.append(engine)
            engine.start("parent", "p", Order())
            assert wait_for_end(engine, "p") is WorkflowStatus.DONE
            assert wait_for_end(engine, "c") is WorkflowStatus.DONE
        assert sorted(runs) == ["child", "parent"]

    def test_fails_a_workflow_that_asks_its_own_engine_and_would_wait_for_itself(
        self, new_engine: NewEngine
    ) -> None:
        """A deadlock is an error, not a silence."""
        engines: list[Engine] = []

        async def asks(_: WorkflowContext, __: Order) -> None:
            engines[0].start("asks", "another", Order())

        with running(new_engine, asks=asks) as engine:
            engines.append(engine)
            engine.start("asks", "w", Order())
            assert wait_for_end(engine, "w") is WorkflowStatus.FAILED
            assert "wait for itself" in engine.failure("w")

    def test_registers_before_launch_and_each_name_once(self, new_engine: NewEngine) -> None:
        """What is left over must find its workflow at launch."""
        engine = new_engine()
        engine.register("naps", sleeps_long, takes=Order)
        with pytest.raises(RefusedError):
            engine.register("naps", sleeps_long, takes=Order)
        engine.launch()
        with pytest.raises(RefusedError):
            engine.register("late", sleeps_long, takes=Order)
        engine.stop()

    def test_refuses_work_unless_launched(self, new_engine: NewEngine) -> None:
        """Before launch and after stop there is nobody to do it; stopping twice is no fault."""
        engine = new_engine()
        engine.register("naps", sleeps_long, takes=Order)
        with pytest.raises(RefusedError):
            engine.start("naps", "w", Order())
        engine.launch()
        engine.stop()
        engine.stop()
        with pytest.raises(RefusedError):
            engine.status("w")

    def test_refuses_a_second_engine_on_the_store_until_the_first_is_stopped(
        self, new_engine: NewEngine
    ) -> None:
        """Two engines would both take up what was left over."""
        second = new_engine()
        with running(new_engine, naps=sleeps_long) as first:
            first.start("naps", "w", Order())
            with pytest.raises(RefusedError):
                second.launch()
            assert first.status("w") is WorkflowStatus.RUNNING
        second.register("naps", sleeps_long, takes=Order)
        second.launch()
        assert second.status("w") is WorkflowStatus.RUNNING
        second.stop()
