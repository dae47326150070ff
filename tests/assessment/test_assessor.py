"""The assessment is as new as the ledger, says what is new, and knows its units."""

from datetime import timedelta

import pytest
from tests.kpi.told import START, told
from tests.maturity.practised import NOW, events

from strandline.assessment.assessor import Assessor, shipped_model
from strandline.assessment.report import report
from strandline.maturity.answer import Verdict
from strandline.performance.figures import Figures
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.errors import NotFoundError
from strandline.vocabulary.event import Event
from strandline.vocabulary.organisation import ServiceProfiled

PROFILE = ServiceProfiled(unit="tides", tier=1)


def desk(every: list[Event]) -> tuple[MemoryLedger, Assessor]:
    clock = ManualClock(START)
    ledger = MemoryLedger(clock=clock)
    figures = Figures(ledger, ledger.projections)
    assessor = Assessor(
        ledger, ledger.projections, lambda as_of: figures.history(as_of=as_of), lambda *_: False
    )
    ledger.append(every)
    return ledger, assessor


def test_bit_by_bit_or_at_once_the_answer_is_the_same() -> None:
    every = events()
    _, whole = desk(every)
    ledger, bit_by_bit = desk(every[:100])
    for place in range(100, len(every), 97):
        bit_by_bit.assess(at=NOW)
        ledger.append(every[place : place + 97])
    assert bit_by_bit.assess(at=NOW) == whole.assess(at=NOW)


def test_a_level_that_was_not_proved_two_weeks_ago_is_new() -> None:
    _, assessor = desk(events())
    assert "PI" not in assessor.assess(at=NOW).unconfirmed
    assert "PI" in assessor.assess(at=START + timedelta(days=50)).unconfirmed


def test_a_team_is_assessed_by_its_own_services() -> None:
    _, assessor = desk([*events(), told(PROFILE, START, source="/catalogue", subject="shop")])
    assert assessor.assess(at=NOW, unit="tides").measure("PI").proved == 3
    with pytest.raises(NotFoundError, match="tides") as refused:
        assessor.assess(at=NOW, unit="nobody")
    assert "shop" in str(refused.value.remedy)


def test_the_report_tells_of_each_criterion_what_it_rests_on_and_what_is_next() -> None:
    _, assessor = desk(events())
    told_of = report(assessor.assess(at=NOW), shipped_model())
    measure = next(each for each in told_of.measures if each.measure == "PI")
    linked = next(each for each in measure.criteria if each.id == "PI2.1")
    assert linked.verdict is Verdict.MET
    assert linked.n > 50
    assert linked.interval is not None
    assert linked.events
    assert {step.level for step in measure.roadmap} == {4}
    assert all(step.closes for step in measure.roadmap)


def test_a_level_whose_proof_grows_old_is_lapsing_for_two_weeks() -> None:
    _, assessor = desk(events())
    assert assessor.assess(at=NOW).lapsing == {}
    soon = assessor.assess(at=NOW + timedelta(days=16))
    assert soon.lapsing == {"PI": 3}
    assert soon.measure("PI").proved == 2
    assert assessor.assess(at=NOW + timedelta(days=28)).lapsing == {}
    told_of_it = report(soon, shipped_model())
    assert {each.measure: each.lapsing for each in told_of_it.measures}["PI"] == 3
