"""`strandline plan`: what a deployment would do, before anybody starts it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import RenderableType
from rich.text import Text

from strandline.cli.connection import planning
from strandline.cli.deployment_words import gate_line, release_words
from strandline.cli.output import line, words
from strandline.cli.overview_words import table
from strandline.cli.service_file import catalogue_service, release_argument
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden
from strandline.rollout.order import DeploymentOrder
from strandline.rollout.plan_view import PlanView
from strandline.rollout.telling import stage_words
from strandline.rollout.units import duration_text, share_text
from strandline.vocabulary.errors import RefusedError

_COMMITS_SHOWN = 10


def plan(
    service: str,
    release: str,
    /,
    *,
    to: Annotated[str, Parameter(metavar="ENV")],
    emergency: Annotated[bool, Parameter(negative=())] = False,
    reason: str = "",
    file: Path | None = None,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say what deploy would do, and what stands in its way. Nothing is deployed.

    The release is stored and the service's file is read, as deploy would; no traffic moves. The exit code
    is 1 if something stands in the way.

    Args:
        service: The service's name.
        release: A release folder; or the version or the first digits of the digest of a known release.
        to: The environment to deploy to.
        emergency: An emergency change: it passes a change freeze. Needs a reason.
        reason: Why, in a few words.
        file: The service's strandline.yaml. By default the one in this folder, or the one in the release
            folder or above it.
        common: What every command takes.
        session: This run of the command line.
    """
    with planning(session, common) as planner:
        catalogue_service(planner, session, service=service, release=release, file=file)
        order = DeploymentOrder(
            service=service,
            environment=to,
            release=release_argument(session, release),
            is_emergency=emergency,
            reason=reason,
        )
        with session.output.working("Storing the release, and making the plan"):
            view = planner.plan(order)
    session.output.result(view, *_shown(view))
    return RefusedError.exit_code if view.blocked_by else 0


def _shown(view: PlanView) -> list[RenderableType]:
    heading = line(
        words(view.service, "bold"),
        f" {release_words(view.release)} to {view.environment}, ",
        view.strategy.value,
    )
    instead = f"It would take over from {release_words(view.previous)}." if view.previous else _FIRST
    shown: list[RenderableType] = [heading, words(instead)]
    shown += _changes(view)
    stages = table("Stage", "What happens")
    for number, stage in enumerate(view.stages, start=1):
        stages.add_row(str(number), words(stage_words(stage)))
    shown += [Text(), stages, Text(), words(_rules(view), "faint")]
    shown += [gate_line(gate) for gate in view.gates]
    if view.waits_for:
        shown.append(
            line(words("Waits  ", "wait"), f"{view.waits_for} is running; its turn comes after that.")
        )
    shown += [line(words("Blocked  ", "bad"), reason) for reason in view.blocked_by]
    if not view.blocked_by:
        shown.append(words("Nothing stands in the way.", "good"))
    return shown


_FIRST = "Nothing serves there yet: this is the first release, and there is nothing to compare it with."


def _changes(view: PlanView) -> list[Text]:
    if view.changes is None:
        return [words("Which commits it brings is not known.", "faint")]
    shown = [
        line(words(f"  {commit.id[:10]}  ", "faint"), f"{commit.subject} ({commit.author})")
        for commit in view.changes
    ]
    rest = len(shown) - _COMMITS_SHOWN
    more = [words(f"  and {rest} more", "faint")] if rest > 0 else []
    noun = "commit" if len(shown) == 1 else "commits"
    return [words(f"It brings {len(shown)} {noun}{':' if shown else '.'}"), *shown[:_COMMITS_SHOWN], *more]


def _rules(view: PlanView) -> str:
    errors = view.policy.errors
    warm = view.policy.keep_previous_warm
    return (
        "Rolled back if more requests fail than at the release before, beyond chance (wrong once in "
        f"{_once_in(errors.harm_alpha_bp)}), or more than {share_text(errors.ceiling_bp)} of them. At a "
        f"stage's deadline without proof: {view.policy.when_undecided.value}. The release before stays "
        f"warm for {duration_text(warm - warm % timedelta(milliseconds=1))}."
    )


def _once_in(alpha_bp: int) -> str:
    return f"{10_000 // alpha_bp:,}"
