from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.analysis.measurement import NOTHING
from strandline.analysis.verdict import Verdict
from strandline.rollout.decisions import LOSSES_TOLERATED, Standing, Step, decide
from strandline.rollout.journal import Intervention
from strandline.vocabulary.deployment import Action, PlannedStage, StageKind
from strandline.vocabulary.service import WhenUndecided
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap

BAKE = timedelta(seconds=30)
DEADLINE = timedelta(minutes=10)


def verdict(answer: AnalysisAnswer, gap: EvidenceGap = EvidenceGap.NONE) -> Verdict:
    return Verdict(
        answer=answer,
        gap=gap,
        sentence=f"It is {answer.value}.",
        harm_evidence=0,
        harm_needed=200,
        no_harm_evidence=0,
        no_harm_needed=131,
        canary=NOTHING,
        control=NOTHING,
    )


HARM = verdict(AnalysisAnswer.HARM_SHOWN)
NO_HARM = verdict(AnalysisAnswer.NO_HARM_SHOWN)
UNDECIDED = verdict(AnalysisAnswer.NOT_ENOUGH_EVIDENCE, EvidenceGap.TOO_LITTLE)


def standing(verdict: Verdict, *, watched: timedelta = BAKE, **changes: object) -> Standing:
    usual = Standing(
        stage=PlannedStage(kind=StageKind.COMPARED, share_bp=500, bake=BAKE, deadline=DEADLINE),
        verdict=verdict,
        watched=watched,
        deadline=DEADLINE,
        is_paused=False,
        losses=0,
        when_undecided=WhenUndecided.PAUSE,
    )
    return msgspec.structs.replace(usual, **changes)


def stage(kind: StageKind, share_bp: int) -> PlannedStage:
    return PlannedStage(kind=kind, share_bp=share_bp, bake=BAKE, deadline=DEADLINE)


def asked(*actions: Action) -> tuple[Intervention, ...]:
    return tuple(
        Intervention(seq=seq, action=action, actor="ada", reason="because")
        for seq, action in enumerate(actions, start=1)
    )


def test_harm_rolls_back_at_once_even_while_paused() -> None:
    assert decide(standing(HARM, watched=timedelta()), ()).step is Step.ROLL_BACK
    assert decide(standing(HARM, is_paused=True), ()).step is Step.ROLL_BACK


def test_harm_outweighs_a_person_who_wants_to_promote() -> None:
    assert decide(standing(HARM), asked(Action.PROMOTE)).step is Step.ROLL_BACK


def test_no_harm_promotes_once_the_bake_is_over_and_not_before() -> None:
    assert decide(standing(NO_HARM), ()).step is Step.PROMOTE
    assert decide(standing(NO_HARM, watched=BAKE - timedelta(seconds=1)), ()).step is Step.WATCH


def test_no_harm_does_not_promote_while_paused() -> None:
    assert decide(standing(NO_HARM, is_paused=True), ()).step is Step.WATCH


@pytest.mark.parametrize(
    ("policy", "step"),
    [
        (WhenUndecided.PAUSE, Step.PAUSE),
        (WhenUndecided.ROLL_BACK, Step.ROLL_BACK),
        (WhenUndecided.PROMOTE, Step.PROMOTE),
    ],
)
def test_the_policy_says_what_happens_at_an_undecided_deadline(policy: WhenUndecided, step: Step) -> None:
    late = standing(UNDECIDED, watched=DEADLINE, when_undecided=policy)
    decision = decide(late, ())
    assert decision.step is step
    assert "Undecided after 600 s" in decision.sentence


@given(
    gap=st.sampled_from(
        [gap for gap in EvidenceGap if gap not in (EvidenceGap.NONE, EvidenceGap.INSTANCE_FAULT)]
    ),
    seconds=st.integers(0, 10_000),
)
def test_no_gap_in_the_evidence_ever_promotes_under_the_default_policy(
    gap: EvidenceGap, seconds: int
) -> None:
    undecided = verdict(AnalysisAnswer.NOT_ENOUGH_EVIDENCE, gap)
    decision = decide(standing(undecided, watched=timedelta(seconds=seconds)), ())
    assert decision.step in (Step.WATCH, Step.PAUSE)


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_bad_instance_is_replaced_and_no_release_is_rolled_back_for_it(*, is_paused: bool) -> None:
    fault = msgspec.structs.replace(
        verdict(AnalysisAnswer.NOT_ENOUGH_EVIDENCE, EvidenceGap.INSTANCE_FAULT), instance="canary-2"
    )
    decision = decide(standing(fault, is_paused=is_paused), ())
    assert decision.step is Step.REPLACE
    assert decision.instance == "canary-2"


def test_an_abort_comes_before_everything_else() -> None:
    decision = decide(standing(HARM), asked(Action.PROMOTE, Action.ABORT, Action.RESUME))
    assert decision.step is Step.ABORT
    assert decision.actor == "ada"
    assert "ada aborted: because" in decision.sentence


def test_of_several_wishes_the_newest_counts() -> None:
    assert decide(standing(UNDECIDED), asked(Action.PAUSE, Action.PROMOTE)).step is Step.PROMOTE
    assert decide(standing(UNDECIDED), asked(Action.PROMOTE, Action.PAUSE)).step is Step.PAUSE


def test_pausing_twice_and_resuming_what_runs_change_nothing() -> None:
    assert decide(standing(UNDECIDED, is_paused=True), asked(Action.PAUSE)).step is Step.WATCH
    assert decide(standing(UNDECIDED), asked(Action.RESUME)).step is Step.WATCH


def test_an_instance_lost_now_and_then_is_no_verdict_but_one_more_is() -> None:
    assert decide(standing(UNDECIDED, losses=LOSSES_TOLERATED), ()).step is Step.WATCH
    lost = decide(standing(UNDECIDED, losses=LOSSES_TOLERATED + 1), ())
    assert lost.step is Step.ROLL_BACK
    assert "3 times" in lost.sentence


def test_a_first_release_that_does_harm_waits_for_a_person_since_nothing_can_take_over() -> None:
    first = stage(StageKind.FIRST, 10_000)
    assert decide(standing(HARM, stage=first), ()).step is Step.PAUSE
    assert decide(standing(HARM, stage=first, is_paused=True), asked(Action.PROMOTE)).step is Step.PROMOTE


def test_a_first_release_without_traffic_is_promoted_after_its_bake_and_says_why() -> None:
    idle = verdict(AnalysisAnswer.NOT_ENOUGH_EVIDENCE, EvidenceGap.NO_TRAFFIC)
    decision = decide(standing(idle, stage=stage(StageKind.FIRST, 10_000)), ())
    assert decision.step is Step.PROMOTE
    assert "nothing to compare it with" in decision.sentence


def test_testers_have_their_time_and_then_it_goes_on() -> None:
    testers = stage(StageKind.TESTERS, 0)
    assert decide(standing(UNDECIDED, stage=testers, watched=timedelta()), ()).step is Step.WATCH
    assert decide(standing(UNDECIDED, stage=testers), ()).step is Step.PROMOTE
