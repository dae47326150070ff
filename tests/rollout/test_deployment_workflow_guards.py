"""Rollouts with guards of one's own, and with a watch that goes on under all traffic."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.rollout.trial import PLACE, Trial, trial

from strandline.vocabulary.deployment import Outcome
from strandline.vocabulary.traffic import MetricState
from strandline.vocabulary.verdict import AnalysisAnswer

PAYMENTS = "{name: payments, source: otlp, kind: counts, events: failed, total: all, role: %s}"
GUARDED = "{stages: [{share: 50%%, bake: 5s, deadline: 2m}], guards: {metrics: [%s]}}"
BAKED = "{stages: [{share: 50%, bake: 5s, deadline: 2m}], bake_after: 1m}"


def rollout(role: str) -> str:
    """Return a rollout with a guard on payments."""
    return GUARDED % (PAYMENTS % role)


def payments(running: Trial, *, failed_in_100: int) -> None:
    """Let so many payments in a hundred fail at the canary, and one in a hundred at its control."""
    running.metrics.readings["payments"] = [
        MetricState(
            name="payments",
            canary_events=failed_in_100 * look,
            canary_total=100 * look,
            control_events=look,
            control_total=100 * look,
        )
        for look in range(1, 400)
    ]


def guard(view: object, name: str) -> object:
    """Return what a guard said last."""
    stages = [stage for stage in view.stages if stage.guards]  # type: ignore[attr-defined]  # a deployment's view
    return next(each for each in stages[-1].guards if each.guard == name)


@pytest.mark.parametrize(
    ("role", "outcome"),
    [("veto", Outcome.ROLLED_BACK), ("decide", Outcome.ROLLED_BACK), ("shadow", Outcome.SUCCEEDED)],
)
def test_a_guard_of_ones_own_takes_back_what_the_target_cannot_see_unless_it_is_a_shadow(
    tmp_path: Path, role: str, outcome: Outcome
) -> None:
    with trial(tmp_path, rollout=rollout(role)) as running:
        running.rolled_out("1.0.0")
        running.world.requests_per_second = 200
        payments(running, failed_in_100=20)
        view = running.rolled_out("1.1.0")
        assert view.outcome is outcome, view.outcome_reason
        if outcome is Outcome.ROLLED_BACK:
            assert "payments" in view.outcome_reason


def test_a_guard_whose_source_is_down_holds_the_stage_if_it_decides(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=rollout("decide")) as running:
        running.rolled_out("1.0.0")
        view = running.deploy("1.1.0")
        paused = running.until(view.id, lambda each: each.pause_reason)
        assert "payments" in paused.pause_reason
        assert guard(paused, "payments").answer is AnalysisAnswer.NOT_ENOUGH_EVIDENCE  # type: ignore[attr-defined]  # a guard's words


def test_a_guard_whose_source_is_down_does_not_hold_the_stage_if_it_only_vetoes(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=rollout("veto")) as running:
        running.rolled_out("1.0.0")
        assert running.rolled_out("1.1.0").outcome is Outcome.SUCCEEDED


def test_a_good_release_is_delivered_once_the_watch_after_promotion_is_over(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=BAKED) as running:
        running.rolled_out("1.0.0")
        view = running.rolled_out("1.1.0")
        assert view.outcome is Outcome.SUCCEEDED, view.outcome_reason
        assert view.stages[-1].planned.share_bp == 10_000
        assert view.stages[-1].watched_ms >= timedelta(minutes=1) / timedelta(milliseconds=1)


def test_a_release_that_goes_bad_under_all_traffic_is_still_taken_back(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=BAKED) as running:
        running.rolled_out("1.0.0")
        view = running.deploy("1.1.0")
        running.until(view.id, lambda each: each.weight_bp == 10_000 or not each.is_open)
        running.world.error_rate["1.1.0"] = 0.3
        ended = running.ended(view.id)
        assert ended.outcome is Outcome.ROLLED_BACK, ended.outcome_reason
        there = running.world.place(PLACE)
        assert there.weight_bp == 0
