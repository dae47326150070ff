"""The history in memory: however it grew, it is the history of all that was told."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.kpi.told import START, deployed

from strandline.kpi.history import VIEW_OF, entries_of, history_of
from strandline.performance.kept_history import KeptHistory

SERVICES = ("shop", "letters")


@st.composite
def told(draw: st.DrawFn) -> list[Any]:
    """Return what was told of deployments, some of them moved to another service by a later word."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        key = f"d{draw(st.integers(0, 3))}-{number // 2}"
        when = START + timedelta(hours=draw(st.integers(0, 5)))
        found += deployed(key, when, service=draw(st.sampled_from(SERVICES)))
    return found


@given(st.lists(told(), max_size=4), st.integers(0, 400))
def test_taken_over_bit_by_bit_it_is_the_history_of_everything(parts: list[list[Any]], many: int) -> None:
    first = [
        event
        for number in range(many)
        for event in deployed(
            f"old-{number}", START + timedelta(minutes=number), service=SERVICES[number % 2]
        )
    ]
    kept, every = KeptHistory(), []
    for part in (first, *parts):
        every += part
        kept.take(entries_of(every).values() if part is first else _touched(every, part))
        views: dict[str, list[Any]] = {}
        for entry in entries_of(every).values():
            views.setdefault(entry.kind, []).append(VIEW_OF[entry.kind](entry))
        assert kept.history.deployments == history_of(views).deployments


def _touched(every: list[Any], part: list[Any]) -> list[Any]:
    keys = entries_of(part).keys()
    return [entry for key, entry in entries_of(every).items() if key in keys]


def test_nothing_new_leaves_the_very_same_history() -> None:
    kept = KeptHistory()
    kept.take(entries_of(deployed("d1", START)).values())
    before = kept.history
    kept.take([])
    assert kept.history is before
