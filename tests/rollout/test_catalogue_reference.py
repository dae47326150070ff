"""The reference page is what the schema says, and nothing of the schema is missing."""

from pathlib import Path

from strandline.rollout.catalogue_reference import reference_page
from strandline.rollout.catalogue_schema import schema

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "strandline-yaml.md"
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "deploy-with-your-own-commands.md"


def test_the_committed_page_is_up_to_date() -> None:
    assert PAGE.read_text() == reference_page(), "run `make reference`"


def test_every_key_of_the_schema_stands_on_the_page() -> None:
    groups = [schema(), *schema()["$defs"].values()]
    for group in groups:
        for key in group.get("properties", {}):
            if key != "kind" or "then" not in group:
                assert f"| `{key}` |" in reference_page()


def test_the_how_to_names_every_variable_that_a_command_gets() -> None:
    source = (Path(__file__).parents[2] / "src/strandline/adapters/command_target.py").read_text()
    variables = {word.strip('"') for word in source.split() if word.startswith('"STRANDLINE_')}
    names = {variable.rstrip('":') for variable in variables}
    assert len(names) == 10
    for name in names:
        assert f"`{name}`" in HOW_TO.read_text()
