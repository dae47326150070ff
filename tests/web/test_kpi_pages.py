"""The pages of the figures, what can be taken away from them, and what Prometheus reads."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from markupsafe import escape
from msgspec.structs import replace
from tests.kpi.told import START, committed, deployed, heard, incident, sha
from tests.kpi.told import told as fact_told
from tests.web.site_trial import SiteTrial

from strandline.kpi.all_figures import FIGURES
from strandline.performance.dictionary import DICTIONARY
from strandline.performance.figure_words import TITLES
from strandline.vocabulary.event import Event
from strandline.vocabulary.organisation import ServiceProfiled


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[SiteTrial]:
    made = SiteTrial(tmp_path)
    yield made
    made.close()


def told(trial: SiteTrial) -> None:
    """Record three weeks of another tool's deployments, which end when the trial's clock begins."""
    now = trial.clock.now()
    events: list[Event] = [committed("c0", START), *deployed("d0", START, commit=sha("c0")), heard(days=24)]
    for number in range(1, 22):
        when = START + timedelta(days=number)
        events.append(committed(f"c{number}", when, parents=(f"c{number - 1}",)))
        events += deployed(f"d{number}", when + timedelta(hours=3), commit=sha(f"c{number}"))
    events += incident(
        "=HYPERLINK()", START + timedelta(days=20, hours=4), START + timedelta(days=20, hours=5)
    )
    shift = now - (START + timedelta(days=24))
    moved = [replace(each, occurred_at=each.occurred_at + shift) for each in events]
    for each in moved:
        if "feed.covered" in each.type:
            each.content["fromAt"], each.content["toAt"] = (
                (now - timedelta(days=24)).isoformat(),
                now.isoformat(),
            )
        if "commit.made" in each.type:
            each.content["authoredAt"] = each.occurred_at.isoformat()
    trial.ledger.append(moved)


def test_every_figure_has_a_title_and_an_entry_in_the_dictionary() -> None:
    assert list(TITLES) == list(FIGURES) == list(DICTIONARY)


async def test_the_page_of_all_figures_shows_each_with_its_sample(trial: SiteTrial) -> None:
    told(trial)
    async with trial.client() as client:
        page = (await client.get("/kpi?from=24d")).text
    for title in TITLES.values():
        assert title in page
    assert "3.0 h" in page
    assert "No source of approvals is connected" in page


@pytest.mark.parametrize("name", FIGURES)
async def test_every_figure_has_a_page_with_and_without_a_history(trial: SiteTrial, name: str) -> None:
    async with trial.client() as client:
        assert (await client.get(f"/kpi/{name}")).status_code == 200
        told(trial)
        page = await client.get(f"/kpi/{name}?from=24d")
        assert page.status_code == 200
        assert escape(DICTIONARY[name].what) in page.text
        assert (await client.get(f"/kpi/{name}.svg")).headers["content-type"] == "image/svg+xml"
        assert (await client.get(f"/kpi/{name}.json")).json()["figure"]["kpi"] == name


async def test_a_table_that_is_taken_away_holds_no_formula(trial: SiteTrial) -> None:
    told(trial)
    async with trial.client() as client:
        answer = await client.get("/kpi/change-lead-time.csv?from=24d")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][:3] == ["at", "value", "unit"]
    assert len(rows) == 22
    assert not [cell for row in rows for cell in row if cell[:1] in {"=", "+", "@"}]


async def test_prometheus_reads_every_figure_and_none_that_is_not_computable(trial: SiteTrial) -> None:
    told(trial)
    async with trial.client() as client:
        plain = await client.get("/metrics?from=24d")
        opened = await client.get("/metrics?from=24d", headers={"accept": "application/openmetrics-text"})
    assert re.search(
        r'strandline_kpi_value\{kpi="change-lead-time",unit="seconds",service=""[^}]*\} 10800\.0', plain.text
    )
    assert 'strandline_kpi_computable{kpi="approval-wait",unit="seconds",service="shop"' in plain.text
    assert 'strandline_kpi_value{kpi="approval-wait"' not in plain.text
    assert opened.text.endswith("# EOF\n")
    assert "openmetrics" in opened.headers["content-type"]


async def test_a_scope_that_makes_no_sense_is_named(trial: SiteTrial) -> None:
    async with trial.client() as client:
        for query, where in (("from=never", "from"), ("from=1d&to=2000-01-01", "from"), ("to=x", "to")):
            answer = await client.get(f"/api/v1/kpi?{query}")
            assert (answer.status_code, answer.json()["error"]["where"]) == (422, where)
        unknown = await client.get("/api/v1/kpi?name=velocity")
    assert unknown.status_code == 404
    assert "change-fail-rate" in unknown.json()["error"]["remedy"]


async def test_an_event_is_in_the_figures_at_once(trial: SiteTrial) -> None:
    told(trial)
    async with trial.client() as client:
        before = (await client.get("/api/v1/kpi?name=deployment-frequency&from=24d")).json()
        late = deployed("one-more", trial.clock.now() - timedelta(hours=1))
        trial.ledger.append(late)
        after = (await client.get("/api/v1/kpi?name=deployment-frequency&from=24d")).json()
    assert after["figures"][0]["explicit"]["n"] == before["figures"][0]["explicit"]["n"] + 1


async def test_a_team_is_chosen_among_those_that_the_catalogue_knows(trial: SiteTrial) -> None:
    told(trial)
    async with trial.client() as client:
        assert 'value="waves"' not in (await client.get("/kpi?from=24d")).text
        profiled = ServiceProfiled(unit="waves", business_unit="sea")
        trial.ledger.append([fact_told(profiled, trial.clock.now(), source="/catalogue", subject="shop")])
        page = (await client.get("/kpi?from=24d&team=waves")).text
        assert '<option value="waves" selected>waves</option>' in page
        assert "team=waves" in page
        mine = (await client.get("/api/v1/kpi?from=24d&team=sea&name=deployment-frequency")).json()
        whole = (await client.get("/api/v1/kpi?from=24d&name=deployment-frequency")).json()
        assert mine["figures"][0]["explicit"] == whole["figures"][0]["explicit"]
        assert 'team="sea"' in (await client.get("/metrics?team=sea")).text
        for address in ("/kpi?team=nobody", "/api/v1/kpi?team=nobody"):
            assert (await client.get(address)).status_code == 404
        assert (await client.get("/kpi/change-fail-rate?from=24d&team=waves")).status_code == 200
