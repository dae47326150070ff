"""The page of a survey: a link, seven answers, no name."""

import asyncio
from datetime import timedelta

import httpx
from tests.web.site_trial import SiteTrial

from strandline.assessment.assessor import shipped_model

MODEL = shipped_model()


def opened(trial: SiteTrial) -> str:
    return trial.app.surveys.open(MODEL, [], invited=9, lasts=timedelta(days=7), unit="", actor="ann").id


async def answered(client: httpx.AsyncClient, name: str, score: str = "6") -> httpx.Response:
    return await client.post(f"/survey/{name}", data={each.id: score for each in MODEL.questions})


def test_a_survey_is_answered_once_by_a_browser_and_thanked(trial: SiteTrial) -> None:
    name = opened(trial)

    async def ask() -> None:
        async with trial.client() as client:
            page = await client.get(f"/survey/{name}")
            assert all(each.statement in page.text for each in MODEL.questions)
            assert (await answered(client, name)).status_code == 200
            assert (await answered(client, name)).status_code == 200
            assert "You have answered" in (await client.get(f"/survey/{name}")).text

    asyncio.run(ask())
    assert trial.app.surveys.survey(name, MODEL).answered == 1


def test_what_is_no_answer_is_refused_and_an_unknown_survey_is_not_found(trial: SiteTrial) -> None:
    name = opened(trial)

    async def ask() -> None:
        async with trial.client() as client:
            assert (await answered(client, name, "9")).status_code == 422
            assert (await client.post(f"/survey/{name}", data={"other": "1"})).status_code == 422
            assert (await client.get("/survey/none")).status_code == 404

    asyncio.run(ask())
    assert trial.app.surveys.survey(name, MODEL).answered == 0


def test_it_is_answered_from_elsewhere_under_any_name_of_this_machine(trial: SiteTrial) -> None:
    name = opened(trial)

    async def ask() -> None:
        async with trial.client(host="survey.example") as client:
            assert (await answered(client, name)).status_code == 200

    asyncio.run(ask())


def test_a_survey_that_is_over_says_so(trial: SiteTrial) -> None:
    name = opened(trial)
    trial.clock.advance(timedelta(days=8))

    async def ask() -> None:
        async with trial.client() as client:
            assert "over" in (await client.get(f"/survey/{name}")).text
            assert (await answered(client, name)).status_code == 410

    asyncio.run(ask())
