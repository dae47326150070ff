"""The pages of the maturity: from seven measures down to the event that proves one."""

import asyncio
import json
from datetime import timedelta

import pytest
from tests.maturity.practised import NOW, events
from tests.web.site_trial import SiteTrial

from strandline.vocabulary.ambition import LevelTargetSet


def told(trial: SiteTrial) -> SiteTrial:
    """Record a quarter of a well-kept practice, as of its end."""
    trial.clock.advance(NOW + timedelta(hours=1) - trial.clock.now())
    trial.ledger.append(events())
    return trial


@pytest.fixture
def place(trial: SiteTrial) -> SiteTrial:
    return told(trial)


def get(trial: SiteTrial, address: str) -> tuple[int, str, str]:
    async def ask() -> tuple[int, str, str]:
        async with trial.client() as client:
            answer = await client.get(address)
        return answer.status_code, answer.text, answer.headers["content-type"]

    return asyncio.run(ask())


def test_the_first_screen_says_it_in_sentences_and_each_measure_in_words(place: SiteTrial) -> None:
    target = LevelTargetSet(level=4, due_on=place.clock.now().date() + timedelta(days=90), owner="ann")
    place.app.level_targets.set_target("TO", target, actor="ann")
    status, page, _ = get(place, "/maturity")
    assert status == 200
    for words in (
        "Of 110 criteria,",
        "Tools and Automation",
        "target 4 by",
        "What would take the least",
        "cannot be seen yet",
    ):
        assert words in page
    head = place.ledger.head()
    assert head.hash[:16] in page


def test_a_criterion_opens_to_its_numbers_and_its_events_to_their_record(place: SiteTrial) -> None:
    status, page, _ = get(place, "/maturity/pi")
    assert status == 200
    assert "Process Integration" in page
    assert 'id="PI2.1"' in page
    found = json.loads(get(place, "/api/v1/assessment")[1])
    criteria = [each for measure in found["measures"] for each in measure["criteria"]]
    event = next(each["events"][0] for each in criteria if each["events"])
    status, shown, _ = get(place, f"/maturity/events/{event}")
    assert status == 200
    assert event in shown
    assert "as record" in shown


def test_what_is_not_there_is_said_with_what_is(place: SiteTrial) -> None:
    assert get(place, "/maturity/XX")[0] == 404
    assert "PM" in get(place, "/maturity/XX")[1]
    assert get(place, "/maturity/events/no-such")[0] == 404
    assert get(place, "/maturity?unit=nobody")[0] == 404
    for at in ("yesterday", "0001-01-01", "9999-12-31"):
        assert get(place, f"/maturity?at={at}")[0] == 422, at


def test_it_can_be_taken_away_in_each_form(place: SiteTrial) -> None:
    assert get(place, "/maturity.csv")[1].startswith("measure,level,criterion")
    assert json.loads(get(place, "/maturity.sarif")[1])["version"] == "2.1.0"
    assert "assessment-results" in json.loads(get(place, "/maturity.oscal.json")[1])
    assert len(json.loads(get(place, "/maturity.json")[1])["measures"]) == 7


def test_an_empty_ledger_is_not_assessed_and_not_bad(trial: SiteTrial) -> None:
    status, page, _ = get(trial, "/maturity")
    assert status == 200
    assert "Nothing is known of production deployments yet" in page
    assert "refuted</span>" not in page
