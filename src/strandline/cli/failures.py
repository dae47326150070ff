"""What a user sees when something does not work: what, where and what to do; never a traceback."""

import errno
import os
import traceback
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkstemp

import msgspec
from rich.text import Text

from strandline.cli.output import Output, line, words
from strandline.vocabulary.errors import StrandlineError, UnavailableError

INTERRUPTED = 130
"""What shells report of a program that Ctrl-C ended."""
TERMINATED = 143
"""What shells report of a program that SIGTERM ended."""


class ErrorView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An error as programs read it: from the HTTP interface, and under `--json`."""

    what: str
    where: str = ""
    remedy: str = ""
    kind: str = ""
    """The name of its class."""
    exit_code: int = 1


class ErrorDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON document of a command that failed."""

    error: ErrorView


def tell(error: StrandlineError, output: Output) -> int:
    """Write an error and return the exit code that it calls for."""
    view = ErrorView(
        what=error.what,
        where=error.where,
        remedy=error.remedy,
        kind=type(error).__name__,
        exit_code=error.exit_code,
    )
    if output.is_json:
        output.document(ErrorDocument(error=view))
    else:
        output.note(*_shown(view))
    return view.exit_code


def tell_interrupted(output: Output, *, meanwhile: str, exit_code: int) -> int:
    """Say what goes on after the user left."""
    if output.is_json:
        what = f"Interrupted. {meanwhile}".strip()
        output.document(ErrorDocument(error=ErrorView(what=what, kind="Interrupted", exit_code=exit_code)))
    else:
        output.note(line(words("Interrupted. ", "wait"), meanwhile))
    return exit_code


def tell_unexpected(
    error: BaseException, output: Output, *, home: Path | None, arguments: Sequence[str]
) -> int:
    """Write down what nobody foresaw, and say where."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        what = "The disk is full."
        remedy = "Make room and try again; what was recorded before is safe."
        return tell(UnavailableError(what, where=str(error.filename or home or ""), remedy=remedy), output)
    log = _write_log(error, home, arguments)
    place = f"It is written down in {log}." if log else ""
    what = f"Strandline met something that it does not understand ({type(error).__name__}). {place}".strip()
    remedy = "Please report it with that file; what carries traffic runs on."
    return tell(UnavailableError(what, remedy=remedy), output)


def _shown(view: ErrorView) -> list[Text]:
    place = f"{view.where}: " if view.where else ""
    shown = [line(words("Error  ", "bad"), words(place, "bold"), view.what)]
    if view.remedy:
        shown.append(words(view.remedy, "faint"))
    return shown


def _write_log(error: BaseException, home: Path | None, arguments: Sequence[str]) -> str:
    """Append the traceback to the home's log; where there is no home, to a new file of the machine's."""
    # An address of a database may hold a password.
    given = " ".join("(an address)" if "://" in argument else argument for argument in arguments)
    text = f"strandline {given}\n{''.join(traceback.format_exception(error))}\n"
    try:
        if home is not None and home.is_dir():
            log = home / "log" / "strandline-errors.log"
            log.parent.mkdir(exist_ok=True)
        else:
            handle, name = mkstemp(prefix="strandline-", suffix=".log")
            os.close(handle)
            log = Path(name)
        with log.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return ""
    return str(log)
