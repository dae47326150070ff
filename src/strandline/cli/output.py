"""What a command writes: for people in words and tables, or for programs as one JSON document.

With `--json` standard output holds exactly one JSON document, and all else goes to standard error. Without
a terminal nothing is wrapped, coloured or drawn anew, so that what is piped can be read by `grep`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import msgspec
from rich.console import Console, RenderableType
from rich.status import Status
from rich.text import Text
from rich.theme import Theme

_UNWRAPPED = 100_000
"""Columns of what is not a terminal: nothing is ever wrapped there."""
_THEME = Theme(
    {
        # Only the terminal's own sixteen colours, which its owner chose to be legible; never a background.
        "good": "green",
        "bad": "bold red",
        "open": "cyan",
        "wait": "yellow",
        "faint": "dim",
        "markdown.code": "bold",
        "markdown.item.bullet": "dim",
        "markdown.item.number": "dim",
    }
)
_SPACES = "\n\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"


class Output:
    """Where one command writes."""

    def __init__(
        self, *, is_json: bool = False, stdout: IO[str] | None = None, stderr: IO[str] | None = None
    ) -> None:
        self.is_json = is_json
        self._stdout = stdout or sys.stdout
        self._out = _console(self._stdout)
        self._err = _console(stderr or sys.stderr)

    @property
    def theme(self) -> Theme:
        """The styles by their meaning: `good`, `bad`, `open`, `wait`, `faint`."""
        return _THEME

    @property
    def people(self) -> Console:
        """Where people read: standard output, or standard error under `--json`."""
        return self._err if self.is_json else self._out

    @property
    def is_terminal(self) -> bool:
        """Whether a person watches, in a terminal that can draw anew."""
        return self.people.is_terminal and not self.people.is_dumb_terminal

    def result(self, value: object, *shown: RenderableType) -> None:
        """Write what the command found: `value` as the JSON document, or `shown` for people."""
        if self.is_json:
            self.document(value)
        else:
            self.show(*shown)

    def document(self, value: object) -> None:
        """Write the JSON document of this command."""
        text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
        self._stdout.write(f"{text}\n")
        self._stdout.flush()

    def raw(self, line: bytes) -> None:
        """Write a line of data as it is."""
        self._stdout.write(line.decode() + "\n")

    def page(self, rendered: str) -> None:
        """Write what was rendered for people already; without trailing blanks where nobody sees them."""
        lines = rendered.splitlines()
        text = "".join(f"{each if self.people.is_terminal else each.rstrip()}\n" for each in lines)
        self.people.file.write(text)
        self.people.file.flush()

    def show(self, *shown: RenderableType) -> None:
        """Write something for people."""
        _print(self.people, *shown)

    def note(self, *shown: RenderableType) -> None:
        """Write something for people that is not the command's result: to standard error."""
        _print(self._err, *shown)

    @contextmanager
    def working(self, what: str) -> Iterator[Status | None]:
        """Say what goes on while it goes on, in a terminal."""
        if not self._err.is_terminal or self._err.is_dumb_terminal:
            yield None
            return
        with self._err.status(words(f"{what} …", "faint")) as status:
            yield status


def words(text: str, style: str = "") -> Text:
    """Return text that came from outside as it may be shown: nothing in it that a terminal would obey."""
    return Text(legible(text), style=style)


def legible(text: str) -> str:
    """Return text with every control character written out."""
    return "".join(
        character if character.isprintable() or character in _SPACES else f"\\u{ord(character):04x}"
        for character in text
    )


def line(*parts: str | Text) -> Text:
    """Return one paragraph made of parts."""
    return Text.assemble(*(words(part) if isinstance(part, str) else part for part in parts))


def _console(stream: IO[str]) -> Console:
    console = Console(file=stream, theme=_THEME, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = _UNWRAPPED
    return console


def _print(console: Console, *shown: RenderableType) -> None:
    for each in shown:
        if console.is_terminal:
            console.print(each)
            continue
        with console.capture() as captured:
            console.print(each)
        # Tables fill their last column with blanks, which are of no use to a program or a diff.
        lines = (written.rstrip() for written in captured.get().splitlines())
        console.file.write("".join(f"{written}\n" for written in lines))
        console.file.flush()
