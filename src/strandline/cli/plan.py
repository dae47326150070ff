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
from strandline.rollout.plan_view import PlanView, StagePowerView, TrafficView
from strandline.rollout.telling import stage_words
from strandline.rollout.units import duration_text, parse_rate, parse_share, share_text
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
    traffic: Annotated[str, Parameter(metavar="RATE")] = "",
    base_errors: Annotated[str, Parameter(metavar="SHARE")] = "",
    power: Annotated[str, Parameter(metavar="SHARE")] = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say what deploy would do, and what stands in its way. Nothing is deployed.

    The release is stored and the service's file is read, as deploy would; no traffic moves. The exit code
    is 1 if something stands in the way.

    Each guard's power is told for each stage: the smallest change that it would see, how soon, and how many
    requests meet the release until then; and by when a release without any change would pass. A stage that
    cannot decide by its deadline is flagged.

    Args:
        service: The service's name.
        release: A release folder; or the version or the first digits of the digest of a known release.
        to: The environment to deploy to.
        emergency: An emergency change: it passes a change freeze. Needs a reason.
        reason: Why, in a few words.
        file: The service's strandline.yaml. By default the one in this folder, or the one in the release
            folder or above it.
        traffic: How many requests there are: 20/min, 5/s or 300/h. By default as earlier rollouts measured.
        base_errors: Which share of them fails as a rule, such as 0.5%. By default as measured.
        power: With which chance a change is to be seen and a good release is to pass. By default 90%; if
            stated, the shortest deadline that reaches it is told for each stage.
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
            requests_per_hour=parse_rate(traffic) if traffic else None,
            base_errors_bp=parse_share(base_errors) if base_errors else None,
            power_bp=parse_share(power) if power else None,
        )
        with session.output.working("Storing the release, and making the plan"):
            view = planner.plan(order)
    session.output.result(view, *shown(view, has_wish=bool(power)))
    return RefusedError.exit_code if view.blocked_by else 0


def shown(view: PlanView, *, has_wish: bool) -> list[RenderableType]:
    """Return a plan for people.

    Args:
        view: the plan.
        has_wish: whether a power was wanted: then the shortest deadlines that reach it are shown.
    """
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
    shown += [Text(), stages, Text(), *_power(view, has_wish=has_wish), words(_rules(view), "faint")]
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


def _power(view: PlanView, *, has_wish: bool) -> list[RenderableType]:
    """Return what each guard can see in each stage."""
    traffic = view.traffic
    if traffic is None:
        return []
    if traffic.requests_per_second is None:
        return [line("What this plan would see is ", words(f"{traffic.origin}.", "wait")), Text()]
    wish = ("Shortest deadline",) if has_wish else ()
    made = table(
        "Stage", "Guard", "Sees from", "Power", "In", "Exposing", "A good release passes in", *wish, ""
    )
    for row in view.power:
        # What no stage waits for is told, and not flagged.
        is_flagged = row.is_awaited and not row.can_decide
        flag = f"cannot decide: {row.what_could}" if is_flagged else row.what_could
        shortest = duration_text(row.shortest) if row.shortest is not None else "none"
        made.add_row(
            str(row.stage),
            words(row.guard),
            words(row.sees_from),
            words(_percent(row.power_bp) if row.sees_in is not None else ""),
            words(duration_text(row.sees_in) if row.sees_in is not None else ""),
            words(f"{row.exposed_requests:,} requests" if row.exposed_requests is not None else ""),
            words(_passes(row)),
            *([words(shortest)] if has_wish else []),
            words(flag, "wait" if is_flagged else "faint"),
        )
    return [words(_traffic(traffic)), made, *([words(traffic.note, "faint")] if traffic.note else []), Text()]


def _passes(row: StagePowerView) -> str:
    if row.sees_from == "unknown":
        return ""
    chance = f"{_percent(row.pass_power_bp)} by the deadline"
    return f"{duration_text(row.passes_in)}, {chance}" if row.passes_in is not None else chance


def _percent(share_bp: int) -> str:
    """Return a chance as far as it is known: it was counted on some dozens of rollouts."""
    return f"{round(share_bp / 100)}%"


def _traffic(traffic: TrafficView) -> str:
    rate, unit = traffic.requests_per_second or 0.0, "second"
    if rate < 1:
        rate, unit = rate * 60, "minute"
    base = traffic.base_error_share
    failing = f", of which {100 * base:.3g} % fail" if base is not None else ""
    count = f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"  # noqa: PLR2004 - three digits, either way
    return f"With {count} requests a {unit}{failing} ({traffic.origin}):"


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
