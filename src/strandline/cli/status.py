"""`strandline status`: what is live where, and how a rollout goes."""

from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.text import Text

from strandline.cli.connection import asking, running, warn_if_nobody_works
from strandline.cli.control_plane_client import ControlPlaneClient
from strandline.cli.deployment_words import details, event_line, exit_code
from strandline.cli.output import words
from strandline.cli.overview_words import deployments_table, live_table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, Session
from strandline.cli.watching import watch_rollout
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import ServiceView
from strandline.rollout.telling import is_routine
from strandline.vocabulary.errors import UnavailableError

_NEWEST = 10


class Overview(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `strandline status --json` writes."""

    services: list[ServiceView]
    deployments: list[DeploymentView]
    """The newest ones, newest first."""


def status(
    deployment: str = "",
    /,
    *,
    service: str = "",
    watch: Annotated[bool, Parameter(negative=())] = False,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say what is live where and which rollouts there were; or everything about one.

    Args:
        deployment: A deployment, such as greeter-7; left out, it is an overview.
        service: Only this service, in the overview.
        watch: Show how the deployment goes until it has ended. The exit code is then how it ended.
        common: What every command takes.
        session: This run of the command line.
    """
    if deployment and watch:
        return _watch(deployment, common, session)
    with asking(session, common) as desk:
        if deployment:
            view = desk.deployment(deployment)
            happened = [
                event_line(told.event) for told in desk.events(deployment) if not is_routine(told.event)
            ]
            session.output.result(view, details(view), Text(), *happened)
            if view.is_open:
                warn_if_nobody_works(session, common)
            return 0
        services = [desk.service(service)] if service else desk.services()
        running_now = desk.deployments(service=service, is_open=True)
        newest = desk.deployments(service=service, limit=_NEWEST)
    session.output.result(
        Overview(services=services, deployments=newest),
        live_table(services, running_now) if services else words("No service is known yet."),
        Text(),
        deployments_table(newest) if newest else words("Nothing was deployed yet.", "faint"),
    )
    if running_now:
        warn_if_nobody_works(session, common)
    return 0


def _watch(deployment_id: str, common: Common, session: Session) -> int:
    with asking(session, common) as desk:
        view = desk.deployment(deployment_id)
    if view.is_open:
        with running(session, common) as client:
            session.if_interrupted = "The rollout goes on in the control plane."
            view = watch_rollout(_Steady(client), deployment_id, session.output)
    session.output.result(view, details(view))
    return exit_code(view)


class _Steady:
    """A control plane that is only watched: nothing takes its place."""

    def __init__(self, client: ControlPlaneClient) -> None:
        self.client = client

    def renew(self) -> None:
        """Ask again; if it went away, say so."""
        try:
            self.client.health()
        except UnavailableError as error:
            what = "The control plane went away; the rollout waits for it, at its present share."
            raise UnavailableError(
                what, where=error.where, remedy="`strandline serve` takes it up."
            ) from error
