"""The evidence of a rollout as it grew, look by look: what the plot on its page is drawn from."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from strandline.analysis.measurement import ArmCounts, Look
from strandline.analysis.verdict import Verdict
from strandline.ledger.record import Record
from strandline.vocabulary.event import says
from strandline.vocabulary.exposure import AnalysisMeasured
from strandline.vocabulary.verdict import AnalysisAnswer

MOST_POINTS = 400
"""More points than this are not seen on a screen; the newest and the first are always kept."""


class EvidencePoint(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one look saw, and how far the evidence had come by then."""

    at: datetime
    stage: int
    look: int
    share_bp: int
    harm_evidence: int
    """Hundredths of the decimal logarithm of the e-value, as all four."""
    harm_needed: int
    no_harm_evidence: int
    no_harm_needed: int
    canary_requests: int | None
    """In this look; `None` where it was not measured."""
    canary_errors: int | None
    control_requests: int | None
    control_errors: int | None
    answer: AnalysisAnswer
    disturbance: str


def evidence_of(records: Iterable[Record], *, most: int = MOST_POINTS) -> list[EvidencePoint]:
    """Return the evidence in these records, thinned evenly to `most` points."""
    points = [point for record in records if (point := _point(record)) is not None]
    if len(points) <= most:
        return points
    last = len(points) - 1
    return [points[last * place // (most - 1)] for place in range(most)]


def _point(record: Record) -> EvidencePoint | None:
    measured = says(record.event, AnalysisMeasured)
    if measured is None:
        return None
    look = msgspec.convert(measured.measurement, Look)
    verdict = msgspec.convert(measured.verdict, Verdict)
    return EvidencePoint(
        at=record.event.occurred_at,
        stage=measured.stage,
        look=measured.look,
        share_bp=measured.share_bp,
        harm_evidence=verdict.harm_evidence,
        harm_needed=verdict.harm_needed,
        no_harm_evidence=verdict.no_harm_evidence,
        no_harm_needed=verdict.no_harm_needed,
        canary_requests=_requests(look.canary),
        canary_errors=_errors(look.canary),
        control_requests=_requests(look.control),
        control_errors=_errors(look.control),
        answer=verdict.answer,
        disturbance=look.disturbance,
    )


def _requests(counts: ArmCounts | None) -> int | None:
    return counts.requests if counts is not None else None


def _errors(counts: ArmCounts | None) -> int | None:
    return counts.errors if counts is not None else None
