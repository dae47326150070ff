"""The entry: arguments in, exit code out; and whatever goes wrong on the way is told in words."""

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from inspect import BoundArguments
from pathlib import Path
from typing import Any

from cyclopts import CycloptsError

from strandline.cli import failures
from strandline.cli.commands import NAMES, make_app, with_its_own_words
from strandline.cli.output import Output
from strandline.cli.session import Common, MakePages, Session
from strandline.vocabulary.errors import BadInputError, StrandlineError

_BROKEN_PIPE = 141
"""What shells report of a program whose reader went away, such as `head`."""


class _TerminatedError(KeyboardInterrupt):
    """SIGTERM came: leave as tidily as after Ctrl-C."""


def run(arguments: Sequence[str] | None, *, make_pages: MakePages) -> int:
    """Run one command line.

    Args:
        arguments: What stands after the program's name; `None` takes the process's own.
        make_pages: Makes the pages of a control plane that this process hosts.

    Returns:
        The exit code: 0 done, 1 refused or failed, 2 bad input, 3 something outside is unavailable; 130
        after Ctrl-C, 143 after SIGTERM.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    output = Output(is_json=_is_json(given))
    session = Session(output=output, make_pages=make_pages)
    home: list[Path] = []
    try:
        with _terminable():
            return _run(options_last(given), session, home)
    except StrandlineError as error:
        return failures.tell(error, output)
    except _TerminatedError:
        return failures.tell_interrupted(
            output, meanwhile=session.if_interrupted, exit_code=failures.TERMINATED
        )
    except KeyboardInterrupt:
        return failures.tell_interrupted(
            output, meanwhile=session.if_interrupted, exit_code=failures.INTERRUPTED
        )
    except BrokenPipeError:
        # Nothing more can be said there, not even by Python at its end.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the last resort: no user ever sees a traceback
        return failures.tell_unexpected(error, output, home=home[0] if home else None, arguments=given)


def _run(given: list[str], session: Session, home: list[Path]) -> int:
    output = session.output
    app = make_app(output)
    if given and given[0] in NAMES:
        with_its_own_words(app, given[0])
    try:
        command, bound, ignored = app.parse_args(given, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        raise BadInputError(_sentence(str(error)), remedy=_remedy(given)) from error
    if ignored:
        bound.arguments["session"] = session
        home.append(session.settings(_common(bound)).home)
        return int(command(*bound.args, **bound.kwargs))
    # Help and version are Cyclopts' own.
    with output.people.capture() as captured:
        command(*bound.args, **bound.kwargs)
    output.page(captured.get())
    return 0


def _common(bound: BoundArguments) -> Common:
    common: Any = bound.arguments.get("common")
    return common if isinstance(common, Common) else Common()


def options_last(given: list[str]) -> list[str]:
    """Let what every command takes stand before the command as well: `strandline --json status`."""
    first: list[str] = []
    rest = list(given)
    while rest and rest[0].startswith("--"):
        name, has_value, _ = rest[0].partition("=")
        if name == "--json":
            first.append(rest.pop(0))
        elif name in ("--home", "--database"):
            count = 1 if has_value else 2
            first += rest[:count]
            rest = rest[count:]
        else:
            break
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *first, *rest[end:]] if rest else first


def _is_json(given: list[str]) -> bool:
    options = given[: given.index("--")] if "--" in given else given
    return "--json" in options


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _remedy(given: list[str]) -> str:
    command = next((word for word in given if word in NAMES), "")
    return f"See `strandline {command} --help`." if command else "See `strandline --help`."


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end this process as tidily as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(_: int, __: object) -> None:
        raise _TerminatedError

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
