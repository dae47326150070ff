"""Scores, verdicts and the end of an analysis against Kayenta's own vectors.

Numbers from spinnaker/kayenta at a69573be9d8f, `kayenta-judge/src/test/scala/com/netflix/kayenta/judge/
ScorerSuite.scala` and `kayenta-standalone-canary-analysis/src/test/java/com/netflix/kayenta/
standalonecanaryanalysis/orca/task/GenerateCanaryAnalysisResultTaskTest.java`.
"""

import pytest
from benchmarks.peers.kayenta_judge import Classification, Label
from benchmarks.peers.kayenta_score import (
    MetricResult,
    Thresholds,
    Verdict,
    ends_the_analysis,
    judgements,
    passes_at_the_end,
    score,
    verdict,
)


def metric(label: str, group: str = "all", *, critical: bool = False, muted: bool = False) -> MetricResult:
    word = Classification(label=Label(label), critical=critical)
    return MetricResult(classification=word, groups=(group,), muted=muted)


@pytest.mark.parametrize(
    ("metrics", "weights", "total"),
    [
        pytest.param([metric("Pass")], {}, 100.0, id="one passes"),
        pytest.param([metric("High")], {}, 0.0, id="one is high"),
        pytest.param([metric("Nodata")], {}, 0.0, id="no data at all"),
        pytest.param(
            [metric("Pass", "a"), metric("Pass", "a"), metric("Nodata", "b")],
            {},
            100.0,
            id="a group without data counts 100",
        ),
        pytest.param([metric("Pass"), metric("High")], {}, 50.0, id="one of two"),
        pytest.param([metric("Pass"), metric("High"), metric("Low")], {}, 33.33, id="one of three"),
        pytest.param(
            [metric("Pass", "a"), metric("Pass", "a"), metric("High", "b")],
            {"a": 75.0, "b": 25.0},
            75.0,
            id="weights",
        ),
        pytest.param(
            [metric("Pass", "a"), metric("High", "a"), metric("High", "b")],
            {"a": 50.0, "b": 50.0},
            25.0,
            id="equal weights",
        ),
        pytest.param(
            [metric("Pass", "a"), metric("Nodata", "a"), metric("High", "b")],
            {"a": 50.0, "b": 50.0},
            50.0,
            id="no data is not in the denominator",
        ),
        pytest.param([metric("Pass"), metric("High", critical=True)], {}, 0.0, id="critical high"),
        pytest.param([metric("Low"), metric("Pass", critical=True)], {}, 50.0, id="critical pass"),
        pytest.param([metric("Pass"), metric("Nodata", critical=True)], {}, 0.0, id="critical without data"),
        pytest.param(
            [metric("High", "a"), metric("Low", "a"), metric("Pass", "a"), metric("High", "b")],
            {"a": 15.0, "b": 85.0},
            5.0,
            id="unequal weights",
        ),
    ],
)
def test_the_scorer_suites_scores_are_reproduced(
    metrics: list[MetricResult], weights: dict[str, float], total: float
) -> None:
    assert score(metrics, weights).total == total


def test_errors_only_score_a_hundred() -> None:
    assert score([metric("Error"), metric("Error")]).total == 100.0


def test_muted_metrics_do_not_count() -> None:
    assert score([metric("Pass"), metric("High", muted=True)]).total == 100.0


def test_missing_data_that_had_to_be_there_count_as_a_failure() -> None:
    assert score([metric("Pass"), metric("NodataFailMetric")]).total == 50.0


def test_groups_without_a_weight_share_what_is_left() -> None:
    metrics = [metric("Pass", "a"), metric("High", "b"), metric("Pass", "c")]
    assert score(metrics, {"a": 40.0}).total == 70.0


@pytest.mark.parametrize(
    ("total", "expected"), [(95.0, "Pass"), (94.99, "Marginal"), (75.0, "Marginal"), (74.99, "Fail")]
)
def test_a_judgement_has_three_verdicts(total: float, expected: str) -> None:
    assert verdict(total) is Verdict(expected)


@pytest.mark.parametrize(
    ("last", "marginal", "passing", "passes"),
    [
        (95.0, None, None, True),
        (60.0, 75.0, 95.0, False),
        (85.0, 75.0, None, True),
        (85.0, 75.0, 95.0, False),
        (97.0, 75.0, 95.0, True),
    ],
)
def test_the_last_score_decides_the_analysis(
    last: float, marginal: float | None, passing: float | None, *, passes: bool
) -> None:
    assert passes_at_the_end(last, Thresholds(passing=passing, marginal=marginal)) is passes


def test_a_score_equal_to_the_marginal_one_ends_the_analysis() -> None:
    assert ends_the_analysis(75.0, Thresholds())
    assert not ends_the_analysis(75.01, Thresholds())


def test_the_window_grows_unless_there_is_a_lookback() -> None:
    assert list(judgements(180, interval=60)) == [(0, 60), (0, 120), (0, 180)]
    assert list(judgements(180, interval=60, lookback=90)) == [(0, 60), (30, 120), (90, 180)]


def test_without_a_usable_interval_there_is_one_judgement() -> None:
    assert list(judgements(180)) == [(0, 180)]
    assert list(judgements(180, interval=200)) == [(0, 180)]


def test_an_incomplete_last_interval_is_never_judged() -> None:
    assert list(judgements(100, interval=60)) == [(0, 60)]
