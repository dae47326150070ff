"""An assessment as findings: SARIF 2.1.0 (OASIS), which code hosts and editors read.

A criterion that is refuted is a warning, one that nobody can see is a note. What a repository shows has its
file and line; what an organisation's events say has the ledger.
"""

from typing import Any

from strandline.assessment.report import AssessmentReport, CriterionReport
from strandline.assessment.repository_assessment import RepositoryReport
from strandline.maturity.answer import HOLDS, REFUTES
from strandline.repository.sighting import Show, Sighting

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BROKEN = "broken-reference"


def sarif_report(report: AssessmentReport, *, version: str) -> dict[str, Any]:
    """Return the log, ready to be written as JSON.

    Args:
        report: the assessment; one of a repository has places in files.
        version: of Strandline.
    """
    criteria = [each for measure in report.measures for each in measure.criteria]
    hints: dict[str, tuple[Sighting, ...]] = {}
    broken: tuple[Sighting, ...] = ()
    if isinstance(report, RepositoryReport):
        hints = {each.criterion: each.sightings for each in report.hints}
        broken = tuple(each for each in report.sightings if each.show is Show.BROKEN_REFERENCE)
    results = [
        _result(each, hints.get(each.id, ()))
        for each in criteria
        if each.verdict not in HOLDS and (each.level > 1 or each.verdict in REFUTES)
    ]
    results += [
        {
            "ruleId": _BROKEN,
            "level": "warning",
            "message": {"text": each.words},
            "locations": [_location(each)],
        }
        for each in broken
    ]
    driver = {
        "name": "Strandline",
        "version": version,
        "informationUri": "https://strandline.dev",
        "rules": [
            *(
                {
                    "id": each.id,
                    "shortDescription": {"text": each.question},
                    "properties": {"level": each.level},
                }
                for each in criteria
            ),
            {"id": _BROKEN, "shortDescription": {"text": "Does a document name what does not exist?"}},
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "model": f"{report.model} {report.model_version}",
            "proved": {each.measure: each.proved for each in report.measures},
            "possible": {each.measure: each.possible for each in report.measures},
        },
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(each: CriterionReport, places: tuple[Sighting, ...]) -> dict[str, Any]:
    is_refuted = each.verdict in REFUTES
    return {
        "ruleId": each.id,
        "level": "warning" if is_refuted else "note",
        "kind": "fail" if is_refuted else "open",
        "message": {"text": f"{each.question} {each.verdict.value.replace('-', ' ')}: {each.because}"},
        "locations": [_location(place) for place in places],
        "partialFingerprints": {"criterion": each.id},
    } | ({} if is_refuted else {"level": "none"})


def _location(place: Sighting) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": place.path, "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.line},
        }
    }
