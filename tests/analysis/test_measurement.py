"""Looks: what lies between two observations, and when it means nothing."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.analysis.measurement import ArmCounts, Look, look_between
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.traffic import ArmState, TrafficState
from strandline.vocabulary.verdict import EvidenceGap

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def arm(digest: str, requests: int | None, errors: int | None) -> ArmState:
    return ArmState(
        digest=digest, weight_bp=0, instances_wanted=1, instances_ready=1, requests=requests, errors=errors
    )


def state(
    stable: ArmState | None,
    canary: ArmState | None,
    *,
    epoch: str = "one",
    disturbances: tuple[str, ...] = (),
    is_measured: bool = True,
) -> TrafficState:
    return TrafficState(
        observed_at=AT,
        epoch=epoch,
        stable=stable,
        canary=canary,
        disturbances=disturbances,
        is_measured=is_measured,
    )


def between(before: TrafficState, after: TrafficState, *, share_bp: int = 500, control: str = "old") -> Look:
    return look_between(before, after, share_bp=share_bp, canary_digest="new", control_digest=control)


BEFORE = state(arm("old", 1000, 10), arm("new", 50, 1))


def test_a_look_is_the_difference_of_two_observations() -> None:
    look = between(BEFORE, state(arm("old", 1950, 13), arm("new", 100, 4)))
    assert look == Look(
        share_bp=500,
        canary=ArmCounts(requests=50, errors=3),
        control=ArmCounts(requests=950, errors=3),
    )


def test_arms_are_found_by_their_release_wherever_it_stands() -> None:
    look = between(BEFORE, state(arm("new", 60, 1), arm("old", 1100, 10)))
    assert look.canary == ArmCounts(requests=10, errors=0)
    assert look.control == ArmCounts(requests=100, errors=0)


def test_a_release_rolled_out_over_itself_keeps_its_two_arms_apart() -> None:
    before = state(arm("new", 100, 0), arm("new", 10, 0))
    look = between(before, state(arm("new", 200, 0), arm("new", 30, 0)), control="new")
    assert look.canary == ArmCounts(requests=20, errors=0)
    assert look.control == ArmCounts(requests=100, errors=0)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        pytest.param(state(arm("old", 5, 0), arm("new", 5, 0), epoch="two"), "anew", id="another epoch"),
        pytest.param(
            state(arm("old", 900, 10), arm("new", 60, 1)), "control went backwards", id="requests fell"
        ),
        pytest.param(
            state(arm("old", 1100, 10), arm("new", 60, 0)), "canary went backwards", id="errors fell"
        ),
        pytest.param(state(arm("old", 1100, 10), arm("new", 51, 5)), "failed than ended", id="impossible"),
    ],
)
def test_counts_that_cannot_be_subtracted_are_a_disturbance(after: TrafficState, words: str) -> None:
    look = between(BEFORE, after)
    assert words in look.disturbance
    assert look.canary is None
    assert look.control is None


def test_what_the_target_calls_a_disturbance_disturbs_the_look_and_keeps_its_counts() -> None:
    after = state(arm("old", 1100, 10), arm("new", 60, 1), disturbances=("a drain", "a restart"))
    look = between(BEFORE, after)
    assert look.disturbance == "a drain; a restart"
    assert look.canary == ArmCounts(requests=10, errors=0)


@pytest.mark.parametrize("which", ["before", "after"])
def test_an_unmeasured_observation_measures_neither_arm(which: str) -> None:
    blind = state(arm("old", None, None), arm("new", None, None), is_measured=False)
    look = between(blind, BEFORE) if which == "before" else between(BEFORE, blind)
    assert look == Look(share_bp=500, gap=EvidenceGap.NO_DATA)


@pytest.mark.parametrize(
    "canary",
    [None, arm("other", 5, 0), arm("new", None, 0), arm("new", 5, None)],
    ids=["gone", "another release", "no requests", "no errors"],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_an_arm_that_is_missing_is_not_measured(canary: ArmState | None, *, is_first: bool) -> None:
    known, lacking = state(arm("old", 0, 0), arm("new", 0, 0)), state(arm("old", 0, 0), canary)
    look = between(lacking, known) if is_first else between(known, lacking)
    assert look.canary is None
    assert look.control == ArmCounts(requests=0, errors=0)


@pytest.mark.parametrize(("share_bp", "control"), [(10_000, "old"), (500, "")])
def test_there_is_no_control_under_all_traffic_or_for_a_first_release(share_bp: int, control: str) -> None:
    after = state(arm("old", 1100, 10), arm("new", 60, 1))
    look = between(BEFORE, after, share_bp=share_bp, control=control)
    assert not look.has_control
    assert look.control is None
    assert look.canary == ArmCounts(requests=10, errors=0)


@pytest.mark.parametrize(("requests", "errors"), [(1, 2), (1, -1), (-1, -1)])
def test_counts_that_cannot_be_are_refused(requests: int, errors: int) -> None:
    with pytest.raises(BadInputError, match="cannot have"):
        ArmCounts(requests=requests, errors=errors)


@given(
    st.builds(lambda good, bad: ArmCounts(requests=good + bad, errors=bad), st.integers(0), st.integers(0))
)
def test_a_look_survives_its_record(counts: ArmCounts) -> None:
    look = Look(share_bp=500, canary=counts, disturbance="x")
    assert msgspec.json.decode(msgspec.json.encode(look), type=Look) == look
