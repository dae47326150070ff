"""YAML of anybody, read with the line of every value; what cannot be read is nothing, never an error.

Aliases stay what they are, so that no small file becomes a large one, and every walk is bounded.
"""

from collections.abc import Iterator

import yaml

_DEEPEST = 40
_MOST_VALUES = 20_000
_MERGE = "<<"


class Part:
    """A value of a YAML file with its place; what is not there is an empty part."""

    def __init__(self, node: yaml.Node | None, line: int = 1) -> None:
        self._node = node
        self.line = node.start_mark.line + 1 if node is not None else line

    def __bool__(self) -> bool:
        """Return whether there is such a value."""
        return self._node is not None

    @property
    def text(self) -> str:
        """The text of a scalar; empty for anything else."""
        return str(self._node.value) if isinstance(self._node, yaml.ScalarNode) else ""

    @property
    def text_line(self) -> int:
        """The line on which the text begins: that of a block (`|`, `>`) begins below its mark."""
        is_block = isinstance(self._node, yaml.ScalarNode) and self._node.style in {"|", ">"}
        return self.line + is_block

    @property
    def is_map(self) -> bool:
        """Whether it has keys."""
        return isinstance(self._node, yaml.MappingNode)

    def get(self, *path: str) -> "Part":
        """Return what lies under keys, one below the other; an empty part if nothing does."""
        part = self
        for key in path:
            part = next((value for name, value in part.entries() if name.text == key), Part(None, part.line))
        return part

    def entries(self) -> Iterator[tuple["Part", "Part"]]:
        """Yield keys with their values, those that are merged in last."""
        if not isinstance(self._node, yaml.MappingNode):
            return
        merged = []
        for key, value in self._node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == _MERGE:
                merged.append(value)
            else:
                yield Part(key), Part(value)
        for value in merged:
            if isinstance(value, yaml.MappingNode) and value is not self._node:
                yield from ((Part(key), Part(each)) for key, each in value.value)

    def parts(self) -> Iterator["Part"]:
        """Yield the values of a list; a value that is no list is a list of itself."""
        if isinstance(self._node, yaml.SequenceNode):
            yield from map(Part, self._node.value)
        elif self._node is not None:
            yield self

    def texts(self) -> list[str]:
        """Return the texts of a list, or of the one value; of a map its keys."""
        if self.is_map:
            return [key.text for key, _ in self.entries()]
        return [each.text for each in self.parts() if each.text]

    def walk(self) -> Iterator[tuple[str, "Part"]]:
        """Yield every value below, each with its key (that of the list, for what stands in a list)."""
        waiting: list[tuple[str, Part, int]] = [("", self, 0)]
        seen: set[int] = set()
        count = 0
        while waiting and count < _MOST_VALUES:
            name, part, depth = waiting.pop()
            count += 1
            yield name, part
            node = part._node  # noqa: SLF001 - of the same class
            if depth >= _DEEPEST or id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, yaml.MappingNode):
                below = [(key.text, value, depth + 1) for key, value in part.entries()]
            elif isinstance(node, yaml.SequenceNode):
                below = [(name, each, depth + 1) for each in part.parts()]
            else:
                continue
            waiting.extend(reversed(below))


def yaml_parts(text: str) -> list[Part]:
    """Return the documents of a YAML file up to where it can be read; templates and other text are none."""
    found = []
    try:
        for node in yaml.compose_all(text, Loader=_Loader):
            found.append(Part(node))  # noqa: PERF401 - what was read before an error stays
    except (yaml.YAMLError, RecursionError, ValueError):
        return found
    return found


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # chosen at run time
    """Composes nodes only: no tag of a file makes anything."""
