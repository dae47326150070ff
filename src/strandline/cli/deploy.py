"""`strandline deploy`: start a rollout, and see it through."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from strandline.cli.connection import Link, linked
from strandline.cli.deployment_words import ending, exit_code, release_words
from strandline.cli.output import line, words
from strandline.cli.service_file import catalogue_service, release_argument
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, Session
from strandline.cli.watching import watch_rollout
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.order import DeploymentOrder


def deploy(
    service: str,
    release: str,
    /,
    *,
    to: Annotated[str, Parameter(metavar="ENV")],
    watch: bool | None = None,
    emergency: Annotated[bool, Parameter(negative=())] = False,
    reason: str = "",
    file: Path | None = None,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Start a rollout, and see it through.

    The release gets its traffic in the stages that the service's strandline.yaml states, and is judged in
    each. If no control plane runs on this home, this command hosts one until the rollout has ended.

    Args:
        service: The service's name.
        release: A release folder; or the version or the first digits of the digest of a known release.
        to: The environment to deploy to.
        watch: Show how it goes until it has ended. By default on a terminal only.
        emergency: An emergency change: it passes a change freeze. Needs a reason.
        reason: Why, in a few words; recorded with the plan.
        file: The service's strandline.yaml. By default the one in this folder, or the one in the release
            folder or above it.
        common: What every command takes.
        session: This run of the command line.
    """
    with linked(session, common) as link:
        catalogue_service(link.client, session, service=service, release=release, file=file)
        order = DeploymentOrder(
            service=service,
            environment=to,
            release=release_argument(session, release),
            is_emergency=emergency,
            reason=reason,
        )
        with session.output.working("Storing the release, and making the plan"):
            view = link.client.deploy(order)
        session.output.note(line(words(view.id, "bold"), f" has begun: {release_words(view.release)}."))
        return see_through(session, link, view, wants_watch=watch)


def see_through(
    session: Session,
    link: Link,
    view: DeploymentView,
    *,
    wants_watch: bool | None,
    code_of: Callable[[DeploymentView], int] = exit_code,
) -> int:
    """Watch a rollout to its end, if that is wanted or if it would end with this process.

    Returns:
        The exit code: `code_of` how it ended; 0 where it was not waited for.
    """
    output = session.output
    output.note(line("Live at ", words(f"{link.client.url}/deployments/{view.id}", "bold")))
    wants_watch = output.is_terminal if wants_watch is None else wants_watch
    if not wants_watch and not link.is_own:
        output.result(view, words(f"`strandline status {view.id}` tells how it goes.", "faint"))
        return 0
    if not wants_watch:
        output.note(words(_HOSTED_HERE, "faint"))
    ended = watch_rollout(link, view.id, output)
    output.result(ended, ending(ended))
    if link.is_own:
        output.note(words(_AFTERWARDS, "faint"))
    return code_of(ended)


_HOSTED_HERE = "No control plane runs on this home, so this command runs it to its end."
_AFTERWARDS = (
    "What runs goes on running. `strandline serve` looks after it: lost instances are started again, and the "
    "release before is stopped when its warm time is over."
)
