"""Guarded rollouts, and their verdicts run again from the record alone."""

from pathlib import Path

import msgspec
import pytest
from tests.rollout.trial import Trial, trial

from strandline.analysis.judge import RolloutJudge
from strandline.rollout.judged_again import JudgedAgain, first_decided, judge_again
from strandline.vocabulary.deployment import Outcome
from strandline.vocabulary.errors import RefusedError
from strandline.vocabulary.event import says
from strandline.vocabulary.exposure import AnalysisConcluded, AnalysisMeasured, InstanceReplaced
from strandline.vocabulary.service import RolloutPolicy
from strandline.vocabulary.verdict import AnalysisAnswer, EvidenceGap

QUICK = "{stages: [{share: 10%, bake: 5s, deadline: 4m}, {share: 50%, bake: 5s, deadline: 4m}]}"


def again(running: Trial, deployment_id: str, policy: RolloutPolicy | None = None) -> JudgedAgain:
    records = running.desk.events(deployment_id)
    return judge_again(deployment_id, records, make_judge=RolloutJudge, policy=policy)


def test_a_release_that_is_slow_in_its_tail_is_rolled_back_for_its_latency(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.world.error_rate = {"1.0.0": 0.02, "1.1.0": 0.02}
        running.world.slow_share = {"1.0.0": 0.005, "1.1.0": 0.05}
        running.rolled_out("1.0.0")
        view = running.rolled_out("1.1.0")
        assert view.outcome is Outcome.ROLLED_BACK
        assert "took longer than 20 ms" in view.outcome_reason
        assert again(running, view.id).agrees


def test_one_bad_instance_is_replaced_and_the_release_is_promoted(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.world.error_rate = {"1.0.0": 0.01, "1.1.0": 0.01}
        running.world.bad_instance["1.1.0"] = 0.5
        running.rolled_out("1.0.0")
        view = running.rolled_out("1.1.0")
        assert view.outcome is Outcome.SUCCEEDED, view.outcome_reason
        facts = [says(record.event, InstanceReplaced) for record in running.desk.events(view.id)]
        replaced = [fact for fact in facts if fact is not None]
        assert [fact.problem for fact in replaced] == [""]
        assert "A bad instance, not a bad release" in replaced[0].reason
        found = again(running, view.id)
        assert found.agrees
        assert [
            each.again.instance for each in found.looks if each.again.gap is EvidenceGap.INSTANCE_FAULT
        ] == [replaced[0].instance]


def test_every_verdict_of_a_rollout_agrees_bit_for_bit_when_it_is_run_again(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.world.error_rate["1.1.0"] = 0.2
        running.rolled_out("1.0.0")
        view = running.rolled_out("1.1.0")
        found = again(running, view.id)
        assert found.agrees
        assert not found.differing
        assert found.decisions[-1].decision == "roll-back"
        assert found.recorded_by == (found.judge,)
        harm = first_decided(found.looks, AnalysisAnswer.HARM_SHOWN)
        assert harm is not None
        assert harm.again.sentence == view.outcome_reason


def test_a_verdict_that_was_changed_in_the_record_is_found(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        view = running.rolled_out("1.1.0")
        records = running.desk.events(view.id)
        place = next(
            place for place, record in enumerate(records) if says(record.event, AnalysisMeasured) is not None
        )
        event = records[place].event
        data = msgspec.json.decode(msgspec.json.encode(event.content))
        data["verdict"]["harmEvidence"] += 1
        forged = msgspec.structs.replace(event, content=data)
        records[place] = msgspec.structs.replace(records[place], event=forged)
        found = judge_again(view.id, records, make_judge=RolloutJudge)
        assert [(each.stage, each.look) for each in found.differing] == [(1, 1)]


def test_another_policy_says_what_it_would_have_said_and_needs_not_agree(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        view = running.rolled_out("1.1.0")
        strict = msgspec.structs.replace(
            RolloutPolicy(), errors=msgspec.structs.replace(RolloutPolicy().errors, floor_bp=0)
        )
        found = again(running, view.id, strict)
        assert not found.is_own_policy
        assert first_decided(found.looks, AnalysisAnswer.NO_HARM_SHOWN) is None
        own = again(running, view.id)
        assert first_decided(own.looks, AnalysisAnswer.NO_HARM_SHOWN) is not None


def test_what_an_older_judge_said_is_not_run_by_a_newer_one(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.rolled_out("1.0.0")
        view = running.rolled_out("1.1.0")
        records = running.desk.events(view.id)
        for place, record in enumerate(records):
            if says(record.event, AnalysisConcluded) is not None:
                data = msgspec.json.decode(msgspec.json.encode(record.event.content))
                data["judge"] = "errors 1"
                event = msgspec.structs.replace(record.event, content=data)
                records[place] = msgspec.structs.replace(record, event=event)
        with pytest.raises(RefusedError, match="errors 1"):
            judge_again(view.id, records, make_judge=RolloutJudge)
        assert judge_again(view.id, records, make_judge=RolloutJudge, policy=RolloutPolicy()).looks


def test_the_looks_of_one_rollout_teach_the_next_about_the_noise(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=QUICK) as running:
        running.world.error_rate = {"1.0.0": 0.03, "1.1.0": 0.03, "1.2.0": 0.03}
        running.rolled_out("1.0.0")
        first = running.rolled_out("1.1.0")
        second = running.rolled_out("1.2.0")
        assert running.desk.plan_of(first.id).noise == ()
        assert running.desk.plan_of(second.id).noise_looks > 10
        assert again(running, second.id).agrees
