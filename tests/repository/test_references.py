"""What documents refer to, and what of that does not exist."""

from tests.repository.shown import of

from strandline.repository.references import targets_of
from strandline.repository.sighting import Show

TEXT = """\
[there](docs/a.md), [gone](docs/gone.md#part), ![picture](img/x.png), [site](https://x.example/y.md)
[folder](docs/), [absolute](/y.md), [template]({{ url }}/z.md), [mail](mailto:x@y.md), [type](a.b.Class)
`[code](never.md)` and [spaces](docs/with%20space.md)

[defined]: docs/other.md

```sh
make test
make nothing
[code](never.md)
```
Run `make release` or make a cake.
"""
MAKEFILE = "test: build\n\tpytest\n.PHONY: test clean\nclean build:\n\trm x\n"


def test_relative_links_and_targets_that_do_not_exist_are_told_with_their_line() -> None:
    found = of({"GUIDE.md": TEXT, "Makefile": MAKEFILE}, "docs/a.md", "docs/with space.md")
    broken = [(each.line, each.words) for each in found.of(Show.BROKEN_REFERENCE)]
    assert broken == [
        (1, "docs/gone.md#part: there is no such file"),
        (1, "img/x.png: there is no such file"),
        (5, "docs/other.md: there is no such file"),
        (9, "make nothing: there is no such target"),
        (12, "make release: there is no such target"),
    ]


def test_a_makefile_that_takes_targets_from_elsewhere_is_not_known() -> None:
    assert targets_of(MAKEFILE) == frozenset({"test", "clean", "build"})
    assert targets_of("include other.mk\ntest:\n") is None
    assert targets_of("%.o: %.c\n\tcc\n") is None
    found = of({"GUIDE.md": "`make nothing`", "Makefile": "include other.mk\n"})
    assert not found.of(Show.BROKEN_REFERENCE)


def test_includes_of_restructured_text_are_followed() -> None:
    found = of({"docs/a.rst": ".. include:: ../README.md\n.. image:: gone.png\n", "README.md": "x"})
    assert [each.place for each in found.of(Show.BROKEN_REFERENCE)] == ["docs/a.rst:2"]


def test_changelogs_templates_and_what_a_build_makes_are_not_looked_at() -> None:
    text = "[x](gone.md)"
    assert not of({"CHANGELOG.md": text, ".github/x.md": text}).sightings[2:]
    assert not of({"a.md": "[x](_build/a.png)"}).of(Show.BROKEN_REFERENCE)
