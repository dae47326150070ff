"""Arbitrary JSON, and real-shaped documents with one arbitrary value in them."""

import copy
from typing import Any

from hypothesis import strategies as st

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def places(document: Any) -> list[tuple[Any, ...]]:
    """Return the path to every value of a document, save the document itself."""
    inside: list[tuple[Any, ...]] = []
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            inside += [(key,), *((key, *rest) for rest in places(value))]
    return inside


@st.composite
def with_one_value_replaced(draw: st.DrawFn, document: Any) -> Any:
    """Return a document with any one of its values replaced by arbitrary JSON."""
    changed = copy.deepcopy(document)
    *way, last = draw(st.sampled_from(places(document)))
    place = changed
    for key in way:
        place = place[key]
    place[last] = draw(json_values)
    return changed
