"""Files that are known by their names: owners, updates of dependencies, catalogues, dashboards."""

import re
from collections.abc import Iterable

from strandline.repository.sighting import Show, Sighting, seen

_NAMES: tuple[tuple[Show, re.Pattern[str]], ...] = (
    (
        Show.OWNERS,
        re.compile(r"^(\.github/|docs/|\.gitlab/)?CODEOWNERS$|(^|/)OWNERS$|(^|/)MAINTAINERS(\.\w+)?$"),
    ),
    (
        Show.DEPENDENCY_UPDATES,
        re.compile(r"^\.github/dependabot\.ya?ml$|(^|/)(\.renovaterc(\.json5?)?|renovate\.json5?)$"),
    ),
    (
        Show.SERVICE_CATALOGUE,
        re.compile(r"(^|/)(catalog-info|service-catalog|opslevel|cortex|compass)\.ya?ml$"),
    ),
    (Show.STATUS_PAGE, re.compile(r"(^|/)(\.upptimerc\.ya?ml|cstate/|statuspage\.(ya?ml|json))")),
    (
        Show.MANIFEST,
        re.compile(
            r"(^|/)(kustomization\.ya?ml|Procfile|fly\.toml|app\.ya?ml|serverless\.ya?ml|cdk\.json|Pulumi\.ya?ml|strandline\.ya?ml)$"
        ),
    ),
    (Show.GITOPS, re.compile(r"(^|/)(flux-system/gotk-sync|\.pipecd/[\w.-]+|app\.pipecd)\.ya?ml$")),
)
_DASHBOARD = re.compile(r"dashboard[^/]*\.json$|(^|/)(grafana|dashboards)/[^/]+\.json$", re.IGNORECASE)


def read(path: str, text: str, *, is_in_use: bool = True) -> Iterable[Sighting]:
    """Yield what a file's name says; of a file that is an example only what is said of the repository."""
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), path)
    for show, pattern in _NAMES:
        if pattern.search(path) and (is_in_use or show is Show.OWNERS):
            yield seen(show, path, 1, first if show is Show.OWNERS else path)
    if is_in_use and _DASHBOARD.search(path) and '"panels"' in text:
        yield seen(Show.DASHBOARD, path, 1, path)


def is_known(path: str) -> bool:
    """Return whether a file is known by its name."""
    return any(pattern.search(path) for _, pattern in _NAMES) or _DASHBOARD.search(path) is not None
