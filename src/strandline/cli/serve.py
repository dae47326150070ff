"""`strandline serve`: control plane, workers and pages in one process."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import msgspec
from cyclopts import Parameter

from strandline.cli.hosting import hosted
from strandline.cli.output import line, words
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden
from strandline.settings import DEFAULT_PORT


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """What `strandline serve --json` writes once it answers."""

    url: str
    home: str
    pid: int


def serve(
    *,
    host: str = "127.0.0.1",
    port: Annotated[int, Parameter(env_var="STRANDLINE_PORT")] = DEFAULT_PORT,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Run the control plane with its pages until it is told to stop.

    Unfinished rollouts are taken up at once. Ctrl-C or SIGTERM stops it; what carries traffic runs on.

    Args:
        host: Where to listen. Whoever can reach it can deploy: keep it on this machine.
        port: The port to listen on; 0 takes any free one.
        common: What every command takes.
        session: This run of the command line.
    """
    output = session.output
    settings = msgspec.structs.replace(session.settings(common), host=host, port=port)
    with _told_to_stop() as wait, ExitStack() as stack:
        with output.working("Starting the control plane"):
            place = stack.enter_context(hosted(settings, session.make_pages))
        output.result(
            Serving(url=place.url, home=str(settings.home), pid=os.getpid()),
            line("Strandline answers at ", words(place.url, "bold")),
            line(words("All state is in ", "faint"), words(str(settings.home), "faint")),
        )
        if output.is_terminal:
            output.note(words("Ctrl-C stops it; what carries traffic runs on.", "faint"))
        wait()
        unfinished = len(place.app.desk.deployments(is_open=True))
        with output.working("Stopping"):
            stack.close()
    output.note(words(f"Stopped. What carries traffic runs on{_taken_up(unfinished)}.", "faint"))
    return 0


def _taken_up(unfinished: int) -> str:
    if not unfinished:
        return ""
    rollouts = "one unfinished rollout is" if unfinished == 1 else f"{unfinished} unfinished rollouts are"
    return f"; {rollouts} taken up again at the next start"


@contextmanager
def _told_to_stop() -> Iterator[Callable[[], object]]:
    """Give a function that returns once Ctrl-C or SIGTERM came; a second one ends the process at once.

    It waits at a socket, which the interpreter writes to within the signal itself. A lock or an event could
    be missed: a signal that comes just before the thread falls asleep at it does not wake it.
    """
    signals = (signal.SIGINT, signal.SIGTERM)

    def heed(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)

    hears, says = socket.socketpair()
    with hears, says:
        says.settimeout(0.0)
        woken_before = signal.set_wakeup_fd(says.fileno())
        before = {number: signal.signal(number, heed) for number in signals}
        try:
            yield lambda: hears.recv(1)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(woken_before)
