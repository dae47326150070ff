"""What changes in the figures becomes an event, once, whoever looks and however often."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.kpi.told import deployed, heard

from strandline.performance.figures import Figures
from strandline.performance.noticed_words import noticed_words
from strandline.performance.noticing import WEEK, Notice, Noticing, weeks_before
from strandline.performance.telling import told
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.event import Event
from strandline.vocabulary.performance import FigureChanged

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEKS = 40


def weekly(counts: list[int]) -> list[Event]:
    """Return so many deployments in each of several weeks, on different days."""
    events = [heard("deployments", start=MONDAY, days=7 * len(counts))]
    for week, count in enumerate(counts):
        for number in range(count):
            when = MONDAY + week * WEEK + timedelta(hours=6 + 8 * number)
            events += deployed(f"d{week}-{number}", when)
    return events


RISING = [7, 8, 6, 7, 9, 8, 7, 6, 8, 7] * 2 + [15, 17, 16, 18, 15, 16, 17, 15, 18, 16] * 2
STEADY = [7, 8, 6, 7, 9, 8, 7, 6, 8, 7] * 4


class Desk:
    """A ledger with a history, and who notices."""

    def __init__(self, counts: list[int]) -> None:
        self.clock = ManualClock(MONDAY + WEEKS * WEEK + timedelta(days=2))
        self.ledger = MemoryLedger(clock=self.clock)
        self.ledger.append(weekly(counts))
        self.noticing = self.another()

    def another(self) -> Noticing:
        """Return another one who notices, as after a restart."""
        figures = Figures(self.ledger, self.ledger.projections)
        return Noticing(self.ledger, self.ledger.projections, figures)

    def notice(self) -> Notice:
        """Look now."""
        return self.noticing.notice(self.clock.now(), actor="ada")


def changes(found: Notice) -> list[FigureChanged]:
    return [
        each
        for each in found.stated
        if isinstance(each, FigureChanged) and each.figure == "deployment-frequency"
    ]


def test_a_change_is_stated_for_the_service_and_for_all_with_its_week() -> None:
    found = changes(Desk(RISING).notice())
    assert {each.service for each in found} == {"", "shop"}
    assert all(abs(each.at - (MONDAY + 20 * WEEK)) <= WEEK for each in found)
    assert all(float(each.before) < float(each.after) for each in found)


def test_the_same_finding_is_stated_once_also_after_a_restart() -> None:
    desk = Desk(RISING)
    assert desk.notice().stated
    assert desk.notice().stated == ()
    assert desk.another().notice(desk.clock.now()).stated == ()
    desk.clock.advance(timedelta(days=7))
    assert changes(desk.notice()) == []


def test_where_nothing_changes_nothing_is_stated() -> None:
    found = Desk(STEADY).notice()
    assert changes(found) == []
    assert found.watched > 0


def test_too_few_weeks_are_said_to_be_too_few() -> None:
    found = Desk([2, 3, 2]).notice()
    assert found.stated == ()
    assert found.watched == 0
    assert found.too_little == 26


def test_what_was_noticed_can_be_asked_for_and_is_told_in_a_sentence() -> None:
    desk = Desk(RISING)
    desk.notice()
    [change] = desk.noticing.known("deployment-frequency", service="shop").changes
    assert noticed_words(change).startswith("Deployment frequency of shop changed from")
    [event] = [
        record.event
        for record in desk.ledger.read(types=(FigureChanged.TYPE,))
        if record.event.content.get("service") == "shop"
    ]
    assert told(event) == noticed_words(change)


@pytest.mark.parametrize("days", [0, 0.5, 1, 6.9])
def test_a_week_is_looked_at_a_day_after_its_end(days: float) -> None:
    last = weeks_before(MONDAY + timedelta(days=days))[-1]
    assert last == MONDAY - (1 if days >= 1 else 2) * WEEK
