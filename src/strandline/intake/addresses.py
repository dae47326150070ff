"""Addresses of the instances of other tools, as what they send lets them be seen."""

from urllib.parse import urlsplit


def site_of(address: str | None) -> str:
    """Return the site of an address, such as `https://acme.pagerduty.com`; empty if it is none.

    A user and a password in it are left out.
    """
    try:
        parts = urlsplit(address or "")
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{f':{port}' if port is not None else ''}"


def home_of(address: str | None, inside: str) -> str:
    """Return what of an address stands before a path in it: `https://acme.org/jira` for `/rest/`, say.

    Args:
        address: of something within the tool.
        inside: the path that is the tool's own.
    """
    site = site_of(address)
    if not site or not address:
        return ""
    before, found, _ = urlsplit(address).path.partition(inside)
    return f"{site}{before}" if found else site
