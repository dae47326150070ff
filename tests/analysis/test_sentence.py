"""Sentences: figures a person reads, and what would end a gap."""

import pytest

from strandline.analysis import sentence
from strandline.analysis.guards import Wording
from strandline.analysis.measurement import NOTHING, ArmCounts
from strandline.vocabulary.verdict import EvidenceGap

FAILED = Wording()
CANARY, CONTROL = ArmCounts(requests=1204, errors=49), ArmCounts(requests=10_820, errors=2)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1e-7, "0.00001 %"),
        (0.000185, "0.018 %"),
        (0.0012, "0.12 %"),
        (0.0407, "4.1 %"),
        (0.05, "5 %"),
        (0.9999, "99.9 %"),
        (1, "100 %"),
    ],
)
def test_shares_are_percentages_with_as_many_digits_as_help(share: float, text: str) -> None:
    assert sentence.percent(share) == text


def test_harm_by_comparison() -> None:
    assert sentence.harm_shown(CANARY, CONTROL, FAILED, chance=1 / 4123, line=None) == (
        "Harm shown: 4.1 % of 1,204 canary requests failed against 0.018 % of 10,820 at the control; "
        "a harmless release looks like this less than once in 4,100 rollouts."
    )


def test_harm_by_the_ceiling() -> None:
    assert sentence.harm_shown(CANARY, NOTHING, FAILED, chance=0.005, line=0.03) == (
        "Harm shown: 4.1 % of 1,204 canary requests failed, with nothing to compare and a limit of 3 %; "
        "a harmless release looks like this less than once in 200 rollouts."
    )


def test_no_harm_by_the_margin() -> None:
    text = sentence.no_harm_shown(CONTROL, CONTROL, FAILED, chance=0.05, margin=1.5, line=None)
    assert text.endswith(
        "; a release that fails 1.5 times as often as its control looks this good "
        "less than once in 20 rollouts."
    )


def test_no_harm_by_the_floor() -> None:
    text = sentence.no_harm_shown(CONTROL, CONTROL, FAILED, chance=0.05, margin=1.5, line=0.005)
    assert "; a release that fails in 0.5 % of its requests looks this good less than" in text


def test_too_little_says_how_much_is_missing() -> None:
    assert "about 1,300 more canary requests" in sentence.too_little(CONTROL, CONTROL, FAILED, more=1300)
    assert "do not show yet" in sentence.too_little(CONTROL, CONTROL, FAILED, more=None)


def test_nothing_is_not_a_share_of_zero() -> None:
    assert sentence.compared(NOTHING, CONTROL, FAILED).startswith("there were no canary requests")


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (EvidenceGap.NO_DATA, "could not be measured"),
        (EvidenceGap.NO_TRAFFIC, "no request ended"),
        (EvidenceGap.CANARY_SILENT, "the canary had none of the last 1,200 requests at a share of 5 %"),
        (EvidenceGap.CONTROL_SILENT, "the control had none of the last 1,200 requests at a share of 95 %"),
    ],
)
def test_each_gap_says_what_is_missing(gap: EvidenceGap, words: str) -> None:
    assert words in sentence.not_judged(gap, disturbance="", share_bp=500, missed=1200)


def test_a_disturbance_is_named() -> None:
    text = sentence.not_judged(
        EvidenceGap.NO_DATA, disturbance="the router restarted", share_bp=500, missed=0
    )
    assert text.startswith("Not judged: the router restarted;")
