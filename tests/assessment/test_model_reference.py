"""The reference page of the model is the model."""

from pathlib import Path

from strandline.assessment.assessor import shipped_model
from strandline.assessment.model_reference import reference_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "maturity-model.md"


def test_the_page_is_as_the_model_makes_it() -> None:
    assert PAGE.read_text() == reference_page(), "Run: make reference"


def test_every_statement_and_every_criterion_is_on_it() -> None:
    page = reference_page()
    for _, level, criterion in shipped_model().criteria():
        assert f"> {level.statement}\n" in page
        assert f"**{criterion.id}** {criterion.question}" in page
