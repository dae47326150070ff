"""What a figure is made of, each part in its own unit."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.kpi.told import deployed, heard, told
from tests.web.site_trial import SiteTrial

from strandline.vocabulary.feedback import FeedbackGiven


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[SiteTrial]:
    made = SiteTrial(tmp_path)
    yield made
    made.close()


async def test_nps_stands_on_the_page_without_any_csat_and_is_no_percentage(trial: SiteTrial) -> None:
    when = trial.clock.now() - timedelta(days=1)
    scores = [10] * 30 + [0] * 10
    given = [FeedbackGiven(scale="nps", score=score) for score in scores]
    trial.ledger.append([told(each, when, source="/survey", subject="shop") for each in given])
    async with trial.client() as client:
        page = (await client.get("/kpi/user-satisfaction?from=24d")).text
    assert "There are no answers from 1 to 5" in page
    assert re.search(r"<dt>nps</dt><dd>50 <span", page)


async def test_the_time_between_deployments_is_a_time_and_no_rate(trial: SiteTrial) -> None:
    now = trial.clock.now()
    trial.ledger.append([heard(start=now - timedelta(days=24), days=24)])
    for number in range(1, 22):
        trial.ledger.append(deployed(f"d{number}", now - timedelta(days=22 - number)))
    async with trial.client() as client:
        page = (await client.get("/kpi/deployment-frequency?from=24d")).text
    assert re.search(r"<dt>time between</dt><dd>24.0 h <span", page)
