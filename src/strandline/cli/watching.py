"""Watches one rollout to its end: from a terminal as a picture that lives, elsewhere one line an event."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import msgspec
from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from strandline.cli.control_plane_client import ControlPlaneClient, Entry
from strandline.cli.deployment_words import (
    canary_words,
    event_line,
    share_words,
    stage_track,
    state_lines,
    title,
)
from strandline.cli.output import Output, words
from strandline.ledger.record import Record
from strandline.rollout.deployment_fold import fold_deployment
from strandline.rollout.deployment_view import DeploymentView
from strandline.rollout.telling import is_routine
from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.event import says
from strandline.vocabulary.exposure import AnalysisMeasured
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

_EVENTS_SHOWN = 5
_BAR_WIDTH = 30
_REFRESH_PER_SECOND = 4
_AGAIN_AFTER_SECONDS = 0.2


class Source(Protocol):
    """Where a rollout is watched, and what to do when it goes away."""

    @property
    def client(self) -> ControlPlaneClient:
        """The control plane."""
        ...

    def renew(self) -> None:
        """Find another control plane, or raise `UnavailableError`."""
        ...


class Evidence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far the evidence has come: hundredths of the decimal logarithm of e-values."""

    harm_evidence: int = 0
    harm_needed: int = 1
    no_harm_evidence: int = 0
    no_harm_needed: int = 1


class Story:
    """What has been seen of a rollout so far."""

    def __init__(self) -> None:
        self.view: DeploymentView | None = None
        self.evidence: Evidence | None = None
        self.newest: deque[Entry] = deque(maxlen=_EVENTS_SHOWN)

    def add(self, entry: Entry) -> None:
        """Take in one more line of the ledger."""
        record = Record(
            seq=entry.seq,
            recorded_at=entry.recorded_at,
            event=entry.event,
            body=entry.body,
            payload_digest="",
            previous_hash="",
            hash="",
        )
        self.view = fold_deployment(self.view, record)
        measured = says(entry.event, AnalysisMeasured)
        if measured is not None:
            self.evidence = msgspec.convert(measured.verdict, Evidence)
        if not is_routine(entry.event):
            self.newest.append(entry)


def watch_rollout(source: Source, deployment_id: str, output: Output) -> DeploymentView:
    """Show a rollout until it has ended, and return how it did.

    Raises:
        UnavailableError: the control plane went away, and none took its place.
    """
    story = Story()
    with ExitStack() as stack:
        if output.is_terminal:
            began = time.monotonic()
            stack.enter_context(
                Live(
                    get_renderable=lambda: picture(story, time.monotonic() - began),
                    console=output.people,
                    refresh_per_second=_REFRESH_PER_SECOND,
                    transient=True,
                )
            )
        for entry in _entries(source, deployment_id):
            story.add(entry)
            if not output.is_terminal and not is_routine(entry.event):
                output.show(event_line(entry.event))
            if story.view is not None and not story.view.is_open:
                break
    return source.client.deployment(deployment_id)


class _StalledError(UnavailableError):
    """The control plane is there, and cannot go on with the rollout."""


def _entries(source: Source, deployment_id: str) -> Iterator[Entry]:
    def look_whether_it_goes_on() -> None:
        view = source.client.deployment(deployment_id)
        if view.is_stalled:
            what = f"Nothing goes on: {view.problem}"
            remedy = "Users stay where they are. Repair that; a running control plane then goes on by itself."
            raise _StalledError(what, where=deployment_id, remedy=remedy)

    after = 0
    while True:
        try:
            for entry in source.client.follow(deployment_id, after=after, on_silence=look_whether_it_goes_on):
                after = entry.seq
                yield entry
        except _StalledError:
            raise
        except UnavailableError:
            source.renew()
        time.sleep(_AGAIN_AFTER_SECONDS)


def picture(story: Story, elapsed_seconds: float) -> RenderableType:
    """Return what is shown of a rollout while it runs."""
    view = story.view
    if view is None:
        return Spinner("dots", words("Waiting for the first event", "faint"))
    parts: list[RenderableType] = [Spinner("dots", title(view)), Text(), stage_track(view), Text()]
    parts.append(_bars(view, story.evidence))
    parts += state_lines(view)
    parts.append(Text())
    parts += [event_line(entry.event) for entry in story.newest]
    parts.append(words(f"Watched for {_whole_seconds(elapsed_seconds)}. Ctrl-C leaves.", "faint"))
    return Group(*parts)


def _bars(view: DeploymentView, evidence: Evidence | None) -> RenderableType:
    bars = Table.grid(padding=(0, 1))
    bars.add_column(no_wrap=True)
    bars.add_column(no_wrap=True)
    bars.add_column(overflow="fold")
    bars.add_row("Traffic", bar(view.weight_bp, ALL_TRAFFIC_BP, "open"), words(share_words(view)))
    if evidence is not None:
        bars.add_row("Harm", *_evidence(evidence.harm_evidence, evidence.harm_needed, "bad"))
        bars.add_row("No harm", *_evidence(evidence.no_harm_evidence, evidence.no_harm_needed, "good"))
    if view.canary_requests:
        bars.add_row("Canary", Text(), words(canary_words(view)))
    return bars


def _evidence(reached: int, needed: int, style: str) -> tuple[Text, Text]:
    if reached >= needed:
        return bar(1, 1, style), words("shown", style)
    part = max(0, reached) * 100 // needed if needed else 0
    return bar(reached, needed, style), words(f"{part} % of what would show it", "faint")


def bar(part: int, whole: int, style: str) -> Text:
    """Return a bar that is filled as far as `part` is of `whole`; something is never nothing, nor all."""
    share = min(max(part, 0), whole) / whole if whole else 0.0
    filled = round(share * _BAR_WIDTH)
    if 0 < share < 1:
        filled = min(max(filled, 1), _BAR_WIDTH - 1)
    return Text.assemble(words("━" * filled, style), words("─" * (_BAR_WIDTH - filled), "faint"))


def _whole_seconds(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
