from pathlib import Path

import pytest
from tests.rollout.trial import trial

from strandline.rollout.desk import Desk
from strandline.vocabulary.errors import NotFoundError

QUICK = "{stages: [{share: 50%, bake: 2s, deadline: 2m}]}"


def test_an_unknown_service_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with trial(tmp_path) as running, pytest.raises(NotFoundError) as refused:
        running.desk.service("gretter")
    assert "gretter" in refused.value.what
    assert "greeter" in refused.value.remedy


def test_an_unknown_deployment_is_answered_with_the_newest_ones(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        with pytest.raises(NotFoundError) as refused:
            running.desk.deployment("greeter-9")
    assert "greeter-1" in refused.value.remedy


def test_a_release_is_found_by_version_and_by_the_first_digits_of_its_digest(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        view = running.rolled_out("1.0.0")
        assert running.desk.release("greeter", "1.0.0") == view.release
        assert running.desk.release("greeter", view.release.digest[:10]) == view.release
        with pytest.raises(NotFoundError, match=r"No releases of greeter"):
            running.desk.release("greeter", "2.0.0")


def test_what_is_live_is_what_the_last_success_brought(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.error_rate["1.1.0"] = 0.5
        running.rolled_out("1.1.0")
        running.rolled_out("1.2.0")
        live = running.desk.environment("greeter", "production")
        assert live.stable is not None
        assert live.stable.version == "1.2.0"
        assert live.before is not None
        assert live.before.version == "1.0.0"
        assert live.open_deployments == ()


def test_the_evidence_grows_with_every_look_and_is_thinned_for_a_plot(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        view = running.rolled_out("1.1.0")
        points = running.desk.evidence(view.id)
        assert len(points) == sum(stage.looks for stage in view.stages)
        assert points[-1].no_harm_evidence >= points[-1].no_harm_needed


def test_rebuilding_every_projection_gives_the_same_bytes(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        running.world.error_rate["1.1.0"] = 0.5
        running.rolled_out("1.1.0")
        store = running.ledger.projections
        names = ("deployments", "environments", "catalogue", "releases")
        before = {name: store.rows(name) for name in names}
        for name in names:
            store.drop(name)
        Desk(running.ledger, store).deployments()
        assert {name: store.rows(name) for name in names} == before
        assert all(before.values())
