"""A workflow sees what the memory holds: the same at the first run and at every replay."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandline.engine.remembered import BrokenStepError, attempt, recall
from strandline.vocabulary.errors import (
    ConflictingEventError,
    NotFoundError,
    RefusedError,
    StrandlineError,
    TamperedLedgerError,
    UnavailableError,
)


class Colour(Enum):
    BLUE = "blue"
    GREEN = "green"


class Leaf(msgspec.Struct, frozen=True, tag=True):
    at: datetime
    took: timedelta
    price: Decimal
    colour: Colour
    notes: dict[int, str | None]


class Tree(msgspec.Struct, frozen=True, tag=True):
    leaves: tuple[Leaf, ...]
    weight: float
    raw: bytes
    count: int


# Chosen: to build the table of all characters takes a fresh machine longer than the health check allows.
TEXT = st.text('aZ0 ß☃𝄞\x00\x1f\u2028"\\/\n')
LEAVES = st.builds(
    Leaf,
    at=st.datetimes(timezones=st.just(UTC)),
    took=st.timedeltas(timedelta(days=-999), timedelta(days=999)),
    price=st.decimals(allow_nan=False, allow_infinity=False),
    colour=st.sampled_from(Colour),
    notes=st.dictionaries(st.integers(-(2**53), 2**53), st.none() | TEXT),
)
TREES = st.builds(
    Tree,
    leaves=st.lists(LEAVES, max_size=3).map(tuple),
    weight=st.floats(allow_nan=False, allow_infinity=False),
    raw=st.binary(),
    count=st.integers(-(2**63), 2**63),
)


def remembered(value: object) -> Any:
    """What is remembered of a step that returns the value, or raises it, having been written and read."""

    async def do() -> object:
        if isinstance(value, Exception):
            raise value
        return value

    return json.loads(json.dumps(asyncio.run(attempt(do))))


@given(TREES)
def test_gives_back_an_equal_result(tree: Tree) -> None:
    assert recall(remembered(tree), step="grow", returns=Tree) == tree


@given(
    st.sampled_from(
        [RefusedError, NotFoundError, UnavailableError, ConflictingEventError, TamperedLedgerError]
    ),
    TEXT,
    TEXT,
    TEXT,
)
def test_raises_an_equal_error(kind: type[StrandlineError], what: str, where: str, remedy: str) -> None:
    with pytest.raises(StrandlineError) as caught:
        recall(remembered(kind(what, where=where, remedy=remedy)), step="ask", returns=int)
    again = caught.value
    assert (type(again), again.what, again.where, again.remedy) == (kind, what, where, remedy)
    assert again.args == (what,)
    assert str(again) == str(kind(what, where=where, remedy=remedy))


def test_raises_an_error_whose_class_has_a_constructor_of_its_own() -> None:
    class GateRefusedError(RefusedError):
        def __init__(self, gate: str, count: int) -> None:
            super().__init__(f"Gate {gate} said no {count} times.", where=gate)

    with pytest.raises(GateRefusedError, match="freeze: Gate freeze said no 3 times"):
        recall(remembered(GateRefusedError("freeze", 3)), step="ask", returns=int)


def test_raises_the_nearest_ancestor_of_an_error_whose_class_is_gone() -> None:
    kept = remembered(ConflictingEventError("No.", where="ledger", remedy="Wait."))
    kept["kinds"][0] = "ErrorOfALaterVersion"
    with pytest.raises(RefusedError, match="No") as caught:
        recall(kept, step="ask", returns=int)
    assert type(caught.value) is RefusedError


def test_tells_where_a_bug_is() -> None:
    kept = remembered(ZeroDivisionError("division by zero"))
    with pytest.raises(
        BrokenStepError, match=r"Step 'divide' is broken: ZeroDivisionError: .*test_remembered"
    ):
        recall(kept, step="divide", returns=int)


@pytest.mark.parametrize(
    "value", [object(), float("nan"), "word", None], ids=["an object", "nan", "a word", "nothing"]
)
def test_breaks_a_step_whose_result_is_not_what_it_returns(value: object) -> None:
    with pytest.raises(BrokenStepError, match="'count'"):
        recall(remembered(value), step="count", returns=float)


def test_lets_a_cancellation_through() -> None:
    async def do() -> None:
        raise asyncio.CancelledError

    async def cancelled() -> None:
        with pytest.raises(asyncio.CancelledError):
            await attempt(do)

    asyncio.run(cancelled())
