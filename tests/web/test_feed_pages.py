"""The pages of the feeds: which was heard, what could not be used, and the bytes themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.web.site_trial import SiteTrial, served
from tests.web.test_site_browser import DESK, PHONE, barriers, visit_quietly

from strandline.vocabulary.feed import Feed

HOSTILE = b'{"alerts": "<script>alert(1)</script>"}'


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[SiteTrial]:
    made = SiteTrial(tmp_path)
    made.rolled_out("1.0.0")
    made.feeds.set_up(Feed(name="alerts", kind="alertmanager", is_open=True), actor="ada")
    made.feeds.set_up(Feed(name="code", kind="github", secrets=("env:HOOK",)), actor="ada")
    made.secrets["env:HOOK"] = b"a secret of the test"
    yield made
    made.close()


async def deliver(trial: SiteTrial) -> None:
    """Deliver something that cannot be used, and something that is forged."""
    async with trial.client() as client:
        assert (await client.post("/intake/alerts", content=HOSTILE)).status_code == 202
        assert (await client.post("/intake/code", content=b"{}")).status_code == 401
    trial.reception.interpret_pending()


async def test_every_feed_is_listed_with_how_it_stands(trial: SiteTrial) -> None:
    await deliver(trial)
    async with trial.client() as client:
        page = (await client.get("/feeds")).text
        found = {each["feed"]["name"]: each for each in (await client.get("/feeds.json")).json()}
    for words in (
        "alerts",
        "code",
        "never heard",
        "refused last because",
        "relied on for deployments, commits",
    ):
        assert words in page
    assert (found["alerts"]["standing"], found["alerts"]["unmapped"]) == ("heard", 1)
    assert (found["code"]["standing"], found["code"]["refused"]) == ("never-heard", 1)


async def test_what_could_not_be_used_leads_to_its_very_bytes_as_text(trial: SiteTrial) -> None:
    await deliver(trial)
    [line] = trial.feeds.unmapped(9)
    async with trial.client() as client:
        page = (await client.get("/feeds/alerts")).text
        assert f"/feeds/payload/{line.payload}" in page
        shown = await client.get(f"/feeds/payload/{line.payload}")
    assert shown.headers["content-type"].startswith("text/html")
    assert "&lt;script&gt;alert(1)" in shown.text
    assert "<script>alert" not in shown.text


async def test_where_nothing_came_nothing_is_called_usable(trial: SiteTrial) -> None:
    async with trial.client() as client:
        for address in ("/feeds", "/feeds/alerts"):
            assert "Nothing has come yet." in (await client.get(address)).text
        await deliver(trial)
        page = (await client.get("/feeds/code")).text
        assert "Nothing has come yet." in page
        assert "Everything that came" not in page


async def test_what_could_not_be_used_long_ago_is_still_said(
    trial: SiteTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deliver(trial)
    monkeypatch.setattr("strandline.web.feed_pages._LOOKED_AT", 0)
    async with trial.client() as client:
        page = (await client.get("/feeds/alerts")).text
    assert "1 things, all of them too long ago" in page
    assert "Everything that came" not in page


@pytest.mark.parametrize("digest", ["0" * 64, "nothing", "..%2f..%2fetc"])
async def test_a_payload_that_is_not_there_is_said_to_be_missing(trial: SiteTrial, digest: str) -> None:
    async with trial.client() as client:
        assert (await client.get(f"/feeds/payload/{digest}")).status_code == 404
        assert (await client.get("/feeds/nobody")).status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_in_feeds_and_feedback(trial: SiteTrial, browser: Browser, scheme: str) -> None:
    service = trial.plane.services()[0].entry.name
    with served(trial.site) as url:
        for address in ("/feeds", "/feeds/alerts", f"/feedback/{service}"):
            for screen in (PHONE, DESK):
                with visit_quietly(
                    browser, url + address, viewport=screen, color_scheme=scheme, bypass_csp=True
                ) as page:
                    assert barriers(page) == [], address
                    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                    assert wider <= 0, address


@pytest.mark.browser
def test_feedback_is_given_by_keyboard_alone(trial: SiteTrial, browser: Browser) -> None:
    service = trial.plane.services()[0].entry.name
    with served(trial.site) as url, visit_quietly(browser, f"{url}/feedback/{service}") as page:
        page.get_by_role("radio").first.focus()
        for _ in range(3):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("Quick enough.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Thank you").wait_for()
