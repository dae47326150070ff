"""`strandline level`, and the reports of `strandline assess`."""

import json
from pathlib import Path

import pytest
from tests.cli.workplace import Workplace
from tests.maturity.practised import events

from strandline.ledger.codec import to_bytes


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = Workplace(tmp_path)
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(map(to_bytes, events())))
    assert made.run("ledger", "import", "events.jsonl").returncode == 0
    return made


def test_a_target_is_set_and_shown_with_its_forecast(place: Workplace) -> None:
    assert "No target" in place.run("level", "target").stdout
    done = place.run("level", "target", "to", "4", "--by", "2040-01-01", "--owner", "ann")
    assert done.returncode == 0, done.stderr
    [found] = place.json("level", "target")
    assert (found["target"]["measure"], found["target"]["level"], found["target"]["owner"]) == (
        "TO",
        4,
        "ann",
    )
    assert found["forecast"]["says"]
    assert place.run("level", "target", "XX", "4", "--by", "2040-01-01", "--owner", "a").returncode == 2
    assert place.run("level", "target", "TO", "4").returncode == 2


def test_history_difference_and_units_are_told(place: Workplace) -> None:
    assert len(place.json("level", "history", "--months", "3")) == 4
    found = place.json("level", "diff", "--from", "2026-04-01", "--to", "2026-05-31")
    assert {"levels", "changes"} <= found.keys()
    late = place.json("level", "diff", "--as-of", "2026-05-31")
    assert late["changes"], "everything was recorded later than that"
    assert place.run("level", "diff").returncode == 2
    assert place.json("level", "units", "--at", "2026-05-31")["units"]


@pytest.mark.parametrize("name", ["r.html", "r.csv", "r.json", "r.sarif", "r.oscal.json"])
def test_the_report_is_written_as_its_ending_says(place: Workplace, name: str) -> None:
    done = place.run("assess", "--at", "2026-05-31", "--output", name)
    assert done.returncode == 0, done.stderr
    written = (place.folder / name).read_text()
    if name.endswith(("json", "sarif")):
        json.loads(written)
    assert "TO3.1" in written


def test_an_ending_that_nobody_writes_is_refused_with_those_there_are(place: Workplace) -> None:
    refused = place.run("assess", "--output", "r.docx")
    assert refused.returncode == 2
    assert ".sarif" in refused.stderr


def test_what_would_be_if_is_told_apart_from_what_is(place: Workplace) -> None:
    found = place.json("assess", "--at", "2026-05-31", "--if", "TO3.1", "--if", "TO3.2,TO3.3")
    assert found["met"] == ["TO3.1", "TO3.2", "TO3.3"]
    assert {"proved", "then", "missing"} <= found["measures"][0].keys()
