"""Vouching: two signatures of two units, an end, an audit by lot; and waivers that are told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.adapters.ed25519 import PersonalKey, is_signed
from strandline.assessment.assessor import shipped_model
from strandline.assessment.attesting import Attesting, CannotVouchError, attestable, drawn
from strandline.kpi.history import history_from
from strandline.maturity.case import Case
from strandline.maturity.told import Practice, told_of
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.attestation import WaiverGranted
from strandline.vocabulary.errors import BadInputError, NotFoundError

CRITERION = attestable(shipped_model(), "do3.3")


class Place:
    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
        self.ledger = MemoryLedger(clock=self.clock)
        self.attesting = Attesting(self.ledger, self.clock, self.case, is_signed)
        self.ann, self.ben = (PersonalKey(folder / f"{name}.key") for name in ("ann", "ben"))
        self.attesting.enrol("ann", self.ann, unit="shop-team", actor="root")
        self.attesting.enrol("ben", self.ben, unit="pay-team", actor="root")

    def case(self, at: datetime) -> Case:
        told = (told_of(each.event, each.recorded_at) for each in self.ledger.read())
        return Case(history_from([]), Practice(filter(None, told)), at)

    def made(self) -> str:
        self.clock.advance(timedelta(minutes=1))
        return self.attesting.make(
            CRITERION, "I read ten plans.", signer="ann", key=self.ann, unit="shop-team"
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_it_counts_once_somebody_of_another_unit_agrees_and_until_it_expires(place: Place) -> None:
    name = place.made()
    assert place.attesting.attestation(name).problem == "Nobody has countersigned it."
    assert place.attesting.countersign(name, signer="ben", key=place.ben).problem == ""
    place.clock.advance(timedelta(days=181))
    assert "expired" in place.attesting.attestation(name).problem


def test_nobody_countersigns_twice_with_a_foreign_key_or_from_the_same_unit(
    place: Place, tmp_path: Path
) -> None:
    name = place.made()
    with pytest.raises(CannotVouchError, match="already"):
        place.attesting.countersign(name, signer="ann", key=place.ann)
    with pytest.raises(CannotVouchError, match="not known to be ben"):
        place.attesting.countersign(name, signer="ben", key=place.ann)
    with pytest.raises(CannotVouchError, match="not known to be eve"):
        place.attesting.countersign(name, signer="eve", key=PersonalKey(tmp_path / "eve.key"))
    cat = PersonalKey(tmp_path / "cat.key")
    place.attesting.enrol("cat", cat, unit="shop-team", actor="root")
    assert "another unit" in place.attesting.countersign(name, signer="cat", key=cat).problem


def test_what_events_prove_nobody_can_vouch_for(place: Place) -> None:
    by_events = attestable(shipped_model(), "TO3.1")
    with pytest.raises(BadInputError, match="proved by events"):
        place.attesting.make(by_events, "Trust me.", signer="ann", key=place.ann)
    for statement, lasts in ((" ", timedelta(days=1)), ("x", timedelta(days=181)), ("x", timedelta(0))):
        with pytest.raises(BadInputError):
            place.attesting.make(CRITERION, statement, signer="ann", key=place.ann, lasts=lasts)
    with pytest.raises(NotFoundError):
        attestable(shipped_model(), "XX1.1")


def test_an_audit_that_does_not_uphold_it_and_a_withdrawal_end_it(place: Place) -> None:
    first, second = place.made(), place.made()
    for name in (first, second):
        place.attesting.countersign(name, signer="ben", key=place.ben)
    assert set(place.attesting.draw(5).attestations) == {first, second}
    assert (
        "audit"
        in place.attesting.audit(first, is_upheld=False, finding="There were six.", actor="eve").problem
    )
    place.attesting.withdraw(second, reason="I was wrong.", actor="ann")
    assert "withdrawn" in place.attesting.attestation(second).problem
    assert place.attesting.draw(5).attestations == ()
    with pytest.raises(NotFoundError):
        place.attesting.withdraw("none", reason="x", actor="ann")


def test_a_waiver_has_a_reason_somebody_who_answers_and_an_end(place: Place) -> None:
    until = place.clock.now() + timedelta(days=30)

    def waiver(
        reason: str = "no signing service yet", approver: str = "ann", at: datetime = until
    ) -> WaiverGranted:
        return WaiverGranted(criterion="TO3.4", approver=approver, reason=reason, until_at=at)

    name = place.attesting.waive(waiver(), actor="ann")
    assert [each.is_in_force for each in place.attesting.all_waivers()] == [True]
    for bad in (
        waiver(reason=" "),
        waiver(approver=""),
        waiver(at=place.clock.now()),
        waiver(at=until + timedelta(days=400)),
    ):
        with pytest.raises(BadInputError):
            place.attesting.waive(bad, actor="ann")
    place.attesting.end_waiver(name, reason="there is one", actor="ann")
    assert [each.is_in_force for each in place.attesting.all_waivers()] == [False]
    with pytest.raises(NotFoundError):
        place.attesting.end_waiver("none", reason="x", actor="ann")


@given(st.lists(st.text(min_size=1, max_size=8), max_size=30), st.text(max_size=20), st.integers(0, 40))
def test_a_draw_depends_on_the_seed_alone(names: list[str], seed: str, count: int) -> None:
    found = drawn(names, seed, count)
    assert found == drawn(names[::-1], seed, count)
    assert len(found) == min(count, len(set(names)))
    assert set(found) <= set(names)
    assert set(drawn(names, seed, max(count - 1, 0))) <= set(found)
