"""Levels follow from events: what proves them, what refutes them, and what is merely not known."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kpi.told import START, at, deployed
from tests.maturity.practised import NOW, case, events, of

from strandline.assessment.assessor import shipped_model
from strandline.maturity.answer import Verdict
from strandline.maturity.judging import Judge, MeasureAnswer
from strandline.vocabulary.attestation import WaiverGranted
from strandline.vocabulary.event import Event
from strandline.vocabulary.exposure import GateEvaluated
from strandline.vocabulary.notice import DeploymentScheduled
from strandline.vocabulary.organisation import ServiceProfiled
from strandline.vocabulary.verdict import GateAnswer

MODEL = shipped_model()
EVENTS = events()
TYPES = sorted({event.type for event in EVENTS})


def judged(every: list[Event]) -> dict[str, MeasureAnswer]:
    found = Judge(MODEL, case(every), is_signed=lambda *_: False).measures()
    return {each.measure: each for each in found}


def verdicts(found: MeasureAnswer) -> dict[str, Verdict]:
    return {answer.criterion: answer.verdict for answer in found.answers}


def test_without_any_event_nothing_is_proved_and_everything_is_possible() -> None:
    assert {(each.proved, each.possible) for each in judged([]).values()} == {(0, 5)}


def test_links_authorisation_and_an_audit_log_prove_the_third_level() -> None:
    found = judged(EVENTS)["PI"]
    assert found.proved == 3
    assert all(verdicts(found)[f"PI2.{number}"] is Verdict.MET for number in (1, 2, 3))
    assert verdicts(found)["PI3.3"] is Verdict.MET
    assert verdicts(found)["PI4.1"] is Verdict.NO_FEED
    assert found.possible == 5


def test_a_refuted_criterion_bounds_what_is_possible() -> None:
    asked = GateEvaluated(gate="security", answer=GateAnswer.FAIL, sentence="A known hole.")
    said_no = [of(f"d{number}", asked, at(1 + number * 1.4, 11)) for number in range(60)]
    found = judged([*EVENTS, *said_no])["PI"]
    assert (found.proved, found.possible) == (3, 3)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(TYPES), min_size=1))
def test_what_is_taken_away_never_proves_more(missing: set[str]) -> None:
    whole = judged(EVENTS)
    less = judged([event for event in EVENTS if event.type not in missing])
    for name, measure in less.items():
        assert measure.proved <= whole[name].proved


def test_what_is_recorded_afterwards_does_not_come_before() -> None:
    told_late = []
    for number in range(60):
        when = at(1 + number * 1.4, 12)
        window = DeploymentScheduled(from_at=when - timedelta(hours=1), until_at=when + timedelta(hours=1))
        told_late.append(of(f"d{number}", window, when - timedelta(days=1), subject=f"entry {number}"))
    in_time = case([*EVENTS, *told_late])
    late = case(EVENTS)
    for told in case(told_late).practice.everything():
        late.practice.take(
            [
                type(told)(
                    **{**{name: getattr(told, name) for name in told.__struct_fields__}, "recorded_at": NOW}
                )
            ]
        )
    for judged_case, expected in ((in_time, Verdict.MET), (late, Verdict.NOT_MET)):
        criterion = MODEL.criterion("DO2.2")
        assert criterion is not None
        answer = Judge(MODEL, judged_case, is_signed=lambda *_: False).answer(criterion)
        assert answer.verdict is expected


def test_a_waiver_moves_the_level_and_is_told_apart() -> None:
    waiver = WaiverGranted(
        criterion="PI2.2", approver="Ann", reason="The monitoring moves.", until_at=NOW + timedelta(days=9)
    )
    without_marks = [
        event for event in EVENTS if ".notice." not in event.type.replace("strandline-notice", ".notice")
    ]
    found = judged([*without_marks, of("", waiver, NOW - timedelta(days=1), subject="w1")])["PI"]
    assert (found.proved, found.proved_without_waivers) == (3, 1)
    assert verdicts(found)["PI2.2"] is Verdict.WAIVED


def test_the_same_content_once_more_proves_nothing() -> None:
    again = [
        event
        for number in range(50)
        for event in deployed(f"again{number}", at(80, number / 10), artifact="same")
    ]
    few = deployed("first", at(79), artifact="same")
    found = judged([*few, *again])["PM"]
    assert found.proved <= 1
    criterion = next(answer for answer in found.answers if answer.criterion == "PM1.1")
    assert criterion.n == 1


@pytest.mark.parametrize("days", [40, 120])
def test_a_source_that_falls_silent_no_longer_proves(days: int) -> None:
    later = case(EVENTS, NOW + timedelta(days=days))
    found = {each.measure: each for each in Judge(MODEL, later, is_signed=lambda *_: False).measures()}["PI"]
    assert found.proved <= 1
    assert later.at > START


def test_what_strandline_does_by_itself_no_person_did() -> None:
    judged_case = case(EVENTS)
    assert judged_case.person("strandline") == ""
    assert judged_case.person("Ann") == "ann"


def test_a_catalogue_that_says_nothing_of_repositories_refutes_nothing() -> None:
    silent = of("p1", ServiceProfiled(unit="shop-team"), NOW - timedelta(days=2), subject="shop")
    only_code = ServiceProfiled(unit="shop-team", application_repository="https://git.example/shop")
    half = of("p2", only_code, NOW - timedelta(days=1), subject="shop")
    assert verdicts(judged([*EVENTS, silent])["TO"])["TO2.2"] is Verdict.UNKNOWN_SAMPLE
    assert verdicts(judged([*EVENTS, silent, half])["TO"])["TO2.2"] is Verdict.NOT_MET
