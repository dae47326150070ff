"""Tables of many: what is live where, which deployments there were."""

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.table import Table

from strandline.cli.deployment_words import moment, release_words, share_words, standing
from strandline.cli.output import words
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import ServiceView
from strandline.vocabulary.service import LocalTargetPolicy


def table(*headings: str) -> Table:
    """Return an empty table as all commands draw it: no lines, so that it can be cut and searched."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made


def filled_table(headings: Sequence[str], rows: Iterable[Sequence[RenderableType]]) -> Table:
    """Return such a table with its rows; without headings if all of them are empty."""
    made = table(*headings)
    made.show_header = any(headings)
    for row in rows:
        made.add_row(*row)
    return made


def live_table(services: Iterable[ServiceView], open_deployments: Sequence[DeploymentView]) -> RenderableType:
    """Return what each service runs in each environment, and what is moving there."""
    by_id = {view.id: view for view in open_deployments}
    made = table("Service", "Environment", "Serves", "Rollout now")
    for service in services:
        for place in service.environments:
            active = by_id.get(place.active)
            now = f"{active.id}: {share_words(active)}" if active is not None else place.active or "none"
            made.add_row(
                words(place.service),
                words(place.environment),
                words(release_words(place.stable)),
                words(now, "open" if place.active else "faint"),
            )
    return made


def deployments_table(deployments: Iterable[DeploymentView]) -> RenderableType:
    """Return deployments, one a line."""
    made = table("Deployment", "Environment", "Release", "Standing", "Ordered")
    for view in deployments:
        made.add_row(
            words(view.id),
            words(view.environment),
            words(view.release.version),
            standing(view),
            words(moment(view.planned_at), "faint"),
        )
    return made


def services_table(services: Iterable[ServiceView]) -> RenderableType:
    """Return the catalogue: who answers for what, and where its users reach it."""
    made = table("Service", "Owner", "Tier", "Environment", "Reached at", "Serves", "Before")
    for service in services:
        for place in service.environments:
            target = service.entry.environments[place.environment].target
            reached = target.listen if isinstance(target, LocalTargetPolicy) else "own commands"
            before = place.warm or place.before
            warm = ", warm" if place.warm is not None else ""
            made.add_row(
                words(service.entry.name),
                words(service.entry.owner),
                str(service.entry.tier),
                words(place.environment),
                words(reached),
                words(place.stable.version if place.stable is not None else "nothing"),
                words(f"{before.version}{warm}" if before is not None else "", "faint"),
            )
    return made
