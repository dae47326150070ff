"""What other tools told, in words."""

import pytest
from msgspec.structs import replace
from tests.kpi.told import at, committed, deployed, incident, merged

from strandline.collection.feeds import SOURCE
from strandline.collection.telling import told
from strandline.vocabulary.event import Event, Fact, event_of
from strandline.vocabulary.pipeline import RunOutcome
from strandline.vocabulary.reading import (
    ReadingAdvanced,
    ReadingFailed,
    ReadingFinished,
    ReadingOrdered,
)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            deployed("d7", at(1), commit="f" * 40)[0],
            "A deployment of shop in production began: ffffffffffff.",
        ),
        (
            deployed("d7", at(1), outcome=RunOutcome.FAILURE)[1],
            "The deployment of shop in production ended, failure.",
        ),
        (deployed("d7", at(1))[1], "shop in production runs pkg:generic/shop@d7."),
        (incident("i1", at(1))[0], "An incident of shop in production was detected."),
        (merged(3, "c", at(0), at(1))[0], "Pull request 3 of https://git.example/shop was opened, by ada."),
        (committed("c", at(1), subject="Mend it"), "Ada committed 630000000000: Mend it"),
    ],
)
def test_an_event_of_another_tool_is_one_sentence(event: Event, words: str) -> None:
    assert told(event) == words


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (
            ReadingOrdered(feed="code", from_at=at(0), to_at=at(7)),
            "The source of code is asked for what it has, by ada.",
        ),
        (
            ReadingAdvanced(feed="code", stream="acme/shop runs", page=2, new=9),
            "Page 2 of acme/shop runs became 9 new events.",
        ),
        (
            ReadingFinished(feed="code", from_at=at(0), to_at=at(7), new=9),
            "The source of code was read to the end: 9 new events.",
        ),
        (
            ReadingFailed(feed="code", what="The server refuses us (401)."),
            "The source of code could not be read to the end: The server refuses us (401).",
        ),
    ],
)
def test_a_reading_is_told_as_it_goes(fact: Fact, words: str) -> None:
    event = event_of(fact, id="1", source=SOURCE, subject_id="r", occurred_at=at(0), actor="ada")
    assert told(event) == words


def test_what_is_told_elsewhere_is_left_to_others() -> None:
    ours = replace(deployed("d7", at(1))[1], source="/strandline/rollout")
    assert told(ours) == ""
