"""Killed at every point in turn, and resumed: what the engines' own tests are made with."""

from pathlib import Path

import pytest

from strandline.engine.ports import Engine, WorkflowContext, WorkflowStatus
from strandline.testing.engine_trial import Nothing, Order, noting, wait_for_end, wait_until
from strandline.testing.killing_engine import KillingEngine
from strandline.testing.memory_engine import MemoryEngine, MemoryEngineStore
from strandline.vocabulary.errors import BadInputError, RefusedError

POINTS = [
    f"{point}:{step}"
    for step in ("a#1", "b#1", "a#2", "refuse#1")
    for point in ("before", "after", "remembered")
]


def registered(engine: Engine, effects: list[str]) -> Engine:
    async def refuse() -> int:
        effects.append("refuse")
        msg = "No."
        raise RefusedError(msg)

    async def steps(context: WorkflowContext, _: Order) -> None:
        await context.step("a", noting(effects, "a1"), returns=Nothing)
        await context.step("b", noting(effects, "b1"), returns=Nothing)
        await context.sleep(0.01)
        await context.step("a", noting(effects, "a2"), returns=Nothing)
        with pytest.raises(RefusedError):
            await context.step("refuse", refuse, returns=int)

    engine.register("steps", steps, takes=Order)
    engine.launch()
    return engine


def test_logs_each_point_and_kills_nobody(tmp_path: Path) -> None:
    log = tmp_path / "points"
    engine = registered(KillingEngine(MemoryEngine(), at="", points_log=log), [])
    engine.start("steps", "w", Order())
    assert wait_for_end(engine, "w") is WorkflowStatus.DONE
    engine.stop()
    assert log.read_text(encoding="utf-8").splitlines() == POINTS


@pytest.mark.parametrize("point", POINTS)
def test_loses_nothing_and_repeats_only_the_step_it_was_killed_in(point: str, tmp_path: Path) -> None:
    store, effects, log = MemoryEngineStore(), list[str](), tmp_path / "points"
    mortal = MemoryEngine(store)
    killing = registered(KillingEngine(mortal, at=point, points_log=log, kill=mortal.kill), effects)
    killing.start("steps", "w", Order())
    wait_until(lambda: log.exists() and point in log.read_text(encoding="utf-8").splitlines())

    killing.stop()
    resumed = registered(MemoryEngine(store), effects)
    assert wait_for_end(resumed, "w") is WorkflowStatus.DONE
    resumed.stop()

    twice = {"after:a#1": ["a1"], "after:b#1": ["b1"], "after:a#2": ["a2"], "after:refuse#1": ["refuse"]}
    assert sorted(effects) == sorted(["a1", "b1", "a2", "refuse", *twice.get(point, [])])


@pytest.mark.parametrize("point", ["shift", "during:shift#1", "before:shift", "after:shift#0", "before:#1"])
def test_refuses_what_is_no_point(point: str) -> None:
    with pytest.raises(BadInputError, match="before:<step>#<n>"):
        KillingEngine(MemoryEngine(), at=point)
