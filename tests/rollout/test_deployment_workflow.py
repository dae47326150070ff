from datetime import timedelta
from pathlib import Path

import pytest
from tests.rollout.trial import PLACE, Trial, trial

from strandline.rollout.deployment_view import Status
from strandline.vocabulary.deployment import Action, Outcome
from strandline.vocabulary.errors import RefusedError
from strandline.vocabulary.verdict import AnalysisAnswer

QUICK = "{stages: [{share: 10%, bake: 5s, deadline: 2m}, {share: 50%, bake: 5s, deadline: 2m}]}"


def serving(running: Trial) -> dict[str, int]:
    """Return which version has which share, as the world really is."""
    there = running.world.place(PLACE)
    shares = {there.stable: 10_000 - there.weight_bp, there.canary: there.weight_bp}
    return {there.arms[digest].release.version: share for digest, share in shares.items() if digest and share}


def test_a_good_release_goes_through_its_stages_and_has_all_traffic(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        assert running.rolled_out("1.0.0").outcome is Outcome.SUCCEEDED
        view = running.rolled_out("1.1.0")
        assert view.outcome is Outcome.SUCCEEDED, view.outcome_reason
        assert [stage.answer for stage in view.stages] == [AnalysisAnswer.NO_HARM_SHOWN] * 2
        assert serving(running) == {"1.1.0": 10_000}
        story = [kind for kind in running.types(view.id) if not kind.startswith("analysis")]
        assert story == [
            "deployment.planned",
            "slot.taken",
            "gate.evaluated",
            "deployment.started",
            "release.prepared",
            "traffic.shifted",
            "stage.started",
            "stage.baked",
            "traffic.shifted",
            "stage.started",
            "stage.baked",
            "traffic.shifted",
            "traffic.verified",
            "dev.cdevents.service.upgraded",
            "deployment.finished",
            "slot.freed",
        ]


def test_a_bad_release_is_rolled_back_by_itself_and_the_reason_is_in_words(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.error_rate["1.1.0"] = 0.10
        view = running.rolled_out("1.1.0")
        assert view.outcome is Outcome.ROLLED_BACK
        assert "canary requests failed" in view.outcome_reason
        assert view.decided_at is not None
        assert view.safe_at is not None
        assert view.weight_bp == 0
        assert serving(running) == {"1.0.0": 10_000}
        assert "1.1.0" not in {arm.release.version for arm in running.world.place(PLACE).arms.values()}
        assert "dev.cdevents.service.rolledback" in running.types(view.id)


def test_a_release_that_never_gets_ready_never_gets_traffic(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.never_ready.add("1.1.0")
        view = running.rolled_out("1.1.0")
        assert view.outcome is Outcome.FAILED
        assert view.first_exposed_at is None
        assert "did not" in view.outcome_reason
        assert "traffic.shifted" not in running.types(view.id)
        assert serving(running) == {"1.0.0": 10_000}


def test_without_traffic_a_stage_pauses_at_its_deadline_and_says_why(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.requests_per_second = 0
        view = running.until(running.deploy("1.1.0").id, lambda view: view.status is Status.PAUSED)
        assert "Undecided after 120 s" in view.pause_reason
        assert view.weight_bp == 1000
        running.ask(view.id, Action.ABORT, reason="nobody is there")
        assert running.ended(view.id).outcome is Outcome.ABORTED
        assert serving(running) == {"1.0.0": 10_000}


def test_a_paused_rollout_goes_on_when_it_is_resumed(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.requests_per_second = 0
        view = running.until(running.deploy("1.1.0").id, lambda view: view.status is Status.PAUSED)
        running.world.requests_per_second = 200
        running.ask(view.id, Action.RESUME)
        assert running.ended(view.id).outcome is Outcome.SUCCEEDED


def test_harm_rolls_back_a_rollout_that_is_paused(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.requests_per_second = 0
        view = running.until(running.deploy("1.1.0").id, lambda view: view.status is Status.PAUSED)
        running.world.error_rate["1.1.0"] = 0.5
        running.world.requests_per_second = 100
        assert running.ended(view.id).outcome is Outcome.ROLLED_BACK


def test_promoting_by_hand_is_recorded_with_who_did_it(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.requests_per_second = 0
        view = running.until(running.deploy("1.1.0").id, lambda view: view.status is Status.PAUSED)
        running.ask(view.id, Action.PROMOTE, reason="tested by hand")
        baked = running.until(view.id, lambda view: view.stages[0].ended_at is not None)
        assert baked.stages[0].decision == "promote"
        running.until(view.id, lambda view: view.stages[1].started_at and view.status is Status.PAUSED)
        running.ask(view.id, Action.PROMOTE)
        assert running.ended(view.id).outcome is Outcome.SUCCEEDED


def test_an_abort_before_the_first_exposure_exposes_nobody(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.unavailable.add(PLACE)
        waiting = running.deploy("1.1.0")
        running.until(waiting.id, lambda view: bool(view.problem))
        running.ask(waiting.id, Action.ABORT)
        running.world.unavailable.clear()
        view = running.ended(waiting.id, within_seconds=40)
        assert view.outcome is Outcome.ABORTED
        assert view.first_exposed_at is None


def test_a_second_rollout_waits_for_its_turn(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.requests_per_second = 0
        first = running.until(running.deploy("1.1.0").id, lambda view: view.status is Status.PAUSED)
        second = running.deploy("1.2.0")
        assert second.status is Status.WAITING
        running.ask(first.id, Action.ABORT)
        running.world.requests_per_second = 200
        assert running.ended(first.id).outcome is Outcome.ABORTED
        assert running.ended(second.id).outcome is Outcome.SUCCEEDED
        assert serving(running) == {"1.2.0": 10_000}


def test_a_second_rollout_is_refused_where_the_policy_says_so(tmp_path: Path) -> None:
    refusing = QUICK.replace("{stages", "{when_busy: refuse, stages")
    with trial(tmp_path, rollout=refusing) as running:
        running.rolled_out("1.0.0")
        running.world.requests_per_second = 0
        running.until(running.deploy("1.1.0").id, lambda view: view.status is Status.PAUSED)
        with pytest.raises(RefusedError, match="greeter-2 is running"):
            running.deploy("1.2.0")


def test_one_command_returns_to_the_release_before_after_a_success(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.rolled_out("1.1.0")
        view = running.ended(running.plane.rollback("greeter", "production", actor="bob", reason="slow").id)
        assert view.outcome is Outcome.SUCCEEDED
        assert serving(running) == {"1.0.0": 10_000}
        assert "dev.cdevents.service.rolledback" in running.types(view.id)
        with pytest.raises(RefusedError, match="no release to return to"):
            running.plane.rollback("greeter", "production", actor="bob")


def test_a_rollback_of_a_running_rollout_aborts_it(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.requests_per_second = 0
        view = running.until(running.deploy("1.1.0").id, lambda view: view.status is Status.PAUSED)
        running.plane.rollback("greeter", "production", actor="bob")
        assert running.ended(view.id).outcome is Outcome.ABORTED


def test_lost_instances_are_named_and_a_few_are_no_verdict(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.bell.at_wait[running.bell.waits + 3] = lambda: running.world.lose_instance(PLACE, "1.1.0")
        running.bell.at_wait[running.bell.waits + 5] = lambda: running.world.restart_router(PLACE)
        view = running.rolled_out("1.1.0")
        assert view.outcome is Outcome.SUCCEEDED
        assert any("killed by signal 9" in words for words in view.disturbances)
        kinds = running.types(view.id)
        assert kinds.count("instance.lost") == 1
        assert kinds.count("router.disturbed") >= 1


def test_a_release_whose_instances_keep_dying_is_rolled_back(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        for wait in range(2, 6):
            running.bell.at_wait[running.bell.waits + wait] = lambda: running.world.lose_instance(
                PLACE, "1.1.0"
            )
        view = running.rolled_out("1.1.0")
        assert view.outcome is Outcome.ROLLED_BACK
        assert "ended by themselves" in view.outcome_reason


def test_a_clock_that_jumps_is_named_and_changes_no_bake(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.bell.at_wait[running.bell.waits + 3] = lambda: running.clock.jump(timedelta(hours=3))
        view = running.rolled_out("1.1.0")
        assert view.outcome is Outcome.SUCCEEDED
        assert running.types(view.id).count("clock.jumped") == 1
        assert all(stage.watched_ms >= 5000 for stage in view.stages)
        assert all(stage.watched_ms < 120_000 for stage in view.stages)


@pytest.mark.parametrize("strategy", ["all-at-once", "rolling", "blue-green", "canary"])
@pytest.mark.parametrize("is_good", [True, False], ids=["good", "bad"])
def test_every_strategy_promotes_the_good_and_returns_from_the_bad(
    tmp_path: Path, strategy: str, *, is_good: bool
) -> None:
    share = "share: 20%, " if strategy == "canary" else ""
    policy = f"{{strategy: {strategy}, stages: [{{{share}bake: 5s, deadline: 5m}}]}}"
    with trial(tmp_path, rollout=policy) as running:
        running.rolled_out("1.0.0")
        running.world.error_rate["1.1.0"] = 0.0 if is_good else 0.3
        view = running.rolled_out("1.1.0")
        assert view.outcome is (Outcome.SUCCEEDED if is_good else Outcome.ROLLED_BACK), view.outcome_reason
        assert serving(running) == {"1.1.0" if is_good else "1.0.0": 10_000}
        there = running.world.place(PLACE)
        counts = {arm.release.version: arm.instances for arm in there.arms.values()}
        assert counts["1.1.0" if is_good else "1.0.0"] == 4


def test_a_control_plane_that_died_takes_the_rollout_up_where_it_was(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.requests_per_second = 0
        view = running.until(running.deploy("1.1.0").id, lambda view: view.status is Status.PAUSED)
        running.restart()
        running.world.requests_per_second = 200
        running.ask(view.id, Action.RESUME)
        assert running.ended(view.id).outcome is Outcome.SUCCEEDED
        kinds = running.types(view.id)
        assert kinds.count("deployment.paused") == 1
        assert kinds.count("release.prepared") == 1
        assert kinds.count("traffic.shifted") == 3
