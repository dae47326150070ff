"""Numbers as the ledger holds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.performance.decimals import plain, read_decimal, written
from strandline.vocabulary.errors import BadInputError


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.05", "0.05"), ("5%", "0.05"), ("99.9 %", "0.999"), ("7200", "7200"), ("-1", "-1")],
)
def test_a_number_is_read_as_people_write_it(text: str, number: str) -> None:
    assert plain(read_decimal(text, where="--at-most")) == number


@pytest.mark.parametrize("text", ["", "much", "nan", "1e400", "1,5", "inf", "%", "9" * 30])
def test_what_no_figure_could_be_is_refused(text: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_decimal(text, where="--at-most")
    assert caught.value.where == "--at-most"


@given(st.floats(-1e12, 1e12))
def test_what_is_written_has_no_exponent_and_reads_as_the_same_value(value: float) -> None:
    text = written(value)
    assert set(text) <= set("-0123456789.")
    assert float(text) == pytest.approx(value, abs=1e-9)
