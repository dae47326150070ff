"""The first page: what is live where, what is being rolled out, and how the last deployments ended."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response

from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.environment_view import EnvironmentView
from strandline.vocabulary.errors import NotFoundError
from strandline.vocabulary.service import Service
from strandline.web.answers import page_response
from strandline.web.deployment_page import highest_share
from strandline.web.door import Door

MOST_RECENT = 25


@dataclass(frozen=True, kw_only=True)
class LivePlace:
    """What serves in one environment, and since when."""

    view: EnvironmentView
    since: datetime | None
    last: DeploymentView | None


@dataclass(frozen=True, kw_only=True)
class LiveService:
    """A service and its environments."""

    entry: Service
    places: list[LivePlace]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A deployment that has not ended."""

    view: DeploymentView
    highest: int


def list_pages(door: Door) -> APIRouter:
    """Return the route of the first page."""
    router = APIRouter(include_in_schema=False)
    control_plane = door.app.control_plane

    @router.get("/")
    def overview() -> Response:
        """Show what is live, what runs, and what ended."""
        running = control_plane.deployments(is_open=True)
        return page_response(
            "list.html",
            door=door,
            now=door.app.clock.now(),
            services=[
                LiveService(
                    entry=service.entry, places=[_live(door, place) for place in service.environments]
                )
                for service in control_plane.services()
            ],
            running=[Running(view=view, highest=highest_share(view)) for view in running],
            recent=control_plane.deployments(is_open=False, limit=MOST_RECENT),
        )

    return router


def _live(door: Door, place: EnvironmentView) -> LivePlace:
    brought_by = _deployment(door, place.stable_since)
    return LivePlace(
        view=place,
        since=brought_by.finished_at if brought_by is not None else None,
        last=_deployment(door, place.last),
    )


def _deployment(door: Door, deployment_id: str) -> DeploymentView | None:
    if not deployment_id:
        return None
    try:
        return door.app.control_plane.deployment(deployment_id)
    except NotFoundError:
        return None
