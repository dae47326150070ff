"""How the levels stood at moments of the past, by what is known now; and what changed between two moments."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from strandline.assessment.assessment import Assessment
from strandline.maturity.answer import Verdict
from strandline.maturity.judging import MeasureAnswer
from strandline.maturity.model import LEVELS

_MONTHS = 12


class LevelsThen(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the measures stood at a moment."""

    at: datetime
    proved: dict[str, int]
    possible: dict[str, int]
    reach: dict[str, float]
    """The proved level, and the share of the next one's criteria that held: from 0 to 5."""


class Change(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A criterion whose verdict is another one in a second assessment."""

    criterion: str
    measure: str
    before: Verdict
    after: Verdict
    because: str
    """What the second assessment says."""


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is different between two assessments."""

    levels: dict[str, tuple[int, int]]
    """From each measure whose proved level differs to both levels."""
    changes: tuple[Change, ...]


def levels_of(at: datetime, measures: Iterable[MeasureAnswer]) -> LevelsThen:
    """Return the levels at a moment."""
    every = list(measures)
    return LevelsThen(
        at=at,
        proved={each.measure: each.proved for each in every},
        possible={each.measure: each.possible for each in every},
        reach={each.measure: each.proved + each.next_share * (each.proved < LEVELS) for each in every},
    )


def difference(before: Assessment, after: Assessment) -> Difference:
    """Return what is different in a second assessment: later, by later knowledge, or by another model."""
    then = {answer.criterion: answer for each in before.measures for answer in each.answers}
    changes = [
        Change(
            criterion=answer.criterion,
            measure=each.measure,
            before=then[answer.criterion].verdict,
            after=answer.verdict,
            because=answer.is_decided_by,
        )
        for each in after.measures
        for answer in each.answers
        if answer.criterion in then and then[answer.criterion].verdict is not answer.verdict
    ]
    stood = {each.measure: each.proved for each in before.measures}
    return Difference(
        levels={
            each.measure: (stood[each.measure], each.proved)
            for each in after.measures
            if each.measure in stood and stood[each.measure] != each.proved
        },
        changes=tuple(changes),
    )


def month_starts(now: datetime, count: int = _MONTHS) -> Sequence[datetime]:
    """Return the beginnings (UTC) of the last months, the oldest first."""
    return tuple(reversed(list(_back(now.astimezone(UTC), count))))


def _back(now: datetime, count: int) -> Iterator[datetime]:
    year, month = now.year, now.month
    for _ in range(count):
        yield datetime(year, month, 1, tzinfo=UTC)
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
