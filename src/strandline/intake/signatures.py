"""Who speaks: the signatures of each source, and the sender's own number of a delivery.

Every scheme is an HMAC-SHA256 over the raw bytes (RFC 2104), or a shared word in a header where the source
can do no better. Several secrets may be active while they are changed over. Comparisons take the same time
wherever the difference is, and all secrets and signatures are compared. (GitHub, PagerDuty v3, Slack v0 and
Flux as their documentation has it; https://www.standardwebhooks.com, which GitLab's signing tokens follow.)
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

WINDOW = timedelta(minutes=5)
"""How old or how far ahead a signed time may be; the window of Standard Webhooks and of Slack."""
_PREFIX = "sha256="
_HEX_HEADERS = {
    "github": "x-hub-signature-256",
    "jira": "x-hub-signature",
    "flux": "x-signature",
}
"""Headers that hold `sha256=<hex>` over the body."""
_DELIVERY_HEADERS = {
    "github": ("x-github-delivery",),
    "gitlab": ("webhook-id", "idempotency-key", "x-gitlab-event-uuid"),
    "jira": ("x-atlassian-webhook-identifier",),
    "pagerduty": ("x-webhook-id",),
    "cdevents": ("webhook-id", "ce-id"),
}
"""Where a sender numbers its deliveries, the same on every retry."""


class Verified(msgspec.Struct, frozen=True):
    """A delivery that a known sender vouches for."""

    how: str
    """The scheme, such as `hmac` or `shared word`."""


class Refused(msgspec.Struct, frozen=True):
    """A delivery that nobody vouches for."""

    why: str
    remedy: str


def verified(
    kind: str, headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes], now: datetime
) -> Verified | Refused:
    """Return whether one of the secrets signed these bytes, by the scheme of the source.

    Args:
        kind: of the source, such as `github`.
        headers: of the delivery, names in lower case.
        body: the raw bytes, as they came.
        secrets: those that are active; none of them ever appears in the answer.
        now: for schemes that sign a time.
    """
    if "webhook-signature" in headers:
        return _standard(headers, body, secrets, now)
    if kind == "pagerduty":
        given = [each[3:] for each in _split(headers.get("x-pagerduty-signature", "")) if each[:3] == "v1="]
        return _judged("x-pagerduty-signature", given, (_hex(each, body) for each in secrets))
    if kind == "slack":
        return _slack(headers, body, secrets, now)
    if kind in _HEX_HEADERS:
        name = _HEX_HEADERS[kind]
        given = [headers[name].removeprefix(_PREFIX)] if headers.get(name, "").startswith(_PREFIX) else []
        return _judged(name, given, (_hex(each, body) for each in secrets))
    if kind == "gitlab":
        return _shared("x-gitlab-token", headers.get("x-gitlab-token", ""), secrets)
    return _shared("authorization", _authorised(headers.get("authorization", "")), secrets)


def delivery_id(kind: str, headers: Mapping[str, str], document: object) -> str:
    """Return the sender's own number of a delivery, the same on every retry; empty if it gives none.

    Args:
        kind: of the source.
        headers: of the delivery, names in lower case.
        document: its JSON, for a source that numbers it there; `None` where it was not read.
    """
    for name in _DELIVERY_HEADERS.get(kind, ()):
        if headers.get(name):
            return headers[name][:200]
    if kind == "pagerduty" and isinstance(document, dict):
        event = document.get("event")
        number = event.get("id") if isinstance(event, dict) else None
        return number[:200] if isinstance(number, str) else ""
    return ""


def _standard(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes], now: datetime
) -> Verified | Refused:
    """Return whether a delivery is signed as Standard Webhooks has it: `id.time.body`, base64."""
    number, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    late = _out_of_time(stamp, now)
    if late is not None:
        return late
    signed = b".".join((number.encode(), stamp.encode(), body))
    given = [each[3:] for each in headers["webhook-signature"].split() if each[:3] == "v1,"]
    right = (
        base64.b64encode(hmac.digest(_standard_key(each), signed, hashlib.sha256)).decode()
        for each in secrets
    )
    return _judged("webhook-signature", given, right)


def _standard_key(secret: bytes) -> bytes:
    if not secret.startswith(b"whsec_"):
        return secret
    try:
        return base64.b64decode(secret[6:], validate=True)
    except (binascii.Error, ValueError):
        return secret


def _slack(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes], now: datetime
) -> Verified | Refused:
    stamp = headers.get("x-slack-request-timestamp", "")
    late = _out_of_time(stamp, now)
    if late is not None:
        return late
    signature = headers.get("x-slack-signature", "")
    given = [signature[3:]] if signature.startswith("v0=") else []
    signed = b":".join((b"v0", stamp.encode(), body))
    return _judged("x-slack-signature", given, (_hex(each, signed) for each in secrets))


def _out_of_time(stamp: str, now: datetime) -> Refused | None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):  # noqa: PLR2004 - beyond any year
        return Refused("It does not say when it was sent.", "Sign it with the time of sending.")
    sent = datetime.fromtimestamp(int(stamp), UTC)
    if abs(now - sent) <= WINDOW:
        return None
    what = f"It was sent at {sent:%Y-%m-%d %H:%M:%S} UTC, and it is {now.astimezone(UTC):%Y-%m-%d %H:%M:%S}."
    return Refused(what, "Send it again; if it was just sent, set the clocks.")


def _hex(secret: bytes, signed: bytes) -> str:
    return hmac.digest(secret, signed, hashlib.sha256).hex()


def _judged(header: str, given: Sequence[str], right: Iterable[str]) -> Verified | Refused:
    """Return whether any of the signatures is one of the right ones; all pairs are compared."""
    if not given:
        return Refused(f"It has no signature in {header}.", "Set the secret at the sender as well.")
    matches = [
        hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
        for other in right
        for one in given
    ]
    if any(matches):
        return Verified("hmac")
    return Refused(f"The signature in {header} is not right.", "Set the same secret here and at the sender.")


def _shared(header: str, given: str, secrets: Sequence[bytes]) -> Verified | Refused:
    if not given:
        return Refused(f"It has no word in {header}.", "Let the sender send the secret there.")
    matches = [hmac.compare_digest(given.encode("utf-8", "replace"), each) for each in secrets]
    if any(matches):
        return Verified("shared word")
    return Refused(f"The word in {header} is not right.", "Set the same secret here and at the sender.")


def _authorised(header: str) -> str:
    """Return the word of an `Authorization` header: the bearer's token, or the password of a basic one."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _split(header: str) -> list[str]:
    return [each.strip() for each in header.split(",")]
