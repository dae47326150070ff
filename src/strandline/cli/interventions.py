"""`strandline pause`, `resume`, `promote`, `abort`: take a running rollout over."""

import time
from collections.abc import Callable

from strandline.cli.connection import running
from strandline.cli.control_plane_client import ControlPlaneClient
from strandline.cli.deployment_words import ending, share_words, standing
from strandline.cli.output import line, words
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, Session
from strandline.rollout.deployment_view import DeploymentView, Status
from strandline.vocabulary.deployment import Action

_ANSWER_WITHIN_SECONDS = 10.0
_POLL_SECONDS = 0.1


def pause(deployment: str, /, *, reason: str = "", common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Keep a rollout at its present share until somebody decides.

    The guards go on watching: harm still takes it back.

    Args:
        deployment: The deployment, such as greeter-7.
        reason: Why, in a few words; recorded with it.
        common: What every command takes.
        session: This run of the command line.
    """
    return _ask(Action.PAUSE, deployment, reason, common, session)


def resume(deployment: str, /, *, reason: str = "", common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Let a paused rollout go on.

    A stage that had come to its deadline gets its time anew.

    Args:
        deployment: The deployment, such as greeter-7.
        reason: Why, in a few words; recorded with it.
        common: What every command takes.
        session: This run of the command line.
    """
    return _ask(Action.RESUME, deployment, reason, common, session)


def promote(deployment: str, /, *, reason: str = "", common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Let a rollout go on to its next stage without waiting for evidence.

    It is recorded as your decision. Harm that was shown is not overruled.

    Args:
        deployment: The deployment, such as greeter-7.
        reason: Why, in a few words; recorded with it.
        common: What every command takes.
        session: This run of the command line.
    """
    return _ask(Action.PROMOTE, deployment, reason, common, session)


def abort(deployment: str, /, *, reason: str = "", common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """End a rollout: all traffic returns to the release before, at once.

    Args:
        deployment: The deployment, such as greeter-7.
        reason: Why, in a few words; recorded with it.
        common: What every command takes.
        session: This run of the command line.
    """
    return _ask(Action.ABORT, deployment, reason, common, session)


def _ask(action: Action, deployment_id: str, reason: str, common: Common, session: Session) -> int:
    output = session.output
    with running(session, common) as client:
        before = client.deployment(deployment_id)
        asked = client.intervene(deployment_id, action, reason=reason)
        session.if_interrupted = "It was asked; the rollout answers by itself."
        with output.working("Asked; the rollout answers within a look"):
            view = _answered(client, asked, _answer_to(action, before))
    if view is None:
        remedy = f"Asked {deployment_id} to {action.value}; it has not answered yet. "
        output.result(asked, line(remedy, words(f"See `strandline status {deployment_id}`.", "faint")))
        return 0
    shown = ending(view) if view.outcome is not None else line(standing(view), f"  {share_words(view)}.")
    output.result(view, line(words(deployment_id, "bold"), "  ", shown))
    return 0


def _answered(
    client: ControlPlaneClient, asked: DeploymentView, is_answer: Callable[[DeploymentView], bool]
) -> DeploymentView | None:
    """Wait a while for what was asked to be done; return how it stands then, or `None`."""
    give_up_at = time.monotonic() + _ANSWER_WITHIN_SECONDS
    view = asked
    while not is_answer(view):
        if time.monotonic() > give_up_at:
            return None
        time.sleep(_POLL_SECONDS)
        view = client.deployment(asked.id)
    return view


def _answer_to(action: Action, before: DeploymentView) -> Callable[[DeploymentView], bool]:
    def is_answer(view: DeploymentView) -> bool:
        if not view.is_open:
            return True
        match action:
            case Action.PAUSE:
                return view.status is Status.PAUSED
            case Action.RESUME:
                return view.status is not Status.PAUSED
            case Action.PROMOTE:
                return _number(view) != _number(before)
            case Action.ABORT:
                return False

    return is_answer


def _number(view: DeploymentView) -> int:
    return view.stage.number if view.stage is not None else 0
