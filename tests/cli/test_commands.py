"""Every command is there, explains itself, and its examples can be typed."""

import shlex

import pytest
from tests.cli.samples import Page

from strandline.cli.commands import COMMANDS, GROUPS, NAMES, epilogue, make_app, with_its_own_words

EXAMPLES = [example for _, _, _, examples in COMMANDS for example in examples]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_can_be_typed_as_it_stands(example: str) -> None:
    typed = shlex.split(example.partition(" > ")[0])
    command, _, ignored = make_app(Page().output).parse_args(typed, exit_on_error=False, print_error=False)
    assert callable(command)
    assert "session" in ignored


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_command_takes_what_all_take(name: str) -> None:
    app = make_app(Page().output)
    command = app[name]
    commands = [command] if command.default_command else [command[sub] for sub in command.resolved_commands()]
    for each in commands:
        if each.default_command is None or getattr(each.default_command, "__self__", None) is not None:
            continue
        options = {name for argument in each.assemble_argument_collection() for name in argument.names}
        assert {"--json", "--home", "--database"} <= options


@pytest.mark.parametrize("name", sorted(NAMES - GROUPS))
def test_every_command_explains_itself_beyond_its_one_line(name: str) -> None:
    command = with_its_own_words(make_app(Page().output), name)
    assert "Args:" in command.help


def test_examples_end_the_help_of_a_command() -> None:
    assert epilogue(("status",)) == "Examples:\n\n- `strandline status`"
