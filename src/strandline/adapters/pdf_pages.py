"""Pages as PDF, by WeasyPrint: an extra, since it takes Pango from the operating system."""

from strandline.vocabulary.errors import UnavailableError


def pdf_of(page: str) -> bytes:
    """Return a page that needs nothing else as a PDF (PDF/UA-1, so that it can be read aloud).

    Raises:
        UnavailableError: WeasyPrint is not installed, or finds no Pango.
    """
    try:
        from weasyprint import HTML  # noqa: PLC0415 - an extra, and seconds to load
        from weasyprint.urls import URLFetcher  # noqa: PLC0415 - likewise
    except (ImportError, OSError) as error:
        what = f"A PDF needs WeasyPrint, which cannot be used here: {str(error).splitlines()[0]}."
        remedy = (
            "Install it: uv pip install 'strandline[pdf]', and Pango from the operating system. Or write"
            " .html, which every browser prints as PDF."
        )
        raise UnavailableError(what, remedy=remedy) from error

    made: bytes = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=("data",))).write_pdf(
        pdf_variant="pdf/ua-1"
    )
    return made
