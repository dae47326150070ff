"""The page that asks users, what takes their answers, and who may send them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.site_trial import SiteTrial

from strandline.vocabulary.event import says
from strandline.vocabulary.feedback import FeedbackGiven


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[SiteTrial]:
    made = SiteTrial(tmp_path)
    made.rolled_out("1.0.0")
    yield made
    made.close()


def service(trial: SiteTrial) -> str:
    return trial.plane.services()[0].entry.name


def said(trial: SiteTrial) -> list[FeedbackGiven]:
    found = (says(record.event, FeedbackGiven) for record in trial.ledger.read())
    return [each for each in found if each is not None]


async def test_an_answer_from_the_page_is_recorded_with_the_release_that_serves(trial: SiteTrial) -> None:
    address = f"/feedback/{service(trial)}"
    async with trial.client() as client:
        page = (await client.get(address)).text
        assert "How content are you" in page
        thanks = await client.post(address, data={"score": "4", "words": "Quick."})
    assert "Thank you" in thanks.text
    [given] = said(trial)
    assert (given.score, given.words, given.channel, given.version) == (4, "Quick.", "link", "1.0.0")
    assert thanks.headers.get("set-cookie") is None


async def test_a_form_on_any_page_may_send_here_under_any_name_of_this_machine(trial: SiteTrial) -> None:
    headers = {"host": "feedback.acme.example", "origin": "https://shop.acme.example"}
    async with trial.client() as client:
        data = {"score": "2", "channel": "widget", "version": "0.9"}
        answer = await client.post(f"/feedback/{service(trial)}", data=data, headers=headers)
    assert answer.status_code == 200
    assert [(each.channel, each.version) for each in said(trial)] == [("widget", "0.9")]


@pytest.mark.parametrize("score", ["", "0", "6", "five", "٣", "11"])
async def test_what_is_no_score_is_refused_with_what_to_do(trial: SiteTrial, score: str) -> None:
    async with trial.client() as client:
        answer = await client.post(f"/feedback/{service(trial)}", data={"score": score})
    assert answer.status_code == 422
    assert said(trial) == []


async def test_a_program_that_fills_in_everything_is_thanked_and_not_heard(trial: SiteTrial) -> None:
    async with trial.client() as client:
        data = {"score": "5", "website": "http://spam.example"}
        assert "Thank you" in (await client.post(f"/feedback/{service(trial)}", data=data)).text
    assert said(trial) == []


async def test_a_service_that_nobody_knows_is_not_asked_about(trial: SiteTrial) -> None:
    async with trial.client() as client:
        page = await client.get("/feedback/nobody")
        assert page.status_code == 404
        assert service(trial) not in page.text


async def test_words_are_shown_as_words_on_the_page_of_the_figure(trial: SiteTrial) -> None:
    async with trial.client() as client:
        await client.post(
            f"/feedback/{service(trial)}", data={"score": "1", "words": "<script>alert(1)</script>"}
        )
        page = (await client.get("/kpi/user-satisfaction")).text
    assert "<script>alert" not in page


async def test_programs_have_a_route_of_their_own(trial: SiteTrial) -> None:
    async with trial.client() as client:
        address = f"/api/v1/services/{service(trial)}/feedback"
        taken = await client.post(address, json={"score": 5, "words": "Good"})
        wrong = await client.post(address, json={"score": 50})
    assert (taken.status_code, taken.json()["version"]) == (201, "1.0.0")
    assert wrong.status_code == 422
