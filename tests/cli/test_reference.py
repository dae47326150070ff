"""The reference page of commands."""

import subprocess
import sys
from pathlib import Path

from strandline.cli.commands import COMMANDS
from strandline.cli.reference import reference_page

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_what_the_commands_say_now() -> None:
    written = (ROOT / "docs" / "reference" / "commands.md").read_text()
    assert written == reference_page(), "Run `make reference`."


def test_the_page_has_every_command_with_its_examples() -> None:
    page = reference_page()
    for _, name, _, examples in COMMANDS:
        assert f"\n## strandline {name}\n" in page
        assert all(f"\nstrandline {example}\n" in page for example in examples)


def test_the_page_is_the_same_however_it_is_made() -> None:
    module = [sys.executable, "-m", "strandline.cli.reference"]
    done = subprocess.run(module, capture_output=True, text=True, check=True)
    assert done.stdout == reference_page()
