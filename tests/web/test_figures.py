from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.web import figures


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(milliseconds=340), "340 ms"),
        (timedelta(seconds=6.24), "6.2 s"),
        (timedelta(seconds=5), "5 s"),
        (timedelta(seconds=72), "1 min 12 s"),
        (timedelta(hours=3, minutes=5, seconds=59), "3 h 5 min"),
        (timedelta(days=2), "2 d"),
        (timedelta(seconds=-3), "\N{MINUS SIGN}3 s"),
        (timedelta(seconds=59.96), "1 min"),
        (timedelta(seconds=9.96), "10 s"),
    ],
    ids=str,
)
def test_a_duration_is_read_in_at_most_two_units(span: timedelta, words: str) -> None:
    assert figures.duration(span).replace(figures.NO_BREAK, " ") == words


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=1000)))
def test_every_duration_has_words_of_a_line(span: timedelta) -> None:
    assert 0 < len(figures.duration(span)) <= 16


def test_a_share_of_nothing_is_not_zero() -> None:
    assert figures.percent(0, 0) == figures.NOT_KNOWN
    assert figures.percent(0, 10) == f"0{figures.NO_BREAK}%"
    assert figures.percent(1, 3000) == f"0.033{figures.NO_BREAK}%"


def test_what_was_not_measured_is_a_dash_and_not_a_nought() -> None:
    assert figures.count(None) == figures.NOT_KNOWN
    assert figures.count(0) == "0"


@pytest.mark.parametrize(
    ("past", "words"),
    [(3, "just now"), (-5, "just now"), (120, "2 min ago"), (7300, "2 h ago"), (200_000, "2 d ago")],
)
def test_how_long_ago_it_was_is_said_roughly(past: int, words: str) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert figures.ago(now - timedelta(seconds=past), now).replace(figures.NO_BREAK, " ") == words


@given(st.integers(min_value=-100_000, max_value=100_000))
def test_evidence_of_any_size_has_odds_that_fit_a_label(hundredths: int) -> None:
    assert len(figures.odds(hundredths)) <= 8


def test_the_odds_of_the_thresholds_are_round() -> None:
    assert figures.odds(200) == "100"
    assert figures.odds(131) == "20"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("All traffic.", "All traffic."),
        ("It failed. Its last output:\nline 1\nline 2", "It failed. …"),
        ("A long story, told at length", "A long story …"),
        ("unbrokenunbrokenunbroken", "unbrokenunbroke …"),
        ("No stop here\nmore", "No stop here …"),
    ],
    ids=str,
)
def test_a_long_text_is_cut_where_a_sentence_or_a_word_ends(text: str, words: str) -> None:
    assert figures.first_words(text, 15) == words
