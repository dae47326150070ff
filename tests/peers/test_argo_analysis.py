"""The phases of measurements, metrics and runs against Argo's own assertions.

Numbers and phases from argoproj/argo-rollouts at 9f8d111d8f8e, `analysis/analysis_test.go` (lines 520 to
866 and 1744 to 1793), `utils/evaluate/evaluate_test.go`, `utils/analysis/helpers_test.go`.
"""

import itertools
import math
from typing import Any

import pytest
from benchmarks.peers.argo_analysis import (
    Condition,
    Counters,
    Effect,
    Metric,
    Phase,
    Result,
    assess_metric,
    assess_run,
    effect_on_rollout,
    ends_the_siblings,
    measured,
    worst,
)

ROW_ONLY: dict[str, Any] = {"failure_limit": -1}
BOTH: dict[str, Any] = {"failure_limit": 4, "consecutive_success_limit": 4}


def totals(count: int, failed: int, successful: int, row: int) -> Counters:
    return Counters(count=count, failed=failed, successful=successful, consecutive_success=row)


@pytest.mark.parametrize(
    ("limits", "counters", "running", "terminating"),
    [
        # Failures.
        ({"failure_limit": 2}, Counters(failed=3, count=3), "Failed", "Failed"),
        ({"failure_limit": 3}, Counters(failed=3, count=3), "Running", "Successful"),
        ({}, Counters(failed=1), "Failed", "Failed"),
        # Successes in a row, without a count, with one reached, with one not reached.
        (ROW_ONLY | {"consecutive_success_limit": 3}, totals(7, 3, 4, 3), "Successful", "Successful"),
        (ROW_ONLY | {"consecutive_success_limit": 5}, totals(7, 3, 4, 3), "Running", "Successful"),
        (ROW_ONLY | {"consecutive_success_limit": 5, "count": 7}, totals(7, 3, 4, 3), "Failed", "Failed"),
        (
            ROW_ONLY | {"consecutive_success_limit": 3, "count": 7},
            totals(7, 3, 4, 3),
            "Successful",
            "Successful",
        ),
        (
            ROW_ONLY | {"consecutive_success_limit": 3, "count": 9},
            totals(7, 3, 4, 3),
            "Successful",
            "Successful",
        ),
        (
            ROW_ONLY | {"consecutive_success_limit": 5, "count": 9},
            totals(7, 3, 4, 3),
            "Running",
            "Successful",
        ),
        # Both limits, without a count.
        (BOTH, totals(7, 3, 4, 3), "Running", "Successful"),
        (BOTH, totals(9, 5, 9, 0), "Failed", "Failed"),
        (BOTH, totals(8, 3, 5, 4), "Successful", "Successful"),
        (BOTH, totals(10, 5, 5, 4), "Failed", "Failed"),
        # Both limits, the count reached.
        (BOTH | {"count": 10}, totals(10, 4, 6, 3), "Inconclusive", "Inconclusive"),
        (BOTH | {"count": 10}, totals(10, 5, 5, 3), "Failed", "Failed"),
        (BOTH | {"count": 10}, totals(10, 4, 6, 4), "Successful", "Successful"),
        (BOTH | {"count": 10}, totals(10, 5, 5, 4), "Failed", "Failed"),
        # Both limits, the count not reached.
        (BOTH | {"count": 10}, totals(8, 3, 5, 3), "Running", "Successful"),
        (BOTH | {"count": 10}, totals(8, 5, 3, 3), "Failed", "Failed"),
        (BOTH | {"count": 10}, totals(8, 3, 5, 4), "Successful", "Successful"),
        (BOTH | {"count": 10}, totals(9, 5, 4, 4), "Failed", "Failed"),
        # Inconclusive results.
        ({"inconclusive_limit": 2}, Counters(inconclusive=3, count=3), "Inconclusive", "Inconclusive"),
        ({"inconclusive_limit": 3}, Counters(inconclusive=3, count=3), "Running", "Successful"),
        ({}, Counters(inconclusive=1), "Inconclusive", "Inconclusive"),
        # Errors in a row.
        ({}, Counters(consecutive_error=5, count=5), "Error", "Error"),
        ({}, Counters(consecutive_error=4, count=5), "Running", "Successful"),
        ({}, Counters(consecutive_error=5), "Error", "Error"),
        # The count reached, without an interval.
        ({"count": 10, "has_interval": False}, Counters(successful=10, count=10), "Successful", "Successful"),
        (
            {"count": 10, "has_interval": False},
            Counters(successful=5, inconclusive=5, count=10),
            "Inconclusive",
            "Inconclusive",
        ),
        # Nothing measured yet.
        ({"has_interval": False}, Counters(), "Pending", "Successful"),
    ],
)
def test_a_metrics_phase_is_argos(
    limits: dict[str, Any], counters: Counters, running: str, terminating: str
) -> None:
    metric = Metric(**limits)
    assert assess_metric(metric, counters) is Phase(running)
    assert assess_metric(metric, counters, is_terminating=True) is Phase(terminating)


@pytest.mark.parametrize("is_terminating", [False, True])
def test_a_measurement_in_flight_is_waited_for(*, is_terminating: bool) -> None:
    counters = Counters(successful=1, count=1)
    found = assess_metric(Metric(), counters, is_terminating=is_terminating, is_in_flight=True)
    assert found is Phase.RUNNING


def _true(result: Result) -> object:
    del result
    return True


def _false(result: Result) -> object:
    del result
    return False


def _not_a_boolean(result: Result) -> object:
    del result
    return 1


def _below_a_hundredth(result: Result) -> object:
    assert isinstance(result, list)
    return result[0] < 0.01


@pytest.mark.parametrize(
    ("success", "failure", "phase"),
    [
        (_true, _false, "Successful"),
        (_true, _true, "Failed"),
        (_false, _false, "Inconclusive"),
        (None, _false, "Successful"),
        (_false, None, "Failed"),
        (None, None, "Successful"),
        (_not_a_boolean, _true, "Error"),
        (_true, _not_a_boolean, "Error"),
    ],
)
def test_a_result_is_judged_by_its_conditions(
    success: Condition | None, failure: Condition | None, phase: str
) -> None:
    assert measured(1.0, Metric(success=success, failure=failure)) is Phase(phase)


def test_an_empty_vector_is_an_error_and_a_missing_number_a_failure() -> None:
    metric = Metric(success=_below_a_hundredth)
    assert measured([], metric) is Phase.ERROR
    assert measured([math.nan], metric) is Phase.FAILED
    assert measured([0.009], metric) is Phase.SUCCESSFUL


def test_an_error_does_not_raise_the_count_and_ends_a_row_of_successes() -> None:
    counters = Counters()
    for phase in (Phase.SUCCESSFUL, Phase.SUCCESSFUL, Phase.ERROR, Phase.ERROR):
        counters = counters.after(phase)
    assert counters == Counters(count=2, successful=2, error=2, consecutive_error=2)
    assert counters.after(Phase.FAILED) == Counters(count=3, successful=2, error=2, failed=1)


def test_the_worst_phase_is_argos() -> None:
    assert worst(Phase.SUCCESSFUL, Phase.FAILED) is Phase.FAILED
    assert worst(Phase.FAILED, Phase.SUCCESSFUL) is Phase.FAILED
    order = [Phase.SUCCESSFUL, Phase.INCONCLUSIVE, Phase.ERROR, Phase.FAILED]
    for better, worse in itertools.pairwise(order):
        assert worst(better, worse) is worse
        assert worst(worse, better) is worse


def test_a_run_goes_on_until_all_its_metrics_are_complete() -> None:
    phases = {"latency": Phase.RUNNING, "success-rate": Phase.FAILED}
    assert assess_run(phases) is Phase.RUNNING
    assert ends_the_siblings(phases)
    assert assess_run(phases | {"latency": Phase.SUCCESSFUL}) is Phase.FAILED


def test_a_run_that_must_end_has_the_worst_of_what_is_complete() -> None:
    assert assess_run({"a": Phase.PENDING}, is_terminating=True) is Phase.SUCCESSFUL
    assert assess_run({"a": Phase.RUNNING, "b": Phase.ERROR}, is_terminating=True) is Phase.ERROR


def test_a_metric_in_the_dry_run_is_waited_for_but_not_heard() -> None:
    phases = {"run-forever": Phase.SUCCESSFUL, "failed-metric": Phase.FAILED}
    assert assess_run(phases, dry={"failed-metric"}) is Phase.SUCCESSFUL
    assert not ends_the_siblings(phases, dry={"failed-metric"})
    assert assess_run(phases | {"failed-metric": Phase.RUNNING}, dry={"failed-metric"}) is Phase.RUNNING


def test_a_rollout_aborts_on_errors_and_pauses_when_nothing_is_concluded() -> None:
    effects = [effect_on_rollout(phase) for phase in Phase]
    assert effects == [Effect.GO_ON, Effect.GO_ON, Effect.GO_ON, Effect.PAUSE, Effect.ABORT, Effect.ABORT]
