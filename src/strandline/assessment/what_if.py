"""Which levels would be proved if some criteria were met, and all else were as it is."""

from collections.abc import Iterable

import msgspec

from strandline.assessment.assessment import Assessment
from strandline.maturity.answer import HOLDS
from strandline.maturity.judging import MeasureAnswer, reached_if
from strandline.maturity.model import Model
from strandline.vocabulary.errors import NotFoundError


class ImaginedMeasure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One measure."""

    measure: str
    name: str
    proved: int
    then: int
    missing: tuple[str, ...]
    """Criteria of the level after `then` that would not hold yet."""


class Imagined(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What would be, if."""

    met: tuple[str, ...]
    measures: tuple[ImaginedMeasure, ...]


def what_if(model: Model, assessment: Assessment, criteria: Iterable[str]) -> Imagined:
    """Return the levels if some criteria were met; it is no forecast, and proves nothing.

    Raises:
        NotFoundError: there is no such criterion.
    """
    met: dict[str, None] = {}
    for name in criteria:
        for each in name.replace(",", " ").split():
            criterion = model.criterion(each)
            if criterion is None:
                what = f"No criterion is called “{each}”."
                raise NotFoundError(what, remedy="`strandline model show` lists them.")
            met[criterion.id] = None
    return Imagined(
        met=tuple(met), measures=tuple(_imagined(each, frozenset(met)) for each in assessment.measures)
    )


def _imagined(measure: MeasureAnswer, met: frozenset[str]) -> ImaginedMeasure:
    then, _ = reached_if(measure, met)
    following = measure.levels[then].answers if 0 < then < len(measure.levels) else ()
    return ImaginedMeasure(
        measure=measure.measure,
        name=measure.name,
        proved=measure.proved,
        then=then,
        missing=tuple(
            each.criterion for each in following if each.verdict not in HOLDS and each.criterion not in met
        ),
    )
