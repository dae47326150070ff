"""What is not about a store: see the conformance suite for the rest."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from strandline.ledger.projection import Projector
from strandline.ledger.record import Record
from strandline.testing.ledger_trial import FINISHED, STARTED, Tally, event
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.event import Event


def ledger() -> MemoryLedger:
    return MemoryLedger(clock=ManualClock(datetime(2026, 3, 2, tzinfo=UTC)))


class Newest:
    """The place of the newest record, in one row."""

    name = "newest"
    version = 1

    def keys(self, event: Event) -> Iterable[str]:
        return () if event.type == FINISHED else ("newest",)

    def fold(self, rows: Mapping[str, bytes | None], record: Record) -> dict[str, bytes | None]:
        del rows
        return {"newest": str(record.seq).encode()}


@given(st.lists(st.sampled_from([STARTED, FINISHED]), max_size=40), st.data())
def test_it_does_not_matter_how_often_one_catches_up(types: list[str], data: st.DataObject) -> None:
    one, other = ledger(), ledger()
    often = Projector(one, one.projections, [Tally(), Newest()])
    said = [event(number, type=kind) for number, kind in enumerate(types, 1)]
    for each in said:
        one.append([each])
        if data.draw(st.booleans()):
            often.catch_up()
    often.catch_up()
    other.append(said)
    Projector(other, other.projections, [Newest(), Tally()]).catch_up()
    for name in ("tally", "newest"):
        assert one.projections.rows(name) == other.projections.rows(name)


def test_a_projection_that_joins_late_catches_up_with_the_others() -> None:
    one = ledger()
    one.append([event(1), event(2)])
    Projector(one, one.projections, [Tally()]).catch_up()
    one.append([event(3)])
    Projector(one, one.projections, [Tally(), Newest()]).catch_up()
    assert one.projections.rows("newest") == {"newest": b"3"}
    assert one.projections.rows("tally") == {f"subject-{rest}": b"1" for rest in range(3)}


def test_records_that_touch_no_row_are_read_once_all_the_same() -> None:
    one = ledger()
    one.append([event(1, type=FINISHED)])
    Projector(one, one.projections, [Newest()]).catch_up()
    assert one.projections.rows("newest") == {}
    assert one.projections.checkpoint("newest") == (1, 1)


def test_a_ledger_put_back_to_an_older_copy_is_folded_anew() -> None:
    newer, older = ledger(), ledger()
    newer.append([event(1), event(2), event(3)])
    Projector(newer, newer.projections, [Newest()]).catch_up()
    older.append([event(1)])
    Projector(older, newer.projections, [Newest()]).catch_up()
    assert newer.projections.rows("newest") == {"newest": b"1"}


def test_without_projections_there_is_nothing_to_do() -> None:
    one = ledger()
    one.append([event(1)])
    Projector(one, one.projections, []).catch_up()
