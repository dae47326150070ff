"""Package URLs of what sources say was deployed (https://github.com/package-url/purl-spec).

A digest stands in one only if the source gave it. Where a source names no artifact, the commit takes its
place; where it names not even that, the deployment itself does, so that two unknown things never look the
same.
"""

import re
from urllib.parse import quote, urlsplit

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
COMMIT_FALLBACK = "commit-fallback"
"""`artifact_resolution` of an artifact that is called by its commit."""
DEPLOYMENT_FALLBACK = "deployment-fallback"
"""`artifact_resolution` of an artifact that is called by its deployment, as nothing else is known of it."""


def full_hash(text: str | None) -> str:
    """Return a full commit hash in lower case; empty for a shortened one, and for what is no hash."""
    lowered = (text or "").strip().lower()
    is_some = _HASH.fullmatch(lowered) is not None and lowered.strip("0")
    return lowered if is_some else ""


def commit_package(repository: str, version: str, service: str) -> str:
    """Return the package URL of what a commit (or several, or a chart's version) of a repository holds.

    Args:
        repository: its address; empty if it is not known.
        version: the full hash, or what else names the content.
        service: the name that is used where the address is of none of the known forges.
    """
    try:
        parts = urlsplit(repository)
        host, path = parts.hostname or "", parts.path.strip("/").removesuffix(".git")
    except ValueError:
        host, path = "", ""
    kind = {"github.com": "github", "gitlab.com": "gitlab"}.get(host, "") if path.count("/") else ""
    name = (path.lower() if kind == "github" else path) if kind else service
    return _package(kind or "generic", name, version)


def gitlab_package(path: str, version: str) -> str:
    """Return the package URL of a version of a project of any GitLab, by its path such as `shop/api`."""
    return _package("gitlab", path, version)


def unknown_package(service: str, deployment: str) -> str:
    """Return a package URL for what a deployment brought if nothing says what that was."""
    return f"pkg:generic/{quote(service, safe='/')}?deployment={quote(deployment, safe='')}"


def image_package(image: str) -> tuple[str, str]:
    """Return the package URL of a container image, and its tag; both empty if nothing fixes its version.

    `registry.example.org/shop/api:1.2@sha256:…` gives `pkg:oci/api@sha256%3A…`, without a digest
    `pkg:docker/shop/api@1.2`. An image with neither may be anything.
    """
    name, _, digest = image.partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    tag = tag if _TAG.fullmatch(tag) else ""
    path = f"{head}{slash}{last}"
    if not last:
        return "", ""
    if _DIGEST.fullmatch(digest):
        tagged = f"&tag={quote(tag, safe='')}" if tag else ""
        place = quote(path, safe="/")
        return f"pkg:oci/{quote(last.lower())}@{quote(digest, safe='')}?repository_url={place}{tagged}", tag
    if not tag or digest:
        return "", ""
    registry, _, rest = path.partition("/")
    is_registry = bool(rest) and ("." in registry or ":" in registry or registry == "localhost")
    url = _package("docker", rest if is_registry else path, tag)
    return (f"{url}?repository_url={quote(registry, safe='')}" if is_registry else url), tag


def _package(kind: str, name: str, version: str) -> str:
    return f"pkg:{kind}/{quote(name, safe='/')}@{quote(version, safe='')}"
