"""What a plan says of its power: the traffic that it is reckoned from, and the stages that cannot decide."""

from datetime import timedelta
from io import StringIO

import msgspec
import pytest
from rich.console import Group
from tests.cli.samples import ALL, FIVE, NEW, OLD
from tests.cli.workplace import Workplace

from strandline.cli.output import Output
from strandline.cli.plan import shown
from strandline.rollout.plan_view import PlanView, StagePowerView, TrafficView
from strandline.vocabulary.deployment import DeploymentKind
from strandline.vocabulary.service import GuardRole, RolloutPolicy, Strategy

UNKNOWN = TrafficView(origin="unknown: state it with --traffic and --base-errors")
STATED = TrafficView(requests_per_second=1 / 3, base_error_share=0.005, origin="stated")
SEES = StagePowerView(
    stage=1,
    guard="errors",
    role=GuardRole.DECIDE,
    sees_from="5 times as many (2.5 %)",
    sees_in=timedelta(seconds=90),
    power_bp=9667,
    exposed_requests=1805,
    passes_in=timedelta(minutes=3),
    pass_power_bp=9833,
    is_awaited=True,
    can_decide=True,
    shortest=timedelta(minutes=5),
)
BLIND = StagePowerView(
    stage=1,
    guard="errors",
    role=GuardRole.DECIDE,
    sees_from="nothing",
    is_awaited=True,
    what_could="a deadline of 3h or a share of 25%",
)
VIEW = PlanView(
    service="greeter",
    environment="production",
    kind=DeploymentKind.ROLLOUT,
    strategy=Strategy.CANARY,
    release=NEW,
    previous=OLD,
    changes=(),
    stages=(FIVE, ALL),
    policy=RolloutPolicy(),
    gates=(),
    waits_for="",
    blocked_by=(),
    traffic=STATED,
    power=(SEES,),
)


def written(has_wish: bool = False, **changes: object) -> str:  # noqa: FBT001, FBT002 - a helper of these tests
    out = StringIO()
    view = msgspec.structs.replace(VIEW, **changes)
    Output(stdout=out).show(Group(*shown(view, has_wish=has_wish)))
    return out.getvalue()


def test_what_a_stage_sees_stands_in_one_line() -> None:
    text = written()
    assert "With 20 requests a minute, of which 0.5 % fail (stated):" in text
    (row,) = (each for each in text.splitlines() if each.startswith("1      errors"))
    told = ("5 times as many (2.5 %)", "97%", "1m30s", "1,805 requests", "3m, 98% by the deadline")
    assert all(words in row for words in told)
    assert "cannot decide" not in text


def test_a_stage_that_cannot_decide_is_flagged_with_what_could() -> None:
    assert "cannot decide: a deadline of 3h or a share of 25%" in written(power=(BLIND,))


def test_a_guard_that_no_stage_waits_for_is_told_and_not_flagged() -> None:
    text = written(power=(msgspec.structs.replace(BLIND, is_awaited=False),))
    assert "a deadline of 3h" in text
    assert "cannot decide" not in text


def test_a_wanted_power_brings_the_shortest_deadline_that_reaches_it() -> None:
    assert "Shortest deadline" not in written()
    text = written(has_wish=True, power=(SEES, BLIND))
    assert "Shortest deadline" in text
    assert "5m" in text
    assert "none" in text


def test_traffic_that_nobody_knows_is_called_unknown() -> None:
    text = written(traffic=UNKNOWN, power=())
    assert "What this plan would see is unknown: state it with --traffic and --base-errors." in text
    assert "Sees from" not in text


def test_a_plan_without_its_power_says_nothing_of_it() -> None:
    assert "see" not in written(traffic=None, power=()).replace("see `", "")


def test_what_was_left_out_is_said() -> None:
    traffic = msgspec.structs.replace(STATED, requests_per_second=1200, note="Reckoned for 6 of 20 stages.")
    text = written(traffic=traffic, power=(msgspec.structs.replace(BLIND, sees_from="unknown"),))
    assert "With 1,200 requests a second" in text
    assert "Reckoned for 6 of 20 stages." in text


@pytest.mark.scenario
def test_twenty_requests_a_minute_are_too_few_with_and_without_a_control_plane(workplace: Workplace) -> None:
    asked = ("plan", "greeter", workplace.release("1.1.0"), "--to", "production")
    stated = (*asked, "--traffic", "20/min", "--base-errors", "0.5%")
    text = workplace.run(*stated).stdout
    assert "With 20 requests a minute, of which 0.5 % fail (stated):" in text
    assert "cannot decide: " in text
    alone = workplace.json(*stated)
    with workplace.serving():
        served = workplace.json(*stated)
    assert alone["power"] == served["power"]
    assert alone["traffic"] == served["traffic"]
    assert {row["canDecide"] for row in alone["power"] if row["guard"] == "errors"} == {False}


@pytest.mark.scenario
@pytest.mark.parametrize(
    "slip", [("--traffic", "20"), ("--base-errors", "0.5"), ("--power", "120%")], ids=lambda slip: slip[0]
)
def test_a_slip_in_a_rate_or_share_is_answered_with_an_example(
    workplace: Workplace, slip: tuple[str, str]
) -> None:
    done = workplace.run("plan", "greeter", "1.0.0", "--to", "production", *slip)
    assert done.returncode == 2
    assert "such as" in done.stderr
