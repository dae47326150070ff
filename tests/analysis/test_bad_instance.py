"""A bad instance is named; a bad release is not blamed on one of its instances."""

from collections import Counter

import numpy as np
import pytest

from strandline.analysis.bad_instance import bad_instance
from strandline.analysis.judge import RolloutJudge
from strandline.analysis.measurement import ArmCounts, Look
from strandline.vocabulary.service import RolloutPolicy
from strandline.vocabulary.traffic import InstanceCounts
from strandline.vocabulary.verdict import AnalysisAnswer


def look(**errors: int) -> tuple[InstanceCounts, ...]:
    return tuple(InstanceCounts(instance=name, requests=100, errors=count) for name, count in errors.items())


def test_the_one_that_fails_is_named() -> None:
    assert bad_instance([look(a=0, b=30, c=1)] * 3) == "b"


def test_when_all_fail_alike_it_is_the_release() -> None:
    assert bad_instance([look(a=28, b=30, c=33)] * 5) == ""


def test_when_two_fail_it_is_the_release() -> None:
    assert bad_instance([look(a=30, b=30, c=0, d=0)] * 5) == ""


def test_an_only_instance_is_the_release() -> None:
    assert bad_instance([look(a=30)] * 5) == ""


def test_a_few_errors_name_nobody() -> None:
    assert bad_instance([look(a=0, b=2, c=0)]) == ""


def test_nothing_measured_names_nobody() -> None:
    assert bad_instance([(), ()]) == ""


def blamed(rng: np.random.Generator, failing: tuple[float, ...]) -> str:
    """What a rollout of three instances at 15 requests a second blames: an instance, the release, nobody."""
    judge = RolloutJudge(RolloutPolicy())
    judge.begin_stage(share_bp=1000, has_control=True, deadline_ms=60_000)
    for _ in range(40):
        requests = rng.multinomial(7, [1 / len(failing)] * len(failing))
        errors = rng.binomial(requests, failing)
        verdict = judge.look(
            Look(
                canary=ArmCounts(requests=7, errors=int(errors.sum())),
                control=ArmCounts(requests=68, errors=0),
                has_control=True,
                share_bp=1000,
                watched_ms=500,
                canary_instances=tuple(
                    InstanceCounts(instance=name, requests=int(count), errors=int(bad))
                    for name, count, bad in zip("abc", requests, errors, strict=True)
                ),
            )
        )
        if verdict.instance:
            return verdict.instance
        if verdict.answer is AnalysisAnswer.HARM_SHOWN:
            return "the release"
    return "nobody"


@pytest.mark.parametrize(
    ("failing", "right", "least"),
    [
        pytest.param((1 / 3, 0, 0), "a", 0.93, id="one fails a third"),
        pytest.param((0.1, 0, 0), "a", 0.85, id="one fails a tenth"),
        pytest.param((0.3, 0.3, 0.3), "the release", 0.93, id="all fail a third"),
        pytest.param((0.06, 0.04, 0.04), "the release", 0.9, id="all fail, one somewhat more"),
    ],
)
def test_few_requests_tell_a_bad_instance_from_a_bad_release(
    failing: tuple[float, ...], right: str, least: float
) -> None:
    rng = np.random.default_rng(20261124)
    found = Counter(blamed(rng, failing) for _ in range(60))
    assert found[right] >= least * 60, found
