"""Fixtures of the web tests: a site over a trial, and a browser where there is one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright
from tests.house.browser import installed_browser
from tests.web.site_trial import SiteTrial, site_trial

# A busy machine draws a page late: what is expected of it may take as long as what is asked.
expect.set_options(timeout=15_000)


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[SiteTrial]:
    with site_trial(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The distribution's browser, else Playwright's own; without one, the test is skipped and says so."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=installed_browser() or None, args=["--no-sandbox", "--headless"]
            )
        except Error as error:
            pytest.skip(f"there is no browser: run `make browser` ({error.message.splitlines()[0]})")
        yield browser
        browser.close()
