"""Silence: a plain fact from the beginning, a matter of chance later."""

import pytest

from strandline.analysis.measurement import ArmCounts
from strandline.analysis.silence import QUIET_LOOKS, Silence
from strandline.vocabulary.verdict import EvidenceGap


def after(*looks: tuple[int, int], share_bp: int = 500, has_control: bool = True) -> EvidenceGap:
    silence = Silence(has_control=has_control)
    for canary, control in looks:
        silence.look(
            ArmCounts(requests=canary, errors=0), ArmCounts(requests=control, errors=0), share_bp=share_bp
        )
    return silence.gap


@pytest.mark.parametrize(
    ("looks", "gap"),
    [
        pytest.param([], EvidenceGap.NO_TRAFFIC, id="no look yet"),
        pytest.param([(0, 0)], EvidenceGap.NO_TRAFFIC, id="nobody has a request"),
        pytest.param([(0, 3)], EvidenceGap.CANARY_SILENT, id="canary has none from the beginning"),
        pytest.param([(3, 0)], EvidenceGap.CONTROL_SILENT, id="control has none from the beginning"),
        pytest.param([(5, 95)], EvidenceGap.NONE, id="both serve"),
        pytest.param([(5, 95), (0, 100)], EvidenceGap.NONE, id="canary quiet by chance"),
        pytest.param([(5, 95), (0, 100), (0, 100)], EvidenceGap.CANARY_SILENT, id="canary stopped"),
        pytest.param([(5, 95), (0, 100), (0, 100), (1, 0)], EvidenceGap.NONE, id="canary came back"),
        pytest.param([(5, 95), (3, 0)], EvidenceGap.NONE, id="control quiet by chance"),
        pytest.param([(5, 95), (3, 0), (2, 0)], EvidenceGap.CONTROL_SILENT, id="control stopped"),
        pytest.param(
            [(5, 95)] + [(0, 1)] * 20, EvidenceGap.NONE, id="little traffic, all of it the control's"
        ),
        pytest.param([(5, 95), (0, 0)], EvidenceGap.NONE, id="one quiet look"),
        pytest.param([(5, 95)] + [(0, 0)] * QUIET_LOOKS, EvidenceGap.NO_TRAFFIC, id="traffic ended"),
    ],
)
def test_who_is_silent(looks: list[tuple[int, int]], gap: EvidenceGap) -> None:
    assert after(*looks) is gap


def test_an_even_split_takes_longer_to_call_a_silence() -> None:
    assert after((5, 5), (13, 0), share_bp=5000) is EvidenceGap.NONE
    assert after((5, 5), (14, 0), share_bp=5000) is EvidenceGap.CONTROL_SILENT


def test_without_a_control_only_the_traffic_can_be_missing() -> None:
    assert after((5, 0), share_bp=10_000, has_control=False) is EvidenceGap.NONE
    assert after((0, 0), share_bp=10_000, has_control=False) is EvidenceGap.NO_TRAFFIC


def test_a_silence_is_measured_by_the_share_of_each_look() -> None:
    silence = Silence(has_control=True)
    quiet = (ArmCounts(requests=0, errors=0), ArmCounts(requests=10, errors=0))
    silence.look(ArmCounts(requests=5, errors=0), ArmCounts(requests=5, errors=0), share_bp=5000)
    gaps = []
    for share_bp in (500, 6000):
        silence.look(*quiet, share_bp=share_bp)
        gaps.append(silence.gap)
    assert gaps == [EvidenceGap.NONE, EvidenceGap.CANARY_SILENT]
    assert silence.canary_missed == 20


@pytest.mark.parametrize("share_bp", [0, 10_000])
def test_an_extreme_share_is_no_accident_of_arithmetic(share_bp: int) -> None:
    assert after((5, 5), (0, 5), (5, 0), share_bp=share_bp) in set(EvidenceGap)
