"""What every command has in common: its options, where it writes, and where it runs."""

import getpass
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Group, Parameter

from strandline.cli.output import Output
from strandline.settings import DEFAULT_HOME, Settings

if TYPE_CHECKING:
    from strandline.bootstrap import App

AsgiApp: TypeAlias = Callable[..., Awaitable[None]]
MakePages: TypeAlias = "Callable[[App], AsgiApp]"
"""Makes the pages and the HTTP interface of a control plane. The command line is given it: doors do not
know each other."""

EVERYWHERE = Group("Every command", sort_key=99)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Common:
    """The options that every command takes."""

    json: Annotated[bool, Parameter(group=EVERYWHERE, negative=())] = False
    """Write one JSON document to standard output, and all else to standard error."""
    home: Annotated[Path, Parameter(group=EVERYWHERE, env_var="STRANDLINE_HOME")] = DEFAULT_HOME
    """The folder of all state."""
    database: Annotated[str, Parameter(group=EVERYWHERE, env_var="STRANDLINE_DATABASE", metavar="URL")] = ""
    """Where the ledger is; SQLite within the home by default."""


NOTHING_GIVEN = Common()
"""The default of every command's options."""


class Session:
    """One run of the command line."""

    def __init__(self, *, output: Output, make_pages: MakePages, folder: Path | None = None) -> None:
        self.output = output
        self.make_pages = make_pages
        self.folder = folder or Path.cwd()
        self.if_interrupted = ""
        """What goes on if the user leaves now; said after Ctrl-C."""

    def settings(self, common: Common) -> Settings:
        """Return where everything lies."""
        home = (self.folder / common.home.expanduser()).resolve()
        return Settings(home=home, database_url=common.database)

    def path(self, given: str | Path) -> Path:
        """Return a path that the user gave, absolute."""
        return (self.folder / Path(given).expanduser()).resolve()


Hidden = Annotated[Session, Parameter(parse=False)]
"""How a command asks for the session: it is no option of its own."""


def actor() -> str:
    """Return who runs this command, as it is recorded with what it asks for: `ann@laptop`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"
