import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from strandline.ledger.codec import to_bytes
from strandline.ledger.exchange import ImportSummary, export_lines, import_lines
from strandline.testing.ledger_trial import FINISHED, event, events
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.deployment import DeploymentRolledBack
from strandline.vocabulary.errors import BadInputError, ConflictingEventError
from strandline.vocabulary.event import event_of


def ledger() -> MemoryLedger:
    return MemoryLedger(clock=ManualClock(datetime(2026, 3, 2, tzinfo=UTC)))


def foreign(number: int, **changes: Any) -> bytes:
    document = {
        "specversion": "1.0",
        "id": f"push-{number}",
        "source": "/forge",
        "type": "com.example.push",
        "time": "2026-03-02T09:00:00Z",
        "data": {"seconds": 1.5},
        **changes,
    }
    return json.dumps(document).encode()


def test_what_was_exported_comes_back_to_the_byte() -> None:
    first, second = ledger(), ledger()
    first.append(events(2500))
    assert import_lines(second, export_lines(first), source_name="x") == ImportSummary(new=2500, known=0)
    assert [record.body for record in second.read()] == [record.body for record in first.read()]
    assert {record.payload_digest for record in second.read()} == {""}


def test_an_export_may_be_a_part() -> None:
    one = ledger()
    one.append([event(1, chain_id="a"), event(2, type=FINISHED, chain_id="a"), event(3)])
    assert list(export_lines(one, chain_id="a", types=(FINISHED,))) == [
        to_bytes(event(2, type=FINISHED, chain_id="a")) + b"\n"
    ]


def test_a_second_import_changes_nothing() -> None:
    one = ledger()
    lines = [foreign(1), to_bytes(event(1)), b"", b"  \n", foreign(2)]
    assert import_lines(one, lines, source_name="x") == ImportSummary(new=3, known=0)
    assert import_lines(one, lines, source_name="x") == ImportSummary(new=0, known=3)


def test_the_line_of_a_foreign_event_is_kept_as_its_payload() -> None:
    one = ledger()
    import_lines(one, [foreign(1) + b"\r\n"], source_name="x")
    [record] = one.read()
    assert one.payload(record.payload_digest) == foreign(1)
    assert record.event.content == {"seconds": "1.5"}


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (b"{", "not JSON"),
        (b"[]", "not an object"),
        (b"\xff\xfe", "not JSON"),
        (foreign(3, time="yesterday"), "yesterday"),
        (foreign(3, id=""), "no id"),
    ],
)
def test_a_bad_line_refuses_the_whole_import_and_is_named(bad: bytes, what: str) -> None:
    one = ledger()
    with pytest.raises(BadInputError, match=what) as caught:
        import_lines(one, [foreign(1), b"", bad, foreign(2)], source_name="events.jsonl")
    assert caught.value.where == "events.jsonl:3"
    assert caught.value.remedy
    assert one.head().seq == 0


@pytest.mark.parametrize("known", [foreign(1), to_bytes(event(1))], ids=["foreign", "ours"])
def test_a_line_that_contradicts_the_ledger_is_named(known: bytes) -> None:
    one = ledger()
    import_lines(one, [known], source_name="first")
    other = known.replace(b"1.5", b"2.5").replace(b'"number":1', b'"number":2')
    with pytest.raises(ConflictingEventError) as caught:
        import_lines(one, [to_bytes(event(7)), other], source_name="second")
    assert caught.value.where == "second:2"


def test_an_event_that_is_not_what_its_type_says_refuses_the_whole_import() -> None:
    one = ledger()
    fact = DeploymentRolledBack(reason="Errors are more.")
    event = event_of(
        fact, id="e9", source="/x", subject_id="d1", occurred_at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    bad = to_bytes(msgspec.structs.replace(event, content={}))
    with pytest.raises(BadInputError, match="reason") as refused:
        import_lines(one, [to_bytes(event), bad], source_name="x")
    assert refused.value.where == "x:2"
    assert list(one.read()) == []


def test_two_lines_that_contradict_each_other_are_named() -> None:
    one = ledger()
    lines = [to_bytes(event(1)), to_bytes(event(2)), to_bytes(event(1, more="other"))]
    with pytest.raises(ConflictingEventError) as caught:
        import_lines(one, lines, source_name="events.jsonl")
    assert caught.value.where == "events.jsonl:3"
    assert one.head().seq == 0
