"""A deployer's command runs once for an operation, within its time, whoever is killed meanwhile."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from strandline.adapters import command_runner
from strandline.adapters.command_runner import Command, Outcome, ask, operation_in, run_once

SECOND = timedelta(seconds=1)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "work"
    made.mkdir()
    yield made
    for process in psutil.process_iter(["cwd"]):
        if process.info["cwd"] in {str(made), str(tmp_path / "target")}:
            process.kill()


def _sh(folder: Path, script: str, *, time_limit: timedelta = 30 * SECOND, **variables: str) -> Command:
    return Command(argv=("sh", "-c", script), folder=folder, variables=variables, time_limit=time_limit)


async def _run(folder: Path, name: str, command: Command, *, step: str = "shift") -> Outcome:
    target = folder.parent / "target"
    return await run_once(operation_in(target, step=step, name=name, alone=step != "prepare"), command)


async def _until(condition: Callable[[], bool], within: float = 20.0) -> None:
    give_up_at = time.monotonic() + within
    while not condition():
        assert time.monotonic() < give_up_at
        await asyncio.sleep(0.01)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


async def test_an_operation_that_succeeded_is_not_run_again(folder: Path) -> None:
    command = _sh(folder, "echo ran >> log; echo said")
    first = await _run(folder, "1", command)
    second = await _run(folder, "1", command)
    assert (first.how, first.was_done_before, first.tail) == ("", False, "said")
    assert (second.how, second.was_done_before, second.tail) == ("", True, "said")
    assert _lines(folder / "log") == ["ran"]


async def test_an_operation_that_failed_is_run_again_with_the_same_name(folder: Path) -> None:
    command = _sh(
        folder, 'echo "$STRANDLINE_OPERATION" >> log; test $(wc -l < log) -gt 1', STRANDLINE_OPERATION="7"
    )
    assert (await _run(folder, "7", command)).how == "ended with code 1"
    assert (await _run(folder, "7", command)).how == ""
    assert _lines(folder / "log") == ["7", "7"]


async def test_another_step_or_operation_is_another_one(folder: Path) -> None:
    command = _sh(folder, "echo ran >> log")
    for name, step in (("1", "shift"), ("2", "shift"), ("1", "restore")):
        assert not (await _run(folder, name, command, step=step)).was_done_before
    assert len(_lines(folder / "log")) == 3


async def test_two_who_ask_at_once_share_one_run(folder: Path) -> None:
    command = _sh(folder, "echo ran >> log; sleep 0.3")
    outcomes = await asyncio.gather(*(_run(folder, "1", command) for _ in range(4)))
    assert [outcome.how for outcome in outcomes] == [""] * 4
    assert _lines(folder / "log") == ["ran"]


async def test_moves_wait_for_each_other(folder: Path) -> None:
    slow = _sh(folder, "echo shift begins >> log; sleep 0.5; echo shift ends >> log")
    shifting = asyncio.create_task(_run(folder, "1", slow))
    await _until(lambda: bool(_lines(folder / "log")))
    await _run(folder, "1", _sh(folder, "echo prepared >> log"), step="prepare")
    await _run(folder, "1", _sh(folder, "echo restored >> log"), step="restore")
    await shifting
    assert _lines(folder / "log") == ["shift begins", "prepared", "shift ends", "restored"]


async def test_a_command_that_takes_too_long_is_ended_with_its_children(folder: Path) -> None:
    script = "trap '' TERM; sleep 60 & echo $! > child; echo begun; wait; sleep 60"
    outcome = await _run(folder, "1", _sh(folder, script, time_limit=0.3 * SECOND))
    assert outcome.how == "took longer than its time limit 0.3 s and was ended"
    assert outcome.tail == "begun"
    child = int((folder / "child").read_text())
    await _until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")


async def test_what_a_command_leaves_running_is_left_in_peace(folder: Path) -> None:
    outcome = await _run(folder, "1", _sh(folder, "sleep 60 & echo $! > child"))
    assert outcome.how == ""
    assert psutil.Process(int((folder / "child").read_text())).is_running()
    assert (await _run(folder, "2", _sh(folder, "true"))).how == ""


async def test_a_command_that_is_not_there_is_said_not_to_start(folder: Path) -> None:
    command = Command(argv=("./missing",), folder=folder, variables={}, time_limit=SECOND)
    outcome = await _run(folder, "1", command)
    assert outcome.how == "ended with code 127"
    assert outcome.tail == "cannot start ./missing: No such file or directory"
    assert (await ask(command)).how == "cannot be started: No such file or directory"


async def test_a_command_that_is_killed_is_said_to_be(folder: Path) -> None:
    assert (await _run(folder, "1", _sh(folder, "kill -9 $$"))).how == "was killed by signal 9"
    assert (await ask(_sh(folder, "kill -9 $$"))).how == "was killed by signal 9"


async def test_output_is_kept_within_bounds_and_its_end_is_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_runner, "OUTPUT_LIMIT_BYTES", 100_000)
    script = (
        "for i in $(seq 8); do yes | head -c 90000; sleep 0.3; done; printf 'last\\033[31m line\\n'; exit 3"
    )
    outcome = await _run(folder, "1", _sh(folder, script))
    assert outcome.tail.endswith("\ny\nlast\N{REPLACEMENT CHARACTER}[31m line")
    assert len(outcome.tail.splitlines()) == 12
    assert 64_000 < len(_lines(Path(outcome.output))) * 2 < 400_000


async def test_a_command_sees_our_environment_without_what_configures_us(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRANDLINE_DATABASE", "postgresql://secret")
    monkeypatch.setenv("KUBECONFIG", "their-own-secret")
    command = _sh(folder, "env; pwd; cat", STRANDLINE_STEP="shift")
    outcome = await _run(folder, "1", command)
    said = _lines(Path(outcome.output))
    assert "KUBECONFIG=their-own-secret" in said
    assert "STRANDLINE_STEP=shift" in said
    assert str(folder) in said
    assert not [line for line in said if line.startswith("STRANDLINE_DATABASE")]
    place = Path(outcome.output).parent
    assert "secret" not in (place / "order.json").read_text()
    assert {path.stat().st_mode & 0o077 for path in (place, *place.iterdir())} == {0}


_ASK_AND_DIE = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from strandline.adapters.command_runner import Command, operation_in, run_once
folder = Path(sys.argv[1])
argv = ("sh", "-c", sys.argv[2])
command = Command(argv=argv, folder=folder, variables={}, time_limit=timedelta(seconds=30))
operation = operation_in(folder.parent / "target", step="shift", name="1", alone=True)
asyncio.run(run_once(operation, command))
"""
_SLOW = "echo ran >> log; while ! test -e go; do sleep 0.02; done; echo done >> log"


async def _begin_and_be_killed(folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _ASK_AND_DIE, str(folder), _SLOW)
    await _until(lambda: bool(_lines(folder / "log")))
    process.kill()
    await process.wait()


def _kill_supervisors(place: Path) -> int:
    processes = psutil.process_iter(["cmdline"])
    found = [process for process in processes if str(place) in (process.info["cmdline"] or [])]
    for process in found:
        process.kill()
    return len(found)


async def test_a_command_outlives_us_and_is_waited_for_not_doubled(folder: Path) -> None:
    await _begin_and_be_killed(folder)
    again = asyncio.create_task(_run(folder, "1", _sh(folder, _SLOW)))
    restoring = asyncio.create_task(_run(folder, "2", _sh(folder, "echo restored >> log"), step="restore"))
    await asyncio.sleep(0.3)
    assert not again.done()
    assert not restoring.done()
    (folder / "go").touch()
    assert (await again).how == ""
    await restoring
    assert _lines(folder / "log") == ["ran", "done", "restored"]


async def test_a_command_that_ended_while_we_were_dead_is_not_run_again(folder: Path) -> None:
    await _begin_and_be_killed(folder)
    (folder / "go").touch()
    await _until(lambda: _lines(folder / "log") == ["ran", "done"])
    results = folder.parent / "target" / "operations"
    await _until(lambda: bool(list(results.glob("*/result.json"))))
    assert (await _run(folder, "1", _sh(folder, _SLOW))).how == ""
    assert _lines(folder / "log") == ["ran", "done"]


async def test_a_command_whose_supervisor_was_killed_too_is_waited_for_then_run_again(folder: Path) -> None:
    await _begin_and_be_killed(folder)
    place = next((folder.parent / "target" / "operations").iterdir())
    await _until((place / "running.json").exists)
    assert _kill_supervisors(place) == 1
    again = asyncio.create_task(_run(folder, "1", _sh(folder, _SLOW)))
    await asyncio.sleep(0.3)
    assert _lines(folder / "log") == ["ran"]
    (folder / "go").touch()
    assert (await again).how == ""
    assert _lines(folder / "log") == ["ran", "done", "ran", "done"]


async def test_a_command_without_supervisor_is_ended_when_its_time_is_over(folder: Path) -> None:
    await _begin_and_be_killed(folder)
    place = next((folder.parent / "target" / "operations").iterdir())
    await _until((place / "running.json").exists)
    assert _kill_supervisors(place) == 1
    os.utime(place / "running.json", (time.time() - 40, time.time() - 40))
    outcome = await _run(folder, "1", _sh(folder, "echo second >> log"))
    assert outcome.how == ""
    assert _lines(folder / "log") == ["ran", "second"]


async def test_operations_of_long_ago_are_forgotten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_runner, "_KEPT_OPERATIONS", 3)
    for number in range(6):
        await _run(folder, str(number), _sh(folder, "true"))
    assert len(list((folder.parent / "target" / "operations").iterdir())) == 3
    assert (await _run(folder, "5", _sh(folder, "true"))).was_done_before


async def test_an_answer_is_what_is_printed_and_nothing_else(folder: Path) -> None:
    outcome = await ask(_sh(folder, "echo complaint >&2; echo answer; exit 4"))
    assert (outcome.answer, outcome.tail, outcome.how) == (b"answer\n", "complaint", "ended with code 4")


async def test_a_question_that_takes_too_long_is_ended(folder: Path) -> None:
    outcome = await ask(_sh(folder, "sleep 60 & sleep 60", time_limit=0.2 * SECOND))
    assert outcome.how == "took longer than its time limit 0.2 s and was ended"


async def test_a_question_that_is_answered_without_end_is_ended(folder: Path) -> None:
    outcome = await ask(_sh(folder, "yes"))
    assert outcome.how == "wrote more than 1048576 bytes"


async def test_a_question_that_nobody_waits_for_any_more_is_ended(folder: Path) -> None:
    asking = asyncio.create_task(ask(_sh(folder, "echo $$ > pid; exec sleep 60")))
    await _until(lambda: bool(_lines(folder / "pid")))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    pid = int((folder / "pid").read_text())
    await _until(lambda: not psutil.pid_exists(pid))
