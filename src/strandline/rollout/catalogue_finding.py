"""What is wrong with a file that a person wrote: where, what, and the fix; all of it at once."""

from collections.abc import Iterable

import msgspec

from strandline.vocabulary.errors import BadInputError

_MOST_LISTED = 50


class CatalogueFinding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that is wrong, at one place."""

    line: int
    """Counted from 1."""
    column: int
    """Counted from 1."""
    what: str
    fix: str


class CatalogueError(BadInputError):
    """A file cannot be understood; nothing of it was taken.

    Attributes:
        file: the file, as the caller named it.
        findings: everything that is wrong with it, in the order of the file; never empty. The first one
            is `what` and `where`; the others are listed in `remedy`.
    """

    def __init__(self, file: str, findings: Iterable[CatalogueFinding]) -> None:
        self.file = file
        self.findings = tuple(sorted(set(findings)))
        first, *others = self.findings
        listed = [
            f"{file}:{other.line}:{other.column}: {other.what} {other.fix}" for other in others[:_MOST_LISTED]
        ]
        if len(others) > _MOST_LISTED:
            listed.append(f"and {len(others) - _MOST_LISTED} more")
        super().__init__(
            first.what,
            where=f"{file}:{first.line}:{first.column}",
            remedy="\n".join((first.fix, *listed)),
        )


def quoted(value: object) -> str:
    """Return a value for a message: in quotes, short, and with nothing in it that a terminal would obey."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return "nothing" if value is None else str(value)
    longest = 60
    short = value if len(value) <= longest else value[: longest - 1] + "…"
    escaped = "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}" for character in short
    )
    return f'"{escaped}"'
