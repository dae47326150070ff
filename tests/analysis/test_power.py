"""What a stage would see: figures that agree with the tests they foretell, and that never flatter."""

import math
from typing import Any

import msgspec
import numpy as np
import pytest

from strandline.analysis import power
from strandline.analysis.logarithms import Floats
from strandline.analysis.panel import Panel, Series
from strandline.analysis.power import GuardPower, PowerQuestion, guard_power
from strandline.testing.simulated_looks import World, simulate

MINUTE = PowerQuestion(
    guard="errors",
    requests_per_second=200,
    base_share=0.02,
    share_bp=5000,
    length_seconds=60,
    look_seconds=1,
    series=Series(margin=2.0, floor=0.005, ceiling=0.05),
    harm_log_e=math.log(200),
    pass_log_e=math.log(20),
)


def answer(seed: int = 1, **changes: Any) -> GuardPower:
    return guard_power(msgspec.structs.replace(MINUTE, **changes), np.random.default_rng(seed))


@pytest.fixture
def few_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer rollouts, where it is not their figures that matter."""
    monkeypatch.setattr(power, "RUNS", 20)


def shown(*, ratio: float, looks: int, requests: float, runs: int) -> tuple[Floats, Floats]:
    """By another simulation, look by look: the first look at which harm, and no harm, is shown."""
    world = World(base=MINUTE.base_share, ratio=ratio, requests=requests, looks=looks)
    counts = simulate(world, runs=runs, rng=np.random.default_rng(77))
    panel = Panel([MINUTE.series] * runs)
    panel.begin_stage(has_control=True)
    harm, no_harm = np.full(runs, np.inf), np.full(runs, np.inf)
    for look in range(looks):
        every = (counts.canary_events, counts.canary, counts.control_events, counts.control)
        canary_events, canary, control_events, control = (each[:, look] for each in every)
        panel.look(canary_events, canary, control_events, control, compared=True)
        harm = np.where((panel.harm >= MINUTE.harm_log_e) & np.isinf(harm), look + 1, harm)
        no_harm = np.where((panel.no_harm >= MINUTE.pass_log_e) & np.isinf(no_harm), look + 1, no_harm)
    return harm, no_harm


def test_power_agrees_with_an_independent_simulation() -> None:
    told = answer()
    assert told.ratio is not None
    assert told.seconds is not None
    harm, _ = shown(ratio=told.ratio, looks=60, requests=200, runs=100)
    _, no_harm = shown(ratio=1.0, looks=60, requests=200, runs=100)
    # Two counted chances, of 60 and of 100 runs: three standard deviations of their difference.
    assert np.isfinite(harm).mean() == pytest.approx(told.power, abs=0.15)
    assert np.isfinite(no_harm).mean() == pytest.approx(told.pass_power, abs=0.15)
    assert np.median(harm) == pytest.approx(told.seconds, rel=0.35)
    assert told.exposed_requests == round(told.seconds * 100)


def test_pooled_looks_do_not_tell_of_more_than_the_looks_themselves_would_see() -> None:
    told = answer(length_seconds=180, requests_per_second=60)
    assert told.ratio is not None
    assert told.seconds is not None
    harm, _ = shown(ratio=told.ratio, looks=180, requests=60, runs=40)
    _, no_harm = shown(ratio=1.0, looks=180, requests=60, runs=40)
    assert np.isfinite(harm).mean() >= told.power - 0.15
    assert np.isfinite(no_harm).mean() >= told.pass_power - 0.15
    assert np.median(harm) <= told.seconds * 1.35


@pytest.mark.usefixtures("few_runs")
def test_more_traffic_never_sees_less() -> None:
    little, more, much = (answer(requests_per_second=rate) for rate in (10, 60, 360))
    ratios = [each.ratio or math.inf for each in (little, more, much)]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[0] > ratios[-1]
    chances = [each.pass_power for each in (little, more, much)]
    assert chances == sorted(chances)


@pytest.mark.usefixtures("few_runs")
def test_the_same_question_has_the_same_answer() -> None:
    assert answer(requests_per_second=50) == answer(requests_per_second=50)


@pytest.mark.parametrize("changes", [{"requests_per_second": 0.0}, {"share_bp": 0}], ids=["none", "no share"])
def test_without_traffic_nothing_is_seen_and_nothing_decided(changes: dict[str, Any]) -> None:
    assert answer(**changes) == GuardPower(guard="errors")


@pytest.mark.usefixtures("few_runs")
def test_a_stage_that_cannot_decide_is_told_the_length_and_the_share_that_could() -> None:
    told = answer(requests_per_second=400, share_bp=200)
    assert not told.can_decide
    assert told.enough_seconds is not None
    assert told.enough_share_bp is not None
    assert answer(requests_per_second=400, share_bp=200, length_seconds=2 * told.enough_seconds).can_decide
    assert answer(requests_per_second=400, share_bp=min(5000, 2 * told.enough_share_bp)).can_decide


def test_where_nothing_would_do_none_is_told() -> None:
    told = answer(requests_per_second=0.02, look_seconds=60, length_seconds=600)
    assert (told.ratio, told.seconds, told.exposed_requests) == (None, None, None)
    assert (told.can_decide, told.enough_seconds, told.enough_share_bp) == (False, None, None)


def test_requests_in_looks_without_any_of_the_control_count_for_the_floor_alone() -> None:
    told = answer(requests_per_second=4, base_share=0.0, length_seconds=1800, look_seconds=0.1)
    assert told.can_decide
    assert told.ratio is None


def test_a_control_without_events_makes_changes_shares_and_no_ratios() -> None:
    told = answer(base_share=0.0)
    assert told.ratio is None
    assert told.share is not None
    assert told.power >= MINUTE.power


def test_all_traffic_is_judged_by_what_the_release_before_did() -> None:
    alone = {"has_control": False, "share_bp": 10_000}
    known = answer(**alone, control_requests_before=20_000)
    unknown = answer(**alone)
    assert known.share is not None
    assert unknown.share is None or known.share <= unknown.share
    assert known.enough_share_bp is None


@pytest.mark.usefixtures("few_runs")
def test_what_is_not_judged_at_first_is_seen_later() -> None:
    at_once, later = answer(), answer(blind_seconds=20, blind_requests=3000)
    assert at_once.pass_seconds is not None
    assert later.seconds is not None
    assert later.seconds > 30
    assert later.pass_power <= at_once.pass_power


@pytest.mark.usefixtures("few_runs")
def test_a_higher_wanted_power_takes_longer() -> None:
    usual, high = answer(), answer(power=0.98)
    assert usual.enough_seconds is not None
    assert high.enough_seconds is not None
    assert high.enough_seconds > usual.enough_seconds


def test_pooled_looks_fill_the_stage_and_end_at_its_deadline() -> None:
    question = msgspec.structs.replace(MINUTE, length_seconds=600)
    ends = np.cumsum(list(power._pooled(question, power.LONGEST_SECONDS)))
    assert 600 in ends
    assert ends[-1] == power.LONGEST_SECONDS
    assert list(ends[: power.LOOKS]) == list(range(1, power.LOOKS + 1))
    assert list(power._pooled(question, 600))[-1] > 0
