"""Finds the `strandline.yaml` that describes a service: the one named, the one here, or the release's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from strandline.cli.session import Session
from strandline.rollout.catalogue import read_service
from strandline.vocabulary.errors import BadInputError, UnavailableError
from strandline.vocabulary.service import Service

SERVICE_FILE = "strandline.yaml"
_LARGEST_BYTES = 1_000_000


class Catalogue(Protocol):
    """Who is told what a service is."""

    def catalogue(self, text: str, *, file: str) -> Service:
        """Make a service known by the text of its file."""
        ...


def catalogue_service(
    where: Catalogue, session: Session, *, service: str, release: str, file: Path | None
) -> None:
    """Make the service known as its file describes it now; where there is no file, the ledger's word stands.

    Raises:
        CatalogueError: the file cannot be understood.
        BadInputError: the file that was named describes another service.
    """
    if file is not None:
        path = session.path(file)
        text = _read(path)
        described = read_service(text, file=str(path)).name
        if described != service:
            what = f"This file describes “{described}”, not “{service}”."
            raise BadInputError(what, where=str(path), remedy="Name its service, or another file.")
        where.catalogue(text, file=str(path))
        return
    for path in _places(session, release):
        if not path.is_file():
            continue
        text = _read(path)
        if read_service(text, file=str(path)).name == service:
            where.catalogue(text, file=str(path))
            return


def release_argument(session: Session, release: str) -> str:
    """Return a release as a control plane in another folder understands it: folders become absolute."""
    path = session.path(release)
    return str(path) if path.is_dir() or "/" in release else release


def _places(session: Session, release: str) -> Iterator[Path]:
    yield session.folder / SERVICE_FILE
    folder = session.path(release)
    if folder.is_dir():
        for each in (folder, *folder.parents):
            yield each / SERVICE_FILE


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        what = "There is no such file."
        remedy = "Write one with `strandline init`, or name another with --file."
        raise BadInputError(what, where=str(path), remedy=remedy) from error
    except OSError as error:
        what = f"The file cannot be read: {error.strerror}."
        raise UnavailableError(what, where=str(path), remedy="Look at its permissions.") from error
    if len(data) > _LARGEST_BYTES:
        what = "The file is larger than a megabyte: that is no description of a service."
        raise BadInputError(what, where=str(path), remedy="Name another with --file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"The file is not UTF-8: byte {error.start} cannot be read."
        raise BadInputError(what, where=str(path), remedy="Save it as UTF-8.") from error
