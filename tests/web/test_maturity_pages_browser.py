"""The pages of the maturity in a real browser: without barriers, wide and narrow, light and dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.web.site_trial import SiteTrial, served
from tests.web.test_maturity_pages import told
from tests.web.test_site_browser import DESK, PHONE, barriers, visit, visit_quietly

pytestmark = pytest.mark.browser


@pytest.fixture
def url(trial: SiteTrial) -> Iterator[str]:
    told(trial)
    with served(trial.site) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_in_the_maturity(browser: Browser, url: str, scheme: str) -> None:
    for address in ("/maturity", "/maturity/PI"):
        for screen in (PHONE, DESK):
            with visit_quietly(
                browser, url + address, viewport=screen, color_scheme=scheme, bypass_csp=True
            ) as page:
                for each in page.locator("details").all()[:3]:
                    each.evaluate("one => one.open = true")
                assert barriers(page) == [], address
                wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert wider <= 0, address


def test_a_criterion_is_reached_and_opened_by_keyboard_alone(browser: Browser, url: str) -> None:
    with visit(browser, url + "/maturity") as page:
        page.get_by_role("link", name="Process Integration").first.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Process Integration")
        page.locator("#level-2 summary").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#level-2 details").first).to_have_attribute("open", "")
        page.locator("#level-2 details").first.get_by_role("link").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/maturity/events/**")
