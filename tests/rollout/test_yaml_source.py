"""YAML as people mean it: few surprises, bounded, and every value with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.rollout.catalogue_finding import CatalogueError
from strandline.rollout.yaml_source import read_yaml
from strandline.vocabulary.event import JsonValue


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", "no"),
        ("a: 15:00", "15:00"),
        ("a: 1.10", "1.10"),
        ("a: 2026-12-20", "2026-12-20"),
        ("a: 007", "007"),
        ("a: 0x10", "0x10"),
        ("a: 1e5", "1e5"),
        ("a: 99999999999999999999", "99999999999999999999"),
        ("a: 8080", 8080),
        ("a: -3", -3),
        ('a: "8080"', "8080"),
        ("a: true", True),
        ("a: True", "True"),
        ("a: null", None),
        ("a:", None),
        ('a: ""', ""),
        ("a: [5%, x]", ["5%", "x"]),
        ("a: ! 5", 5),
    ],
)
def test_a_value_is_what_was_written(text: str, value: JsonValue) -> None:
    assert read_yaml(text, file="f").data == {"a": value}


def test_an_alias_repeats_a_value_and_a_merge_yields_to_what_is_stated() -> None:
    text = "base: &base {x: 1, y: 2}\nother:\n  <<: *base\n  y: 3\nsame: *base\n"
    assert read_yaml(text, file="f").data == {
        "base": {"x": 1, "y": 2},
        "other": {"x": 1, "y": 3},
        "same": {"x": 1, "y": 2},
    }


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("a: b: c", "f:1:5", "not YAML"),
        ("a: 'x", "f:1:6", "not YAML"),
        ("a: *b", "f:1:4", "not YAML"),
        ("a: 1\n---\nb: 2", "f:2:1", "second document"),
        ("a: !!python/object:os.system {}", "f:1:4", "tag"),
        ("a: !!binary aGk=", "f:1:4", "tag"),
        ("x: &a [*a]", "f:1:4", "contains itself"),
        ("a: \x1b[31m", "f:1:4", "U+001B"),
        ("a: 1\nb: \x00", "f:2:4", "U+0000"),
        ("[" * 5000, "f:1:33", "deep"),
        ("a: " + "[[" * 40 + "]]" * 40, "f:1:35", "deep"),
        ('a: "\\UFFFFFFFF"', "f:1:1", "not YAML"),
        ("x" * 300_000, "f:1:1", "at most"),
        ("a: 1\n\tb: 2", "f:2:1", "not YAML"),
    ],
)
def test_what_is_not_taken_is_refused_at_its_place(text: str, place: str, word: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_yaml(text, file="f")
    assert caught.value.where == place
    assert word in caught.value.what


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(CatalogueError) as caught:
        read_yaml("\n".join(lines), file="f")
    assert "values" in caught.value.what


@pytest.mark.parametrize(
    ("text", "line", "column", "word"),
    [
        ("a: 1\nb: 2\na: 3", 3, 1, "twice"),
        ("a: {x: 1, x: 2}", 1, 11, "twice"),
        ("[a]: b", 1, 1, "must be a word"),
        ('a: "x\\u0007"', 1, 4, "U+0007"),
        ('a: "x\\nb"', 1, 4, "U+000A"),
        ("a: x\u202ey", 1, 4, "U+202E"),
        ('a: "\\ud800"', 1, 4, "U+D800"),
        ("a: {<<: 3}", 1, 9, "merged"),
    ],
)
def test_what_is_wrong_in_one_place_does_not_hide_the_rest(
    text: str, line: int, column: int, word: str
) -> None:
    findings = read_yaml(text, file="f").findings
    assert [(finding.line, finding.column) for finding in findings] == [(line, column)]
    assert word in findings[0].what


def test_prose_and_arguments_may_have_several_lines() -> None:
    text = "description: |\n  one\n  two\ncommand:\n  - sh\n  - -c\n  - |\n    echo 1\n    echo 2\n"
    source = read_yaml(text, file="f")
    assert source.findings == []
    assert source.data == {"description": "one\ntwo\n", "command": ["sh", "-c", "echo 1\necho 2\n"]}


def _places(text: str) -> list[tuple[int, int]]:
    try:
        findings = tuple(read_yaml(text, file="f").findings)
    except CatalogueError as error:
        findings = error.findings
    return [(finding.line, finding.column) for finding in findings]


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    assert all(line >= 1 and column >= 1 for line, column in _places(text))


@given(st.text(alphabet="ab:-?[]{},&*!|>'\"% \n\t#<\\x0u@`~", max_size=40))
def test_any_punctuation_is_read_or_refused_with_its_place(text: str) -> None:
    assert all(line >= 1 and column >= 1 for line, column in _places(text))
