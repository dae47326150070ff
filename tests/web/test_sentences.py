from datetime import UTC, datetime
from typing import Any

import pytest

from strandline.rollout.events_reference import facts
from strandline.vocabulary.deployment import Action, DeploymentPaused, InterventionRequested
from strandline.vocabulary.event import Event, event_of
from strandline.vocabulary.exposure import TrafficShifted
from strandline.web import sentences
from strandline.web.sentences import Tone, sentence_of


def event(**content: Any) -> Event:
    return Event(
        id="1",
        source="/elsewhere",
        type=str(content.pop("type")),
        occurred_at=datetime(2026, 3, 2, tzinfo=UTC),
        subject_id="greeter-1",
        content=dict(content),
    )


def test_every_fact_that_strandline_states_has_a_headline_of_its_own() -> None:
    assert {fact.TYPE for fact in facts()} == set(sentences._HEADLINES)


def test_a_move_of_traffic_says_how_much_and_how_long_it_took() -> None:
    fact = TrafficShifted(digest="a" * 64, weight_bp=2500, because="stage 2", router_version="7", took_ms=12)
    said = sentence_of(event(type=fact.TYPE, digest="a" * 64, weightBp=2500, because="stage 2",
                             routerVersion="7", tookMs=12))  # fmt: skip
    assert said.title == "Traffic moved"
    assert "25% of traffic" in said.words
    assert "12 ms" in said.words


def test_an_event_of_a_stranger_is_named_by_its_type() -> None:
    said = sentence_of(event(type="dev.cdevents.build.finished.0.3.0"))
    assert said.title == "Event of another tool"
    assert said.words.startswith("dev.cdevents.build.finished.0.3.0 happened to")


def test_an_event_with_content_that_is_not_ours_is_said_to_be_unreadable() -> None:
    said = sentence_of(event(type=DeploymentPaused.TYPE, reason=7))
    assert said.tone is Tone.WARNING
    assert said.title == "Cannot be read"


@pytest.mark.parametrize("action", Action, ids=lambda action: action.value)
def test_what_a_person_asked_for_is_told_with_name_and_reason(action: Action) -> None:
    fact = InterventionRequested(action=action, reason="lunch")
    at = datetime(2026, 3, 2, tzinfo=UTC)
    said = sentence_of(event_of(fact, id="1", source="/x", subject_id="g", occurred_at=at, actor="ada"))
    assert said.words.startswith("ada asked ")
    assert "lunch" in said.words
