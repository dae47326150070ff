from datetime import timedelta
from pathlib import Path

from tests.rollout.trial import PLACE, Trial, trial

from strandline.vocabulary.deployment import Outcome

QUICK = "{stages: [{share: 50%, bake: 2s, deadline: 2m}], keep_previous_warm: 10m}"


async def visit(running: Trial) -> None:
    await running.keeper.visit(running.desk.environment("greeter", "production"))


def versions(running: Trial) -> set[str]:
    return {arm.release.version for arm in running.world.place(PLACE).arms.values()}


async def test_an_instance_that_is_lost_while_nothing_is_rolled_out_is_named(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        view = running.rolled_out("1.0.0")
        running.world.lose_instance(PLACE, "1.0.0")
        await visit(running)
        assert running.types(view.id).count("instance.lost") == 1
        await visit(running)
        assert running.types(view.id).count("instance.lost") == 1


async def test_the_release_before_stays_warm_for_its_window_and_is_stopped_after_it(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        view = running.rolled_out("1.1.0")
        assert view.is_warm
        running.clock.advance(timedelta(minutes=9))
        await visit(running)
        assert versions(running) == {"1.0.0", "1.1.0"}
        running.clock.advance(timedelta(minutes=2))
        await visit(running)
        assert versions(running) == {"1.1.0"}
        assert not running.desk.deployment(view.id).is_warm
        assert running.desk.environment("greeter", "production").warm is None


async def test_a_rollback_still_works_when_the_release_before_has_gone_cold(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.rolled_out("1.1.0")
        running.clock.advance(timedelta(hours=1))
        await visit(running)
        view = running.ended(running.plane.rollback("greeter", "production", actor="bob").id)
        assert view.outcome is Outcome.SUCCEEDED
        assert running.world.place(PLACE).arms[view.release.digest].instances == 4
