"""Pages as PDF: an extra, which says so where it is not there, and fetches nothing where it is."""

import importlib.util

import pytest

from strandline.adapters.pdf_pages import pdf_of
from strandline.vocabulary.errors import UnavailableError

PAGE = '<!doctype html><html lang="en"><head><title>t</title></head><body><p>Level 3</p></body></html>'
HAS_IT = importlib.util.find_spec("weasyprint") is not None


@pytest.mark.skipif(HAS_IT, reason="the extra `pdf` is installed here")
def test_without_the_extra_it_is_said_how_to_get_it() -> None:
    with pytest.raises(UnavailableError) as refused:
        pdf_of(PAGE)
    assert "strandline[pdf]" in refused.value.remedy
    assert ".html" in refused.value.remedy


@pytest.mark.skipif(not HAS_IT, reason="the extra `pdf` is not installed here")
def test_a_page_becomes_a_pdf_and_nothing_is_fetched() -> None:
    made = pdf_of(PAGE.replace("<p>", '<img alt="x" src="http://127.0.0.1:9/x.png"><p>'))
    assert made.startswith(b"%PDF-")
    assert len(made) > 1_000
