"""The judge: the same looks give the same verdicts, harm stays, and nothing passes without data."""

import math
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.analysis.judge import Judge, RolloutJudge
from strandline.analysis.measurement import NOTHING, ArmCounts, Buckets, Look, MetricCounts
from strandline.analysis.verdict import Verdict, hundredths
from strandline.vocabulary.errors import BadInputError, RefusedError
from strandline.vocabulary.service import (
    ErrorGuardPolicy,
    GuardRole,
    LatencyGuardPolicy,
    MetricGuardPolicy,
    MetricKind,
    MetricSource,
    RolloutPolicy,
    Worse,
)
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap

POLICY = ErrorGuardPolicy()


def judge_of(policy: ErrorGuardPolicy) -> RolloutJudge:
    return RolloutJudge(RolloutPolicy(errors=policy, latency=None))


@st.composite
def arms(draw: st.DrawFn) -> ArmCounts:
    requests = draw(st.integers(0, 5000))
    return ArmCounts(requests=requests, errors=draw(st.one_of(st.just(0), st.integers(0, requests))))


LOOKS = st.builds(
    Look,
    share_bp=st.just(500),
    canary=st.none() | arms(),
    control=st.none() | arms(),
    has_control=st.booleans(),
    disturbance=st.sampled_from(["", "", "", "a restart"]),
)
STAGES = st.lists(
    st.tuples(st.sampled_from([500, 5000, 10_000]), st.booleans(), st.lists(LOOKS, max_size=8)), max_size=4
)
Stages = list[tuple[int, bool, list[Look]]]


def verdicts(stages: Stages) -> list[Verdict]:
    judge: Judge = judge_of(POLICY)
    found = []
    for share_bp, has_control, looks in stages:
        judge.begin_stage(share_bp=share_bp, has_control=has_control)
        found += [judge.look(look) for look in looks]
    return found


def look(canary: tuple[int, int], control: tuple[int, int] | None, share_bp: int = 500) -> Look:
    return Look(
        share_bp=share_bp,
        canary=ArmCounts(requests=canary[0], errors=canary[1]),
        control=ArmCounts(requests=control[0], errors=control[1]) if control else None,
        has_control=control is not None,
    )


def last(*looks: Look, share_bp: int = 500, has_control: bool = True) -> Verdict:
    return verdicts([(share_bp, has_control, list(looks))])[-1]


GOOD = look((1000, 0), (19_000, 0))


@given(STAGES)
def test_the_same_looks_give_the_same_verdicts_to_the_byte(stages: Stages) -> None:
    assert msgspec.json.encode(verdicts(stages)) == msgspec.json.encode(verdicts(stages))


@given(STAGES)
def test_harm_once_shown_stays_shown_with_its_figures(stages: Stages) -> None:
    bad = look((1000, 100), (19_000, 5))
    found = verdicts([(500, True, [GOOD, *[bad] * 4]), *stages])
    first = next(each for each, verdict in enumerate(found) if verdict.answer is AnalysisAnswer.HARM_SHOWN)
    assert first <= 4
    assert set(map(msgspec.json.encode, found[first:])) == {msgspec.json.encode(found[first])}


@given(STAGES, LOOKS)
def test_a_look_without_data_never_passes(stages: Stages, blind: Look) -> None:
    canary, control = blind.canary, blind.control
    has_data = (
        not blind.disturbance
        and canary is not None
        and control is not None
        and blind.has_control
        and canary.requests + control.requests > 0
    )
    verdict = verdicts([*stages, (500, True, [GOOD, blind])])[-1]
    if not has_data:
        assert verdict.answer is not AnalysisAnswer.NO_HARM_SHOWN


@given(STAGES)
def test_evidence_answer_and_gap_always_agree(stages: Stages) -> None:
    for verdict in verdicts(stages):
        is_decided = verdict.answer is not AnalysisAnswer.NOT_ENOUGH_EVIDENCE
        assert is_decided == (verdict.gap is EvidenceGap.NONE)
        assert (verdict.answer is AnalysisAnswer.HARM_SHOWN) == (verdict.harm_evidence >= verdict.harm_needed)
        if verdict.answer is AnalysisAnswer.NO_HARM_SHOWN:
            assert verdict.no_harm_evidence >= verdict.no_harm_needed
        assert verdict.sentence.endswith(".")


def test_the_thresholds_are_those_of_the_policy() -> None:
    assert (last(GOOD).harm_needed, last(GOOD).no_harm_needed) == (200, 131)


def test_two_arms_without_an_error_pass() -> None:
    verdict = last(GOOD)
    assert verdict.answer is AnalysisAnswer.NO_HARM_SHOWN
    assert verdict.canary == GOOD.canary
    assert verdict.control == GOOD.control


def test_each_stage_needs_its_own_proof_of_no_harm() -> None:
    small = look((10, 0), (190, 0))
    first, second = verdicts([(500, True, [GOOD]), (2500, True, [small])])
    assert first.answer is AnalysisAnswer.NO_HARM_SHOWN
    assert second.gap is EvidenceGap.TOO_LITTLE
    assert second.canary == small.canary


def test_harm_adds_up_over_the_stages() -> None:
    bad = look((50, 2), (950, 2))
    single = last(*[bad] * 2)
    both = verdicts([(500, True, [bad] * 2), (500, True, [bad] * 2)])[-1]
    assert single.answer is AnalysisAnswer.NOT_ENOUGH_EVIDENCE
    assert both.harm_evidence > single.harm_evidence


@pytest.mark.parametrize(
    ("second", "gap"),
    [
        pytest.param(Look(share_bp=500), EvidenceGap.NO_DATA, id="unmeasured"),
        pytest.param(look((50, 0), None), EvidenceGap.NO_DATA, id="control unmeasured"),
        pytest.param(
            msgspec.structs.replace(GOOD, disturbance="a restart"), EvidenceGap.NO_DATA, id="disturbed"
        ),
        pytest.param(look((0, 0), (0, 0)), EvidenceGap.NO_TRAFFIC, id="nobody came"),
        pytest.param(look((0, 0), (500, 0)), EvidenceGap.CANARY_SILENT, id="the canary stopped"),
        pytest.param(look((500, 0), (0, 0)), EvidenceGap.CONTROL_SILENT, id="the control stopped"),
    ],
)
def test_what_was_shown_does_not_carry_a_look_that_sees_nothing(second: Look, gap: EvidenceGap) -> None:
    before, now, later = verdicts([(500, True, [GOOD, second, GOOD])])
    assert before.answer is AnalysisAnswer.NO_HARM_SHOWN
    assert now.answer is AnalysisAnswer.NOT_ENOUGH_EVIDENCE
    assert now.gap is gap
    assert later.answer is AnalysisAnswer.NO_HARM_SHOWN


def test_a_control_that_serves_nothing_lets_no_canary_through_the_floor() -> None:
    verdict = last(*[look((1000, 0), (0, 0))] * 10)
    assert verdict.gap is EvidenceGap.CONTROL_SILENT
    assert verdict.no_harm_evidence > verdict.no_harm_needed


def test_a_canary_that_fails_while_its_control_is_gone_is_judged_by_the_ceiling() -> None:
    verdict = last(*[look((100, 40), (0, 0))] * 2)
    assert verdict.answer is AnalysisAnswer.HARM_SHOWN
    assert "limit" in verdict.sentence
    assert verdict.control == NOTHING


def test_at_little_traffic_a_bad_day_for_both_is_no_harm_though_they_seldom_meet_in_one_look() -> None:
    turns = [look((2, 1), (0, 0), 5000), look((0, 0), (2, 1), 5000)] * 100
    assert last(*turns, share_bp=5000).harm_evidence <= 0


def test_in_a_stage_with_nothing_to_compare_what_is_left_of_the_control_is_not_judged() -> None:
    verdict = last(look((200, 0), (3, 3), 10_000), share_bp=10_000, has_control=False)
    assert verdict.answer is AnalysisAnswer.NO_HARM_SHOWN
    assert verdict.control == NOTHING
    bad = last(look((200, 30), (3, 3), 10_000), share_bp=10_000, has_control=False)
    assert bad.answer is AnalysisAnswer.HARM_SHOWN
    assert "limit" in bad.sentence


@pytest.mark.parametrize(("log10_e", "expected"), [(1.309, 130), (1.311, 131), (-0.001, -1), (0, 0)])
def test_evidence_is_never_rounded_up(log10_e: float, expected: int) -> None:
    assert hundredths(log10_e * math.log(10)) == expected


def test_with_nothing_to_compare_the_ceiling_decides_both_ways() -> None:
    good, bad = look((200, 1), None, 10_000), look((200, 30), None, 10_000)
    assert last(good, share_bp=10_000, has_control=False).answer is AnalysisAnswer.NO_HARM_SHOWN
    assert last(bad, share_bp=10_000, has_control=False).answer is AnalysisAnswer.HARM_SHOWN
    none = look((0, 0), None, 10_000)
    assert last(none, share_bp=10_000, has_control=False).gap is EvidenceGap.NO_TRAFFIC


def test_a_disturbed_look_changes_no_evidence() -> None:
    disturbed = msgspec.structs.replace(look((1000, 900), (19_000, 0)), disturbance="the router restarted")
    clean, after = last(GOOD), last(GOOD, disturbed)
    assert (after.harm_evidence, after.no_harm_evidence) == (clean.harm_evidence, clean.no_harm_evidence)
    assert "the router restarted" in after.sentence


@pytest.mark.parametrize("parts", [2, 5, 10])
def test_looking_more_often_at_the_same_counts_only_helps(parts: int) -> None:
    """Many looks that agree speak against noise, which one look cannot: batching costs, and never adds."""
    part = (look((60, 3), (940, 7)),) * parts
    whole = look((60 * parts, 3 * parts), (940 * parts, 7 * parts))
    often, once = last(*part), last(whole)
    assert often.harm_evidence >= once.harm_evidence


def test_a_look_before_any_stage_is_refused() -> None:
    with pytest.raises(RefusedError, match="before any stage"):
        judge_of(POLICY).look(GOOD)


@pytest.mark.parametrize(
    "policy",
    [
        ErrorGuardPolicy(harm_alpha_bp=0),
        ErrorGuardPolicy(pass_alpha_bp=10_000),
        ErrorGuardPolicy(margin_percent=0),
        ErrorGuardPolicy(floor_bp=10_000),
        ErrorGuardPolicy(ceiling_bp=0),
    ],
    ids=lambda policy: msgspec.json.encode(policy).decode(),
)
def test_a_policy_that_no_test_can_keep_is_refused(policy: ErrorGuardPolicy) -> None:
    with pytest.raises(BadInputError, match="must be"):
        judge_of(policy)


def test_a_verdict_survives_its_record() -> None:
    verdict = last(GOOD)
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict) == verdict


LATENCY = RolloutPolicy()
FAST = ((10, 500), (20, 400), (50, 80), (100, 15), (500, 5))
SLOW = ((10, 500), (20, 400), (50, 40), (100, 15), (500, 5), (1000, 40))


def timed(canary: Buckets = FAST, control: Buckets = FAST) -> Look:
    return msgspec.structs.replace(
        look((1000, 0), (1000, 0), 5000), canary_latency=canary, control_latency=control
    )


def judged(policy: RolloutPolicy, looks: list[Look], *, deadline_ms: int = 0) -> list[Verdict]:
    judge = RolloutJudge(policy)
    judge.begin_stage(share_bp=5000, has_control=True, deadline_ms=deadline_ms)
    return [judge.look(each) for each in looks]


def test_a_release_that_is_slow_in_its_tail_only_is_harmful_and_the_sentence_says_from_where() -> None:
    end = judged(LATENCY, [timed(canary=SLOW)] * 20)[-1]
    assert end.answer is AnalysisAnswer.HARM_SHOWN
    assert end.guard == "latency"
    assert re.search(r"of [\d,]+ canary requests took longer than \d+ ms against", end.sentence)


def test_a_guard_that_may_only_veto_does_not_hold_a_stage_back() -> None:
    end = judged(LATENCY, [look((1000, 0), (1000, 0), 5000)] * 3)[-1]
    assert end.answer is AnalysisAnswer.NO_HARM_SHOWN
    silent = next(each for each in end.guards if each.guard == "latency")
    assert silent.answer is AnalysisAnswer.NOT_ENOUGH_EVIDENCE
    assert silent.gap is EvidenceGap.NO_DATA


def test_a_guard_that_decides_and_is_not_measured_lets_nothing_through() -> None:
    strict = RolloutPolicy(latency=LatencyGuardPolicy(role=GuardRole.DECIDE))
    end = judged(strict, [look((1000, 0), (1000, 0), 5000)] * 30)[-1]
    assert end.answer is AnalysisAnswer.NOT_ENOUGH_EVIDENCE
    assert end.gap is EvidenceGap.NO_DATA
    assert "does not say how long requests take" in end.sentence


def test_a_shadow_guard_says_what_it_would_and_changes_nothing() -> None:
    shadow = RolloutPolicy(latency=LatencyGuardPolicy(role=GuardRole.SHADOW))
    end = judged(shadow, [timed(canary=SLOW)] * 20)[-1]
    assert end.answer is AnalysisAnswer.NO_HARM_SHOWN
    assert end.harm_needed == 200
    said = next(each for each in end.guards if each.guard == "latency")
    assert (said.role, said.answer) == (GuardRole.SHADOW, AnalysisAnswer.HARM_SHOWN)


def metric(name: str, kind: MetricKind = MetricKind.COUNTS, **more: object) -> MetricGuardPolicy:
    usual = MetricGuardPolicy(name=name, source=MetricSource.PROMETHEUS, kind=kind, url="http://metrics")
    return msgspec.structs.replace(usual, **more)


def counted(**events: tuple[int, int]) -> Look:
    metrics = tuple(
        MetricCounts(
            name=name,
            canary=ArmCounts(requests=1000, errors=canary),
            control=ArmCounts(requests=1000, errors=control),
        )
        for name, (canary, control) in events.items()
    )
    return msgspec.structs.replace(look((1000, 0), (1000, 0), 5000), metrics=metrics)


@given(st.permutations(["carts", "logins", "payments"]))
def test_the_order_of_guards_changes_nothing(names: list[str]) -> None:
    looks = [counted(carts=(30, 10), logins=(5, 5), payments=(2, 9))] * 3
    metrics = {name: metric(name) for name in ("carts", "logins", "payments")}
    usual = judged(RolloutPolicy(metrics=tuple(metrics.values())), looks)
    assert judged(RolloutPolicy(metrics=tuple(metrics[name] for name in names)), looks) == usual


def test_more_guards_need_more_evidence_each() -> None:
    assert judged(RolloutPolicy(latency=None), [timed()])[0].harm_needed == 200
    assert judged(RolloutPolicy(), [timed()])[0].harm_needed == 231


def test_fewer_good_events_are_harm_where_less_is_worse() -> None:
    policy = RolloutPolicy(metrics=(metric("logins", worse=Worse.LESS),))
    end = judged(policy, [counted(logins=(900, 990))] * 20)[-1]
    assert end.answer is AnalysisAnswer.HARM_SHOWN
    assert "had no “logins”" in end.sentence


def test_a_value_is_judged_by_its_mean() -> None:
    policy = RolloutPolicy(metrics=(metric("saturation", MetricKind.VALUE, margin_percent=10),))
    reading = MetricCounts(name="saturation", canary_value_ppm=900_000, control_value_ppm=300_000)
    warm = msgspec.structs.replace(look((1000, 0), (1000, 0), 5000), metrics=(reading,))
    end = judged(policy, [warm] * 40)[-1]
    assert end.answer is AnalysisAnswer.HARM_SHOWN
    assert "“saturation” was 90 % of its range at the canary against 30 % at the control" in end.sentence


@pytest.mark.parametrize(
    ("reading", "gap"),
    [
        (None, EvidenceGap.SOURCE_DOWN),
        (MetricCounts(name="carts", problem="it did not answer within 2 s"), EvidenceGap.SOURCE_DOWN),
        (MetricCounts(name="carts", canary=ArmCounts(requests=5, errors=0)), EvidenceGap.SOURCE_PARTIAL),
    ],
)
def test_a_source_that_is_down_or_partial_is_named_and_passes_nothing(
    reading: MetricCounts | None, gap: EvidenceGap
) -> None:
    policy = RolloutPolicy(metrics=(metric("carts", role=GuardRole.DECIDE),))
    blind = msgspec.structs.replace(look((1000, 0), (1000, 0), 5000), metrics=(reading,) if reading else ())
    end = judged(policy, [blind] * 30)[-1]
    assert (end.answer, end.gap) == (AnalysisAnswer.NOT_ENOUGH_EVIDENCE, gap)
    assert "carts" in end.sentence


def test_a_split_that_was_not_ordered_is_its_own_answer() -> None:
    end = judged(RolloutPolicy(latency=None), [look((100, 0), (900, 0), 5000)] * 10)[-1]
    assert (end.answer, end.gap) == (AnalysisAnswer.NOT_ENOUGH_EVIDENCE, EvidenceGap.SPLIT_WRONG)
    assert "10 % of 10,000 requests, and 50 % was ordered" in end.sentence


def test_at_a_trickle_of_traffic_it_says_that_the_question_cannot_be_judged_in_time() -> None:
    slow = msgspec.structs.replace(look((5, 0), (5, 0), 5000), watched_ms=30_000)
    end = judged(RolloutPolicy(latency=None), [slow] * 4, deadline_ms=600_000)[-1]
    assert (end.answer, end.gap) == (AnalysisAnswer.NOT_ENOUGH_EVIDENCE, EvidenceGap.TOO_SLOW)
    assert "Cannot be judged in time" in end.sentence
    assert "the deadline is in 8 min" in end.sentence


def test_the_first_looks_of_a_cold_release_do_not_count() -> None:
    cold = msgspec.structs.replace(look((1000, 900), (1000, 0), 5000), gap=EvidenceGap.COLD_START)
    found = judged(RolloutPolicy(latency=None), [*[cold] * 5, *[look((1000, 0), (1000, 0), 5000)] * 3])
    assert {verdict.gap for verdict in found[:5]} == {EvidenceGap.COLD_START}
    assert found[-1].answer is AnalysisAnswer.NO_HARM_SHOWN
