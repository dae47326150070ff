"""`strandline rollback`: back to the release before."""

from typing import Annotated

from cyclopts import Parameter

from strandline.cli.connection import linked
from strandline.cli.deploy import see_through
from strandline.cli.deployment_words import exit_code, release_words
from strandline.cli.output import line, words
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import ServiceView
from strandline.vocabulary.deployment import DeploymentKind, Outcome
from strandline.vocabulary.errors import BadInputError, RefusedError


def rollback(
    service: str,
    /,
    *,
    environment: Annotated[str, Parameter(name="--in", metavar="ENV")] = "",
    reason: str = "",
    watch: bool = True,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Return to the release before.

    A rollout that is running there is aborted. Else the release before is deployed again, at once; while it
    is still warm that takes about a second. If no control plane runs on this home, this command hosts one.

    Args:
        service: The service's name.
        environment: The environment; may be left out if the service has only one.
        reason: Why, in a few words; recorded with it.
        watch: Wait until all users are back, and show how it goes.
        common: What every command takes.
        session: This run of the command line.
    """
    with linked(session, common) as link:
        place = environment or _only_environment(link.client.service(service))
        view = link.client.rollback(service, place, reason=reason)
        is_new = view.kind is DeploymentKind.ROLLBACK
        does = (
            f" has begun: back to {release_words(view.release)}."
            if is_new
            else " is aborted: it was running."
        )
        session.output.note(line(words(view.id, "bold"), does))
        return see_through(session, link, view, wants_watch=watch, code_of=_exit_code)


def _exit_code(view: DeploymentView) -> int:
    """A rollout that was aborted is just what was wanted here."""
    if view.kind is DeploymentKind.ROLLBACK:
        return exit_code(view)
    return 0 if view.outcome in (Outcome.ABORTED, Outcome.ROLLED_BACK) else RefusedError.exit_code


def _only_environment(service: ServiceView) -> str:
    names = sorted(service.entry.environments)
    if len(names) == 1:
        return names[0]
    what = f"{service.entry.name} has several environments: which one?"
    raise BadInputError(what, remedy=f"Name it with --in: {', '.join(names)}.")
