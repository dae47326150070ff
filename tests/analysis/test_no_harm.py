"""No harm: under the margin or under the floor; with nothing to compare, under the ceiling."""

import math

import pytest

from strandline.analysis.measurement import ArmCounts
from strandline.analysis.no_harm import NoHarmEvidence
from strandline.vocabulary.service import ErrorGuardPolicy

LIMIT = math.log(20)
POLICY = ErrorGuardPolicy()


def evidence(
    canary: tuple[int, int], control: tuple[int, int] | None, policy: ErrorGuardPolicy = POLICY
) -> NoHarmEvidence:
    no_harm = NoHarmEvidence(policy, has_control=control is not None)
    no_harm.look(
        ArmCounts(requests=canary[0], errors=canary[1]),
        ArmCounts(requests=control[0], errors=control[1]) if control else None,
    )
    return no_harm


def test_two_arms_without_an_error_pass_through_the_floor() -> None:
    no_harm = evidence((1000, 0), (19_000, 0))
    assert no_harm.log_e > LIMIT
    assert no_harm.is_by_line


def test_a_service_that_always_fails_somewhat_passes_through_the_margin() -> None:
    no_harm = evidence((1000, 100), (19_000, 1900))
    assert no_harm.log_e > LIMIT
    assert not no_harm.is_by_line


@pytest.mark.parametrize("errors", [10, 20, 50, 1000])
def test_a_canary_at_or_beyond_margin_and_floor_shows_no_harmlessness(errors: int) -> None:
    assert evidence((1000, errors), (1000, errors // 2)).log_e < LIMIT


def test_with_nothing_to_compare_it_must_be_under_the_ceiling() -> None:
    no_harm = evidence((200, 2), None)
    assert no_harm.line == 0.05
    assert no_harm.is_by_line
    assert no_harm.log_e > LIMIT
    assert evidence((200, 10), None).log_e < LIMIT


def test_a_floor_above_the_ceiling_is_the_line_where_nothing_is_compared() -> None:
    assert evidence((200, 2), None, ErrorGuardPolicy(floor_bp=800)).line == 0.08


def test_without_floor_and_ceiling_and_control_nothing_is_ever_shown() -> None:
    no_harm = evidence((10**6, 0), None, ErrorGuardPolicy(floor_bp=0, ceiling_bp=10_000))
    assert no_harm.log_e == 0
    assert no_harm.more_needed(LIMIT) is None


def test_without_a_floor_two_arms_without_an_error_show_nothing() -> None:
    no_harm = evidence((10**6, 0), (10**6, 0), ErrorGuardPolicy(floor_bp=0))
    assert no_harm.log_e == pytest.approx(0)
    assert no_harm.more_needed(LIMIT) is None


@pytest.mark.parametrize(
    ("canary", "control"), [((100, 0), (1900, 2)), ((200, 2), (200, 3)), ((50, 1), None)]
)
def test_the_forecast_is_what_it_takes(canary: tuple[int, int], control: tuple[int, int] | None) -> None:
    no_harm = evidence(canary, control)
    assert no_harm.log_e < LIMIT
    more = no_harm.more_needed(LIMIT)
    assert more is not None
    times = 1 + more / canary[0]
    longer = NoHarmEvidence(POLICY, has_control=control is not None)
    steps = math.ceil(times)
    for _ in range(steps):
        longer.look(
            ArmCounts(requests=canary[0], errors=canary[1]),
            ArmCounts(requests=control[0], errors=control[1]) if control else None,
        )
    assert longer.log_e >= LIMIT
    assert no_harm._parts[0].log_e_if(1.0) == pytest.approx(no_harm._parts[0].log_e)


def test_what_will_never_pass_has_no_forecast() -> None:
    assert evidence((1000, 50), (1000, 10)).more_needed(LIMIT) is None
