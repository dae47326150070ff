"""Random audits: nobody chooses a lot, everybody comes to the same, and a tenth is a tenth."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from tests.kpi.told import START, at, deployed

from strandline.kpi.history import history_from
from strandline.maturity.case import Case
from strandline.maturity.cases import deployments
from strandline.maturity.random_audit import is_drawn, lot, lowest
from strandline.maturity.told import Practice, told_of
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger

NUMBER = 400
FIRST: list[Any] = deployed("first", at(0), version="0")
EVENTS: list[Any] = [
    event
    for number in range(NUMBER)
    for event in deployed(f"d{number}", at(1 + number * 0.2, 12), version=f"1.{number}")
]


def case(*, after: Sequence[Any] = (), upside_down: bool = False) -> Case:
    """Return the case of many deployments in a ledger that held others before."""
    clock = ManualClock(START + timedelta(days=120))
    ledger = MemoryLedger(clock=clock)
    ledger.append([*after, *EVENTS])
    told = [told_of(each.event, each.recorded_at, each.hash) for each in ledger.read()]
    found = [each for each in told if each is not None]
    return Case(history_from(EVENTS), Practice(found[::-1] if upside_down else found), clock.now())


def lots(found: Case) -> dict[str, int]:
    return {item.name: lot(found, item.what) for item in deployments(found, START)}


def test_whoever_has_the_ledger_comes_to_the_same_draw() -> None:
    assert lots(case()) == lots(case(upside_down=True))


def test_what_was_written_before_changes_every_lot_so_that_a_name_cannot_be_chosen_for_its_lot() -> None:
    one, other = lots(case()), lots(case(after=FIRST))
    assert not [name for name in one if one[name] == other[name]]


def test_about_a_tenth_is_drawn_and_the_lowest_are_what_they_are_called() -> None:
    found = case()
    items = deployments(found, START)
    drawn = sum(is_drawn(found, item.what, 0.1) for item in items)
    assert NUMBER * 0.05 < drawn < NUMBER * 0.16
    least = lowest(found, items, 10)
    assert {lot(found, item.what) for item in least} == set(sorted(lots(found).values())[:10])
    assert least == sorted(least, key=lambda item: item.at)


def test_a_deployment_that_no_event_of_its_own_ended_is_drawn_by_its_name() -> None:
    found = case()
    [item, *_] = deployments(found, START)
    unnamed = msgspec.structs.replace(item.what, events=())
    assert lot(found, unnamed) != lot(found, item.what)
    assert lot(found, unnamed) == lot(case(after=FIRST), unnamed)
