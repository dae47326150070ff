"""The panel: comparison where there is a control, lines where there is none, and what is passed on."""

import math

import numpy as np
import pytest

from strandline.analysis.noise_history import NoiseHistory
from strandline.analysis.panel import AFTER_FACTOR, Panel, Series

SERIES = Series(margin=2.0, floor=0.005, ceiling=0.05)


def fed(panel: Panel, *looks: tuple[float, float, float, float], compared: bool = True) -> Panel:
    for look in looks:
        panel.look(*(np.array([each]) for each in look), compared=compared)
    return panel


def begun(series: Series = SERIES, *, has_control: bool = True) -> Panel:
    panel = Panel([series])
    panel.begin_stage(has_control=has_control)
    return panel


def test_while_there_is_a_control_the_ceiling_is_not_asked() -> None:
    both_fail = fed(begun(), *[(200.0, 1000.0, 200.0, 1000.0)] * 20)
    assert both_fail.harm[0] < math.log(10)


def test_without_a_control_the_ceiling_shows_harm() -> None:
    alone = fed(begun(has_control=False), (40.0, 200.0, 0.0, 0.0), compared=False)
    assert alone.harm[0] > math.log(100)
    assert alone.is_by_line[0]
    assert alone.harm_line(0) == 0.05


def test_after_promotion_the_release_is_measured_against_what_the_one_before_did() -> None:
    panel = fed(begun(), *[(10.0, 10_000.0, 10.0, 10_000.0)] * 5)
    panel.begin_stage(has_control=False)
    limit = panel.before()[0]
    assert AFTER_FACTOR * 0.001 < limit < AFTER_FACTOR * 0.002
    fed(panel, *[(10.0, 10_000.0, 0.0, 0.0)] * 5, compared=False)
    assert panel.harm[0] < math.log(10)
    fed(panel, *[(100.0, 10_000.0, 0.0, 0.0)] * 3, compared=False)
    assert panel.harm[0] > math.log(100)
    assert panel.harm_line(0) == limit


def test_a_release_without_a_predecessor_has_nothing_before() -> None:
    assert begun(has_control=False).before()[0] == 1.0


def test_evidence_of_no_harm_begins_anew_with_a_stage_and_evidence_of_harm_goes_on() -> None:
    panel = fed(begun(), *[(8.0, 1000.0, 3.0, 1000.0)] * 5)
    harm = panel.harm[0]
    panel.begin_stage(has_control=True)
    assert panel.no_harm[0] == pytest.approx(0.0)
    assert panel.harm[0] == harm


def test_what_history_says_of_the_noise_makes_the_same_looks_worth_more() -> None:
    quiet = NoiseHistory()
    for _ in range(300):
        quiet.look(*(np.array([each]) for each in (5.0, 1000.0, 5.0, 1000.0)))
    known = begun()
    known.know(0, quiet.log_likelihoods[0])
    looks = [(15.0, 1000.0, 5.0, 1000.0)] * 4
    assert fed(known, *looks).harm[0] > fed(begun(), *looks).harm[0] + 1


def test_without_a_floor_only_the_margin_shows_no_harm() -> None:
    series = Series(margin=1.5)
    panel = fed(begun(series), *[(0.0, 1000.0, 0.0, 1000.0)] * 20)
    assert panel.no_harm[0] == pytest.approx(0.0, abs=0.2)
    assert not panel.no_harm_is_by_line[0]
