from datetime import UTC, datetime, timedelta

from strandline.testing.manual_clock import ManualClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_time_passes_on_both_clocks_when_it_is_told_to() -> None:
    clock = ManualClock(NOON)
    clock.advance(timedelta(seconds=5))
    assert clock.now() == NOON + timedelta(seconds=5)
    assert clock.steady() == timedelta(seconds=5)


def test_a_jump_does_not_touch_the_steady_clock() -> None:
    clock = ManualClock(NOON)
    clock.jump(timedelta(hours=-1))
    assert clock.now() == NOON - timedelta(hours=1)
    assert clock.steady() == timedelta()
