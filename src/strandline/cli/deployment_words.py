"""One deployment in words: where it stands, how its stages went, and how it ended."""

from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from strandline.cli.output import line, words
from strandline.collection.telling import told as told_of_others
from strandline.performance.telling import told as told_of_figures
from strandline.rollout.deployment_view import DeploymentView, GateView, StageView, Status
from strandline.rollout.telling import sentence, stage_words
from strandline.rollout.units import share_text
from strandline.vocabulary.deployment import DeploymentKind, Outcome
from strandline.vocabulary.errors import RefusedError, UnavailableError
from strandline.vocabulary.event import Event
from strandline.vocabulary.release import Release
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP
from strandline.vocabulary.verdict import AnalysisAnswer, GateAnswer

_OUTCOMES = {
    Outcome.SUCCEEDED: ("✓ succeeded", "good"),
    Outcome.ROLLED_BACK: ("✗ rolled back", "bad"),
    Outcome.ABORTED: ("✗ aborted", "bad"),
    Outcome.REFUSED: ("✗ refused", "bad"),
    Outcome.FAILED: ("✗ failed", "bad"),
}
_STATUSES = {
    Status.WAITING: ("○ waiting", "wait"),
    Status.PREPARING: ("◐ preparing", "open"),
    Status.ROLLING_OUT: ("● rolling out", "open"),
    Status.PAUSED: ("‖ paused", "wait"),
    Status.ROLLING_BACK: ("◀ rolling back", "bad"),
    Status.FINISHED: ("finished", ""),
}
_ANSWERS = {
    AnalysisAnswer.HARM_SHOWN: "bad",
    AnalysisAnswer.NO_HARM_SHOWN: "good",
    AnalysisAnswer.NOT_ENOUGH_EVIDENCE: "faint",
}
_GATES = {GateAnswer.PASS: "good", GateAnswer.NOT_APPLICABLE: "faint"}


def standing(view: DeploymentView) -> Text:
    """Return where it stands, in a mark and a word or two."""
    if view.outcome is not None:
        mark, style = _OUTCOMES[view.outcome]
    else:
        mark, style = _STATUSES[view.status]
    return words(mark, style)


def exit_code(view: DeploymentView) -> int:
    """Return the exit code of a command that saw this deployment to its end."""
    if view.outcome is Outcome.SUCCEEDED:
        return 0
    return UnavailableError.exit_code if view.was_unavailable else RefusedError.exit_code


def release_words(release: Release | None) -> str:
    """Return a release's version and digest."""
    return f"{release.version} ({release.short_digest})" if release is not None else "nothing"


def moment(at: datetime | None) -> str:
    """Return a moment in the time zone of whoever reads it."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at is not None else ""


def time_of_day(at: datetime) -> str:
    """Return the time of a moment, where its date is known."""
    return f"{at.astimezone():%H:%M:%S}"


def event_words(event: Event) -> str:
    """Return what an event says, on one line: a problem may have come with lines of its own."""
    return " ".join((told_of_others(event) or told_of_figures(event) or sentence(event)).split())


def event_line(event: Event) -> Text:
    """Return one event with its time of day."""
    return line(words(time_of_day(event.occurred_at), "faint"), f"  {event_words(event)}")


def lasting(duration: timedelta) -> str:
    """Return how long something took, as a person says it: `340 ms`, `14.2 s`, `3 min 20 s`."""
    milliseconds = max(0, duration // timedelta(milliseconds=1))
    seconds = milliseconds // 1000
    if seconds < 1:
        return f"{milliseconds} ms"
    if seconds < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{milliseconds / 1000:.1f} s"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def title(view: DeploymentView) -> Text:
    """Return which deployment it is and where it stands, in one line."""
    return line(
        words(view.id, "bold"),
        f"  {view.service} {release_words(view.release)} to {view.environment}  ",
        standing(view),
    )


def order_words(view: DeploymentView) -> str:
    """Return who ordered what, and why."""
    kind = "Rollback" if view.kind is DeploymentKind.ROLLBACK else view.strategy.value.capitalize()
    emergency = ", an emergency change" if view.is_emergency else ""
    instead = f", from {release_words(view.previous)}" if view.previous is not None else ", the first release"
    reason = f": {view.reason}" if view.reason else "."
    changes = "" if view.changes is None else f" It brings {_counted(len(view.changes), 'commit')}."
    who = view.requested_by or "somebody"
    return f"{kind}{emergency}{instead}; ordered by {who} at {moment(view.planned_at)}{reason}{changes}"


def details(view: DeploymentView) -> RenderableType:
    """Return everything about one deployment."""
    parts: list[RenderableType] = [title(view), words(order_words(view), "faint")]
    parts += [gate_line(gate) for gate in view.gates]
    parts += [Text(), stage_track(view)]
    if view.canary_requests:
        parts.append(line("Canary: ", canary_words(view)))
    parts += state_lines(view)
    if view.outcome is not None:
        parts += [Text(), ending(view)]
    return Group(*parts)


def state_lines(view: DeploymentView) -> list[Text]:
    """Return what stands in the way right now; nothing where nothing does."""
    lines = []
    if view.pause_reason:
        lines.append(line(words("Paused  ", "wait"), view.pause_reason))
    if view.problem:
        lines.append(line(words("Problem  ", "bad"), view.problem))
    if view.disturbances:
        count = len(view.disturbances)
        shown = f" ({_counted(count, 'disturbance')} so far)" if count > 1 else ""
        lines.append(line(words("Disturbed  ", "wait"), f"{view.disturbances[-1]}{shown}"))
    return lines


def stage_track(view: DeploymentView) -> RenderableType:
    """Return the stages: which are over, which one it is in, and what the evidence said in each."""
    track = Table.grid(padding=(0, 1))
    track.add_column(no_wrap=True)
    track.add_column(overflow="fold")
    current = view.stage if view.is_open else None
    for stage in view.stages:
        mark, style = _stage_mark(view, stage, is_current=stage is current)
        watched = f", watched {lasting(timedelta(milliseconds=stage.watched_ms))}" if stage.watched_ms else ""
        track.add_row(words(f"{mark} {stage.number}", style), words(f"{stage_words(stage.planned)}{watched}"))
        if stage.sentence:
            said = _ANSWERS[stage.answer] if stage.answer is not None else "faint"
            track.add_row("", words(stage.sentence, said))
    return Padding(track, (0, 0, 0, 1))


def _stage_mark(view: DeploymentView, stage: StageView, *, is_current: bool) -> tuple[str, str]:
    if stage.decision == "promote":
        return "✓", "good"
    if stage.decision == "roll-back":
        return "✗", "bad"
    if is_current:
        return ("‖", "wait") if view.status is Status.PAUSED else ("●", "open")
    if stage.started_at is not None:
        return "■", "bad" if view.outcome is not Outcome.SUCCEEDED else "good"
    return "·", "faint"


def gate_line(gate: GateView) -> Text:
    """Return what a gate said."""
    style = _GATES.get(gate.answer, "bad")
    return line(
        f"Gate {gate.gate}: ", words(gate.answer.value.replace("-", " "), style), f". {gate.sentence}"
    )


def share_words(view: DeploymentView) -> str:
    """Return who has which share of the traffic."""
    if view.weight_bp in (0, ALL_TRAFFIC_BP) or view.previous is None:
        return f"{share_text(view.weight_bp)} on {view.release.version}"
    rest = share_text(ALL_TRAFFIC_BP - view.weight_bp)
    return f"{share_text(view.weight_bp)} on {view.release.version}, {rest} on {view.previous.version}"


_NO_REQUESTS = "No request was counted at the release."


def canary_words(view: DeploymentView) -> str:
    """Return what the release was asked, and how often it failed; it was asked at least once."""
    share = 100 * view.canary_errors / view.canary_requests
    return f"{view.canary_requests:,} requests, {view.canary_errors:,} failed ({share:.2g} %)"


def ending(view: DeploymentView) -> Text:
    """Return how it ended, in one paragraph: outcome, reason, times, and what users had of it."""
    reason = " ".join(view.outcome_reason.split())
    parts: list[str | Text] = [standing(view), f"  {reason}"]
    first = view.first_exposed_at
    if first is None:
        parts.append(" No user met the release.")
        return line(*parts)
    if view.decided_at is not None and view.safe_at is not None:
        decided, safe = lasting(view.decided_at - first), lasting(view.safe_at - view.decided_at)
        parts.append(
            f" The first user could meet it at {time_of_day(first)}; it was decided {decided} later, "
            f"and all traffic was safe {safe} after that."
        )
    elif view.finished_at is not None:
        took = lasting(view.finished_at - first)
        parts.append(f" The first user could meet it at {time_of_day(first)}; it was over {took} later.")
    counted = f"Counted at the release: {canary_words(view)}." if view.canary_requests else _NO_REQUESTS
    parts.append(f" {counted}")
    return line(*parts)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
