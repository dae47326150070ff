"""Who may knock: requests from other sites are turned away, and every answer says what its page may do.

A page of another site can make a browser send requests here (cross-site request forgery), and can even
point its own name at this machine (DNS rebinding). So the `Host` must be a name of ours, and what changes
something must come from our own pages or from a program: https://owasp.org/www-community/attacks/csrf.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from strandline.vocabulary.errors import RefusedError
from strandline.web.answers import error_response

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_BYTES = 1_048_576
"""Nothing that is sent here is longer: a `strandline.yaml`, an order, a reason."""
INTAKE = "/intake/"
"""Where deliveries come in, from anywhere, under whatever name this machine is known there."""

FEEDBACK = "/feedback/"
"""Where users answer, from anywhere: it acts in nobody's name, so no page can steal any."""
SURVEY = "/survey/"
"""Where people answer a survey, from anywhere, and in nobody's name as well."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`: with it, browsers send `Origin: null` along with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    # Pages say `no-store` themselves; a file is asked for again, and is not sent again if it is the same.
    "cache-control": "no-cache",
}


class ForeignRequestError(RefusedError):
    """A request that does not come from our own pages, nor from a program on purpose."""

    http_status = 403


class Guard:
    """The outermost layer: checks `Host`, `Origin` and size, and puts the headers on every answer."""

    def __init__(self, inner: ASGIApp, *, host: str) -> None:
        """Guard `inner`; `host` is where the server listens, as the settings say."""
        self._inner = inner
        self._names = LOOPBACK_NAMES | {host.strip("[]").lower()}
        self._is_everywhere = _is_unspecified(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or turn it away."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            if scope["path"].startswith(INTAKE):
                self._check_delivery(Headers(scope=scope))
            elif not scope["path"].startswith((FEEDBACK, SURVEY)):
                self._check(Headers(scope=scope), scope["method"], scope["scheme"])
        except ForeignRequestError as error:
            await error_response(error, path=scope["path"])(scope, receive, send_guarded)
            return
        await self._inner(scope, receive, send_guarded)

    def _check(self, headers: Headers, method: str, scheme: str) -> None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            what = f"This control plane is not called “{host}”."
            remedy = "Use the address that `strandline serve` printed."
            raise ForeignRequestError(what, where="Host", remedy=remedy)
        if method in SAFE_METHODS:
            return
        origin = headers.get("origin")
        if origin is not None and origin != f"{scheme}://{host}":
            what = f"A page of “{origin}” may not change anything here."
            raise ForeignRequestError(what, where="Origin", remedy="Use the control plane's own pages.")
        if origin is None and headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            what = "A page of another site may not change anything here."
            raise ForeignRequestError(
                what, where="Sec-Fetch-Site", remedy="Use the control plane's own pages."
            )

    def _check_delivery(self, headers: Headers) -> None:
        """Let in what programs send under any name of this machine; their signature says who they are.

        A feed without one must not be reached by a browser that some page leads here. Every browser says with
        such a request where it comes from.
        """
        if "origin" in headers or "sec-fetch-site" in headers:
            what = "Deliveries come from programs, not from a browser."
            raise ForeignRequestError(what, where="Origin", remedy="Look at the feed's page instead.")

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._names:
            return True
        # An address cannot be rebound, only a name can; where we listen everywhere, any address is ours.
        return self._is_everywhere and _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False
