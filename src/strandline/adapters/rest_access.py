"""One way to ask a REST interface: what is refused, what may be tried again, and when.

A redirect or a link to another machine is not followed: the token would go along.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from strandline.collection.remote import ThrottledError
from strandline.vocabulary.clock import Clock
from strandline.vocabulary.errors import BadInputError, RefusedError, UnavailableError

_LIMIT = httpx.Timeout(30.0, connect=10.0)
_MOST_BYTES = 64_000_000
_LONGEST_WAIT = timedelta(hours=2)
_DEFAULT_WAIT = timedelta(seconds=30)
_NEXT = re.compile(r"<([^>]+)>\s*;[^,]*\brel=\"?next\"?")
_THROTTLED = frozenset((420, 429))
_DENIED, _MISSING = frozenset((401, 403)), frozenset((404, 410))
_SERVER_FAULT = 500


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: a document of JSON, and the headers of it."""

    document: Any
    headers: Mapping[str, str]
    """Names in lower case."""

    @property
    def next_url(self) -> str:
        """The address of the next page, where it is told in `Link` (RFC 8288); empty if there is none."""
        found = _NEXT.search(self.headers.get("link", ""))
        return found[1] if found is not None else ""


class RestAccess:
    """Asks one server.

    Args:
        address: its address; every question goes to below it.
        headers: sent with each question, such as who asks.
        user: for basic authentication, with `password`.
        password: see `user`.
        clock: to tell how long it is until a moment that the server names.

    Raises:
        BadInputError: the address is none.
    """

    def __init__(
        self,
        address: str,
        *,
        clock: Clock,
        headers: Mapping[str, str] | None = None,
        user: str = "",
        password: str = "",
    ) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            what = f"This is no address of a server: {address!r}."
            raise BadInputError(what, where="api.address", remedy="Write it as https://name/path.")
        self.address = address.rstrip("/")
        self._clock = clock
        self._headers = {"accept": "application/json", "user-agent": "strandline", **(headers or {})}
        self._auth = httpx.BasicAuth(user, password) if user else None
        # What a proxy is for is not on this machine.
        self._is_local = parts.hostname in {"127.0.0.1", "::1", "localhost"}

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """Ask for a path below the address, or for a whole address on the same server.

        Raises:
            ThrottledError: the server wants to be asked later.
            UnavailableError: it does not answer, or not in full.
            RefusedError: it refuses, or knows no such thing.
        """
        url = path if path.startswith(("http://", "https://")) else f"{self.address}/{path.lstrip('/')}"
        if urlsplit(url)[:2] != urlsplit(self.address)[:2]:
            what = f"The server points to another one: {urlsplit(url).netloc}."
            raise RefusedError(
                what, where=self.address, remedy="Set the address that the server itself uses."
            )
        try:
            with (
                httpx.Client(timeout=_LIMIT, auth=self._auth, trust_env=not self._is_local) as client,
                client.stream("GET", url, params=params or None, headers=self._headers) as response,
            ):
                body = _whole(response, url)
        except httpx.TimeoutException as error:
            what = "The server did not answer in time."
            raise UnavailableError(what, where=url, remedy="It is asked again.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            what = f"The server cannot be reached, or broke off: {type(error).__name__}."
            raise UnavailableError(what, where=url, remedy="Check its address and the network.") from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._refuse(response.status_code, headers, body, url)
        try:
            document = msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            what = "The answer breaks off, or is no JSON."
            raise UnavailableError(what, where=url, remedy="It is asked again.") from error
        return Answer(document=document, headers=headers)

    def _refuse(self, status: int, headers: Mapping[str, str], body: bytes, url: str) -> None:
        """Raise what an answer other than success means."""
        is_spent = status in _DENIED and headers.get("x-ratelimit-remaining") == "0"
        if status in _THROTTLED or is_spent or (status in _DENIED and "retry-after" in headers):
            wait = self._wait(headers)
            what = f"The server wants to be asked again in {wait.total_seconds():.0f} s."
            raise ThrottledError(what, wait=wait, where=url, remedy="Nothing: it is.")
        if status >= _SERVER_FAULT:
            what = f"The server answered {status}."
            if "retry-after" in headers:
                wait = self._wait(headers)
                raise ThrottledError(what, wait=wait, where=url, remedy="It is asked again.")
            raise UnavailableError(what, where=url, remedy="It is asked again.")
        if status in _DENIED:
            what = f"The server refuses us ({status}){_reason(body)}"
            raise RefusedError(what, where=url, remedy="Check the token, and what it may read.")
        if status in _MISSING:
            what = f"The server knows no such thing, or not for this token ({status}){_reason(body)}"
            raise RefusedError(what, where=url, remedy="Check what the feed reads (--reads).")
        if not 200 <= status < 300:  # noqa: PLR2004 - HTTP's range of success
            what = f"The server answered {status}{_reason(body)}"
            raise BadRequestError(what, where=url, remedy="Report it, with this sentence.")

    def _wait(self, headers: Mapping[str, str]) -> timedelta:
        """How long the server wants us to wait: `retry-after` in seconds or as a date, or a reset time."""
        now = self._clock.now()
        after = headers.get("retry-after", "")
        reset = headers.get("x-ratelimit-reset", "") or headers.get("ratelimit-reset", "")
        wait = _DEFAULT_WAIT
        if after.isdecimal():
            wait = timedelta(seconds=min(int(after), 1_000_000))
        elif after:
            wait = _until(after, now)
        elif reset.isdecimal():
            # GitHub says when, as a Unix time; the draft standard and PagerDuty say in how many seconds.
            seconds = int(reset[:12])
            is_moment = seconds > _A_MOMENT
            wait = timedelta(seconds=seconds - now.timestamp() if is_moment else seconds)
        return min(max(wait, timedelta(seconds=1)), _LONGEST_WAIT)


_A_MOMENT = 1_000_000_000


class BadRequestError(RefusedError):
    """The server calls the question wrong; some say so of a cursor that is too old."""


def _whole(response: httpx.Response, url: str) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > _MOST_BYTES:
            what = f"The answer is longer than {_MOST_BYTES // 1_000_000} MB."
            raise RefusedError(what, where=url, remedy="Ask for less: a shorter time, or fewer things.")
    return bytes(body)


def _until(date: str, now: datetime) -> timedelta:
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return _DEFAULT_WAIT
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)) - now


def _reason(body: bytes) -> str:
    """What the server itself says, in a few words."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "."
    found = said.get("message") or said.get("error") if isinstance(said, dict) else None
    if isinstance(found, dict):
        found = found.get("message")
    return f": {found[:200].rstrip('.')}." if isinstance(found, str) else "."
