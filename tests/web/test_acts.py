import msgspec
import pytest
from tests.web.site_trial import SiteTrial

from strandline.rollout.deployment_view import Status
from strandline.web.acts import acts_of


def test_a_rollout_can_be_paused_promoted_and_aborted(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held()
    assert [act.name for act in acts_of(view, None)] == ["pause", "promote", "abort"]
    assert "25\N{NO-BREAK SPACE}% of the traffic" in acts_of(view, None)[1].consequence
    assert "returns to 1.0.0" in acts_of(view, None)[2].consequence


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (Status.PAUSED, ["resume", "promote", "abort"]),
        (Status.WAITING, ["abort"]),
        (Status.PREPARING, ["abort"]),
        (Status.ROLLING_BACK, []),
    ],
    ids=lambda value: getattr(value, "value", ""),
)
def test_only_what_applies_is_offered(trial: SiteTrial, status: Status, names: list[str]) -> None:
    trial.rolled_out("1.0.0")
    view = msgspec.structs.replace(trial.held(), status=status)
    assert [act.name for act in acts_of(view, None)] == names


def test_what_serves_can_be_rolled_back_and_what_does_not_cannot(trial: SiteTrial) -> None:
    first = trial.rolled_out("1.0.0")
    second = trial.rolled_out("1.1.0")
    place = trial.desk.environment("greeter", "production")
    assert [act.question for act in acts_of(second, place)] == ["Return to 1.0.0?"]
    assert acts_of(first, place) == []
