"""`strandline kpi target`, `review`, `dictionary` and `notice`, as somebody types them."""

from pathlib import Path

import pytest
from tests.cli.workplace import Workplace
from tests.performance.test_noticing import RISING, weekly

from strandline.ledger.codec import to_bytes

SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: shop-good, labels: {owner: team-shop}}
spec:
  service: shop
  indicator: {metadata: {name: deployment-success-rate}}
  timeWindow: [{duration: 28d, isRolling: true}]
  objectives: [{target: 0.95}]
"""


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = Workplace(tmp_path)
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(map(to_bytes, weekly(RISING))))
    assert made.run("ledger", "import", "events.jsonl").returncode == 0
    return made


def test_a_target_is_set_and_told_how_the_figure_stands_to_it(place: Workplace) -> None:
    done = place.run("kpi", "target", "set", "change-fail-rate", "--at-most", "10%", "--owner", "ann")
    assert "at most 10 %" in done.stdout
    [line] = place.json("kpi", "target", "list")
    assert (line["standing"], line["target"]["owner"]) == ("not-computable", "ann")
    assert "at most 10 %" in place.run("kpi", "target", "list").stdout


@pytest.mark.parametrize(
    "wrong",
    [
        ("change-fail-rate", "--owner", "ann"),
        ("change-fail-rate", "--at-most", "110%", "--owner", "ann"),
        ("change-fail-rate", "--at-most", "lots", "--owner", "ann"),
        ("fame", "--at-most", "1", "--owner", "ann"),
        ("change-fail-rate", "--at-most", "10%", "--owner", "ann", "--by", "soon"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(place: Workplace, wrong: tuple[str, ...]) -> None:
    done = place.run("kpi", "target", "set", *wrong)
    assert done.returncode == 2
    assert place.json("kpi", "target", "list") == []


def test_openslo_is_taken_whole_or_not_at_all_with_the_line(place: Workplace) -> None:
    (place.folder / "slo.yaml").write_text(SLO)
    assert place.run("kpi", "target", "import", "slo.yaml").returncode == 0
    [line] = place.json("kpi", "target", "list")
    assert line["target"]["atLeast"] == "0.95"
    (place.folder / "slo.yaml").write_text(f"{SLO}---\n{SLO.replace('0.95', '7')}")
    failed = place.run("kpi", "target", "import", "slo.yaml")
    assert failed.returncode == 2
    assert "slo.yaml:17" in failed.stderr


def test_a_figure_is_reviewed_and_the_dictionary_says_when_again(place: Workplace) -> None:
    assert "never reviewed" in place.run("kpi", "dictionary").stdout
    done = place.run("kpi", "review", "change-fail-rate", "--owner", "ann", "--next", "2999-01-15")
    assert done.returncode == 0, done.stderr
    [line] = [each for each in place.json("kpi", "dictionary") if each["figure"] == "change-fail-rate"]
    assert (line["owner"], line["standing"]) == ("ann", "reviewed")
    assert (
        place.run("kpi", "review", "change-fail-rate", "--owner", "ann", "--next", "1999-01-15").returncode
        == 2
    )


def test_what_is_noticed_is_stated_once(place: Workplace) -> None:
    stated = place.json("kpi", "notice")["stated"]
    assert isinstance(stated, list)
    assert place.json("kpi", "notice")["stated"] == []


def test_the_figures_are_still_shown_by_the_command_alone(place: Workplace) -> None:
    assert "Deployment frequency" in place.run("kpi").stdout
    assert place.run("kpi", "deployment-frequency", "--from", "52w").returncode == 0
