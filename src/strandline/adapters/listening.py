"""Which ports of this machine are free, and who holds those that are not."""

import contextlib
import random
import socket
from collections.abc import Collection
from pathlib import Path

from strandline.vocabulary.errors import BadInputError, UnavailableError

_LISTENS = "0A"
_FIRST_PORT, _LAST_PORT = 20_000, 32_700
"""Below the range from which Linux takes the ports of outgoing connections: none can take ours meanwhile."""
_ATTEMPTS = 200


def parse_address(listen: str, *, where: str) -> tuple[str, int]:
    """Read `host:port`.

    Raises:
        BadInputError: it is none.
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= 65535:  # noqa: PLR2004 - the highest port there is
        what = f"`{listen}` is no address to listen at."
        raise BadInputError(what, where=where, remedy="Write it as `host:port`, such as `127.0.0.1:8080`.")
    return host.strip("[]"), int(port)


def is_free(host: str, port: int) -> bool:
    """Say whether one could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As Envoy does: connections that are closing do not hold a port, a listener does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(taken: Collection[int]) -> int:
    """Return a port of 127.0.0.1 that is free and not among those taken.

    Raises:
        UnavailableError: none was found.
    """
    # Drawn, so that two targets that choose at the same time choose differently.
    draw = random.SystemRandom()
    for _ in range(_ATTEMPTS):
        port = draw.randint(_FIRST_PORT, _LAST_PORT)
        if port not in taken and is_free("127.0.0.1", port):
            return port
    what = f"No free port between {_FIRST_PORT} and {_LAST_PORT}."
    raise UnavailableError(what, where="127.0.0.1", remedy="Stop what holds them (`ss -ltnp`).")


def holders(port: int) -> tuple[int, ...]:
    """Return the ids of the processes that listen at a port, as far as we may see them."""
    inodes = {inode for table in ("tcp", "tcp6") for inode in _listening(Path("/proc/net") / table, port)}
    if not inodes:
        return ()
    return tuple(
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and _opened(process) & inodes
    )


def describe(pid: int) -> str:
    """Name a process for a person: its id and its command."""
    try:
        command = (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        )
    except OSError:
        command = ""
    return f"process {pid} ({command[:120]})" if command else f"process {pid}"


def _listening(table: Path, port: int) -> set[str]:
    """Read the sockets that listen at the port from a table as `proc(5)` describes it."""
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return set()
    return {row[9] for row in rows if row[3] == _LISTENS and int(row[1].rpartition(":")[2], 16) == port}


def _opened(process: Path) -> set[str]:
    """Return the inodes of a process's sockets; what is closed while we look does not count."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                link = str(descriptor.readlink())
                if link.startswith("socket:["):
                    found.add(link[len("socket:[") : -1])
    return found
