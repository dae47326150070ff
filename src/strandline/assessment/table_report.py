"""An assessment as a table: one row for each criterion (RFC 4180)."""

import csv
import io

from strandline.assessment.report import AssessmentReport

COLUMNS = (
    "measure",
    "level",
    "criterion",
    "question",
    "verdict",
    "because",
    "value",
    "threshold",
    "n",
    "low",
    "high",
    "coverage",
    "attestation",
    "waiver",
    "events",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table_report(report: AssessmentReport) -> str:
    """Return the table. No cell is one that a spreadsheet takes for a formula (OWASP, CSV injection)."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for measure in report.measures:
        for each in measure.criteria:
            low, high = each.interval or (None, None)
            row = (
                measure.measure,
                each.level,
                each.id,
                each.question,
                each.verdict.value,
                each.because,
                each.value,
                each.threshold,
                each.n,
                low,
                high,
                each.coverage,
                each.attestation,
                each.waiver,
                " ".join(each.events),
            )
            writer.writerow([_harmless(value) for value in row])
    return written.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
