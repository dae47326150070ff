"""Writing the report of an assessment to a file; the ending of its name says as what."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from strandline import bootstrap
from strandline.assessment.oscal_report import oscal_report
from strandline.assessment.page_report import page_report
from strandline.assessment.report import AssessmentReport
from strandline.assessment.sarif_report import sarif_report
from strandline.assessment.table_report import table_report
from strandline.maturity.model import Model
from strandline.vocabulary.errors import BadInputError

_Write = Callable[[AssessmentReport, Model], bytes]


def _page(report: AssessmentReport, model: Model) -> str:
    return page_report(report, model, version=bootstrap.VERSION)


def _json(value: Any) -> bytes:  # noqa: ANN401 - whatever is written
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


_WRITERS: Mapping[str, _Write] = {
    ".oscal.json": lambda report, _: _json(oscal_report(report)),
    ".html": lambda report, model: _page(report, model).encode(),
    ".pdf": lambda report, model: bootstrap.pdf_of(_page(report, model)),
    ".csv": lambda report, _: table_report(report).encode(),
    ".sarif": lambda report, _: _json(sarif_report(report, version=bootstrap.VERSION)),
    ".json": lambda report, _: _json(report),
}
"""By the ending, the longest first."""


def write_report(file: Path, report: AssessmentReport, model: Model) -> None:
    """Write a report.

    Raises:
        BadInputError: the ending is none of ours, or the file cannot be written.
        UnavailableError: what makes PDFs is not installed.
    """
    write = next((each for ending, each in _WRITERS.items() if file.name.endswith(ending)), None)
    if write is None:
        what = "It is not known as what the report is to be written."
        raise BadInputError(what, where=str(file), remedy=f"Let the name end in {', '.join(_WRITERS)}.")
    written = write(report, model)
    try:
        file.write_bytes(written)
    except OSError as error:
        what = f"The report cannot be written: {error.strerror}."
        raise BadInputError(what, where=str(file), remedy="Name another file.") from error
