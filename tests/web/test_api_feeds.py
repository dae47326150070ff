"""Programs hear how feeds stand, and no secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.site_trial import SiteTrial

from strandline.vocabulary.feed import Feed

SECRET = "a secret of the test"  # noqa: S105 - of the test only


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[SiteTrial]:
    made = SiteTrial(tmp_path)
    made.feeds.set_up(Feed(name="code", kind="github", secrets=("env:HOOK",)), actor="ada")
    made.feeds.set_up(Feed(name="alerts", kind="alertmanager", is_open=True), actor="ada")
    made.secrets["env:HOOK"] = SECRET.encode()
    yield made
    made.close()


async def test_programs_read_how_every_feed_stands(trial: SiteTrial) -> None:
    async with trial.client() as client:
        await client.post("/intake/code", content=b"{}")
        await client.post("/intake/alerts", content=b'{"alerts": 1}')
        trial.reception.interpret_pending()
        answer = await client.get("/api/v1/feeds")
    alerts, code = answer.json()
    assert (alerts["feed"]["name"], alerts["standing"], alerts["unmapped"]) == ("alerts", "heard", 1)
    assert (code["standing"], code["refused"], code["heardAt"]) == ("never-heard", 1, None)
    assert code["refusedBecause"]
    assert SECRET not in answer.text


async def test_a_page_of_another_site_cannot_read_it_under_a_name_of_its_own(trial: SiteTrial) -> None:
    async with trial.client(host="evil.example") as client:
        assert (await client.get("/api/v1/feeds")).status_code == 403
