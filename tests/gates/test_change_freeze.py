"""A change freeze closes the gate at the right instants, and only an emergency with a reason passes."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.gates.change_freeze import GATE, change_freeze
from strandline.gates.gate import GateVerdict
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.service import Environment, Freeze, LocalTargetPolicy, WeeklyFreeze
from strandline.vocabulary.verdict import GateAnswer

TARGET = LocalTargetPolicy(listen="127.0.0.1:8080", command=("./serve",))
BERLIN = ZoneInfo("Europe/Berlin")
YEARS_END = Freeze(
    reason="year's end",
    starts_at=datetime(2026, 12, 20, 18, tzinfo=timezone(timedelta(hours=1))),
    ends_at=datetime(2027, 1, 4, 7, tzinfo=UTC),
)
WEEKEND = (
    WeeklyFreeze(reason="weekend", days=("friday",), from_hour="15:00", timezone="Europe/Berlin"),
    WeeklyFreeze(reason="weekend", days=("saturday", "sunday"), timezone="Europe/Berlin"),
)


def _environment(*freezes: Freeze, weekly: tuple[WeeklyFreeze, ...] = ()) -> Environment:
    return Environment(name="production", target=TARGET, freezes=freezes, weekly_freezes=weekly)


def _ask(environment: Environment, at: datetime, *, emergency: bool = False, reason: str = "") -> GateVerdict:
    return change_freeze(environment, at=at, emergency=emergency, reason=reason)


def test_without_freezes_the_question_does_not_apply() -> None:
    verdict = _ask(_environment(), datetime(2026, 12, 24, tzinfo=UTC))
    assert verdict.answer is GateAnswer.NOT_APPLICABLE
    assert verdict.is_open


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (datetime(2026, 12, 20, 16, 59, 59, 999_999, tzinfo=UTC), GateAnswer.PASS),
        (datetime(2026, 12, 20, 17, 0, tzinfo=UTC), GateAnswer.FAIL),
        (datetime(2027, 1, 4, 6, 59, 59, 999_999, tzinfo=UTC), GateAnswer.FAIL),
        (datetime(2027, 1, 4, 7, 0, tzinfo=UTC), GateAnswer.PASS),
    ],
)
def test_a_freeze_holds_from_its_beginning_until_before_its_end(at: datetime, answer: GateAnswer) -> None:
    assert _ask(_environment(YEARS_END), at).answer is answer


def test_a_closed_gate_names_the_freeze_and_when_it_ends() -> None:
    verdict = _ask(_environment(YEARS_END), datetime(2026, 12, 24, tzinfo=UTC))
    assert not verdict.is_open
    assert verdict.sentence == (
        "production is in the change freeze “year's end”, until 2027-01-04T07:00:00Z."
    )
    assert verdict.evidence == {
        "environment": "production",
        "at": "2026-12-24T00:00:00Z",
        "freezes": [
            {
                "reason": "year's end",
                "isWeekly": False,
                "startsAt": "2026-12-20T17:00:00Z",
                "endsAt": "2027-01-04T07:00:00Z",
            }
        ],
        "opensAt": "2027-01-04T07:00:00Z",
    }


def test_freezes_that_follow_each_other_open_when_the_last_one_ends() -> None:
    # Friday afternoon; the weekend is three windows that touch, then the year's end begins within it.
    environment = _environment(YEARS_END, weekly=WEEKEND)
    verdict = _ask(environment, datetime(2026, 12, 18, 15, 0, tzinfo=BERLIN))
    assert verdict.evidence["opensAt"] == "2027-01-04T07:00:00Z"
    before = _ask(environment, datetime(2026, 12, 11, 15, 0, tzinfo=BERLIN))
    assert before.evidence["opensAt"] == "2026-12-13T23:00:00Z"


def test_a_freeze_on_every_day_has_no_end_in_sight() -> None:
    every_day = WeeklyFreeze(
        reason="forever",
        days=("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    )
    verdict = _ask(_environment(weekly=(every_day,)), datetime(2026, 11, 23, tzinfo=UTC))
    assert verdict.answer is GateAnswer.FAIL
    assert "no end in sight" in verdict.sentence


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (datetime(2026, 11, 27, 14, 59, 59, tzinfo=BERLIN), GateAnswer.PASS),
        (datetime(2026, 11, 27, 15, 0, tzinfo=BERLIN), GateAnswer.FAIL),
        (datetime(2026, 11, 27, 23, 59, 59, tzinfo=BERLIN), GateAnswer.FAIL),
        (datetime(2026, 11, 29, 23, 59, 59, tzinfo=BERLIN), GateAnswer.FAIL),
        (datetime(2026, 11, 30, 0, 0, tzinfo=BERLIN), GateAnswer.PASS),
        # In summer the same hours are another time of UTC.
        (datetime(2026, 7, 3, 12, 59, 59, tzinfo=UTC), GateAnswer.PASS),
        (datetime(2026, 7, 3, 13, 0, tzinfo=UTC), GateAnswer.FAIL),
    ],
)
def test_a_weekly_freeze_follows_the_clock_of_its_time_zone(at: datetime, answer: GateAnswer) -> None:
    assert _ask(_environment(weekly=WEEKEND), at).answer is answer


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (datetime(2026, 11, 26, 21, 59, tzinfo=UTC), GateAnswer.PASS),
        (datetime(2026, 11, 26, 22, 0, tzinfo=UTC), GateAnswer.FAIL),
        (datetime(2026, 11, 27, 5, 59, tzinfo=UTC), GateAnswer.FAIL),
        (datetime(2026, 11, 27, 6, 0, tzinfo=UTC), GateAnswer.PASS),
    ],
)
def test_a_weekly_freeze_may_reach_into_the_next_day(at: datetime, answer: GateAnswer) -> None:
    night = WeeklyFreeze(reason="night", days=("thursday",), from_hour="22:00", to_hour="06:00")
    assert _ask(_environment(weekly=(night,)), at).answer is answer


@pytest.mark.parametrize(
    ("from_hour", "to_hour", "starts_at", "ends_at"),
    [
        # 2026-03-29: at 02:00 the clock jumps to 03:00, at 01:00 UTC: what would begin or end between.
        ("02:15", "05:00", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"),
        ("00:00", "02:45", "2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z"),
        ("00:00", "24:00", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
    ],
)
def test_an_hour_that_summer_time_skips_is_skipped(
    from_hour: str, to_hour: str, starts_at: str, ends_at: str
) -> None:
    _check_window("2026-03-29", from_hour, to_hour, starts_at, ends_at)


@pytest.mark.parametrize(
    ("from_hour", "to_hour", "starts_at", "ends_at"),
    [
        # 2026-10-25: at 03:00 the clock falls back to 02:00, at 01:00 UTC. Both 02:30 are covered.
        ("02:15", "02:45", "2026-10-25T00:15:00Z", "2026-10-25T01:45:00Z"),
        ("00:00", "24:00", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
    ],
)
def test_an_hour_that_winter_time_repeats_is_covered_twice(
    from_hour: str, to_hour: str, starts_at: str, ends_at: str
) -> None:
    _check_window("2026-10-25", from_hour, to_hour, starts_at, ends_at)


def _check_window(day: str, from_hour: str, to_hour: str, starts_at: str, ends_at: str) -> None:
    weekly = WeeklyFreeze(
        reason="x", days=("sunday",), from_hour=from_hour, to_hour=to_hour, timezone="Europe/Berlin"
    )
    environment = _environment(weekly=(weekly,))
    minute = datetime.fromisoformat(f"{day}T00:00:00+00:00") - timedelta(hours=3)
    closed = [
        at
        for at in (minute + timedelta(minutes=count) for count in range(30 * 60))
        if _ask(environment, at).answer is GateAnswer.FAIL
    ]
    assert closed[0] == datetime.fromisoformat(starts_at)
    assert closed[-1] + timedelta(minutes=1) == datetime.fromisoformat(ends_at)
    assert len(closed) == (closed[-1] - closed[0]) // timedelta(minutes=1) + 1


def test_an_emergency_with_a_reason_passes_and_says_so() -> None:
    at = datetime(2026, 12, 24, tzinfo=UTC)
    verdict = _ask(_environment(YEARS_END), at, emergency=True, reason="payments are down")
    assert verdict.answer is GateAnswer.PASS
    assert verdict.sentence == "An emergency change passes the change freeze “year's end”: payments are down"
    assert verdict.evidence["emergencyReason"] == "payments are down"
    assert verdict.evidence["freezes"]


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_an_emergency_without_a_reason_does_not_pass(reason: str) -> None:
    at = datetime(2026, 12, 24, tzinfo=UTC)
    verdict = _ask(_environment(YEARS_END), at, emergency=True, reason=reason)
    assert verdict.answer is GateAnswer.FAIL
    assert "needs a reason" in verdict.sentence


def test_a_reason_without_an_emergency_does_not_pass() -> None:
    at = datetime(2026, 12, 24, tzinfo=UTC)
    assert _ask(_environment(YEARS_END), at, reason="I want to").answer is GateAnswer.FAIL


@pytest.mark.parametrize(
    "weekly",
    [
        WeeklyFreeze(reason="x", days=("monday",), timezone="Mars/Olympus"),
        WeeklyFreeze(reason="x", days=("monday",), timezone="../../etc/passwd"),
        WeeklyFreeze(reason="x", days=("monday",), timezone=""),
        WeeklyFreeze(reason="x", days=("monday",), timezone="Europe"),
        WeeklyFreeze(reason="x", days=("mondy",)),
        WeeklyFreeze(reason="x", days=("monday",), from_hour="noon"),
        WeeklyFreeze(reason="x", days=("monday",), to_hour="24:01"),
        WeeklyFreeze(reason="x", days=("monday",), to_hour="12:60"),
    ],
    ids=str,
)
def test_a_freeze_that_cannot_be_judged_closes_the_gate(weekly: WeeklyFreeze) -> None:
    environment = _environment(weekly=(weekly,))
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    verdict = _ask(environment, at)
    assert verdict.answer is GateAnswer.INCONCLUSIVE
    assert not verdict.is_open
    assert verdict.evidence["unclear"]
    assert _ask(environment, at, emergency=True, reason="now").is_open


def test_a_freeze_that_holds_counts_for_more_than_one_that_cannot_be_judged() -> None:
    weekly = WeeklyFreeze(reason="x", days=("monday",), timezone="Nowhere")
    verdict = _ask(_environment(YEARS_END, weekly=(weekly,)), datetime(2026, 12, 24, tzinfo=UTC))
    assert verdict.answer is GateAnswer.FAIL


def test_a_time_without_a_time_zone_is_refused() -> None:
    with pytest.raises(BadInputError):
        _ask(_environment(YEARS_END), datetime(2026, 12, 24))  # noqa: DTZ001 - what is refused


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.timezones()),  # noqa: DTZ001 - as Hypothesis wants it
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
)
def test_deploying_is_allowed_at_the_time_that_a_closed_gate_names(at: datetime, zone: str) -> None:
    weekly = tuple(
        WeeklyFreeze(reason="w", days=(day,), from_hour="01:30", to_hour=to_hour, timezone=zone)
        for day, to_hour in (("saturday", "24:00"), ("sunday", "02:30"), ("monday", "01:00"))
    )
    environment = _environment(weekly=weekly)
    verdict = _ask(environment, at)
    if verdict.answer is GateAnswer.FAIL:
        opens_at = datetime.fromisoformat(str(verdict.evidence["opensAt"]))
        assert opens_at > at
        assert _ask(environment, opens_at).answer is GateAnswer.PASS
        assert _ask(environment, opens_at - timedelta(microseconds=1)).answer is GateAnswer.FAIL


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - as above
def test_the_answer_does_not_depend_on_how_the_time_is_written(at: datetime) -> None:
    environment = _environment(YEARS_END, weekly=WEEKEND)
    assert _ask(environment, at) == _ask(environment, at.astimezone(UTC))


def test_a_verdict_survives_the_ledger() -> None:
    verdict = _ask(_environment(YEARS_END), datetime(2026, 12, 24, tzinfo=UTC))
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=GateVerdict) == verdict
    assert msgspec.convert(msgspec.to_builtins(verdict), GateVerdict) == verdict
    assert verdict.gate == GATE.name
