"""The rules of the simulation: what each decides, and that many runs are decided as one by one."""

import numpy as np
import pytest
from benchmarks.peers.decisions import KINDS, Counts, Floats
from benchmarks.peers.kayenta_batch import are_high
from benchmarks.peers.kayenta_judge import Label, MetricSettings, classify
from benchmarks.peers.rules import (
    PEERS,
    ArgoRule,
    Decision,
    FlaggerRule,
    KayentaRule,
    PeerRule,
    PipecdRule,
)

LOOKS = 60
NAMES = [peer.name for peer in PEERS]
EVERY_PEER = pytest.mark.parametrize("rule", PEERS, ids=NAMES)

Run = tuple[Counts, Counts, Counts, Counts]


def runs(
    seed: int, *, requests: float, error_rate: float, factor: float, count: int = 12, looks: int = LOOKS
) -> Run:
    rng = np.random.default_rng(seed)
    canary, control = rng.poisson(requests, (count, looks)), rng.poisson(requests, (count, looks))
    return (
        canary,
        rng.binomial(canary, min(1.0, error_rate * factor)),
        control,
        rng.binomial(control, error_rate),
    )


def steady(requests: int, errors: int, looks: int = LOOKS) -> tuple[Counts, Counts]:
    return np.full(looks, requests), np.full(looks, errors)


def with_errors_at(*looks: int) -> Run:
    requests, errors = steady(100, 0)
    mine = errors.copy()
    mine[[look - 1 for look in looks]] = 50
    return requests, mine, requests, errors


SHAPES = [
    pytest.param(1, 0.05, 1.0, id="nearly silent"),
    pytest.param(0.2, 0.2, 2.0, id="mostly silent"),
    pytest.param(20, 0.005, 1.0, id="sparse, no harm"),
    pytest.param(20, 0.005, 4.0, id="sparse, harm"),
    pytest.param(1000, 0.005, 1.0, id="much, no harm"),
    pytest.param(1000, 0.005, 1.3, id="much, harm"),
    pytest.param(10000, 0.0001, 2.0, id="very rare errors"),
]


@EVERY_PEER
@pytest.mark.parametrize(("requests", "error_rate", "factor"), SHAPES)
def test_many_runs_are_decided_as_one_by_one(
    rule: PeerRule, requests: float, error_rate: float, factor: float
) -> None:
    run = runs(11, requests=requests, error_rate=error_rate, factor=factor)
    many = rule.decide_many(*run)
    alone = [rule.decide(*(side[row] for side in run)) for row in range(len(run[0]))]
    assert [many.of(row) for row in range(len(run[0]))] == alone


@EVERY_PEER
@pytest.mark.parametrize("looks", [1, 3, 7, 64])
def test_any_number_of_looks_is_decided_alike(rule: PeerRule, looks: int) -> None:
    run = runs(12, requests=3, error_rate=0.1, factor=2, looks=looks)
    many = rule.decide_many(*run)
    assert [many.of(row) for row in range(len(run[0]))] == [
        rule.decide(*(side[row] for side in run)) for row in range(len(run[0]))
    ]


@pytest.mark.parametrize(("requests", "error_rate", "factor"), SHAPES)
@pytest.mark.parametrize("width", [2, 5, 23])
def test_the_search_in_many_rows_is_the_judges(
    width: int, requests: float, error_rate: float, factor: float
) -> None:
    run = runs(13, requests=requests, error_rate=error_rate, factor=factor, count=40, looks=width)
    mine, theirs = (_ratios(run[at], run[at + 1]) for at in (0, 2))
    settings = MetricSettings(direction="increase")
    expected = [
        classify(mine[row], theirs[row], settings, np.random.default_rng(1)).label is Label.HIGH
        for row in range(40)
    ]
    assert are_high(mine, theirs, settings, seed=1).tolist() == expected


def test_the_same_values_in_another_order_are_not_high_in_many_rows_either() -> None:
    rng = np.random.default_rng(16)
    values = np.where(rng.random((300, 12)) < 0.3, rng.random((300, 12)), 0.0)
    high = are_high(values, rng.permuted(values, axis=1), MetricSettings(direction="increase"), seed=1)
    assert not high.any()


def _ratios(requests: Counts, errors: Counts) -> Floats:
    return np.where(requests > 0, errors / np.maximum(requests, 1), np.nan)


@EVERY_PEER
def test_a_canary_without_errors_is_promoted_at_the_end(rule: PeerRule) -> None:
    quiet = steady(100, 0)
    assert rule.decide(*quiet, *quiet) == Decision("promote", LOOKS)


@EVERY_PEER
def test_a_canary_that_always_fails_is_rolled_back(rule: PeerRule) -> None:
    decision = rule.decide(*steady(100, 100), *steady(100, 0))
    assert decision.kind == "rollback"


@EVERY_PEER
def test_every_decision_is_one_of_the_kinds_at_one_of_the_looks(rule: PeerRule) -> None:
    many = rule.decide_many(*runs(14, requests=20, error_rate=0.01, factor=2, count=30))
    assert set(many.kinds.tolist()) <= set(range(len(KINDS)))
    assert ((many.looks >= 1) & (many.looks <= LOOKS)).all()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (KayentaRule(), Decision("rollback", 5)),
        (KayentaRule(first=50), Decision("rollback", 50)),
        (ArgoRule(name="Argo"), Decision("rollback", 5)),
        (FlaggerRule(name="Flagger", threshold=5), Decision("rollback", 6)),
        (PipecdRule(), Decision("rollback", 10)),
    ],
    ids=["Kayenta", "Kayenta, from 50", "Argo", "Flagger", "PipeCD"],
)
def test_a_silent_canary_is_rolled_back_by_all(rule: PeerRule, expected: Decision) -> None:
    assert rule.decide(*steady(0, 0), *steady(100, 0)) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (KayentaRule(), Decision("rollback", 5)),
        (ArgoRule(name="Argo"), Decision("rollback", 5)),
        (FlaggerRule(name="Flagger", threshold=5), Decision("rollback", 6)),
        (PipecdRule(), Decision("promote", LOOKS)),
    ],
    ids=["Kayenta", "Argo", "Flagger", "PipeCD"],
)
def test_only_pipecd_promotes_when_both_sides_are_silent(rule: PeerRule, expected: Decision) -> None:
    assert rule.decide(*steady(0, 0), *steady(0, 0)) == expected


def test_four_silent_looks_in_a_row_are_forgiven_by_argo() -> None:
    requests, errors = steady(100, 0)
    requests = requests.copy()
    requests[[0, 1, 2, 3, 5, 6, 7, 8]] = 0
    assert ArgoRule(name="Argo").decide(requests, errors, requests, errors).kind == "promote"


def test_argo_counts_failures_wherever_they_are() -> None:
    run = with_errors_at(3, 20, 40, 59)
    assert ArgoRule(name="none forgiven").decide(*run) == Decision("rollback", 3)
    assert ArgoRule(name="three forgiven", failure_limit=3).decide(*run) == Decision("rollback", 59)
    assert ArgoRule(name="four forgiven", failure_limit=4).decide(*run) == Decision("promote", LOOKS)


def test_flagger_rolls_back_one_look_after_the_last_failed_check() -> None:
    assert FlaggerRule(name="one", threshold=1).decide(*with_errors_at(3)) == Decision("rollback", 4)
    run = with_errors_at(3, 20, 40, 59, 60)
    assert FlaggerRule(name="five", threshold=5).decide(*run) == Decision("rollback", LOOKS)


def test_kayenta_looks_only_where_it_judges() -> None:
    assert KayentaRule().ends(LOOKS) == list(range(5, 61, 5))
    assert KayentaRule(first=50).ends(LOOKS) == [50, 55, 60]
    assert KayentaRule(first=50).ends(30) == [30]


def test_pipecd_looks_at_the_last_interval_only() -> None:
    run = with_errors_at(1, 11, 21, 31, 41, 51)
    assert list(PipecdRule().windows(LOOKS)) == [(at, at + 10) for at in range(0, 60, 10)]
    assert PipecdRule().decide(*run) == Decision("promote", LOOKS)
    assert PipecdRule().decide(*with_errors_at(31, 32, 33, 34, 35)) == Decision("rollback", 40)


def test_the_peers_have_names_of_their_own() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_pipecds_six_looks_fail_a_quarter_of_healthy_canaries() -> None:
    run = runs(15, requests=10000, error_rate=0.05, factor=1.0, count=400)
    rolled_back = float((PipecdRule().decide_many(*run).kinds == KINDS.index("rollback")).mean())
    assert rolled_back == pytest.approx(0.24, abs=0.06)
