"""`strandline attest` and `strandline survey`, from the first key to the level."""

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


def test_what_two_people_of_two_units_sign_counts_in_the_assessment(place: Workplace) -> None:
    for person, unit in (("ann", "shop-team"), ("ben", "pay-team")):
        done = place.run("attest", "enrol", person, "--unit", unit, "--key", f"{person}.key")
        assert done.returncode == 0, done.stderr
    made = place.json("attest", "make", "DO3.3", "I read ten plans.", "--by", "ann", "--key", "ann.key")
    assert made["problem"] == "Nobody has countersigned it."
    agreed = place.json("attest", "countersign", made["id"], "--by", "ben", "--key", "ben.key")
    assert agreed["problem"] == ""
    found = place.json("assess")
    verdicts = {each["id"]: each["verdict"] for measure in found["measures"] for each in measure["criteria"]}
    assert verdicts["DO3.3"] == "attested"
    assert place.json("attest", "draw")["attestations"] == [made["id"]]
    assert "ann, ben" in place.run("attest", "list").stdout
    audit = place.run("attest", "audit", made["id"], "--no-upheld", "--finding", "there were six")
    assert "did not uphold" in audit.stdout, audit.stderr


def test_a_waiver_is_told_beside_the_level(place: Workplace) -> None:
    given = place.json("attest", "waive", "TO3.4", "--by", "ann", "--reason", "no signing service yet")
    found = place.json("assess")
    answer = next(
        each for measure in found["measures"] for each in measure["criteria"] if each["id"] == "TO3.4"
    )
    assert (answer["verdict"], answer["waiver"]) == ("waived", given["waiver"])
    assert answer["verdictWithoutWaiver"] != "waived"
    assert place.run("attest", "unwaive", given["waiver"], "--reason", "there is one").returncode == 0


def test_a_survey_is_opened_with_a_link_and_told_when_enough_answered(place: Workplace) -> None:
    made = place.json("survey", "open", "documents-reliable", "--invited", "12")
    assert made["link"].endswith(f"/survey/{made['survey']['id']}")
    assert "nothing is told" in place.run("survey", "result").stdout
    assert len(place.json("survey", "list")) == 1
    assert place.run("survey", "open", "--invited", "3").returncode == 2
    assert "documents-reliable" in place.run("survey", "statements").stdout
