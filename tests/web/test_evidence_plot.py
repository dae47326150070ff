from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from strandline.rollout.evidence import EvidencePoint
from strandline.vocabulary.verdict import AnalysisAnswer
from strandline.web.evidence_plot import HEIGHT, MOST_DRAWN, WIDTH, evidence_plot, thinned

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVIDENCE = st.integers(min_value=-100_000, max_value=100_000)


def point(
    second: float = 0, *, stage: int = 1, harm: int = 0, no_harm: int = 0, **more: object
) -> EvidencePoint:
    values = {
        "at": START + timedelta(seconds=second),
        "stage": stage,
        "look": int(second) + 1,
        "share_bp": 500 * stage,
        "harm_evidence": harm,
        "harm_needed": 200,
        "no_harm_evidence": no_harm,
        "no_harm_needed": 131,
        "canary_requests": 10,
        "canary_errors": 0,
        "control_requests": 190,
        "control_errors": 0,
        "answer": AnalysisAnswer.NOT_ENOUGH_EVIDENCE,
        "disturbance": "",
    }
    return EvidencePoint(**{**values, **more})  # type: ignore[arg-type] # the values above


def test_without_a_look_there_is_no_plot() -> None:
    assert evidence_plot([]) is None


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 5), EVIDENCE, EVIDENCE), min_size=1, max_size=60))
def test_whatever_the_evidence_everything_is_drawn_inside(looks: list[tuple[float, int, int, int]]) -> None:
    ordered = sorted(looks, key=lambda look: look[0])
    plot = evidence_plot([point(at, stage=stage, harm=h, no_harm=n) for at, stage, h, n in ordered])
    assert plot is not None
    for line in (plot.harm, *plot.no_harm):
        for pair in line.split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT
    assert 0 <= plot.harm_threshold.at <= plot.no_harm_threshold.at <= 100
    assert all(0 <= tick.at <= 100.01 for tick in (*plot.levels, *plot.times))
    assert len(plot.levels) <= 8


def test_evidence_at_the_threshold_is_drawn_on_its_line() -> None:
    plot = evidence_plot([point(0), point(1, harm=200)])
    assert plot is not None
    assert plot.harm_end.y == plot.harm_threshold.at


def test_evidence_for_no_harm_begins_anew_with_each_stage_and_that_for_harm_does_not() -> None:
    plot = evidence_plot([point(0), point(1), point(2, stage=2), point(3, stage=2)])
    assert plot is not None
    assert len(plot.no_harm) == 2
    assert len(plot.harm.split()) == 4
    assert [band.number for band in plot.bands] == [1, 2]


def test_harm_and_disturbances_are_marked_where_they_were() -> None:
    harm = AnalysisAnswer.HARM_SHOWN
    plot = evidence_plot(
        [point(0), point(5, disturbance="the router was lost"), point(10, harm=250, answer=harm)]
    )
    assert plot is not None
    assert [(mark.x, mark.words) for mark in plot.disturbances] == [(50.0, "the router was lost")]
    assert plot.verdict is not None
    assert plot.verdict.x == 100


def test_a_long_rollout_is_thinned_and_keeps_what_matters() -> None:
    points = [point(n, stage=1 + n // 2500) for n in range(5000)]
    points[777] = point(777, disturbance="lost")
    chosen = thinned(points, MOST_DRAWN)
    assert len(chosen) < MOST_DRAWN + 10
    assert chosen[0] == points[0]
    assert chosen[-1] == points[-1]
    assert points[777] in chosen
    assert points[2499] in chosen
    assert points[2500] in chosen


def test_the_plot_can_be_told_in_words() -> None:
    plot = evidence_plot([point(0, harm=100)])
    assert plot is not None
    assert plot.words.startswith("After 1 look the evidence for harm stands at 10 of the 100 needed")
