"""What documents refer to within their repository, and what of that does not exist.

Only what can be told without doubt counts: a relative link with the ending of a file, and a target of `make`
where the makefile names all of its targets itself. Addresses elsewhere are not asked; nothing leaves here.
"""

import posixpath
import re
from collections.abc import Container, Iterable, Iterator
from urllib.parse import unquote

from strandline.repository.sighting import Show, Sighting, seen

_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+[\"'(][^)]*)?\)")
_DEFINITION = re.compile(r"^\s{0,3}\[[^\]^]+\]:\s*<?(\S+?)>?(?:\s|$)")
_RST_FILE = re.compile(r"^\s*\.\.\s+(?:include|literalinclude|image|figure)::\s+(\S+)\s*$")
_CODE_FENCE = re.compile(r"^\s*(```|~~~)")
_CODE_SPAN = re.compile(r"`[^`]*`")
_MAKE = re.compile(r"(?:^\s*(?:\$\s+)?|`(?:\$\s+)?)make\s+([A-Za-z][\w./-]*)(?=[\s`]|$)")
_TARGET = re.compile(r"^([A-Za-z0-9][^:=#\t]*?)\s*:(?![=:])")
_OPEN_ENDED = re.compile(r"^\s*-?s?include\b|^\s*%|^[^\t#]*%[^\n]*:|\$\((foreach|eval|call)", re.MULTILINE)
_ENDING = re.compile(
    r"\.(md|markdown|mdx|rst|adoc|txt|py|go|ts|java|kt|rb|rs|c|h|cc|cpp|hpp|cs|php|sh|bash|ps1|ya?ml|json|toml|ini"
    r"|cfg|conf|tf|tfvars|sql|proto|xml|csv|ipynb|png|jpe?g|gif|svg|webp|drawio|puml|mmd)$",
    re.IGNORECASE,
)
_BUILT = re.compile(r"(^|/)_?(build|dist|generated|site|public)/")
"""Folders that a build fills."""
_UNCERTAIN = re.compile(r"[{}$<>*|\\]")


def targets_of(makefile: str) -> frozenset[str] | None:
    """Return the targets of a makefile; `None` if it takes some from elsewhere, or makes them up."""
    if _OPEN_ENDED.search(makefile):
        return None
    return frozenset(
        name for line in makefile.splitlines() if (found := _TARGET.match(line)) for name in found[1].split()
    ) | frozenset(
        name for line in makefile.splitlines() if line.startswith(".PHONY:") for name in line[7:].split()
    )


def broken(path: str, text: str, files: Container[str], targets: frozenset[str] | None) -> Iterator[Sighting]:
    """Yield what a document names that does not exist.

    Args:
        path: the document.
        text: what it says.
        files: the paths of all files and folders of the repository.
        targets: the targets of the makefile at the top; `None` where they are not known.
    """
    is_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if _CODE_FENCE.match(line):
            is_code = not is_code
            continue
        if targets is not None:
            for name in _MAKE.findall(line):
                if name not in targets and (is_code or "`" in line) and name not in files:
                    yield seen(Show.BROKEN_REFERENCE, path, number, f"make {name}: there is no such target")
        if is_code:
            continue
        for link in _links(path, line):
            place = _place(path, link)
            if place is not None and place not in files:
                yield seen(Show.BROKEN_REFERENCE, path, number, f"{link}: there is no such file")


def _links(path: str, line: str) -> Iterable[str]:
    if path.endswith(".rst"):
        return _RST_FILE.findall(line)
    plain = _CODE_SPAN.sub("", line)
    return (*_LINK.findall(plain), *_DEFINITION.findall(plain))


def _place(path: str, link: str) -> str | None:
    """Return the path that a link leads to; nothing where that cannot be told, or leads elsewhere."""
    bare = unquote(link.partition("#")[0].partition("?")[0])
    if not bare or bare.startswith(("/", "//", "@")) or ":" in bare or _UNCERTAIN.search(bare):
        return None
    if not _ENDING.search(bare):
        return None
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), bare))
    return None if place.startswith("..") or _BUILT.search(place) else place
