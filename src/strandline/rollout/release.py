"""Makes a release of a folder: kept unchanged, with its version and the commit that it came from."""

import re
from pathlib import Path

from strandline.rollout.catalogue_finding import CatalogueError, CatalogueFinding
from strandline.rollout.catalogue_schema import RELEASE_SCHEMA, schema_findings
from strandline.rollout.ports import History, ReleaseStore
from strandline.rollout.yaml_source import read_yaml
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import JsonValue
from strandline.vocabulary.release import Release

RELEASE_FILE = "release.yaml"
_NOT_IN_A_VERSION = re.compile(r"[^A-Za-z0-9._+-]+")
_LONGEST_VERSION = 128


def describe_release(folder: Path, *, service: str, store: ReleaseStore, history: History) -> Release:
    """Keep a folder in the store, and return it as a release of the service.

    Its version is what its `release.yaml` says; else what version control calls it, if the folder is a
    whole repository; else the folder's name. Versions are for people: releases are told apart by digest.

    Raises:
        CatalogueError: its `release.yaml` cannot be understood; nothing was kept.
        BadInputError: it is no folder, is empty, or holds what a release cannot hold.
    """
    stated = _stated(folder)
    command = stated.get("command", ())
    version = str(stated["version"]) if "version" in stated else _version(folder, history)
    return Release(
        service=service,
        digest=store.keep(folder),
        version=version,
        commit=history.commit_of(folder),
        command=tuple(_text(argument) for argument in command) if isinstance(command, list) else (),
    )


def read_release(text: str, *, file: str) -> dict[str, JsonValue]:
    """Return what a `release.yaml` states: `version` and `command`, each if it is there.

    Raises:
        CatalogueError: it cannot be understood.
    """
    source = read_yaml(text, file=file)
    if source.data is None and not source.findings:
        return {}
    findings = [*source.findings, *schema_findings(source, RELEASE_SCHEMA)]
    if findings or not isinstance(source.data, dict):
        raise CatalogueError(file, findings)
    return source.data


def _stated(folder: Path) -> dict[str, JsonValue]:
    file = folder / RELEASE_FILE
    try:
        content = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        what = f"The file cannot be read: {error.strerror}."
        raise BadInputError(what, where=str(file), remedy="Make it a file that you may read.") from error
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        finding = CatalogueFinding(
            line=line, column=column, what="This is not UTF-8.", fix="Save the file as UTF-8."
        )
        raise CatalogueError(str(file), [finding]) from error
    return read_release(text, file=str(file))


def _version(folder: Path, history: History) -> str:
    name = history.version_of(folder) or folder.absolute().resolve().name
    return _NOT_IN_A_VERSION.sub("-", name).strip("-")[:_LONGEST_VERSION] or "unnamed"


def _text(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
