"""What a person may do to a deployment from its page: only what applies now, each with what it will do."""

from dataclasses import dataclass

from strandline.rollout.deployment_view import DeploymentView, Status
from strandline.rollout.environment_view import EnvironmentView
from strandline.vocabulary.deployment import Action, Outcome, StageKind
from strandline.web.figures import share
from strandline.web.sentences import stage_name

ROLL_BACK = "roll-back"
"""After success there is no rollout to abort: the release before is deployed again."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """A button, and the question that it asks before anything is done."""

    name: str
    """In the address of its form."""
    label: str
    question: str
    consequence: str
    confirm: str
    is_return: bool = False
    """Whether it takes the traffic away from the release."""


def acts_of(view: DeploymentView, place: EnvironmentView | None) -> list[Act]:
    """Return what applies to a deployment where it stands; `place` is the environment it went into."""
    match view.status:
        case Status.ROLLING_OUT:
            return [_pause(view), _promote(view), _abort(view)]
        case Status.PAUSED:
            return [_resume(view), _promote(view), _abort(view)]
        case Status.WAITING | Status.PREPARING:
            return [_abort(view)]
        case Status.FINISHED if can_roll_back(view, place):
            return [_roll_back(view, place)]
        case _:
            return []


def can_roll_back(view: DeploymentView, place: EnvironmentView | None) -> bool:
    """Return whether this deployment brought what serves now, and there is something to return to."""
    return (
        view.outcome is Outcome.SUCCEEDED
        and place is not None
        and place.stable_since == view.id
        and place.before is not None
        and not place.active
    )


def _pause(view: DeploymentView) -> Act:
    return Act(
        name=Action.PAUSE.value,
        label="Pause",
        question="Pause this rollout?",
        consequence=(
            f"{view.release.version} keeps {share(view.weight_bp)} of the traffic until a person decides. "
            "It stays watched: if harm is shown, it is rolled back all the same."
        ),
        confirm="Pause",
    )


def _resume(view: DeploymentView) -> Act:
    return Act(
        name=Action.RESUME.value,
        label="Resume",
        question="Let this rollout go on?",
        consequence=(
            f"{view.release.version} goes on from {share(view.weight_bp)} of the traffic, "
            "and its stage has its whole time to be decided again."
        ),
        confirm="Resume",
    )


def _promote(view: DeploymentView) -> Act:
    now = view.stage
    ahead = view.stages[now.number :] if now is not None else view.stages
    if ahead:
        what = f"{view.release.version} goes on to its next stage ({stage_name(ahead[0].planned).lower()})"
    else:
        what = f"{view.release.version} becomes the release that serves"
    return Act(
        name=Action.PROMOTE.value,
        label="Promote",
        question="Promote without waiting for evidence?",
        consequence=f"{what} at once. The ledger will say that you decided, and that the evidence did not.",
        confirm="Promote",
    )


def _abort(view: DeploymentView) -> Act:
    is_first = any(stage.planned.kind is StageKind.FIRST for stage in view.stages)
    if view.previous is not None:
        consequence = f"All traffic returns to {view.previous.version} at once, and the rollout ends."
    elif is_first and view.weight_bp:
        consequence = "There is no release before it: nothing will serve here afterwards."
    else:
        consequence = "The rollout ends; no user has met the release."
    return Act(
        name=Action.ABORT.value,
        label="Abort",
        question="Abort this rollout?",
        consequence=consequence,
        confirm="Abort",
        is_return=True,
    )


def _roll_back(view: DeploymentView, place: EnvironmentView | None) -> Act:
    before = place.before.version if place is not None and place.before is not None else "the release before"
    speed = "It still runs, so that takes a moment." if view.is_warm else "It is started again first."
    return Act(
        name=ROLL_BACK,
        label="Roll back",
        question=f"Return to {before}?",
        consequence=f"A new deployment gives all traffic back to {before}. {speed}",
        confirm="Roll back",
        is_return=True,
    )
