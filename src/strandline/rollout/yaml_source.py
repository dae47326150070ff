"""YAML as people mean it, with the place of every key and value.

It is YAML's own grammar (PyYAML), with fewer surprises than YAML 1.1 has: `no`, `15:00`, `1.10` and
`2026-12-20` stay the text that was written; only `true`, `false`, `null` and whole decimal numbers are
something else. There are no floats. What could make a small file large, deep or dangerous is refused:
aliases that multiply, tags, more than one document.
"""

import re
import unicodedata
from collections.abc import Iterator

import yaml

from strandline.rollout.catalogue_finding import CatalogueError, CatalogueFinding, quoted
from strandline.vocabulary.event import JsonValue

_MOST_CHARACTERS = 256 * 1024
_MOST_VALUES = 20_000
_DEEPEST = 32
_MOST_UNREADABLE = 20
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make text look like other text (https://trojansource.codes)."""

Place = tuple[str | int, ...]
"""The keys and positions that lead to a value."""


class SourceDocument:
    """What a YAML file says, and where it says it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.data: JsonValue = None
        self.findings: list[CatalogueFinding] = []
        self._keys: dict[Place, yaml.Mark] = {}
        self._values: dict[Place, yaml.Mark] = {}

    def finding(self, place: Place, what: str, fix: str, *, at_key: bool = False) -> CatalogueFinding:
        """Return a finding at the value (or the key) of `place`, or of the nearest place that is written."""
        marks = (self._keys, self._values) if at_key else (self._values, self._keys)
        for length in range(len(place), -1, -1):
            for known in marks:
                mark = known.get(place[:length])
                if mark is not None:
                    return _finding(mark, what, fix)
        return CatalogueFinding(line=1, column=1, what=what, fix=fix)

    def keep(self, place: Place, mark: yaml.Mark) -> None:
        """Remember where a value begins."""
        self._values[place] = mark

    def keep_key(self, place: Place, mark: yaml.Mark) -> None:
        """Remember where the key of a value begins."""
        self._keys[place] = mark


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, of which only the grammar is used: scalars are read by `_scalar`."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as in the base


def read_yaml(text: str, *, file: str) -> SourceDocument:
    """Return what `text` says; keys that are there twice, and control characters, are among its findings.

    Raises:
        CatalogueError: it is no YAML, or none that is taken; the place is named.
    """
    source = SourceDocument(file)
    if len(text) > _MOST_CHARACTERS:
        finding = CatalogueFinding(
            line=1,
            column=1,
            what=f"The file has {len(text)} characters; at most {_MOST_CHARACTERS} are read.",
            fix="Make it smaller.",
        )
        raise CatalogueError(file, [finding])
    node = _compose(text, file=file)
    if node is not None:
        source.data = _Reader(source).value(node, ())
    return source


def _compose(text: str, *, file: str) -> yaml.Node | None:
    """Return the tree of the file's one document; `None` if it is empty."""
    _refuse_unreadable_characters(text, file=file)
    loader: _Loader | None = None
    try:
        _refuse_dangers(text, file=file)
        loader = _Loader(text)
        node: yaml.Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = _mark(error.problem_mark or error.context_mark)
        what = f"This is not YAML: {error.problem or error.context or 'it cannot be read'}."
        finding = _finding(mark, what, "Check the indentation, the quotes and the brackets here.")
        raise CatalogueError(file, [finding]) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML lets chr() fail by itself on an escape beyond Unicode.
        finding = CatalogueFinding(
            line=1, column=1, what=f"This is not YAML: {quoted(str(error))}.", fix="Check its escapes."
        )
        raise CatalogueError(file, [finding]) from error
    finally:
        if loader is not None:
            loader.dispose()
    return node


def _refuse_unreadable_characters(text: str, *, file: str) -> None:
    findings = []
    for match in re.finditer(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
        what = f"The character U+{ord(match.group()):04X} has no place in a text file."
        findings.append(CatalogueFinding(line=line, column=column, what=what, fix="Remove it."))
        if len(findings) == _MOST_UNREADABLE:
            break
    if findings:
        raise CatalogueError(file, findings)


def _refuse_dangers(text: str, *, file: str) -> None:
    """Look at the events of the grammar, which cost no depth, before a tree is built of them."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        refused = ""
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            refused = f"This is nested more than {_DEEPEST} deep." if depth > _DEEPEST else ""
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            refused = "A second document begins here." if documents > 1 else ""
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag not in (None, "!"):
            refused = f"The tag {quoted(event.tag)} is not taken."
        if refused:
            fix = "Write one document of plain keys, lists and values."
            raise CatalogueError(file, [_finding(_mark(event.start_mark), refused, fix)])


class _Reader:
    """Turns YAML's tree into plain values, and remembers their places."""

    def __init__(self, source: SourceDocument) -> None:
        self._source = source
        self._within: set[int] = set()
        self._left = _MOST_VALUES

    def value(self, node: yaml.Node, place: Place) -> JsonValue:
        self._left -= 1
        if self._left < 0:
            self._refuse(node, f"The file has more than {_MOST_VALUES} values.", "Use fewer aliases.")
        if id(node) in self._within:
            self._refuse(node, "This value contains itself.", "Write it out without the alias.")
        self._source.keep(place, node.start_mark)
        self._within.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, place)
            if isinstance(node, yaml.SequenceNode):
                return [self.value(entry, (*place, index)) for index, entry in enumerate(node.value)]
            return self._scalar(node, place)
        finally:
            self._within.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, place: Place) -> JsonValue:
        read: dict[str, JsonValue] = {}
        first: dict[str, yaml.Mark] = {}
        merged: list[tuple[yaml.Node, yaml.Node]] = []
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(key_node, "A key must be a word.", "Put the value after a colon.")
                continue
            key = key_node.value
            if key == "<<" and key_node.style is None:
                merged.extend(self._merged(value_node))
                continue
            self._check_characters(key_node)
            if key in first:
                what = f"The key {quoted(key)} is here twice; the first is in line {first[key].line + 1}."
                self._note(key_node, what, "Keep one of the two.")
                continue
            first[key] = key_node.start_mark
            self._source.keep_key((*place, key), key_node.start_mark)
            read[key] = self.value(value_node, (*place, key))
        for key_node, value_node in merged:
            if key_node.value not in read:
                self._source.keep_key((*place, key_node.value), key_node.start_mark)
                read[key_node.value] = self.value(value_node, (*place, key_node.value))
        return read

    def _merged(self, node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yield what `<<: *name` brings along; the mapping's own keys come before it."""
        if isinstance(node, yaml.MappingNode):
            yield from (pair for pair in node.value if isinstance(pair[0], yaml.ScalarNode))
        else:
            self._note(node, "Only a mapping can be merged with <<.", "Name the anchor of a mapping.")

    def _scalar(self, node: yaml.Node, place: Place) -> JsonValue:
        text: str = node.value
        self._check_characters(node, is_long=_is_long(place))
        if getattr(node, "style", None) is None:
            if text in _CONSTANTS:
                return _CONSTANTS[text]
            if _WHOLE_NUMBER.fullmatch(text):
                return int(text)
        return text

    def _check_characters(self, node: yaml.Node, *, is_long: bool = False) -> None:
        allowed = "\n\t" if is_long else ""
        for character in node.value:
            if character in _BIDI or (
                character not in allowed and unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
            ):
                what = f"The text {quoted(node.value)} has the control character U+{ord(character):04X}."
                self._note(node, what, "Remove it.")
                return

    def _note(self, node: yaml.Node, what: str, fix: str) -> None:
        self._source.findings.append(_finding(node.start_mark, what, fix))

    def _refuse(self, node: yaml.Node, what: str, fix: str) -> None:
        raise CatalogueError(self._source.file, [_finding(node.start_mark, what, fix)])


def _is_long(place: Place) -> bool:
    """Say whether a value may have several lines: prose, arguments such as a script, variables."""
    return place[-1:] in {("description",), ("reason",)} or (
        bool(place) and (isinstance(place[-1], int) or place[-2:-1] == ("environment",))
    )


def _mark(mark: object) -> yaml.Mark | None:
    """Return a mark for what it is here: the pure-Python kind."""
    return mark if isinstance(mark, yaml.Mark) else None


def _finding(mark: yaml.Mark | None, what: str, fix: str) -> CatalogueFinding:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return CatalogueFinding(line=line, column=column, what=what, fix=fix)
