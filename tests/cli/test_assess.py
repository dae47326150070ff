"""`strandline assess` and `strandline model`: what is proved, what is possible, what would be next."""

from pathlib import Path

import pytest
from tests.cli.workplace import Workplace
from tests.kpi.told import at, committed
from tests.maturity.practised import events

from strandline.ledger.codec import to_bytes


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = Workplace(tmp_path)
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(map(to_bytes, events())))
    assert made.run("ledger", "import", "events.jsonl").returncode == 0
    return made


def test_each_measure_has_its_level_and_each_criterion_its_evidence(place: Workplace) -> None:
    found = place.json("assess", "--at", "2026-05-31")
    assert [each["measure"] for each in found["measures"]] == ["TA", "PM", "SC", "CI", "DO", "TO", "PI"]
    for measure in found["measures"]:
        assert 0 <= measure["proved"] <= measure["possible"] <= 5
        for criterion in measure["criteria"]:
            assert {"verdict", "value", "n", "interval", "events"} <= criterion.keys()
    shown = place.run("assess", "PI", "--roadmap", "--at", "2026-05-31").stdout
    for words in ("Process Integration", "PI2.1", "proved", "to level"):
        assert words in shown


def test_a_ledger_without_deployments_says_where_to_begin(tmp_path: Path) -> None:
    made = Workplace(tmp_path)
    (tmp_path / "events.jsonl").write_bytes(to_bytes(committed("seed", at(0))))
    assert made.run("ledger", "import", "events.jsonl").returncode == 0
    shown = made.run("assess").stdout
    assert "not assessed" in shown
    assert "strandline ledger import" in shown


def test_what_is_not_there_is_refused_with_what_is(place: Workplace) -> None:
    refused = place.run("assess", "XX")
    assert refused.returncode == 2
    assert "TO" in refused.stderr
    (place.folder / "bad.yaml").write_text("name: x")
    assert place.run("model", "check", "bad.yaml").returncode == 2
    assert place.run("model", "show", "TO3.1").returncode == 0
