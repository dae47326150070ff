"""Durations and shares: what is written is what is kept."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.rollout.units import (
    duration_text,
    parse_duration,
    parse_percent,
    parse_rate,
    parse_share,
    percent_text,
    share_text,
)
from strandline.vocabulary.errors import BadInputError


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("5ms", timedelta(milliseconds=5)),
        ("1h30m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("0s", timedelta()),
        ("1d2h3m4s5ms", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5)),
    ],
)
def test_a_duration_is_read_as_written(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "5", "s", "m5", "5 m", "-5m", "1m1h", "1.5h", "\u0665m", "5m\n", "999999999999s", "99999d"]
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_duration(text)
    assert "90s" in caught.value.remedy


@given(st.integers(min_value=0, max_value=36_525 * 86_400_000).map(lambda ms: timedelta(milliseconds=ms)))
def test_a_duration_survives_being_written(duration: timedelta) -> None:
    assert parse_duration(duration_text(duration)) == duration


@pytest.mark.parametrize(
    "duration", [timedelta(seconds=-1), timedelta(microseconds=1), timedelta(days=40_000)]
)
def test_a_duration_that_no_text_says_is_refused(duration: timedelta) -> None:
    with pytest.raises(BadInputError):
        duration_text(duration)


@given(st.text(alphabet="0123456789dhms", max_size=12))
def test_a_text_is_a_duration_or_refused(text: str) -> None:
    try:
        duration = parse_duration(text)
    except BadInputError:
        return
    assert parse_duration(duration_text(duration)) == duration


@pytest.mark.parametrize(
    ("text", "share_bp"),
    [("5%", 500), ("0.5%", 50), ("0.05%", 5), ("100%", 10_000), ("0%", 0), ("12.34%", 1234)],
)
def test_a_share_is_read_as_written(text: str, share_bp: int) -> None:
    assert parse_share(text) == share_bp
    assert share_text(share_bp) == text


@given(st.integers(min_value=0, max_value=10_000))
def test_a_share_survives_being_written(share_bp: int) -> None:
    assert parse_share(share_text(share_bp)) == share_bp
    assert share_text(share_bp) == f"{percent_text(share_bp)}%"


@pytest.mark.parametrize("text", ["5", "5 %", "-5%", "100.01%", "5.123%", ".5%", "%", "5%\n", "\uff15%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_share(text)
    assert "5%" in caught.value.remedy


def test_a_percentage_may_exceed_all_and_a_share_may_not() -> None:
    assert parse_percent("200%") == 20_000
    with pytest.raises(BadInputError):
        parse_share("200%")


def test_less_than_nothing_is_no_share() -> None:
    with pytest.raises(BadInputError):
        share_text(-1)


@pytest.mark.parametrize(
    ("text", "per_hour"), [("20/min", 1200), ("5/s", 18_000), ("300/h", 300), ("0/s", 0)]
)
def test_a_rate_is_read_as_written(text: str, per_hour: int) -> None:
    assert parse_rate(text) == per_hour


@pytest.mark.parametrize("text", ["", "20", "20/m", "-1/s", "1.5/s", "20 /min", "/s", "20/min\n", "\uff15/s"])
def test_what_is_no_rate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_rate(text)
    assert "20/min" in caught.value.remedy
