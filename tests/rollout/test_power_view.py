"""The power part of a plan: where its traffic comes from, and which stage is flagged."""

from pathlib import Path

import msgspec
import pytest
from tests.rollout.trial import Trial, trial

from strandline.analysis.measurement import ArmCounts, Look, MetricCounts
from strandline.rollout.order import DeploymentOrder
from strandline.rollout.plan_view import PlanView, StagePowerView
from strandline.rollout.planning import with_power
from strandline.rollout.power_view import Question, Traffic, power_of, traffic_of
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.service import (
    ErrorGuardPolicy,
    GuardRole,
    MetricGuardPolicy,
    MetricKind,
    MetricSource,
)

ONE_STAGE = "{stages: [{share: 50%, bake: 5s, deadline: 20s}], look_every: 1s}"


def asked(running: Trial, **stated: int) -> PlanView:
    order = DeploymentOrder(service="greeter", environment="production", release=running.release("2.0.0"))
    order = msgspec.structs.replace(order, **stated)
    return with_power(running.plane.plan(order), order, running.desk, now=running.clock.now())


def of_errors(plan: PlanView) -> StagePowerView:
    return next(row for row in plan.power if row.guard == "errors")


def without_latency(plan: PlanView, **changes: object) -> PlanView:
    return msgspec.structs.replace(
        plan, policy=msgspec.structs.replace(plan.policy, **{"latency": None, **changes})
    )


def test_before_the_first_rollout_the_traffic_is_unknown_and_never_guessed(tmp_path: Path) -> None:
    with trial(tmp_path) as running:
        plan = asked(running)
    assert plan.traffic is not None
    assert plan.traffic.origin == "unknown: state it with --traffic and --base-errors"
    assert plan.traffic.requests_per_second is None
    assert plan.power == ()


def test_traffic_is_measured_from_the_looks_of_earlier_rollouts(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=ONE_STAGE) as running:
        running.world.requests_per_second = 80
        running.rolled_out("1.0.0")
        plan = asked(running)
    assert plan.traffic is not None
    assert plan.traffic.origin == "measured: 1 rollout's looks of the last 30 days"
    assert plan.traffic.requests_per_second == pytest.approx(80, rel=0.1)
    assert {(row.stage, row.guard) for row in plan.power} == {
        (1, "errors"),
        (1, "latency p90"),
        (1, "latency p99"),
    }


def test_traffic_that_is_stated_counts_and_is_called_so(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=ONE_STAGE) as running:
        running.rolled_out("1.0.0")
        plan = asked(running, requests_per_hour=1200, base_errors_bp=50)
        half = asked(running, requests_per_hour=1200)
    assert plan.traffic is not None
    assert plan.traffic.origin == "stated"
    assert (plan.traffic.requests_per_second, plan.traffic.base_error_share) == (1200 / 3600, 0.005)
    row = of_errors(plan)
    assert row.is_awaited
    assert not row.can_decide
    assert row.what_could
    assert half.traffic is not None
    assert half.traffic.origin.startswith("traffic stated; the rest measured")


def test_without_the_usual_share_of_errors_their_guard_says_what_it_lacks(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=ONE_STAGE) as running:
        plan = asked(running, requests_per_hour=3600)
    assert plan.traffic is not None
    assert "--base-errors" in plan.traffic.origin
    row = of_errors(plan)
    assert (row.sees_from, row.can_decide) == ("unknown", False)
    assert "--base-errors" in row.what_could


@pytest.mark.parametrize(
    "stated", [{"requests_per_hour": -1}, {"base_errors_bp": 10_001}, {"power_bp": 0}], ids=str
)
def test_what_cannot_be_is_refused(tmp_path: Path, stated: dict[str, int]) -> None:
    with trial(tmp_path, rollout=ONE_STAGE) as running, pytest.raises(BadInputError, match="20/min"):
        asked(running, **stated)


def test_the_same_plan_has_the_same_figures(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=ONE_STAGE) as running:
        running.rolled_out("1.0.0")
        stated = {"requests_per_hour": 360_000, "base_errors_bp": 100}
        assert asked(running, **stated) == asked(running, **stated)


def test_of_many_stages_some_are_reckoned_and_that_is_said(tmp_path: Path) -> None:
    with trial(tmp_path, rollout=ONE_STAGE) as running:
        plan = asked(running)
    many = msgspec.structs.replace(plan, stages=plan.stages * 20)
    rows, note = power_of(many, Question(traffic=Traffic(requests_per_second=0.0, base_error_share=0.01)))
    assert note == "Reckoned for 6 of 20 stages."
    assert [row.stage for row in rows if row.guard == "errors"] == [1, 4, 8, 12, 16, 20]
    assert {row.what_could for row in rows} == {"there is no traffic"}


def test_every_guard_is_told_and_only_those_that_decide_are_awaited(tmp_path: Path) -> None:
    metrics = tuple(
        MetricGuardPolicy(name=name, source=MetricSource.OTLP, kind=kind)
        for name, kind in (
            ("payments", MetricKind.COUNTS),
            ("lost", MetricKind.COUNTS),
            ("cpu", MetricKind.VALUE),
        )
    )
    with trial(tmp_path, rollout=ONE_STAGE) as running:
        running.rolled_out("1.0.0")
        plan = asked(running)
    plan = msgspec.structs.replace(plan, policy=msgspec.structs.replace(plan.policy, metrics=metrics))
    quiet = Traffic(
        requests_per_second=0.0, base_error_share=0.01, has_latency=False, metrics={"payments": (0.0, 0.1)}
    )
    rows, _ = power_of(plan, Question(traffic=quiet))
    assert {row.guard: row.what_could for row in rows} == {
        "errors": "there is no traffic",
        "latency p90": "the target does not say how long requests take",
        "latency p99": "the target does not say how long requests take",
        "payments": "there is no traffic",
        "lost": "no earlier rollout has measured it",
        "cpu": "a value has no requests to reckon with",
    }
    assert [row.guard for row in rows if row.is_awaited] == ["errors"]
    vetoes = without_latency(plan, errors=ErrorGuardPolicy(role=GuardRole.VETO), metrics=())
    assert all(row.is_awaited for row in power_of(vetoes, Question(traffic=quiet))[0])


def test_looks_that_cannot_be_judged_say_nothing_of_the_traffic() -> None:
    some = ArmCounts(requests=10, errors=1)
    good = Look(share_bp=5000, canary=some, control=some, watched_ms=1000)
    unusable = [
        msgspec.structs.replace(good, disturbance="restarted"),
        msgspec.structs.replace(good, canary=None),
        msgspec.structs.replace(good, control=None),
        msgspec.structs.replace(good, watched_ms=0),
    ]
    assert traffic_of(unusable) == Traffic()
    assert traffic_of([*unusable, good, good]).requests_per_second == 20


def test_the_usual_share_is_the_controls_and_the_canarys_only_where_there_was_none() -> None:
    bad, fine = ArmCounts(requests=100, errors=50), ArmCounts(requests=100, errors=1)
    compared = Look(share_bp=5000, canary=bad, control=fine, watched_ms=1000)
    alone = Look(share_bp=10_000, canary=bad, has_control=False, watched_ms=1000)
    assert traffic_of([compared, alone]).base_error_share == 0.01
    assert traffic_of([alone]).base_error_share == 0.5


def test_metrics_and_latency_are_known_where_looks_had_them() -> None:
    some = ArmCounts(requests=10, errors=1)
    counted = MetricCounts(name="payments", canary=some, control=some)
    look = Look(share_bp=5000, canary=some, control=some, watched_ms=2000, metrics=(counted,))
    seen = traffic_of([look, msgspec.structs.replace(look, canary_latency=((None, 10),))])
    assert seen.metrics == {"payments": (10.0, 0.1)}
    assert seen.has_latency
    assert not traffic_of([look]).has_latency
