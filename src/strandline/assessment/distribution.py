"""How the units of an organisation stand: a distribution, never a mean.

An organisation has a level if at least 80 % of its production deployments in scope are made by units that are
proved to have it, and no unit with a first-tier service is more than one level below.
"""

from datetime import datetime

import msgspec

from strandline.assessment.assessor import Assessor
from strandline.maturity.model import LEVELS, Model

SHARE = 0.8


class UnitLevels(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One unit."""

    unit: str
    deployments: int
    """Its production deployments within a year."""
    is_first_tier: bool
    """Whether everything depends on one of its services."""
    proved: dict[str, int]


class Distribution(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All units."""

    at: datetime
    units: tuple[UnitLevels, ...]
    organisation: dict[str, int]
    """The level of each measure that the organisation has by its units."""
    held_back_by: dict[str, tuple[str, ...]]
    """For each measure the units below the level after that."""


def distribution(assessor: Assessor, model: Model, *, at: datetime) -> Distribution:
    """Return how each team stands, and which level the organisation has by them."""
    units = tuple(
        UnitLevels(
            unit=name,
            deployments=count,
            is_first_tier=is_first,
            proved={
                each.measure: each.proved for each in assessor.assess(at=at, unit=name, model=model).measures
            },
        )
        for name, (count, is_first) in assessor.teams(at=at).items()
    )
    levels = {measure.id: organisation_level(units, measure.id) for measure in model.measures}
    return Distribution(
        at=at,
        units=units,
        organisation=levels,
        held_back_by={
            name: tuple(each.unit for each in units if each.proved[name] <= level)
            for name, level in levels.items()
            if level < LEVELS
        },
    )


def organisation_level(units: tuple[UnitLevels, ...], measure: str) -> int:
    """Return the highest level that units with at least 80 % of the deployments have, see above."""
    every = sum(each.deployments for each in units)
    reached = 0
    for level in range(1, LEVELS + 1):
        having = sum(each.deployments for each in units if each.proved[measure] >= level)
        if not every or having < SHARE * every:
            break
        if any(each.is_first_tier and each.proved[measure] < level - 1 for each in units):
            break
        reached = level
    return reached
