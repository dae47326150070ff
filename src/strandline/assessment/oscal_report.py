"""An assessment as assessment results of OSCAL 1.1.2 (NIST): for tools of audit and compliance.

Each criterion is a finding with its observation. UUIDs, which OSCAL asks for, are made from our names, so
that the same assessment gives the same document.
"""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from strandline.assessment.report import AssessmentReport, CriterionReport
from strandline.maturity.answer import HOLDS

OSCAL_VERSION = "1.1.2"
_NAMESPACE = "https://strandline.dev/ns/oscal"


def oscal_report(report: AssessmentReport) -> dict[str, Any]:
    """Return the document, ready to be written as JSON."""
    at = report.at.isoformat()
    key = f"{report.model}/{report.model_version}/{report.unit}/{at}"
    criteria = [each for measure in report.measures for each in measure.criteria]
    title = f"Assessment of {report.unit or 'the organisation'} by {report.model} {report.model_version}"
    result = {
        "uuid": _uuid(key, "result"),
        "title": title,
        "description": "Each criterion is answered from events; what nobody can see is not satisfied.",
        "start": at,
        "end": at,
        "props": [
            _prop(f"{name}-{each.measure}", str(value))
            for each in report.measures
            for name, value in (("proved", each.proved), ("possible", each.possible))
        ],
        "reviewed-controls": {
            "control-selections": [
                {"include-controls": [{"control-id": each.id.lower()} for each in criteria]}
            ]
        },
        "observations": [_observation(key, at, each) for each in criteria],
        "findings": [_finding(key, each) for each in criteria],
    }
    return {
        "assessment-results": {
            "uuid": _uuid(key, "document"),
            "metadata": {
                "title": title,
                "last-modified": at,
                "version": report.model_version,
                "oscal-version": OSCAL_VERSION,
            },
            "import-ap": {"href": f"#{_uuid(key, 'plan')}"},
            "results": [result],
            "back-matter": {
                "resources": [
                    {
                        "uuid": _uuid(key, "plan"),
                        "title": f"The model {report.model} {report.model_version}",
                        "description": "`strandline model show` writes it out.",
                    }
                ]
            },
        }
    }


def _observation(key: str, at: str, each: CriterionReport) -> dict[str, Any]:
    numbers = {
        "verdict": each.verdict.value,
        "value": each.value,
        "threshold": each.threshold,
        "n": each.n,
        "low": each.interval[0] if each.interval else None,
        "high": each.interval[1] if each.interval else None,
        "coverage": each.coverage,
    }
    told: dict[str, Any] = {
        "uuid": _uuid(key, f"observation {each.id}"),
        "title": each.question,
        "description": each.because,
        "props": [_prop(name, str(value)) for name, value in numbers.items() if value is not None],
        "methods": ["EXAMINE"],
        "collected": at,
    }
    if each.events:
        told["relevant-evidence"] = [
            {"description": f"Event {event} of the ledger", "props": [_prop("event", event)]}
            for event in each.events
        ]
    return told


def _finding(key: str, each: CriterionReport) -> dict[str, Any]:
    is_satisfied = each.verdict in HOLDS
    return {
        "uuid": _uuid(key, f"finding {each.id}"),
        "title": each.id,
        "description": each.question,
        "target": {
            "type": "objective-id",
            "target-id": each.id.lower(),
            "status": {
                "state": "satisfied" if is_satisfied else "not-satisfied",
                "reason": "pass" if is_satisfied else "other",
                "remarks": f"{each.verdict.value}: {each.because}",
            },
        },
        "related-observations": [{"observation-uuid": _uuid(key, f"observation {each.id}")}],
    }


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": _NAMESPACE, "value": value or "-"}


def _uuid(key: str, part: str) -> str:
    # OSCAL takes UUIDs of version 4 and 5.
    return str(uuid5(NAMESPACE_URL, f"{_NAMESPACE}/{key}/{part}"))
