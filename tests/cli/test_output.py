"""What is written where, and that nothing from outside reaches the terminal as a command to it."""

import json

from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from tests.cli.samples import RUNNING, Page

from strandline.cli.output import legible, line, words


def test_with_json_standard_output_holds_exactly_one_document() -> None:
    page = Page(is_json=True)
    page.output.show(words("on the way"))
    page.output.note(words("by the way"))
    with page.output.working("Working"):
        page.output.result(RUNNING, words("not shown"))
    assert json.loads(page.stdout.getvalue())["id"] == "greeter-3"
    assert page.stderr.getvalue() == "on the way\nby the way\n"


def test_without_json_the_result_is_for_people_and_notes_are_apart() -> None:
    page = Page()
    page.output.result(RUNNING, words("shown"))
    page.output.note(words("by the way"))
    assert page.lines == ["shown"]
    assert page.stderr.getvalue() == "by the way\n"


def test_what_is_piped_is_never_wrapped_nor_padded_nor_coloured() -> None:
    page = Page()
    table = Table(box=None)
    table.add_column("Name")
    table.add_column("What")
    table.add_row(words("a", "good"), words("word " * 100))
    table.add_row("b", "short")
    page.output.show(line(words("x" * 300, "bad")), table)
    assert page.lines[0] == "x" * 300
    assert all(written == written.rstrip() for written in page.lines)
    assert len(page.lines) == 4
    assert "\x1b" not in page.stdout.getvalue()


def test_markup_of_others_is_shown_as_it_was_written() -> None:
    page = Page()
    page.output.show(words("[red]1.0[/red] :smile:"))
    assert page.lines == ["[red]1.0[/red] :smile:"]


def test_an_escape_sequence_in_a_reason_is_written_out() -> None:
    assert legible("\x1b]0;owned\x07 fine\u202e") == "\\u001b]0;owned\\u0007 fine\\u202e"
    assert legible("4\u00a0% and a\nsecond line") == "4\u00a0% and a\nsecond line"


@given(st.text())
def test_no_text_can_command_a_terminal(text: str) -> None:
    page = Page()
    page.output.show(words(text))
    assert all(
        character.isprintable() or character == "\n" or character.isspace() for character in legible(text)
    )
    assert "\x1b" not in page.stdout.getvalue()
