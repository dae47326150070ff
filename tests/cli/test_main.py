"""Arguments in, exit code out: whatever a user types, and whatever goes wrong on the way."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.cli import services as services_file
from strandline.cli.main import options_last, run
from strandline.vocabulary.errors import RefusedError

PROGRAM = str(Path(sys.executable).with_name("strandline"))


def no_pages(_: object) -> NoReturn:
    msg = "these commands need no pages"
    raise AssertionError(msg)


def typed(*arguments: str) -> int:
    return run(arguments, make_pages=no_pages)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("STRANDLINE_HOME", "STRANDLINE_DATABASE", "STRANDLINE_PORT", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_without_a_command_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed() == 0
    shown = capsys.readouterr().out
    assert "Usage: strandline COMMAND" in shown
    assert "deploy: Start a rollout, and see it through." in shown


@pytest.mark.parametrize("command", ["deploy", "ledger tail", "pause", "init"])
def test_help_is_shown_and_is_no_error(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(*command.split(), "--help") == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"Usage: strandline {command}")
    assert "--json: Write one JSON document" in captured.out
    assert captured.err == ""


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("--version") == 0
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "words", "remedy"),
    [
        ("deplyo x", "Did you mean", "See `strandline --help`."),
        ("deploy shop 2", "--to", "See `strandline deploy --help`."),
        ("deploy shop 2 --to production --wach", "--watch", "See `strandline deploy --help`."),
        ("ledger tail -n many", "many", "See `strandline ledger --help`."),
        ("status a b c", "b", "See `strandline status --help`."),
        ("completion tcsh", "tcsh", "See `strandline completion --help`."),
    ],
)
def test_a_slip_of_the_keyboard_is_named_with_the_way_out(
    arguments: str, words: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*arguments.split()) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert remedy in captured.err
    assert "Traceback" not in captured.err


def test_a_slip_under_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("deploy", "shop", "--json") == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert (error["kind"], error["exitCode"]) == ("BadInputError", 2)
    assert captured.err == ""


@pytest.mark.parametrize(
    "arguments",
    [("--json", "init", "shop"), ("init", "shop", "--json"), ("--home", "x", "--json", "init", "shop")],
    ids=" ".join,
)
def test_common_options_may_stand_before_the_command(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*arguments) == 0
    assert json.loads(capsys.readouterr().out)["service"] == "shop"


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        (["--home", "h", "status", "x"], ["status", "x", "--home", "h"]),
        (["--home=h", "--json", "status", "--", "--x"], ["status", "--home=h", "--json", "--", "--x"]),
        (["--help"], ["--help"]),
        (["--json"], ["--json"]),
        (["--json", "--help"], ["--help", "--json"]),
        ([], []),
    ],
)
def test_options_before_the_command_are_put_after_it(given: list[str], becomes: list[str]) -> None:
    assert options_last(given) == becomes


@given(st.lists(st.sampled_from(["--json", "--home", "h", "status", "--", "--x", "--home=h"]), max_size=7))
def test_no_argument_is_lost_or_made_up(given: list[str]) -> None:
    assert sorted(options_last(given)) == sorted(given)


@pytest.mark.parametrize(
    "command", ["status", "services", "ledger verify", "ledger export", "ledger tail --once"]
)
def test_where_nothing_was_deployed_that_is_said_and_no_home_is_made(
    command: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*command.split()) == 2
    assert "Nothing was deployed from here yet" in capsys.readouterr().err
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("command", ["pause", "resume", "promote", "abort"])
def test_without_a_control_plane_nothing_can_be_taken_over(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(command, "shop-1") == 3
    captured = capsys.readouterr().err
    assert "No control plane runs" in captured
    assert "strandline serve" in captured


def broken(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(services_file, "asking", fail)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (RefusedError("No.", remedy="Wait."), 1, "No."),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (ZeroDivisionError("x"), 3, "does not understand (ZeroDivisionError)"),
    ],
    ids=["refused", "Ctrl-C", "a fault of ours"],
)
def test_whatever_goes_wrong_is_told_in_words(
    error: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path(".strandline").mkdir()
    broken(monkeypatch, error)
    assert typed("services") == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert "Traceback" not in captured.err


def test_sigterm_is_left_as_tidily_as_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def terminate(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(services_file, "asking", terminate)
    assert typed("services") == 143
    assert "Interrupted." in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_reader_that_goes_away_is_no_error_to_speak_of() -> None:
    command = f"{PROGRAM} completion bash | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("#")
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_knows_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("completion", shell) == 0
    script = capsys.readouterr().out
    assert "rollback" in script
    assert "emergency" in script


def test_bash_completes_commands_and_options() -> None:
    script = f"""
        source <({PROGRAM} completion bash)
        COMP_WORDS=(strandline ro); COMP_CWORD=1; _strandline; echo "${{COMPREPLY[@]}}"
        COMP_WORDS=(strandline deploy --em); COMP_CWORD=2; _strandline; echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["rollback", "--emergency"], done.stderr


def test_a_terminal_without_utf_8_gets_what_it_can_show() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([PROGRAM, "init", "Ä"], capture_output=True, env=environment, check=False)
    assert done.returncode == 2
    assert b"is no name for a service" in done.stderr
