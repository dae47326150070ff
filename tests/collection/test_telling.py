"""What other tools told, in words."""

import pytest
from msgspec.structs import replace
from tests.kpi.told import at, committed, deployed, incident, merged

from strandline.collection.telling import told
from strandline.vocabulary.event import Event
from strandline.vocabulary.pipeline import RunOutcome


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


def test_what_is_told_elsewhere_is_left_to_others() -> None:
    ours = replace(deployed("d7", at(1))[1], source="/strandline/rollout")
    assert told(ours) == ""
