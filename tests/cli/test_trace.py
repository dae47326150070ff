"""`strandline trace`: from a deployment to what belongs to it, and correcting that."""

from pathlib import Path

import pytest
from tests.cli.workplace import Workplace
from tests.kpi.told import at, committed, deployed, incident, sha

from strandline.ledger.codec import to_bytes

EVENTS = [
    committed("seed", at(0)),
    *deployed("d0", at(1), commit=sha("seed"), version="1.0"),
    committed("work", at(2), parents=("seed",), subject="Mend the tide table"),
    *deployed("d1", at(3), commit=sha("work"), version="1.1"),
    *incident("i1", at(3, hours=6), at(3, hours=7)),
]


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = Workplace(tmp_path)
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(map(to_bytes, EVENTS)))
    assert made.run("ledger", "import", "events.jsonl").returncode == 0
    return made


def test_everything_that_belongs_to_a_deployment_is_shown(place: Workplace) -> None:
    shown = place.run("trace", "show", "1.1").stdout
    for words in ("Mend the tide table", "incident i1", "time", "75 %", "24.0 h"):
        assert words in shown
    links = place.json("trace", "show", "d1")["links"]
    assert [each["toKind"] for each in links] == ["artifact", "commit", "incident"]


def test_what_is_disputed_is_left_out_and_what_is_linked_is_there(place: Workplace) -> None:
    place.run("trace", "dispute", "incident:https://pager.example#i1", "deployment:d1", "--reason", "no")
    place.run("trace", "link", "deployment:1.1", "ticket:TIDE-4")
    links = place.json("trace", "show", "d1")["links"]
    told = [(each["toKind"], each["toId"], each["method"]) for each in links]
    assert ("ticket", "TIDE-4", "person") in told
    assert "incident" not in {kind for kind, *_ in told}


def test_a_thing_of_no_known_kind_is_refused_with_the_kinds(place: Workplace) -> None:
    done = place.run("trace", "link", "shop-7", "ticket:X")
    assert done.returncode == 2
    assert "pull-request" in done.stderr


def test_an_unknown_deployment_is_refused_with_some_that_are_known(place: Workplace) -> None:
    done = place.run("trace", "show", "nope")
    assert done.returncode == 2
    assert "d1" in done.stderr
