"""Targets of levels, and when they are reached at the pace of the past."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.assessment.level_targets import LevelTargets, forecast
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.ambition import LevelTargetSet
from strandline.vocabulary.errors import BadInputError

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def months(*levels: float) -> list[tuple[datetime, float]]:
    first = NOW - timedelta(days=30 * (len(levels) - 1))
    return [(first + timedelta(days=30 * number), level) for number, level in enumerate(levels)]


def target(
    level: int = 4, due: date = date(2027, 1, 1), owner: str = "ann", unit: str = ""
) -> LevelTargetSet:
    return LevelTargetSet(level=level, due_on=due, owner=owner, unit=unit)


def test_the_newest_word_counts_for_each_measure_and_unit() -> None:
    clock = ManualClock(NOW)
    targets = LevelTargets(MemoryLedger(clock=clock), clock)
    targets.set_target("TO", target(3), actor="ann")
    clock.advance(timedelta(hours=1))
    targets.set_target("TO", target(4), actor="ann")
    targets.set_target("TO", target(5, unit="shop-team"), actor="ann")
    assert {name: each.level for name, each in targets.all().items()} == {"TO": 4}
    assert {name: each.level for name, each in targets.all(unit="shop-team").items()} == {"TO": 5}


@pytest.mark.parametrize("bad", [target(0), target(6), target(due=date(2026, 6, 1))])
def test_a_level_that_there_is_not_or_a_day_that_is_past_is_refused(bad: LevelTargetSet) -> None:
    clock = ManualClock(NOW)
    ledger = MemoryLedger(clock=clock)
    with pytest.raises(BadInputError):
        LevelTargets(ledger, clock).set_target("TO", bad, actor="ann")
    assert ledger.head().seq == 0


def test_a_steady_rise_is_carried_on() -> None:
    found = forecast(months(2.0, 2.25, 2.5, 2.75, 3.0), 4)
    assert found.on is not None
    assert abs((found.on - NOW.date()).days - 120) <= 1


def test_no_rise_a_reached_level_and_a_short_past_are_each_said() -> None:
    assert "does not get there" in forecast(months(2, 2, 2, 2, 2), 4).says
    assert "does not get there" in forecast(months(3, 2.8, 2.5, 2.2, 2), 4).says
    assert forecast(months(2, 4.2), 4).says == "It is there."
    assert "Too little" in forecast(months(2, 2.5), 4).says
    assert forecast([], 4).on is None


@given(st.lists(st.floats(0, 5), min_size=1, max_size=14), st.integers(1, 5))
def test_a_forecast_is_never_in_the_past_and_its_ends_are_in_order(levels: list[float], level: int) -> None:
    found = forecast(months(*levels), level)
    assert found.on is None or found.on >= NOW.date()
    if found.on and found.earliest:
        assert found.earliest <= found.on
    if found.on and found.latest:
        assert found.on <= found.latest
