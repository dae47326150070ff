from datetime import UTC

from strandline.adapters.system_clock import SystemClock


def test_the_time_of_day_is_aware_and_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_the_steady_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.steady() for _ in range(1000)]
    assert readings == sorted(readings)
