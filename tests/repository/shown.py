"""What readers of files are asked in tests."""

from strandline.repository.reading import File, RepositoryFiles, read_repository
from strandline.repository.sighting import Show


def files(**texts: str) -> RepositoryFiles:
    """Read files; `__` in a name stands for a folder, `_dot_` for a dot."""
    return of({name.replace("__", "/").replace("_dot_", "."): text for name, text in texts.items()})


def of(texts: dict[str, str], *others: str) -> RepositoryFiles:
    """Read files by their paths; others are there, and not read."""
    return read_repository([File(path=path, text=text) for path, text in texts.items()], [*texts, *others])


def places(found: RepositoryFiles) -> dict[Show, list[str]]:
    """Return where each thing was seen."""
    told: dict[Show, list[str]] = {}
    for each in found.sightings:
        told.setdefault(each.show, []).append(each.place)
    return told


def lines(path: str, text: str) -> dict[Show, list[int]]:
    """Return on which lines of one file each thing was seen."""
    told: dict[Show, list[int]] = {}
    for each in of({path: text}).sightings:
        told.setdefault(each.show, []).append(each.line)
    return told
