"""Addresses of repositories: however Git reaches one, what people open, without any credentials."""

import re
from urllib.parse import quote, urlsplit

_SHORT = re.compile(r"(?:[^@/\s]+@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{2,}):(?!:|//)(.+)", re.DOTALL)
"""`git@host:path`, as SSH writes it; a single letter before the colon is a drive."""
_SCHEMES = {"https": 443, "http": 80, "ssh": None, "git+ssh": None, "ssh+git": None, "git": 9418}
_AZURE = re.compile(r"https://ssh\.dev\.azure\.com/v3/([^/]+)/([^/]+)/([^/]+)")
_PULL_REQUESTS = {"github.com": "pull", "gitlab.com": "-/merge_requests", "bitbucket.org": "pull-requests"}
_UNSPOKEN = re.compile(r"[\x00-\x1f\x7f]+")


def web_address(remote: str) -> str:
    """Return the `https` address of a remote, without user, password, `.git`, query; empty if it has none.

    `git@host:owner/name.git`, `ssh://git@host:22/owner/name` and `https://user:token@host/owner/name.git` are
    all `https://host/owner/name`. A path on this machine has no such address.
    """
    remote = _UNSPOKEN.sub("", remote).strip()
    if "://" not in remote:
        short = _SHORT.fullmatch(remote)
        if short is None:
            return ""
        remote = f"ssh://{short[1]}/{short[2].lstrip('/')}"
    try:
        parts = urlsplit(remote)
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname
    if host is None or parts.scheme not in _SCHEMES:
        return ""
    host = f"[{host}]" if ":" in host else host
    # The port of SSH says nothing about where the pages are.
    is_told = port is not None and parts.scheme in {"https", "http"} and port != _SCHEMES[parts.scheme]
    path = re.sub("/{2,}", "/", parts.path).strip("/").removesuffix(".git").rstrip("/")
    if not path:
        return ""
    address = f"https://{host}{f':{port}' if is_told else ''}/{quote(path, safe='/%~@:+,=')}"
    azure = _AZURE.fullmatch(address)
    return f"https://dev.azure.com/{azure[1]}/{azure[2]}/_git/{azure[3]}" if azure else address


def pull_request_address(repository: str, number: str, *, is_gitlab: bool) -> str:
    """Return where a pull request of a repository is to be seen; empty where that is not known."""
    if not number or not repository.startswith("https://"):
        return ""
    place = "-/merge_requests" if is_gitlab else _PULL_REQUESTS.get(repository.split("/")[2])
    return f"{repository}/{place}/{number}" if place else ""
