"""Server-sent events, read as browsers read them."""

from hypothesis import given
from hypothesis import strategies as st

from strandline.cli.event_stream import data_of


def test_comments_and_other_fields_are_left_out() -> None:
    lines = [": alive", "id: 7", "event: x", "data: {}", "", ": alive", "", "data: []", ""]
    assert list(data_of(lines)) == ["{}", "[]"]


def test_data_on_several_lines_is_one_event() -> None:
    assert list(data_of(["data: a", "data:b", ""])) == ["a\nb"]


def test_an_event_that_was_cut_off_is_no_event() -> None:
    assert list(data_of(["data: a", "", "data: half"])) == ["a"]


_text = st.text(st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="\u2028\u2029\x85"))


@given(st.lists(_text))
def test_what_was_sent_is_what_is_read(sent: list[str]) -> None:
    lines = [line for text in sent for line in (f"data: {text}", "")]
    assert list(data_of(lines)) == sent
