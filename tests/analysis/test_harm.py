"""Harm: compared where there is something to compare with, against the ceiling where there is not."""

import math
from collections.abc import Sequence

from strandline.analysis.harm import HarmEvidence
from strandline.analysis.measurement import NOTHING, ArmCounts

LIMIT = math.log(100)


def counts(requests: int, errors: int) -> ArmCounts:
    return ArmCounts(requests=requests, errors=errors)


def evidence(*stages: Sequence[tuple[ArmCounts, ArmCounts | None]], ceiling: float = 0.05) -> HarmEvidence:
    harm = HarmEvidence(ceiling)
    for stage in stages:
        harm.begin_stage()
        for canary, control in stage:
            harm.look(canary, control)
    return harm


def test_it_begins_with_no_evidence() -> None:
    assert abs(HarmEvidence(0.05).log_e) < 1e-12


def test_a_bad_day_for_both_is_no_harm_however_far_over_the_ceiling() -> None:
    harm = evidence([(counts(500, 200), counts(500, 200))] * 20)
    assert harm.log_e < 0


def test_the_same_errors_with_nothing_to_compare_are_harm() -> None:
    harm = evidence([(counts(500, 200), None)])
    assert harm.log_e > LIMIT
    assert harm.is_by_ceiling
    assert harm.judged == (counts(500, 200), NOTHING)


def test_the_figures_are_those_of_the_looks_that_showed_it() -> None:
    harm = evidence([(counts(100, 0), None)], [(counts(100, 30), counts(900, 1))])
    assert harm.log_e > LIMIT
    assert not harm.is_by_ceiling
    assert harm.judged == (counts(100, 30), counts(900, 1))


def test_good_stages_before_do_not_hide_a_fault_that_comes_with_a_larger_share() -> None:
    good = [(counts(500, 25), counts(9500, 475))] * 100
    bad = [(counts(5000, 500), counts(5000, 250))] * 3
    assert evidence(good, bad).log_e > LIMIT
    # Within one stage the good looks have eaten the stakes, and the same fault takes longer to show.
    assert evidence(good + bad).log_e < evidence(good, bad).log_e


def test_a_last_stage_without_a_control_is_not_held_back_by_what_was_compared_before() -> None:
    good = [(counts(500, 5), counts(500, 5))] * 200
    assert evidence(good, [(counts(200, 40), None)]).log_e > LIMIT


def test_without_a_ceiling_only_a_comparison_shows_harm() -> None:
    assert abs(evidence([(counts(500, 500), None)], ceiling=1.0).log_e) < 1e-12
    assert evidence([(counts(500, 50), counts(500, 0))], ceiling=1.0).log_e > LIMIT
