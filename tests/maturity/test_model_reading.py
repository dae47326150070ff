"""The shipped model says what it promises; a model that is wrong is refused whole, with the reason."""

import re
from pathlib import Path

import pytest
import yaml

from strandline.assessment.assessor import shipped_model
from strandline.maturity.model_reading import read_model, schema
from strandline.vocabulary.errors import BadInputError

SHARED = Path(__file__).parents[3] / "shared" / "maturity"
SMALL = """
name: small
title: Small
version: "1"
measures:
  - id: X
    name: Exits
    levels:
      - {number: 1, statement: one, criteria: [{id: X1.1, question: Any?, checks: [CHECK]}]}
      - {number: 2, statement: two}
      - {number: 3, statement: three}
      - {number: 4, statement: four}
      - {number: 5, statement: five}
"""
GOOD = "{kind: count, of: deployments, at-least: 1}"


def test_the_model_has_seven_measures_with_five_levels_and_all_criteria() -> None:
    model = shipped_model()
    assert [each.id for each in model.measures] == ["TA", "PM", "SC", "CI", "DO", "TO", "PI"]
    assert {len(each.levels) for each in model.measures} == {5}
    assert len({each.id for _, _, each in model.criteria()}) == 110


def test_the_statements_are_those_of_the_user_word_for_word() -> None:
    if not SHARED.exists():
        pytest.skip("the user's own words are not beside this project")
    said = re.findall(r"^\d\. (.*)$", (SHARED / "model.md").read_text(), re.MULTILINE)
    assert said == [level.statement for measure in shipped_model().measures for level in measure.levels]
    listed = set(re.findall(r"\b(?:TA|PM|SC|CI|DO|TO|PI)\d\.\d\b", (SHARED / "criteria.md").read_text()))
    assert listed == {each.id for _, _, each in shipped_model().criteria()}


def test_only_three_questions_need_a_survey_and_one_an_attestation() -> None:
    kinds = {each.id: each.evidence for _, _, each in shipped_model().criteria()}
    assert {name for name, kind in kinds.items() if kind == "survey"} == {"TA5.4", "SC4.4", "DO4.4"}
    assert {name for name, kind in kinds.items() if kind == "attestation"} == {"DO3.3"}


def test_a_small_model_of_ones_own_is_read() -> None:
    model = read_model(SMALL.replace("CHECK", GOOD), "small.yaml")
    assert model.criterion("x1.1") is not None


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("{kind: count, of: weather, at-least: 1}", "weather"),
        ("{kind: count, of: deployments}", "either at-least or at-most"),
        ("{kind: count, of: deployments, at-least: 1, colour: red}", "colour"),
        ("{kind: share, of: deployments, that: shine, at-least: 0.5}", "shine"),
        ("{kind: survey, questions: [whatever], median: 5}", "whatever"),
        ("{kind: special, asks: nothing}", "nothing"),
        ("{kind: alive, carries: smoke, at-least: 0.5}", "smoke"),
        (
            "{kind: quantile, of: deployments, measured: warmth, quantile: 0.5, at-most: 1, unit: days}",
            "warmth",
        ),
        ("{kind: special, asks: criteria-held, criteria: [Y9]}", "Y9"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_name(check: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        read_model(SMALL.replace("CHECK", check), "small.yaml")


@pytest.mark.parametrize(
    "text", ["measures: [", "just words", "name: x", SMALL.replace("number: 5", "number: 6")]
)
def test_what_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(BadInputError):
        read_model(text.replace("CHECK", GOOD), "small.yaml")


def test_the_schema_names_every_kind_of_check() -> None:
    text = yaml.safe_dump(schema())
    for kind in ("share", "count", "periods", "quantile", "alive", "survey", "special", "either"):
        assert f"- {kind}\n" in text or f"const: {kind}" in text
