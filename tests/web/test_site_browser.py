"""The pages in a real browser: live without a reload, by keyboard, on a phone, and without barriers."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.site_trial import SiteTrial, served

from strandline.rollout.deployment_view import DeploymentView, Status

pytestmark = pytest.mark.browser

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def rollout(trial: SiteTrial) -> DeploymentView:
    """Return a rollout in the middle of its first stage, after one that succeeded and one that did not."""
    trial.rolled_out("1.0.0")
    trial.world.error_rate["1.1.0"] = 0.5
    trial.rolled_out("1.1.0", reason="Faster start")
    return trial.held("2.0.0", looks=5, reason="Say good evening after six")


@pytest.fixture
def url(trial: SiteTrial, rollout: DeploymentView) -> Iterator[str]:
    del rollout
    with served(trial.site) as address:
        yield address


@contextmanager
def visit(browser: Browser, address: str, **how: Any) -> Iterator[Page]:
    """Visit a page, and let nothing pass that it complains about or asks of another host."""
    complaints: list[str] = []
    hosts: set[str | None] = set()
    context = browser.new_context(**{"viewport": DESK, **how})
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    try:
        page.goto(address)
        yield page
        expected = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "status of 409", "ERR_EMPTY")
        assert not [words for words in complaints if not any(part in words for part in expected)]
        assert hosts == {"127.0.0.1"}
    finally:
        context.close()


def be_live(page: Page) -> None:
    expect(page.locator("#live")).to_have_text("Live")
    page.evaluate("window.sameDocument = true")


def is_same_document(page: Page) -> bool:
    return bool(page.evaluate("window.sameDocument === true"))


def test_the_page_follows_the_rollout_without_a_reload(
    trial: SiteTrial, browser: Browser, url: str, rollout: DeploymentView
) -> None:
    with visit(browser, f"{url}/deployments/{rollout.id}") as page:
        be_live(page)
        expect(page.locator("#stage-1")).to_contain_text("5 looks")
        trial.stepped.allow(3)
        expect(page.locator("#stage-1")).to_contain_text("8 looks")
        expect(page.locator("#events")).to_contain_text("Look 8 of stage 1")
        trial.world.requests_per_second = 5000
        trial.stepped.release()
        expect(page.locator("#standing-heading")).to_have_text("Succeeded")
        expect(page).to_have_title("Succeeded: greeter 2.0.0 → production · Strandline")
        assert is_same_document(page)


def test_an_update_leaves_alone_what_a_person_opened_typed_and_focused(
    trial: SiteTrial, browser: Browser, url: str, rollout: DeploymentView
) -> None:
    with visit(browser, f"{url}/deployments/{rollout.id}") as page:
        be_live(page)
        page.locator("#looks > summary").click()
        first = page.locator(".events > li").last
        first.locator("summary").click()
        page.locator("#button-pause").click()
        page.keyboard.type("half a rea")
        trial.stepped.allow(2)
        expect(page.locator("#stage-1")).to_contain_text("7 looks")
        page.keyboard.type("son")
        expect(page.locator("#reason-pause")).to_be_focused()
        expect(page.locator("#reason-pause")).to_have_value("half a reason")
        page.keyboard.press("Escape")
        expect(page.locator("#looks")).to_have_attribute("open", "")
        expect(first.locator("details")).to_have_attribute("open", "")
        assert is_same_document(page)


def test_a_question_that_is_being_answered_is_not_taken_away(
    trial: SiteTrial, browser: Browser, url: str, rollout: DeploymentView
) -> None:
    with visit(browser, f"{url}/deployments/{rollout.id}") as page:
        be_live(page)
        page.locator("#button-abort").click()
        trial.world.requests_per_second = 5000
        trial.stepped.release()
        trial.ended(rollout.id)
        expect(page.locator("#standing-heading")).to_have_text("Succeeded")
        dialog = page.locator("#ask-abort")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="Abort").click()
        expect(dialog.locator(".act-error")).to_contain_text("has ended already")
        dialog.get_by_role("link", name="Leave it").click()
        expect(page.locator("#ask-abort")).to_have_count(0)
        expect(page.locator("#button-roll-back")).to_be_visible()


def test_a_rollout_is_paused_with_the_keyboard_alone(
    trial: SiteTrial, browser: Browser, url: str, rollout: DeploymentView
) -> None:
    with visit(browser, f"{url}/deployments/{rollout.id}") as page:
        be_live(page)
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.locator("#button-pause")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#reason-pause")).to_be_focused()
        page.keyboard.type("lunch")
        page.keyboard.press("Enter")
        expect(page.locator("#ask-pause")).to_be_hidden()
        trial.stepped.allow(2)
        expect(page.locator("#standing-heading")).to_have_text("Paused")
        expect(page.locator("#people")).to_contain_text("asked for a pause: lunch")
        expect(page.locator("#button-resume")).to_be_visible()
        assert is_same_document(page)
    assert trial.desk.deployment(rollout.id).status is Status.PAUSED


def test_a_focus_can_be_seen_wherever_it_is(browser: Browser, url: str, rollout: DeploymentView) -> None:
    with visit(browser, f"{url}/deployments/{rollout.id}") as page:
        be_live(page)
        for _ in range(14):
            page.keyboard.press("Tab")
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert outline == "3px", page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_a_lost_connection_is_said_and_comes_back_by_itself(
    trial: SiteTrial, browser: Browser, rollout: DeploymentView
) -> None:
    with ExitStack() as visiting:
        with served(trial.site) as first:
            page = visiting.enter_context(visit(browser, f"{first}/deployments/{rollout.id}"))
            be_live(page)
        expect(page.locator("#live")).to_have_text("Not live: reconnecting")
        trial.stepped.allow(4)
        trial.until(rollout.id, lambda view: view.stages[0].looks == 9)
        # A stopped site begins no stream again: whoever serves it anew has made it anew.
        again = type(trial.site.state.streams)(trial.tail)
        trial.site.state.streams.__dict__.update(again.__dict__)
        with served(trial.site, port=urlsplit(first).port or 0):
            expect(page.locator("#live")).to_have_text("Live")
            expect(page.locator("#stage-1")).to_contain_text("9 looks")
            assert is_same_document(page)
            visiting.close()


def test_the_first_page_follows_too(trial: SiteTrial, browser: Browser, url: str) -> None:
    with visit(browser, url) as page:
        be_live(page)
        expect(page.locator(".runs")).to_contain_text("2.0.0 has 5")
        trial.world.requests_per_second = 5000
        trial.stepped.release()
        expect(page.locator("#overview")).to_contain_text("Nothing is being rolled out")
        expect(page.locator(".services")).to_contain_text("2.0.0")
        assert is_same_document(page)


def test_everything_works_without_javascript(
    trial: SiteTrial, browser: Browser, url: str, rollout: DeploymentView
) -> None:
    with visit(browser, f"{url}/deployments/{rollout.id}", java_script_enabled=False) as page:
        expect(page.locator("#live")).to_contain_text("As of")
        page.get_by_role("button", name="Pause…").click()
        page.locator("#reason-pause").fill("lunch")
        page.get_by_role("button", name="Pause", exact=True).click()
        expect(page.locator("#people")).to_contain_text("lunch")
        trial.stepped.allow(2)
        trial.until(rollout.id, lambda view: view.status is Status.PAUSED)
        page.reload()
        expect(page.locator("#standing-heading")).to_have_text("Paused")


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_no_page_is_wider_than_its_screen(trial: SiteTrial, browser: Browser, url: str, width: int) -> None:
    addresses = ["/", "/nothing/here"]
    addresses += [f"/deployments/{view.id}" for view in trial.desk.deployments()]
    for address in addresses:
        with visit_quietly(browser, url + address, viewport={"width": width, "height": 740}) as page:
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
            widest = page.evaluate("document.documentElement.scrollWidth")
            assert widest <= width, address


@pytest.mark.parametrize(("scheme", "screen"), [("light", DESK), ("dark", PHONE)])
def test_axe_finds_no_barrier(
    trial: SiteTrial, browser: Browser, url: str, scheme: str, screen: dict[str, int]
) -> None:
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == AXE_SHA256
    views = trial.desk.deployments()
    addresses = ["/", "/nothing/here", f"/deployments/{views[0].id}/looks"]
    addresses += [f"/deployments/{view.id}" for view in views]
    for address in addresses:
        # The tool is put into the page, which the page's own policy rightly does not allow.
        with visit_quietly(
            browser, url + address, viewport=screen, color_scheme=scheme, bypass_csp=True
        ) as page:
            assert barriers(page) == [], address
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
            assert barriers(page) == [], address
            if page.locator("#button-abort").count():
                page.locator("#button-abort").click()
                assert barriers(page) == [], address


def barriers(page: Page) -> list[str]:
    if not page.evaluate("typeof axe === 'object'"):
        page.add_script_tag(content=AXE.read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@contextmanager
def visit_quietly(browser: Browser, address: str, **how: Any) -> Iterator[Page]:
    """Visit a page that may answer 404, as error pages do."""
    context = browser.new_context(**how)
    page = context.new_page()
    try:
        page.goto(address)
        yield page
    finally:
        context.close()
