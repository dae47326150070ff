"""An assessment as a table, as findings, as results of an audit, as a page."""

import csv
import io

import msgspec
from tests.assessment.assessed import reported

from strandline.assessment.table_report import COLUMNS, table_report


def test_there_is_a_row_for_each_criterion_and_no_cell_is_a_formula() -> None:
    told = reported()
    first = told.measures[0]
    nasty = msgspec.structs.replace(first.criteria[0], because="=HYPERLINK(1)")
    altered = msgspec.structs.replace(first, criteria=(nasty, *first.criteria[1:]))
    rows = list(
        csv.reader(
            io.StringIO(table_report(msgspec.structs.replace(told, measures=(altered, *told.measures[1:]))))
        )
    )
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 111
    assert rows[1][COLUMNS.index("because")] == "'=HYPERLINK(1)"
