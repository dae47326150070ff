"""The live page of one deployment, its table of looks, and the forms that people act with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.responses import RedirectResponse

from strandline.rollout.deployment_view import DeploymentView, StageView, Status
from strandline.rollout.environment_view import EnvironmentView
from strandline.vocabulary.deployment import Action, StageKind
from strandline.vocabulary.errors import NotFoundError, RefusedError
from strandline.web.acts import ROLL_BACK, acts_of, can_roll_back
from strandline.web.answers import page_response
from strandline.web.door import Door
from strandline.web.evidence_plot import evidence_plot
from strandline.web.request_body import FormFields, check_form_token
from strandline.web.story import ArmTotal, Stories, Story

MOST_LINES = 60
MOST_LOOKS = 40
MOST_LINES_WITH_LOOKS = 500
_LONGEST_REASON = 500


def deployment_pages(door: Door) -> APIRouter:
    """Return the routes of a deployment's pages."""
    router = APIRouter(include_in_schema=False)
    control_plane = door.app.control_plane
    stories = Stories(control_plane)

    @router.get("/deployments/{id}")
    def live(
        id: str,  # noqa: A002 - the name in the address
        ask: str = "",
        looks: Annotated[str, Query(pattern="^(|all)$")] = "",
    ) -> Response:
        """Show how a deployment goes."""
        view = control_plane.deployment(id)
        place = _place_of(door, view)
        story = stories.of(view.id)
        with_looks = looks == "all"
        return page_response(
            "deployment.html",
            door=door,
            now=door.app.clock.now(),
            view=view,
            highest=highest_share(view),
            acts=acts_of(view, place),
            asked=ask,
            stages=[stage_line(view, stage) for stage in view.stages],
            milestones=milestones(view),
            plot=evidence_plot(story.points),
            looks=list(reversed(story.points[-MOST_LOOKS:])),
            look_count=len(story.points),
            totals=_totals(story),
            story=story,
            with_looks=with_looks,
            lines=story.shown(
                with_looks=with_looks, most=MOST_LINES_WITH_LOOKS if with_looks else MOST_LINES
            ),
        )

    @router.get("/deployments/{id}/looks")
    def looks(id: str) -> Response:  # noqa: A002 - the name in the address
        """Show every look of a deployment as a table: all that the plot is drawn from."""
        view = control_plane.deployment(id)
        return page_response("looks.html", door=door, view=view, looks=stories.of(view.id).points)

    @router.post("/deployments/{id}/{act}")
    def step_in(id: str, act: str, fields: FormFields) -> Response:  # noqa: A002 - the name in the address
        """Do what a person asked for on a deployment's page, and show the page again."""
        check_form_token(fields, door.form_token)
        reason = " ".join(fields.get("reason", "").split())[:_LONGEST_REASON]
        view = control_plane.deployment(id)
        if act == ROLL_BACK:
            shown = _roll_back(door, view, reason)
        elif act in {action.value for action in Action}:
            shown = control_plane.intervene(view.id, Action(act), actor=door.page_actor, reason=reason)
        else:
            what = f"Nobody can “{act}” a deployment."
            raise NotFoundError(what, remedy=f"Known are {', '.join(action.value for action in Action)}.")
        return RedirectResponse(f"/deployments/{shown.id}", status_code=303)

    return router


def _roll_back(door: Door, view: DeploymentView, reason: str) -> DeploymentView:
    """Return to the release before; only if what the person saw is still so."""
    if not can_roll_back(view, _place_of(door, view)):
        what = (
            f"{view.release.version} does not serve in {view.environment} any more, or a rollout runs there."
        )
        raise RefusedError(what, where=view.id, remedy="Look at what serves there now.")
    return door.app.control_plane.rollback(
        view.service, view.environment, actor=door.page_actor, reason=reason
    )


def _place_of(door: Door, view: DeploymentView) -> EnvironmentView | None:
    try:
        service = door.app.control_plane.service(view.service)
    except NotFoundError:
        # Taken out of the catalogue since; its past can still be read.
        return None
    return next((place for place in service.environments if place.environment == view.environment), None)


def highest_share(view: DeploymentView) -> int:
    """Return the largest share of the traffic that the release ever had: the strandline, in basis points."""
    reached = [stage.planned.share_bp for stage in view.stages if stage.started_at is not None]
    if view.first_exposed_at is None:
        return view.weight_bp
    return max([view.weight_bp, *reached])


@dataclass(frozen=True, kw_only=True)
class StageLine:
    """One stage as the track shows it."""

    view: StageView
    state: str
    """`ahead`, `now`, `done`, `stopped`."""
    watched: timedelta
    baked_percent: int
    left: timedelta | None
    """How much watching is left until its deadline; only for the present stage of a judgement."""


def stage_line(view: DeploymentView, stage: StageView) -> StageLine:
    """Return how far a stage is."""
    watched = timedelta(milliseconds=stage.watched_ms)
    bake = stage.planned.bake
    is_now = view.is_open and stage.started_at is not None and stage.ended_at is None
    if stage.started_at is None:
        state = "ahead"
    elif is_now:
        state = "now"
    elif stage.decision == "promote":
        state = "done"
    else:
        state = "stopped"
    # While it is paused no time runs, and when it goes on it has its whole time again.
    is_judged = stage.planned.kind in (StageKind.COMPARED, StageKind.ALL) and view.status is not Status.PAUSED
    left = max(stage.planned.deadline - watched, timedelta()) if is_now and is_judged else None
    return StageLine(
        view=stage,
        state=state,
        watched=watched,
        baked_percent=round(100 * min(watched / bake, 1)) if bake else 100,
        left=left,
    )


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """A moment of a deployment, and how long after the one before it came."""

    label: str
    at: datetime | None
    after: timedelta | None


def milestones(view: DeploymentView) -> list[Milestone]:
    """Return the moments that count, in order; those of a return only where there was one."""
    moments: list[tuple[str, datetime | None]] = [
        ("Asked for", view.planned_at),
        ("First exposure", view.first_exposed_at),
    ]
    if view.decided_at is not None:
        moments.append(("Decision to return", view.decided_at))
    if view.safe_at is not None or (view.decided_at is not None and view.first_exposed_at is not None):
        moments.append(("All users safe", view.safe_at))
    moments.append(("Ended", view.finished_at))
    found: list[Milestone] = []
    before: datetime | None = None
    for label, at in moments:
        after = at - before if at is not None and before is not None else None
        found.append(Milestone(label=label, at=at, after=after))
        before = at or before
    return found


@dataclass(frozen=True, kw_only=True)
class StageTotal:
    """What was counted of both arms in one stage."""

    stage: int
    share_bp: int
    total: ArmTotal


def _totals(story: Story) -> list[StageTotal]:
    shares = {point.stage: point.share_bp for point in story.points}
    return [
        StageTotal(stage=stage, share_bp=shares[stage], total=total)
        for stage, total in sorted(story.totals.items())
    ]
