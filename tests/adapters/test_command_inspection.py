"""What `inspect` prints is read strictly, and what is wrong with it is said."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.adapters.command_inspection import ArmCounts, Inspection, read_inspection
from strandline.vocabulary.errors import BadInputError


@pytest.mark.parametrize(
    ("answer", "inspection"),
    [
        ('{"share_percent": 5}', Inspection(share_bp=500)),
        ('{"share_percent": 5, "epoch": "a"}', Inspection(share_bp=500, epoch="a")),
        ('{"share_percent": 0.5}\n', Inspection(share_bp=50)),
        ('{"share_percent": 33.333333}', Inspection(share_bp=3333)),
        ('{"share_percent": 1e1}', Inspection(share_bp=1000)),
        (
            '{"share_percent": 100, "canary": {"requests": 7, "errors": 1}, "control": null, "version": "b"}',
            Inspection(share_bp=10_000, canary=ArmCounts(requests=7, errors=1), version="b"),
        ),
    ],
)
def test_an_answer_is_read(answer: str, inspection: Inspection) -> None:
    assert read_inspection(answer.encode()) == inspection


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "it is not JSON. It printed: nothing"),
        ("done\n", "it is not JSON. It printed: done"),
        ('checking…\n{"share_percent": 5}', "it is not JSON"),
        ("[5]", "not an object"),
        ("5", "not an object"),
        ("{}", "'share_percent' is missing"),
        ('{"share_percent": "5"}', "not a number"),
        ('{"share_percent": true}', "not a number"),
        ('{"share_percent": null}', "not a number"),
        ('{"share_percent": NaN}', "NaN is no number"),
        ('{"share_percent": 101}', "between 0 and 100"),
        ('{"share_percent": -1}', "between 0 and 100"),
        ('{"share_percent": 1e99999999999999999999}', "not JSON"),
        ('{"share_percent": 5, "share_percent": 6}', "twice"),
        ('{"share_percent": 5, "shares": 6}', "'shares' is not known"),
        ('{"share_percent": 5, "epoch": 6}', "'epoch' is not text"),
        ('{"share_percent": 5, "canary": 6}', "just 'requests' and 'errors'"),
        ('{"share_percent": 5, "canary": {"requests": 6}}', "just 'requests' and 'errors'"),
        ('{"share_percent": 5, "canary": {"requests": 6, "errors": -1}}', "zero or more"),
        ('{"share_percent": 5, "canary": {"requests": 6.0, "errors": 1}}', "whole number"),
        ('{"share_percent": 5, "control": {"requests": 6, "errors": 7}}', "more errors than requests"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_an_answer_that_is_not_the_object_is_refused_with_the_reason(answer: str, reason: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_inspection(answer.encode())
    assert reason in caught.value.what
    assert '{"share_percent": 5' in caught.value.remedy


def test_what_a_terminal_would_obey_is_not_repeated() -> None:
    with pytest.raises(BadInputError) as caught:
        read_inspection(b"\x1b[31m\xff")
    assert caught.value.what.isprintable()


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(answer: bytes) -> None:
    assert _share_or_none(answer) is None


_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
_answers = st.dictionaries(
    st.sampled_from(["share_percent", "canary", "control", "epoch", "version", "x"]),
    _values | st.dictionaries(st.sampled_from(["requests", "errors"]), _values),
)


@given(_answers)
def test_any_object_is_read_or_refused(answer: dict[str, object]) -> None:
    share_bp = _share_or_none(json.dumps(answer).encode())
    assert share_bp is None or 0 <= share_bp <= 10_000


def _share_or_none(answer: bytes) -> int | None:
    try:
        return read_inspection(answer).share_bp
    except BadInputError:
        return None
