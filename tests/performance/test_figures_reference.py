"""The reference page of figures is what the dictionary says now."""

from pathlib import Path

from strandline.kpi.all_figures import FIGURES
from strandline.performance.figures_reference import reference_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "figures.md"


def test_the_page_is_generated_from_the_dictionary() -> None:
    assert PAGE.read_text() == reference_page(), "Run: make reference"


def test_every_figure_is_in_it() -> None:
    assert all(f"`{name}`" in reference_page() for name in FIGURES)
