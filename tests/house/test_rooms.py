"""The rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "strandline"
LONGEST = 400
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "core", "base", "misc", "shared"}


def python_files() -> list[Path]:
    folders = (SOURCE, ROOT / "tests", ROOT / "benchmarks", ROOT / "examples")
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


def rooms() -> list[Path]:
    return sorted(folder for folder in SOURCE.iterdir() if (folder / "__init__.py").exists())


def test_no_file_is_longer_than_one_concept_needs() -> None:
    too_long = {
        str(file.relative_to(ROOT)): lines
        for file in python_files()
        if (lines := len(file.read_text().splitlines())) > LONGEST
    }
    assert not too_long


def test_no_file_or_folder_is_named_after_nothing() -> None:
    named = [path for file in python_files() for path in (file, *file.parents) if ROOT in path.parents]
    assert not [path for path in named if path.stem in FORBIDDEN_NAMES]


@pytest.mark.parametrize("room", rooms(), ids=lambda room: room.name)
def test_every_room_says_what_belongs_in_it(room: Path) -> None:
    docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    assert "Belongs here" in docstring
    assert "Does not belong here" in docstring


def test_tests_mirror_the_source() -> None:
    homeless = []
    for room in rooms():
        folder = ROOT / "tests" / room.name
        for test in sorted(folder.glob("test_*.py")):
            stem = test.stem.removeprefix("test_")
            names = {file.stem for file in room.rglob("*.py")}
            # `test_sql_ledger_tampering.py` is about `sql_ledger.py`.
            if not any(stem == name or stem.startswith(f"{name}_") for name in names):
                homeless.append(str(test.relative_to(ROOT)))
    assert not homeless


def test_tests_are_named_as_sentences() -> None:
    curt = [
        f"{file.relative_to(ROOT)}::{node.name}"
        for file in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and node.name.count("_") < 3
    ]
    assert not curt


def test_every_ignore_names_a_rule_and_a_reason() -> None:
    unreasoned = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in python_files()
        if file != Path(__file__)
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if re.search(r"#\s*(noqa|type: ignore|pragma)", line)
        and not re.search(
            r"#\s*(noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\]|pragma: no cover) +(-|#) \S", line
        )
    ]
    assert not unreasoned


def test_the_rule_between_the_rooms_holds() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
