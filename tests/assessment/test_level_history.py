"""How levels stood, and what changed between two moments."""

from datetime import UTC, datetime, timedelta

from tests.assessment.assessed import MODEL, assessed
from tests.maturity.practised import NOW, events

from strandline.assessment.assessor import Assessor
from strandline.assessment.level_history import difference, levels_of, month_starts
from strandline.kpi.history import history_from
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger


def test_the_beginnings_of_months_are_told_the_oldest_first() -> None:
    found = month_starts(datetime(2026, 2, 17, 5, tzinfo=UTC), 4)
    assert [f"{each:%Y-%m-%d}" for each in found] == ["2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01"]


def test_nothing_differs_from_itself() -> None:
    found = difference(assessed(), assessed())
    assert found.changes == ()
    assert found.levels == {}


def test_late_events_change_the_view_of_a_moment_and_the_change_is_told() -> None:
    clock = ManualClock(NOW)
    ledger = MemoryLedger(clock=clock)
    every = events()
    half = len(every) // 2
    assessor = Assessor(
        ledger,
        ledger.projections,
        lambda as_of: history_from(
            record.event for record in ledger.read() if as_of is None or record.recorded_at <= as_of
        ),
        lambda *_: False,
    )
    ledger.append(every[:half])
    known = clock.now()
    clock.advance(timedelta(days=1))
    ledger.append(every[half:])
    before = assessor.assess(at=NOW, model=MODEL, as_of=known)
    after = assessor.assess(at=NOW, model=MODEL)
    found = difference(before, after)
    assert found.changes
    assert all(each.before is not each.after for each in found.changes)
    for name, (old, new) in found.levels.items():
        assert (
            levels_of(NOW, before.measures).proved[name],
            levels_of(NOW, after.measures).proved[name],
        ) == (old, new)
