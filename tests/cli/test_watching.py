"""A rollout that is watched: one line an event, a picture that lives, and a control plane that goes away."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tests.cli.samples import FIVE, NEW, NOON, OLD, PRODUCTION, Page

from strandline.cli.control_plane_client import ControlPlaneClient, Entry
from strandline.cli.watching import Story, bar, picture, watch_rollout
from strandline.ledger.record import Record
from strandline.rollout.deployment_fold import fold_deployment
from strandline.rollout.deployment_view import DeploymentView
from strandline.vocabulary.deployment import (
    DeploymentFinished,
    DeploymentPlanned,
    DeploymentStarted,
    Outcome,
    ReleasePrepared,
    SlotTaken,
)
from strandline.vocabulary.errors import UnavailableError
from strandline.vocabulary.event import Fact, event_of
from strandline.vocabulary.exposure import AnalysisMeasured, StageStarted, TrafficShifted
from strandline.vocabulary.service import Strategy
from strandline.vocabulary.traffic import TrafficState

STATE = TrafficState(observed_at=NOON, epoch="1", stable=None, canary=None)
FACTS: tuple[Fact, ...] = (
    DeploymentPlanned(
        service="greeter",
        environment=PRODUCTION,
        release=NEW,
        previous=OLD,
        strategy=Strategy.CANARY,
        stages=(FIVE,),
    ),
    SlotTaken(holder="greeter-3", turn=1),
    DeploymentStarted(),
    ReleasePrepared(digest=NEW.digest),
    TrafficShifted(digest=NEW.digest, weight_bp=500, because="stage 1", router_version="1", took_ms=4),
    StageStarted(stage=1, planned=FIVE, state=STATE),
    AnalysisMeasured(
        stage=1,
        look=1,
        share_bp=500,
        watched_ms=1000,
        state=STATE,
        measurement={"canary": {"requests": 40, "errors": 2}},
        verdict={
            "answer": "not-enough-evidence",
            "sentence": "Not enough evidence yet.",
            "harmEvidence": 120,
            "harmNeeded": 230,
            "noHarmEvidence": -3,
            "noHarmNeeded": 160,
        },
    ),
    TrafficShifted(digest=NEW.digest, weight_bp=10_000, because="promotion", router_version="2", took_ms=4),
    DeploymentFinished(outcome=Outcome.SUCCEEDED, reason="1.3.0 has all traffic.", was_exposed=True),
)


def entries() -> list[Entry]:
    made = []
    for seq, fact in enumerate(FACTS, start=1):
        event = event_of(
            fact,
            id=f"greeter-3/{seq}",
            source="/strandline/rollout",
            subject_id="greeter-3",
            occurred_at=NOON + timedelta(seconds=seq),
            actor="ann@box",
            chain_id="greeter-3",
        )
        made.append(Entry(seq=seq, recorded_at=NOON, event=event, body=b""))
    return made


def folded(count: int = len(FACTS)) -> Story:
    story = Story()
    for entry in entries()[:count]:
        story.add(entry)
    return story


class Plane(ControlPlaneClient):
    """A control plane that tells a story, and can fall silent in the middle of it."""

    def __init__(self, *, silent_after: int = 10**9) -> None:
        super().__init__("http://127.0.0.1:1", actor="ann@box")
        self.silent_after = silent_after
        self.asked: list[int] = []

    def follow(
        self, deployment_id: str, *, after: int = 0, on_silence: Callable[[], None] = lambda: None
    ) -> Iterator[Entry]:
        self.on_silence = on_silence
        assert deployment_id == "greeter-3"
        self.asked.append(after)
        for entry in entries():
            if entry.seq <= after:
                continue
            if entry.seq > self.silent_after:
                what = "The control plane does not answer."
                raise UnavailableError(what)
            yield entry

    def deployment(self, deployment_id: str) -> DeploymentView:
        assert deployment_id == "greeter-3"
        view = folded().view
        assert view is not None
        return view


class Source:
    def __init__(self, *planes: Plane) -> None:
        self.client: ControlPlaneClient = planes[0]
        self.planes = list(planes)
        self.rest = list(planes[1:])

    def renew(self) -> None:
        if not self.rest:
            what = "None took its place."
            raise UnavailableError(what)
        self.client = self.rest.pop(0)


def test_without_a_terminal_each_noteworthy_event_is_one_line() -> None:
    page = Page()
    view = watch_rollout(Source(Plane()), "greeter-3", page.output)
    assert view.outcome is Outcome.SUCCEEDED
    routine = 2
    assert len(page.lines) == len(FACTS) - routine
    assert page.lines[-1].endswith("Succeeded. 1.3.0 has all traffic.")


def test_under_json_the_lines_go_to_standard_error() -> None:
    page = Page(is_json=True)
    watch_rollout(Source(Plane()), "greeter-3", page.output)
    assert page.stdout.getvalue() == ""
    assert "Succeeded." in page.stderr.getvalue()


def test_a_control_plane_that_goes_away_is_replaced_and_nothing_is_told_twice() -> None:
    page = Page()
    first, second = Plane(silent_after=4), Plane()
    watch_rollout(Source(first, second), "greeter-3", page.output)
    assert (first.asked, second.asked) == ([0], [4])
    assert len(page.lines) == len(set(page.lines)) == len(FACTS) - 2


def test_a_stream_that_ends_before_the_rollout_is_followed_again() -> None:
    class Short(Plane):
        def follow(
            self, deployment_id: str, *, after: int = 0, on_silence: Callable[[], None] = lambda: None
        ) -> Iterator[Entry]:
            for entry in super().follow(deployment_id, after=after, on_silence=on_silence):
                yield entry
                return

    plane = Short()
    watch_rollout(Source(plane), "greeter-3", Page().output)
    assert plane.asked == list(range(len(FACTS)))


def test_a_rollout_that_stands_still_is_said_with_what_to_do() -> None:
    class Stalled(Plane):
        def follow(
            self, deployment_id: str, *, after: int = 0, on_silence: Callable[[], None] = lambda: None
        ) -> Iterator[Entry]:
            del deployment_id, after
            on_silence()
            yield from ()

        def deployment(self, deployment_id: str) -> DeploymentView:
            view = super().deployment(deployment_id)
            return msgspec.structs.replace(view, is_stalled=True, problem="The disk is full.")

    with pytest.raises(UnavailableError, match="Nothing goes on: The disk is full"):
        watch_rollout(Source(Stalled()), "greeter-3", Page().output)


def test_where_none_takes_its_place_that_is_the_error() -> None:
    with pytest.raises(UnavailableError, match="None took its place"):
        watch_rollout(Source(Plane(silent_after=2)), "greeter-3", Page().output)


def test_the_story_is_the_same_fold_as_the_control_planes() -> None:
    story = folded()
    assert story.view is not None
    assert story.view.canary_requests == 40
    assert fold_deployment(None, record_of(entries()[0])) == folded(1).view


def record_of(entry: Entry) -> Record:
    return Record(
        seq=entry.seq,
        recorded_at=entry.recorded_at,
        event=entry.event,
        body=b"",
        payload_digest="",
        previous_hash="",
        hash="",
    )


def drawn(story: Story, *, width: int = 80) -> str:
    console = Console(file=StringIO(), width=width, highlight=False, color_system=None)
    page = Page()
    console.push_theme(page.output.theme)
    with console.capture() as captured:
        console.print(picture(story, 75.0))
    return captured.get()


def test_the_picture_shows_stages_shares_evidence_and_the_newest_events() -> None:
    text = drawn(folded(7))
    for part in (
        "greeter-3  greeter 1.3.0 (bbbbbbbbbbbb) to production",
        "● 1 5% of traffic",
        "Not enough evidence yet.",
        "5% on 1.3.0, 95% on 1.2.0",
        "52 % of what would show it",
        "0 % of what would show it",
        "40 requests, 2 failed (5 %)",
        "Watched for 1 min 15 s",
    ):
        assert part in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_picture_fits_its_terminal(width: int) -> None:
    assert max(len(written) for written in drawn(folded(7), width=width).splitlines()) <= width


def test_before_the_first_event_the_picture_says_that_it_waits() -> None:
    assert "Waiting for the first event" in drawn(Story())


@given(part=st.integers(-10, 10_010), whole=st.integers(0, 10_000))
def test_something_is_never_drawn_as_nothing_nor_as_all(part: int, whole: int) -> None:
    drawn_bar = bar(part, whole, "good").plain
    assert len(drawn_bar) == 30
    if 0 < part < whole:
        assert 0 < drawn_bar.count("━") < 30
