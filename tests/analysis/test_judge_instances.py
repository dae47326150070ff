"""The judge and the canary's instances: a bad host is named, and a bad release is not excused."""

from strandline.analysis.judge import RolloutJudge
from strandline.analysis.measurement import ArmCounts, Look
from strandline.analysis.verdict import Verdict
from strandline.vocabulary.service import RolloutPolicy
from strandline.vocabulary.traffic import InstanceCounts
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap


def with_instances(**errors: int) -> Look:
    each = tuple(InstanceCounts(instance=name, requests=100, errors=count) for name, count in errors.items())
    total = sum(errors.values())
    return Look(
        share_bp=2500,
        canary=ArmCounts(requests=100 * len(errors), errors=total),
        control=ArmCounts(requests=1000, errors=2),
        canary_instances=each,
    )


def judged_instances(looks: list[Look]) -> list[Verdict]:
    judge = RolloutJudge(RolloutPolicy(latency=None))
    judge.begin_stage(share_bp=2500, has_control=True)
    return [judge.look(each) for each in looks]


def test_one_bad_instance_is_named_once_and_the_release_goes_on_without_it() -> None:
    found = judged_instances([with_instances(a=0, b=35, c=0)] * 15)
    faults = [verdict for verdict in found if verdict.gap is EvidenceGap.INSTANCE_FAULT]
    assert [verdict.instance for verdict in faults] == ["b"]
    assert "b failed 35 % of" in faults[0].sentence
    assert not any(verdict.answer is AnalysisAnswer.HARM_SHOWN for verdict in found)
    assert found[-1].answer is AnalysisAnswer.NO_HARM_SHOWN


def test_a_release_whose_every_instance_turns_bad_in_turn_is_harmful() -> None:
    looks = [
        *[with_instances(a=0, b=35, c=0)] * 8,
        *[with_instances(a=0, c=0, d=35)] * 8,
        *[with_instances(a=0, c=0, e=35)] * 12,
    ]
    assert judged_instances(looks)[-1].answer is AnalysisAnswer.HARM_SHOWN


def test_a_release_that_is_bad_everywhere_is_no_instances_fault() -> None:
    found = judged_instances([with_instances(a=30, b=35, c=32)] * 10)
    assert found[-1].answer is AnalysisAnswer.HARM_SHOWN
    assert not any(verdict.gap is EvidenceGap.INSTANCE_FAULT for verdict in found)
