"""Ticks and checks against Flagger's own phase sequences.

Numbers and phases from fluxcd/flagger at 15bd6ad555e6, `pkg/controller/scheduler_deployment_test.go` and
its fixture, `scheduler_metrics_test.go`, `pkg/metrics/providers/prometheus_test.go`.
"""

import math

import pytest
from benchmarks.peers.flagger_checks import Analysis, Canary, Check, Phase, all_pass, passes, tick, value_of

FIXTURE = Analysis(threshold=10, step_weight=10, max_weight=50)


def ticks(analysis: Analysis, outcomes: list[bool], canary: Canary | None = None) -> list[Canary]:
    seen = [canary or Canary()]
    for is_good in outcomes:
        seen.append(tick(seen[-1], analysis, is_good=is_good))
    return seen[1:]


def test_a_canary_goes_through_the_phases_of_the_deployment_test() -> None:
    seen = ticks(Analysis(step_weight=100, step_weight_promotion=50), [True] * 5)
    assert [(canary.phase.value, canary.weight) for canary in seen] == [
        ("Progressing", 100),
        ("Promoting", 100),
        ("Promoting", 50),
        ("Finalising", 0),
        ("Succeeded", 0),
    ]


def test_blue_green_goes_through_the_phases_of_its_test() -> None:
    seen = ticks(Analysis(iterations=1), [True] * 5)
    phases = ["Progressing", "Progressing", "Promoting", "Finalising", "Succeeded"]
    assert [canary.phase.value for canary in seen] == phases


def test_ten_failed_checks_fail_at_the_next_tick() -> None:
    full = Canary(failed_checks=10, weight=10)
    assert ticks(FIXTURE, [False], full)[-1].phase is Phase.FAILED
    assert ticks(FIXTURE, [True], full)[-1].phase is Phase.FAILED


def test_good_ticks_do_not_take_failed_checks_away() -> None:
    analysis = Analysis(threshold=3, step_weight=1, max_weight=50)
    seen = ticks(analysis, [True, False, True, False, True, True, False, True])
    assert [canary.failed_checks for canary in seen] == [0, 1, 1, 2, 2, 2, 3, 3]
    assert seen[-2].phase is Phase.PROGRESSING
    assert seen[-1].phase is Phase.FAILED


def test_a_failed_check_holds_the_weight() -> None:
    seen = ticks(FIXTURE, [True, True, False, False, True])
    assert [canary.weight for canary in seen] == [10, 20, 20, 20, 30]


def test_nothing_is_checked_before_the_canary_has_traffic() -> None:
    assert ticks(FIXTURE, [False])[-1] == Canary(weight=10)


def test_the_threshold_is_at_least_one() -> None:
    assert ticks(Analysis(threshold=0, step_weight=10), [True, False, True])[-1].phase is Phase.FAILED


def test_promotion_takes_as_many_good_ticks_as_there_are_steps() -> None:
    phases = [canary.phase for canary in ticks(FIXTURE, [True] * 6)]
    assert phases.index(Phase.PROMOTING) == 50 // 10


def test_a_list_of_weights_is_climbed_to_its_last() -> None:
    seen = ticks(Analysis(step_weights=(1, 2, 10, 80)), [True] * 5)
    assert [canary.weight for canary in seen] == [1, 2, 10, 80, 80]
    assert seen[-1].phase is Phase.PROMOTING


def test_a_canary_without_steps_never_advances() -> None:
    assert ticks(Analysis(), [True] * 3)[-1] == Canary()


def test_failed_and_succeeded_are_the_end() -> None:
    for phase in (Phase.FAILED, Phase.SUCCEEDED):
        assert ticks(FIXTURE, [True], Canary(phase=phase)) == [Canary(phase=phase)]


@pytest.mark.parametrize(
    ("check", "value", "expected"),
    [
        pytest.param(Check(is_success_rate=True, legacy_threshold=99), 100.0, True, id="success rate"),
        pytest.param(Check(is_success_rate=True, legacy_threshold=99), 99.0, True, id="on the threshold"),
        pytest.param(Check(is_success_rate=True, legacy_threshold=99), 98.9, False, id="below it"),
        pytest.param(Check(legacy_threshold=500), 500.0, True, id="duration on the threshold"),
        pytest.param(Check(legacy_threshold=500), 501.0, False, id="duration above it"),
        pytest.param(Check(minimum=0, maximum=50), 100.0, False, id="the failing metric of the fixture"),
        pytest.param(Check(minimum=0, maximum=100), 100.0, True, id="the custom metric of the fixture"),
        pytest.param(Check(minimum=99, maximum=100, is_success_rate=True), 98.0, False, id="range"),
        pytest.param(Check(minimum=0), 1e9, True, id="open above"),
        pytest.param(Check(minimum=0, maximum=100), None, False, id="no value"),
        pytest.param(Check(minimum=0, maximum=100), math.nan, False, id="not a number"),
    ],
)
def test_a_check_passes_within_its_limits(check: Check, value: float | None, *, expected: bool) -> None:
    assert passes(check, value) is expected


@pytest.mark.parametrize(
    ("series", "expected"), [([100.0], 100.0), ([], None), ([math.nan], None), ([1.0, 2.0], 2.0)]
)
def test_a_query_is_worth_its_last_series(series: list[float], expected: float | None) -> None:
    assert value_of(series) == expected


def test_one_failing_metric_fails_the_tick() -> None:
    good, bad = (Check(maximum=1), 0.5), (Check(maximum=1), 2.0)
    assert all_pass([good, good])
    assert not all_pass([good, bad, bad])
