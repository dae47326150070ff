"""The script that asks from within pages of others: who may have it, what it sends, and what it claims."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI, Response
from playwright.sync_api import Browser, Page, expect
from tests.web.site_trial import SiteTrial, served
from tests.web.test_site_browser import DESK, PHONE, barriers

from strandline.collection.feedback_door import MOST_PER_MINUTE
from strandline.vocabulary.event import says
from strandline.vocabulary.feedback import FeedbackGiven
from strandline.web.feedback_widget import WIDGET


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


async def test_any_page_may_have_the_script_under_any_name_of_this_machine(trial: SiteTrial) -> None:
    async with trial.client(host="feedback.acme.example") as client:
        answer = await client.get(WIDGET)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


async def test_only_what_became_of_an_answer_is_heard_elsewhere(trial: SiteTrial) -> None:
    address, allowed = f"/feedback/{service(trial)}", "access-control-allow-origin"
    async with trial.client(origin="http://127.0.0.1:8440") as client:
        assert (await client.post(address, data={"score": "4"})).headers[allowed] == "*"
        assert (await client.post(address, data={"score": "9"})).headers[allowed] == "*"
        for other in (address, "/", "/feeds", "/api/v1/feeds", "/api/v1/services"):
            assert allowed not in (await client.get(other)).headers
        posted = await client.post(f"/api/v1/services/{service(trial)}/feedback", json={"score": 4})
    assert allowed not in posted.headers


def shop(url: str, body: str, policy: str) -> FastAPI:
    """Return somebody else's site; `{url}` in what its page holds is where Strandline answers."""
    page = (
        "<!doctype html><html lang=en><title>Shop</title><link rel=icon href=data:,>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<main><h1>Shop</h1>{body.replace('{url}', url)}</main></html>"
    )
    site = FastAPI()
    site.state.streams = SimpleNamespace(close=lambda: None)

    @site.get("/")
    def home() -> Response:
        headers = {"content-security-policy": policy} if policy else {}
        return Response(page, media_type="text/html", headers=headers)

    return site


@contextmanager
def embedded(browser: Browser, url: str, body: str, *, policy: str = "", **how: Any) -> Iterator[Page]:
    """Open a page of another origin: another port is one, and a browser lets both be on this machine."""
    context = browser.new_context(**{"viewport": DESK, **how})
    page = context.new_page()
    page.set_default_timeout(10_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        with served(shop(url, body, policy)) as address:
            page.goto(address)
            yield page
        assert faults == []
    finally:
        context.close()


def script(trial: SiteTrial, more: str = "") -> str:
    return f'<script src="{{url}}{WIDGET}" data-service="{service(trial)}" {more} defer></script>'


@pytest.mark.browser
def test_an_answer_is_given_by_keyboard_alone_from_a_page_of_another_site(
    trial: SiteTrial, browser: Browser
) -> None:
    with (
        served(trial.site) as url,
        embedded(browser, url, script(trial, 'data-version="0.9"')) as page,
    ):
        opener = page.get_by_role("button", name="Give feedback")
        opener.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="How content are you")).to_be_visible()
        page.keyboard.press("Space")
        for _ in range(3):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("Quick enough.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("heading", name="Thank you")).to_be_hidden()
        expect(opener).to_be_focused()
        assert page.context.cookies() == []
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    [given] = said(trial)
    assert (given.score, given.words, given.channel, given.version) == (4, "Quick enough.", "widget", "0.9")


@pytest.mark.browser
def test_a_link_of_the_page_opens_it_and_leads_to_the_page_without_scripts(
    trial: SiteTrial, browser: Browser
) -> None:
    link = f'<a href="{{url}}/feedback/{service(trial)}" data-strandline-feedback>Tell us</a>'
    with served(trial.site) as url:
        with embedded(browser, url, link + script(trial)) as page:
            page.get_by_role("link", name="Tell us").click()
            expect(page.get_by_role("dialog")).to_be_visible()
            assert page.get_by_role("button", name="Give feedback").count() == 0
        with embedded(browser, url, link + script(trial), java_script_enabled=False) as page:
            page.get_by_role("link", name="Tell us").click()
            expect(page.get_by_role("heading", level=1)).to_contain_text("How content are you")


@pytest.mark.browser
def test_what_was_not_taken_is_never_thanked_for(trial: SiteTrial, browser: Browser) -> None:
    with served(trial.site) as url, embedded(browser, url, script(trial)) as page:
        for _ in range(MOST_PER_MINUTE):
            page.request.post(f"{url}/feedback/{service(trial)}", form={"score": "3"})
        page.get_by_role("button", name="Give feedback").click()
        page.get_by_role("radio").last.check()
        page.get_by_role("textbox", name="What would you like us to know").fill("Kept?")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text("was not taken")
        page.route(f"{url}/feedback/*", lambda route: route.abort())
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text("not known whether")
        expect(page.get_by_role("heading", name="Thank you")).to_be_hidden()
        expect(page.get_by_role("textbox", name="What would you like us to know")).to_have_value("Kept?")
    assert len(said(trial)) == MOST_PER_MINUTE


@pytest.mark.browser
def test_a_page_that_forbids_inline_styles_and_scripts_can_hold_it(
    trial: SiteTrial, browser: Browser
) -> None:
    with served(trial.site) as url:
        policy = f"default-src 'none'; script-src {url}; connect-src {url}; style-src 'none'; img-src data:"
        with embedded(browser, url, script(trial), policy=policy) as page:
            broken: list[str] = []
            page.on("console", lambda message: broken.append(message.text))
            page.get_by_role("button", name="Give feedback").click()
            page.get_by_role("radio").first.check()
            page.get_by_role("button", name="Send").click()
            expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
            assert broken == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_in_the_dialog(trial: SiteTrial, browser: Browser, scheme: str) -> None:
    with served(trial.site) as url:
        for screen in (PHONE, DESK):
            with embedded(browser, url, script(trial), viewport=screen, color_scheme=scheme) as page:
                assert barriers(page) == []
                page.get_by_role("button", name="Give feedback").click()
                assert barriers(page) == []
                wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert wider <= 0
