"""Users: requests at a steady rate, whatever becomes of them, and a true account of how they fared.

The rate is *open loop*: a request is sent when its time has come, not when the one before was answered. A
closed loop slows down with the service it measures, and so leaves out just the requests that fare worst
(Tene calls that coordinated omission). Latency therefore counts from when a request was due.

Plain sockets of a thread of its own, with connections that are kept: cheap enough to run beside what it
measures. No request is repeated: what a user would feel is counted as felt.
"""

import asyncio
import contextlib
import json
import math
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlsplit

_TIME_LIMIT_SECONDS = 10.0
_MOST_AT_ONCE = 2_000
_LATENCY_STEP = 1.02
"""Latencies are counted in classes 2 % wide: a bounded memory, and percentiles that are right to 2 %."""
_LEAST_LATENCY_MS = 0.05
_LINE_LIMIT = 1 << 20


class SteadyClock(Protocol):
    """What is asked of a clock here: see `vocabulary.clock`."""

    def steady(self) -> timedelta:
        """Return the time since some fixed moment; it never jumps."""
        ...


class _MachineClock:
    def steady(self) -> timedelta:
        return timedelta(seconds=time.monotonic())


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    """How the requests fared that ended so far."""

    requests: int
    failed: int
    """Not answered 2xx: another status, no connection, a connection that broke, or no answer in time."""
    failures: dict[str, int]
    """How they failed: `503`, `ConnectionResetError`, `TimeoutError` …"""
    by_version: dict[str, int]
    """Answers by the release that gave them, errors included; `""` where the answer did not say."""
    p50_ms: float
    p99_ms: float
    """Latency from when a request was due, of those that were answered; `nan` if none was."""


@dataclass
class _Tally:
    requests: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    by_version: Counter[str] = field(default_factory=Counter)
    last_seen: dict[str, timedelta] = field(default_factory=dict)
    latencies: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Load:
    """Sends GET requests to one address, from `start` to `stop`."""

    def __init__(
        self,
        url: str,
        *,
        rate: float,
        clock: SteadyClock | None = None,
        headers: dict[str, str] | None = None,
        version_header: str = "x-greeter-version",
        time_limit: timedelta = timedelta(seconds=_TIME_LIMIT_SECONDS),
    ) -> None:
        """Describe the load.

        Args:
            url: `http://host:port/path?query`.
            rate: requests a second.
            clock: by which they are due; the machine's own if not given.
            headers: sent with every request.
            version_header: where an answer names its release; else the `version` of a JSON body does.
            time_limit: a request without an answer by then has failed.
        """
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        lines = [f"GET {target} HTTP/1.1", f"host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._rate = rate
        self._clock = clock or _MachineClock()
        self._version_header = version_header.lower()
        self._time_limit = time_limit.total_seconds()
        self._idle: deque[_Connection] = deque()
        self._tally = _Tally()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="load", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> LoadReport:
        """Send no more, wait for what is under way, and report."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        return self.report()

    def report(self) -> LoadReport:
        """Report on what ended so far."""
        with self._lock:
            tally = self._tally
            return LoadReport(
                requests=tally.requests,
                failed=tally.failures.total(),
                failures=dict(tally.failures),
                by_version=dict(tally.by_version),
                p50_ms=_quantile(tally.latencies, 0.50),
                p99_ms=_quantile(tally.latencies, 0.99),
            )

    def last_seen(self, version: str) -> timedelta | None:
        """Return when (by the clock's steady time) a release last answered; `None` if it never did."""
        with self._lock:
            return self._tally.last_seen.get(version)

    def _work(self) -> None:
        asyncio.run(self._send_all())

    async def _send_all(self) -> None:
        under_way: set[asyncio.Task[None]] = set()
        started = self._now()
        number = 0
        while not self._stopping.is_set():
            due = started + number / self._rate
            if (wait := due - self._now()) > 0:
                # Never long: a request to stop should not wait for a slow rate.
                await asyncio.sleep(min(wait, 0.1))
                continue
            number += 1
            if len(under_way) >= _MOST_AT_ONCE:
                self._count_failure(f"more than {_MOST_AT_ONCE} under way")
                continue
            task = asyncio.create_task(self._send(due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)
        for connection in self._idle:
            connection.writer.close()
        for connection in self._idle:
            with contextlib.suppress(OSError):
                await connection.writer.wait_closed()

    async def _send(self, due: float) -> None:
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(self._time_limit):
                connection = await self._connect()
                connection.writer.write(self._request)
                status, headers, body = await _answer(connection.reader)
        except (OSError, TimeoutError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            if connection is not None:
                connection.writer.close()
            self._count_failure(type(error).__name__)
            return
        if headers.get("connection", "").lower() == "close":
            connection.writer.close()
        else:
            self._idle.append(connection)
        self._count(status, self._version(headers, body), due)

    async def _connect(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.reader.at_eof() and not connection.writer.is_closing():
                return connection
            connection.writer.close()
        return _Connection(*await asyncio.open_connection(self._host, self._port, limit=_LINE_LIMIT))

    def _version(self, headers: dict[str, str], body: bytes) -> str:
        if self._version_header in headers:
            return headers[self._version_header]
        if "json" in headers.get("content-type", ""):
            with contextlib.suppress(ValueError):
                answer = json.loads(body)
                return str(answer.get("version", "")) if isinstance(answer, dict) else ""
        return ""

    def _count(self, status: int, version: str, due: float) -> None:
        now = self._now()
        latency_ms = max((now - due) * 1000, _LEAST_LATENCY_MS)
        with self._lock:
            self._tally.requests += 1
            self._tally.by_version[version] += 1
            self._tally.last_seen[version] = timedelta(seconds=now)
            self._tally.latencies[math.ceil(math.log(latency_ms, _LATENCY_STEP))] += 1
            if not 200 <= status < 300:  # noqa: PLR2004 - the statuses that mean success
                self._tally.failures[str(status)] += 1

    def _count_failure(self, how: str) -> None:
        with self._lock:
            self._tally.requests += 1
            self._tally.failures[how] += 1

    def _now(self) -> float:
        return self._clock.steady().total_seconds()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Read one answer (RFC 9112): its length stated, in chunks, or to the end of the connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    version, _, rest = head[0].partition(" ")
    if not version.startswith("HTTP/1."):
        what = f"no HTTP/1 answer: {head[0][:40]!r}"
        raise ValueError(what)
    status = int(rest[:3])
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    if "content-length" in headers:
        return status, headers, await reader.readexactly(int(headers["content-length"]))
    if "chunked" not in headers.get("transfer-encoding", ""):
        headers["connection"] = "close"
        return status, headers, await reader.read()
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return status, headers, body


def _quantile(classes: Counter[int], share: float) -> float:
    """Return the upper bound of the class in which this quantile lies, in milliseconds."""
    wanted = share * classes.total()
    passed = 0
    for index in sorted(classes):
        passed += classes[index]
        if passed >= wanted:
            return round(_LATENCY_STEP**index, 3)
    return math.nan
