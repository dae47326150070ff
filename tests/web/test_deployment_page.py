import html
import re

import httpx
import pytest
from tests.web.site_trial import SiteTrial

from strandline.rollout.deployment_view import Status
from strandline.vocabulary.deployment import Action, InterventionRequested, Outcome
from strandline.vocabulary.event import says

SPITE = """<script>alert(1)</script><img src=x onerror=alert(2)> " ' {{ 7 * 7 }}"""


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())


async def page_of(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_page_tells_where_a_rollout_stands(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held(reason="Say good evening")
    async with trial.client() as client:
        page = await page_of(client, f"/deployments/{view.id}")
    words = text_of(page)
    for part in (
        "greeter to → production" if "greeter to →" in words else "greeter → production",
        "2.0.0",
        view.release.short_digest,
        "Asked for by ada",
        "Say good evening",
        "Rolling out",
        "Stage 1 of 3: 2.0.0 has 5 % of the traffic",
        "Strandline: the most it ever had is 5 %",
        "harm is shown at 200",
        "production has no change freezes",
        "Look 3 of stage 1",
    ):
        assert part in words, part


async def test_whatever_people_write_is_words_and_never_markup(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held(reason=SPITE)
    trial.plane.intervene(view.id, Action.PROMOTE, actor=f"eve {SPITE}", reason=SPITE)
    async with trial.client() as client:
        for path in (f"/deployments/{view.id}", f"/deployments/{view.id}?looks=all", "/"):
            page = await page_of(client, path)
            assert "<script>alert" not in page
            assert "<img" not in page
            assert "49" not in re.findall(r"' (\d+)", page)
    assert html.escape(SPITE).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in await _page(
        trial, view.id
    )


async def test_a_form_steps_in_and_leads_back_to_the_page(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held()
    async with trial.client() as client:
        token = token_of(await page_of(client, f"/deployments/{view.id}"))
        answer = await client.post(
            f"/deployments/{view.id}/pause", data={"token": token, "reason": "  lunch\n break "}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, f"/deployments/{view.id}")
        trial.stepped.allow(2)
        trial.until(view.id, lambda now: now.status is Status.PAUSED)
        page = text_of(await page_of(client, f"/deployments/{view.id}"))
    asked = [says(record.event, InterventionRequested) for record in trial.desk.events(view.id)]
    assert [fact.reason for fact in asked if fact is not None] == ["lunch break"]
    assert "keeps it until a person decides" in page
    assert "Resume…" in page
    assert "Pause…" not in page


@pytest.mark.parametrize("token", ["", "guessed", "é"])
async def test_a_form_that_our_pages_did_not_make_does_nothing(trial: SiteTrial, token: str) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held()
    async with trial.client() as client:
        answer = await client.post(f"/deployments/{view.id}/abort", data={"token": token})
    assert answer.status_code == 403
    assert trial.desk.deployment(view.id).decided_at is None


async def test_a_form_cannot_do_what_nobody_can(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held()
    async with trial.client() as client:
        token = token_of(await page_of(client, f"/deployments/{view.id}"))
        assert (await client.post(f"/deployments/{view.id}/delete", data={"token": token})).status_code == 404
        assert (await client.post("/deployments/greeter-99/abort", data={"token": token})).status_code == 404
        as_json = await client.post(f"/deployments/{view.id}/abort", json={"token": token})
        assert as_json.status_code == 415


async def test_without_a_script_a_button_leads_to_the_question(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held()
    async with trial.client() as client:
        plain = await page_of(client, f"/deployments/{view.id}")
        asking = await page_of(client, f"/deployments/{view.id}?ask=abort")
    assert not re.search(r"<dialog[^>]* open", plain)
    assert re.findall(r'<dialog id="(ask-\w+)"[^>]* open', asking) == ["ask-abort"]


async def test_after_a_success_the_page_offers_the_way_back_and_takes_it(trial: SiteTrial) -> None:
    first = trial.rolled_out("1.0.0")
    second = trial.rolled_out("1.1.0")
    async with trial.client() as client:
        page = await page_of(client, f"/deployments/{second.id}")
        assert "Return to 1.0.0?" in page
        token = token_of(page)
        answer = await client.post(f"/deployments/{second.id}/roll-back", data={"token": token})
        assert answer.status_code == 303
        back = trial.ended(answer.headers["location"].rsplit("/", 1)[-1])
        again = await client.post(f"/deployments/{second.id}/roll-back", data={"token": token})
    assert (back.outcome, back.release.version) == (Outcome.SUCCEEDED, "1.0.0")
    assert again.status_code == 409, "what the person saw is not so any more"
    assert first.release.version == back.release.version


async def test_a_rollout_that_was_rolled_back_says_why_and_how_fast(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    trial.world.error_rate["1.1.0"] = 0.5
    view = trial.rolled_out("1.1.0")
    words = text_of(await _page(trial, view.id))
    for part in (
        "Rolled back",
        "Harm shown:",
        "Decision to return",
        "All users safe",
        "ended here",
        "not reached",
    ):
        assert part in words, part


async def test_the_looks_have_a_page_of_their_own(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held(looks=5)
    async with trial.client() as client:
        page = await page_of(client, f"/deployments/{view.id}/looks")
    assert page.count('<tr id="look-') == 5


async def test_a_page_of_hundreds_of_looks_stays_small(trial: SiteTrial) -> None:
    trial.rolled_out("1.0.0")
    view = trial.held(looks=400, requests_per_second=1)
    assert len(await _page(trial, view.id)) < 200_000


async def _page(trial: SiteTrial, deployment_id: str) -> str:
    async with trial.client() as client:
        return await page_of(client, f"/deployments/{deployment_id}")
