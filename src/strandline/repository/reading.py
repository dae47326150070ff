"""Which files of a repository are worth reading, by whom, and all that they show."""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

import msgspec

from strandline.repository import (
    ansible,
    azure_pipelines,
    circleci,
    compose,
    documents,
    github_actions,
    gitlab_ci,
    helm,
    jenkinsfile,
    manifests,
    terraform,
    well_known,
)
from strandline.repository.documents import Purpose
from strandline.repository.references import broken, targets_of
from strandline.repository.sighting import Show, Sighting

MOST_BYTES = 512 * 1024
"""A file that is larger was made by a program, and is not read."""
_Read = Callable[[str, str], Iterable[Sighting]]
_PIPELINES: tuple[tuple[re.Pattern[str], _Read], ...] = (
    (github_actions.FILES, github_actions.read),
    (gitlab_ci.FILES, gitlab_ci.read),
    (circleci.FILES, circleci.read),
    (azure_pipelines.FILES, azure_pipelines.read),
    (jenkinsfile.FILES, jenkinsfile.read),
)
_DECLARED: tuple[tuple[re.Pattern[str], _Read], ...] = (
    (helm.FILES, helm.read),
    (compose.FILES, compose.read),
    (terraform.FILES, terraform.read),
)
_OTHER_PEOPLES = re.compile(
    r"(^|/)(vendor|third[_-]party|node_modules|\.venv|site-packages|bower_components)/"
)
_NOT_IN_USE = re.compile(
    r"(^|/)(tests?|testdata|test-data|e2e|integration-tests|fixtures?|mocks?|examples?|samples?|demos?|docs?|"
    r"documentation|site|website|quickstart|tutorials?|templates/[\w-]+-template|experiments?)/",
    re.IGNORECASE,
)
"""Manifests here are what a product is tried or explained with, not what runs."""
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile")


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file's path and text."""

    path: str
    text: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the practice: what it is for, and what of its references leads nowhere."""

    path: str
    purpose: Purpose
    words: int
    text: str
    reviewed_on: date | None
    broken: tuple[Sighting, ...]


class RepositoryFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What the files of a repository show."""

    sightings: tuple[Sighting, ...]
    documents: tuple[Document, ...]
    """Those that are about deployments."""
    checked: int
    """In how many documents references were looked at."""

    def of(self, show: Show) -> tuple[Sighting, ...]:
        """Return the places that show something."""
        return tuple(each for each in self.sightings if each.show is show)


def wanted(path: str) -> bool:
    """Return whether a file is worth reading."""
    if _OTHER_PEOPLES.search(path):
        return False
    is_pipeline = any(pattern.search(path) for pattern, _ in _PIPELINES)
    is_declared = any(pattern.search(path) for pattern, _ in _DECLARED) or manifests.FILES.search(path)
    return bool(
        is_pipeline
        or path in _MAKEFILES
        or well_known.is_known(path)
        or documents.FILES.search(path)
        or (is_declared and not _NOT_IN_USE.search(path))
    )


def is_practice(path: str) -> str:
    """Return which part of the practice a file is: `pipeline`, `policy`, `runbook`; empty for none."""
    if any(pattern.search(path) for pattern, _ in _PIPELINES):
        return "pipeline"
    show = documents.by_name(path) if documents.FILES.search(path) else None
    if show in {Show.RUNBOOK, Show.DEPLOYMENT_DOCUMENT, Show.ROLLBACK_DOCUMENT}:
        return "runbook"
    if show in {Show.READINESS_CHECKLIST, Show.CHANGE_TEMPLATE, Show.RISK_ASSESSMENT}:
        return "policy"
    return ""


def read_repository(files: Iterable[File], paths: Iterable[str]) -> RepositoryFiles:
    """Return what files show.

    Args:
        files: those that are `wanted`, with their texts.
        paths: all files of the repository, so that references can be looked at.
    """
    there = _with_folders(paths)
    texts = {each.path: each.text for each in files}
    makefile = next((texts[name] for name in _MAKEFILES if name in texts), None)
    targets = targets_of(makefile) if makefile is not None else None
    sightings: list[Sighting] = []
    found: list[Document] = []
    checked = 0
    for path, text in sorted(texts.items()):
        sightings += _shown(path, text)
        if not documents.FILES.search(path) or _NOT_READ_FOR_LINKS.search(path):
            continue
        checked += 1
        lost = tuple(broken(path, text, there, targets))
        sightings += lost
        purpose = documents.purpose(each.show for each in documents.read(path, text))
        if purpose is not None:
            found.append(
                Document(
                    path=path,
                    purpose=purpose,
                    words=len(text.split()),
                    text=text,
                    reviewed_on=documents.review_date(text),
                    broken=lost,
                )
            )
    return RepositoryFiles(sightings=tuple(sightings), documents=tuple(found), checked=checked)


_NOT_READ_FOR_LINKS = re.compile(
    r"\.txt$|(^|/)(changelog|changes|history|news|release[-_]?notes?|relnotes)|(^|/)_?templates?/|\.github/",
    re.IGNORECASE,
)
"""What was right when it was written: a changelog; and what is to be filled in: a template."""


def _shown(path: str, text: str) -> list[Sighting]:
    for pattern, read in _PIPELINES:
        if pattern.search(path):
            return list(read(path, text))
    shown = list(well_known.read(path, text, is_in_use=not _NOT_IN_USE.search(path)))
    if documents.FILES.search(path):
        return [*shown, *documents.read(path, text)]
    if _NOT_IN_USE.search(path):
        return shown
    for pattern, read in _DECLARED:
        if pattern.search(path):
            return [*shown, *read(path, text)]
    if manifests.FILES.search(path):
        return [*shown, *manifests.read(path, text), *ansible.read(path, text)]
    return shown


def _with_folders(paths: Iterable[str]) -> Mapping[str, None]:
    found: dict[str, None] = {}
    for path in paths:
        found[path] = None
        folder = posixpath.dirname(path)
        while folder and folder not in found:
            found[folder] = None
            folder = posixpath.dirname(folder)
    return found
