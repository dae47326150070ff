"""Hosts a control plane in this process: claims the home, answers at an address, and lets go of both.

`strandline serve` hosts one until it is told to stop; `strandline deploy` hosts one for as long as its
rollout takes, where none runs.
"""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import uvicorn

from strandline import bootstrap
from strandline.bootstrap import App
from strandline.cli.session import AsgiApp, MakePages
from strandline.settings import Settings
from strandline.vocabulary.errors import UnavailableError

_BEGIN_WITHIN_SECONDS = 20.0
_POLL_SECONDS = 0.02
_BACKLOG = 512
_LAST_ANSWERS_SECONDS = 2
"""How long answers that have begun may take when it is told to stop; live connections end by themselves."""


@dataclass(frozen=True)
class Hosted:
    """A control plane that runs in this process."""

    app: App
    url: str


@contextmanager
def hosted(settings: Settings, make_pages: MakePages) -> Iterator[Hosted]:
    """Host a control plane while the block runs.

    Raises:
        RefusedError: another control plane runs on this home.
        UnavailableError: the home, the database or the port cannot be used.
    """
    claim = bootstrap.claim_home(settings)
    try:
        with _log_to(settings.home / "log" / "control-plane.log"), _bound(settings) as listener:
            port = listener.getsockname()[1]
            app = bootstrap.assemble(msgspec.structs.replace(settings, port=port))
            try:
                app.start()
                with _served(make_pages(app), listener):
                    url = _address(settings.host, port)
                    claim.publish(url)
                    yield Hosted(app=app, url=url)
            finally:
                app.close()
    finally:
        claim.release()


@contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    """Take the port before anything is started, so that a taken one is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With its protocol named, asyncio sends small answers at once; else each waits forty milliseconds for an
    # acknowledgement (Nagle's algorithm, and the other side's delayed one).
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(_BACKLOG)
        except OSError as error:
            what = f"The pages cannot listen there: {error.strerror or error}."
            remedy = "Choose another port with --port (0 takes any free one)."
            raise UnavailableError(what, where=f"{settings.host}:{settings.port}", remedy=remedy) from error
        yield listener


class _Server(uvicorn.Server):
    """Ends what has no end of its own before it waits for open answers."""

    def __init__(self, config: uvicorn.Config, site: AsgiApp) -> None:
        super().__init__(config)
        self._site = site

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        end_streams = getattr(self._site, "end_streams", None)
        if callable(end_streams):
            end_streams()
        await super().shutdown(sockets)


@contextmanager
def _served(site: AsgiApp, listener: socket.socket) -> Iterator[None]:
    """Answer requests on a thread of its own while the block runs."""
    config = uvicorn.Config(
        site,
        log_config=None,
        access_log=False,
        lifespan="on",
        interface="asgi3",
        timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
    )
    server = _Server(config, site)
    thread = threading.Thread(target=server.run, args=([listener],), name="pages", daemon=True)
    thread.start()
    try:
        _await_begin(server, thread)
        yield
    finally:
        server.should_exit = True
        thread.join()


def _await_begin(server: uvicorn.Server, thread: threading.Thread) -> None:
    give_up_at = time.monotonic() + _BEGIN_WITHIN_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > give_up_at:
            what = "The pages did not begin to answer."
            raise UnavailableError(what, remedy="Look into log/control-plane.log in the home.")
        time.sleep(_POLL_SECONDS)


@contextmanager
def _log_to(file: Path) -> Iterator[None]:
    """Let what the control plane's parts log go into a file: a terminal is for what concerns its user."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    # A log that cannot be written (the disk is full) must not fill the terminal with tracebacks.
    logging.raiseExceptions = False
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # One line for each request that a client of ours makes would drown everything else.
    quiet = [logging.getLogger(name) for name in ("httpx", "httpcore")]
    for logger in quiet:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        # What it still had to write is lost where the disk is full; the error that matters is another one.
        with suppress(OSError):
            handler.close()


def _address(host: str, port: int) -> str:
    """Return where people find it; an unspecified address is told as this machine's own."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - what was chosen is told
    return f"http://{name}:{port}"
