"""An organisation is a distribution of its units, never a mean."""

import pytest

from strandline.assessment.distribution import UnitLevels, organisation_level


def unit(name: str, deployments: int, level: int, *, first: bool = False) -> UnitLevels:
    return UnitLevels(unit=name, deployments=deployments, is_first_tier=first, proved={"TO": level})


@pytest.mark.parametrize(
    ("units", "level"),
    [
        ((), 0),
        ((unit("a", 80, 4), unit("b", 20, 1)), 4),
        ((unit("a", 79, 4), unit("b", 21, 1)), 1),
        ((unit("a", 90, 4), unit("b", 10, 1, first=True)), 2),
        ((unit("a", 90, 4), unit("b", 10, 3, first=True)), 4),
        ((unit("a", 50, 5), unit("b", 50, 0)), 0),
    ],
)
def test_four_fifths_of_the_deployments_decide_and_no_vital_unit_is_left_far_behind(
    units: tuple[UnitLevels, ...], level: int
) -> None:
    assert organisation_level(units, "TO") == level
