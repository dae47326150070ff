"""The pages of the figures in a real browser: without barriers, wide and narrow, light and dark, and live."""

import struct
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.kpi.told import deployed
from tests.web.site_trial import SiteTrial, served
from tests.web.test_kpi_pages import told
from tests.web.test_site_browser import DESK, PHONE, barriers, visit, visit_quietly

pytestmark = pytest.mark.browser


@pytest.fixture
def url(trial: SiteTrial) -> Iterator[str]:
    told(trial)
    with served(trial.site) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_in_the_figures(browser: Browser, url: str, scheme: str) -> None:
    for address in ("/kpi", "/kpi/change-lead-time?from=24d", "/kpi/change-fail-rate", "/kpi/approval-wait"):
        for screen in (PHONE, DESK):
            with visit_quietly(
                browser, url + address, viewport=screen, color_scheme=scheme, bypass_csp=True
            ) as page:
                assert barriers(page) == [], address
                wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert wider <= 0, address


def test_a_figure_is_reached_and_narrowed_by_keyboard_alone(browser: Browser, url: str) -> None:
    with visit(browser, url + "/kpi?from=24d") as page:
        page.get_by_role("link", name="Deployment frequency").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Deployment frequency")
        page.get_by_label("Service").focus()
        page.keyboard.press("s")
        page.get_by_role("button", name="Show").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**service=shop**")


def test_a_new_event_is_in_the_figure_by_itself(trial: SiteTrial, browser: Browser, url: str) -> None:
    with visit(browser, url + "/kpi/deployment-frequency?from=24d") as page:
        expect(page.locator(".figure")).to_contain_text("sample 22")
        trial.ledger.append(deployed("one-more", trial.clock.now() - timedelta(minutes=5)))
        expect(page.locator(".figure")).to_contain_text("sample 23", timeout=3_000)


def test_the_plot_can_be_taken_away_as_a_picture(browser: Browser, url: str, tmp_path: Path) -> None:
    with visit(browser, url + "/kpi/change-lead-time?from=24d") as page:
        with page.expect_download() as taken:
            page.get_by_role("link", name="PNG").click()
        file = tmp_path / "plot.png"
        taken.value.save_as(file)
        assert taken.value.suggested_filename == "change-lead-time.png"
    written = file.read_bytes()
    assert written.startswith(b"\x89PNG")
    assert struct.unpack(">II", written[16:24]) == (1600, 680)
    assert len(written) > 5_000


def test_what_happened_meanwhile_is_drawn_and_told(browser: Browser, url: str) -> None:
    with visit(browser, url + "/kpi/change-lead-time?from=24d") as page:
        assert page.locator(".plot-drawing .sign.incident").count() == 1
        page.get_by_text("What happened meanwhile").click()
        expect(page.locator("#meanwhile")).to_contain_text("incident =HYPERLINK()")
        expect(page.get_by_role("heading", name="How it is spread")).to_be_visible()
