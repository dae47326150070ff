"""The program `strandline`: the command line, given the pages."""

import io
import sys
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from strandline.cli.main import run

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from strandline.bootstrap import App


class Pages:
    """The site, as whoever hosts it wants it: one that can be told to end its live streams."""

    def __init__(self, app: "App") -> None:
        from strandline.web.site import make_site  # noqa: PLC0415 - takes a second that few commands need

        self._site = make_site(app)

    def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> Awaitable[None]:
        """Answer one connection."""
        return self._site(scope, receive, send)

    def end_streams(self) -> None:
        """End what has no end of its own."""
        self._site.state.streams.close()


def main() -> None:
    """Run the command line, and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows no “ is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(None, make_pages=Pages))


if __name__ == "__main__":
    main()
