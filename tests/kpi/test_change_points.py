"""Changes and anomalies: what is found, what is not, and how often it is a false alarm."""

import os
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from strandline.kpi.change_points import (
    FALSE_ANOMALY,
    FALSE_CHANGE,
    LEAST_BESIDE,
    MOST,
    NEEDED,
    Window,
    anomalies,
    change_points,
    watched,
)

RUNS = int(os.environ.get("STRANDLINE_RUNS", "2000"))
Draw = Callable[[np.random.Generator], np.ndarray]


def windows(values: Sequence[float | None] | np.ndarray) -> list[Window]:
    return [Window(value=None if value is None else float(value), n=7) for value in values]


def shares(rng: np.random.Generator) -> np.ndarray:
    """Return a change fail rate of 15 % over weeks of very different size."""
    sizes = rng.poisson(20, NEEDED) + 5
    return np.asarray(rng.binomial(sizes, 0.15) / sizes)


LAWS: dict[str, Draw] = {
    "normal": lambda rng: rng.normal(10, 1, NEEDED),
    "lognormal": lambda rng: rng.lognormal(0, 1, NEEDED),
    "Student with 3": lambda rng: rng.standard_t(3, NEEDED),
    "counts": lambda rng: rng.poisson(6, NEEDED).astype(float),
    "shares": shares,
    "mostly zero": lambda rng: (rng.random(NEEDED) < 0.2) * rng.random(NEEDED),
}


@pytest.mark.parametrize(
    ("law", "anomalous_at_most"),
    [
        ("normal", FALSE_ANOMALY),
        ("lognormal", FALSE_ANOMALY),
        ("counts", FALSE_ANOMALY),
        ("shares", 2 * FALSE_ANOMALY),
        ("Student with 3", 0.025),
        ("mostly zero", FALSE_ANOMALY),
    ],
)
def test_looked_at_every_week_a_figure_that_stays_the_same_seldom_gives_a_false_alarm(
    law: str, anomalous_at_most: float
) -> None:
    rng = np.random.default_rng(11)
    found = [watched(windows(LAWS[law](rng))) for _ in range(RUNS)]
    # So many come by chance in one of a hundred thousand tests, if the rates are what they are said to be.
    assert sum(bool(each.changes) for each in found) <= binom.isf(1e-5, RUNS, FALSE_CHANGE)
    judged = RUNS * MOST
    # Windows of one series share those before them: their count scatters a little more than a binomial.
    alarms = sum(len(each.anomalies) for each in found)
    assert alarms <= binom.isf(1e-5, judged, anomalous_at_most) * 1.15


@pytest.mark.parametrize(("shift", "found_in"), [(1.5, 0.85), (2, 0.98), (3, 1.0)])
def test_a_change_of_some_standard_deviations_is_found_and_its_place_is_near(
    shift: float, found_in: float
) -> None:
    rng = np.random.default_rng(13)
    near = found = 0
    for _ in range(200):
        values = rng.normal(0, 1, MOST)
        values[20:] += shift
        places = [each for each in change_points(windows(values)) if each.told_at >= 20]
        found += bool(places)
        near += bool(places) and abs(places[0].at - 20) <= 2
    assert found >= found_in * 200
    assert near >= 0.7 * found


def test_a_change_says_from_what_to_what_and_over_how_much() -> None:
    values = [10.0, 11.0, 12.0] * 7 + [None] + [20.0, 21.0, 22.0] * 3
    [found] = change_points(windows(values))
    assert (found.at, found.before, found.windows_before, found.n_before) == (22, 11.0, 21, 147)
    assert (found.told_at, found.windows_after, found.n_after) == (27, 6, 42)
    assert found.after == 21.0
    assert found.probability < 1.5e-5


def test_after_a_change_the_new_level_is_what_is_watched() -> None:
    rng = np.random.default_rng(14)
    values = rng.normal(0, 1, MOST)
    values[20:40] += 8
    found = change_points(windows(values))
    assert [each.at for each in found] == [20, 40]
    assert [each.after > each.before for each in found] == [True, False]


def test_one_odd_window_is_an_anomaly_and_no_change() -> None:
    values = [5.0, 6.0, 7.0] * 6 + [40.0] + [5.0, 6.0, 7.0] * 6
    found = watched(windows(values))
    assert found.changes == ()
    [odd] = found.anomalies
    assert (odd.at, odd.value, odd.windows_before, odd.n) == (18, 40.0, 18, 7)
    assert odd.low < 5.0
    assert 7.0 < odd.high < 40.0


def test_of_odd_windows_in_a_row_the_first_is_told() -> None:
    values = [5.0, 6.0, 7.0] * 6 + [40.0, 41.0, 42.0]
    assert [each.at for each in anomalies(windows(values))] == [18]


def test_what_seldom_moves_has_no_anomalies_as_it_does_not_say_how_far_it_may_move() -> None:
    assert anomalies(windows([1.0] * 30 + [0.2])) == ()


def test_too_few_windows_are_too_little_whatever_they_hold() -> None:
    found = watched(windows([1.0, 2.0, 3.0, 2.0, 1.0, None, None, None, None, None, None, 90.0]))
    assert found.is_too_little
    assert (found.changes, found.anomalies) == ((), ())


def test_of_a_longer_series_the_newest_windows_are_judged_by_those_up_to_them() -> None:
    old, new = [1.0, 2.0, 3.0] * 10, [50.0, 51.0, 52.0] * (MOST // 3)
    assert watched(windows([*old, *new])).changes != ()
    ancient = [9.0, 8.0, 7.0] * (MOST // 3)
    later = [*ancient, *[1.0, 2.0, 3.0] * (NEEDED // 3)]
    # The change is told more than sixty windows ago.
    assert watched(windows(later)).changes == ()


@pytest.mark.parametrize(("law", "late_at_most"), [("normal", 0), ("shares", 0), ("Student with 3", 12)])
def test_who_looks_every_week_for_years_is_told_of_a_window_when_it_is_new_and_hardly_ever_later(
    law: str, late_at_most: int
) -> None:
    rng = np.random.default_rng(15)
    late = 0
    # Of 1,200 looks. What was odd long ago is forgotten one day, which moves what is allowed a little.
    for _ in range(20):
        every = windows(np.concatenate([LAWS[law](rng), LAWS[law](rng)]))
        seen: set[int] = set()
        for end in range(NEEDED, len(every) + 1):
            found = watched(every[:end])
            told = {each.told_at for each in found.changes} | {each.at for each in found.anomalies}
            late += bool(seen) and len(told - seen - {end - 1})
            seen |= told
    assert late <= late_at_most


series = st.lists(st.one_of(st.none(), st.integers(-40, 40).map(float)), max_size=MOST)


@given(series, st.integers(-1000, 1000), st.sampled_from([0.25, 2.0, 1024.0]))
def test_where_changes_are_does_not_depend_on_the_unit_or_its_zero(
    values: list[float | None], shift: int, scale: float
) -> None:
    moved = [None if value is None else scale * value + shift for value in values]
    plain, other = change_points(windows(values)), change_points(windows(moved))
    assert [(each.at, each.told_at) for each in plain] == [(each.at, each.told_at) for each in other]


@given(series, st.sampled_from([0.25, 2.0, 1024.0]))
def test_where_anomalies_are_does_not_depend_on_the_unit(values: list[float | None], scale: float) -> None:
    scaled = [None if value is None else scale * value for value in values]
    assert [each.at for each in anomalies(windows(values))] == [
        each.at for each in anomalies(windows(scaled))
    ]


@given(st.floats(-1e9, 1e9), st.integers(0, 80))
def test_a_constant_series_says_nothing(value: float, number: int) -> None:
    found = watched(windows([value] * number))
    assert (found.changes, found.anomalies) == ((), ())


@given(st.integers(0, 80))
def test_a_series_without_a_value_says_nothing(number: int) -> None:
    found = watched(windows([None] * number))
    assert (found.changes, found.anomalies, found.windows) == ((), (), 0)
    assert found.is_too_little


@given(series, st.data())
def test_windows_without_a_value_change_nothing_but_the_places(
    values: list[float | None], data: st.DataObject
) -> None:
    short = values[: MOST // 2]
    place = data.draw(st.integers(0, len(short)))
    longer = [*short[:place], None, *short[place:]]

    def told(given: list[float | None]) -> list[tuple[float, float, int]]:
        return [(each.before, each.after, each.windows_after) for each in change_points(windows(given))]

    assert told(short) == told(longer)


@given(series, st.integers(0, MOST))
def test_what_was_told_stays_when_more_windows_come(values: list[float | None], number: int) -> None:
    then, now = watched(windows(values[:number])), watched(windows(values))
    assert now.changes[: len(then.changes)] == then.changes
    assert now.anomalies[: len(then.anomalies)] == then.anomalies


def test_a_level_is_no_shorter_than_it_may_be() -> None:
    values = list(range(50)) + [1000.0 + number for number in range(10)]
    assert all(each.windows_after >= LEAST_BESIDE for each in change_points(windows(values)))
