"""`strandline init`: write a `strandline.yaml` to begin with."""

import re
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from strandline.cli.output import line, words
from strandline.cli.service_file import SERVICE_FILE
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, Session
from strandline.rollout.catalogue import CatalogueError, read_service, template
from strandline.rollout.catalogue_schema import SERVICE_SCHEMA, schema_text
from strandline.vocabulary.errors import BadInputError, RefusedError, UnavailableError


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What `strandline init --json` writes."""

    service: str
    files: list[str]


def init(
    name: str = "",
    /,
    *,
    into: Annotated[Path, Parameter(metavar="FOLDER")] = Path(),
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Write a commented strandline.yaml for a service, with its JSON Schema beside it.

    A file that is there already is never overwritten.

    Args:
        name: The service's name; by default the folder's.
        into: The folder to write to.
        common: What every command takes.
        session: This run of the command line.
    """
    del common
    folder = session.path(into)
    service = name or _named_after(folder)
    if not _is_name(service):
        what = f"“{service}” is no name for a service."
        remedy = "Use small letters, digits and dashes, beginning with a letter, such as `web-shop`."
        raise BadInputError(what, remedy=remedy)
    file, schema = folder / SERVICE_FILE, folder / SERVICE_SCHEMA
    _write(file, template(service), may_be_there=False)
    _write(schema, schema_text(), may_be_there=True)
    session.output.result(
        Written(service=service, files=[str(file), str(schema)]),
        line(words("Wrote ", "good"), words(_shown(file, session), "bold"), " and its schema. Next:"),
        words("  1. Set `command`, how an instance is started, and `listen`, where its users reach it."),
        words(f"  2. strandline plan {service} RELEASE-FOLDER --to production"),
        words(f"  3. strandline deploy {service} RELEASE-FOLDER --to production"),
    )
    return 0


def _named_after(folder: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
    return name if _is_name(name) else "service"


def _is_name(name: str) -> bool:
    """Whether a file with this name reads back as a service of this name: `null` and `on` do not."""
    try:
        return read_service(template(name), file=SERVICE_FILE).name == name
    except CatalogueError:
        return False


def _write(file: Path, text: str, *, may_be_there: bool) -> None:
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        if may_be_there:
            return
        what = "There is one already, and it is left as it is."
        remedy = "Edit it, or write another one with --into."
        raise RefusedError(what, where=str(file), remedy=remedy) from error
    except OSError as error:
        what = f"It cannot be written: {error.strerror}."
        raise UnavailableError(what, where=str(file), remedy="Choose another folder with --into.") from error


def _shown(file: Path, session: Session) -> str:
    return str(file.relative_to(session.folder)) if file.is_relative_to(session.folder) else str(file)
