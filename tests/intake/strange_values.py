"""Arbitrary JSON, and what must hold of it: no translator ever breaks."""

import contextlib
import copy
from typing import Any

import msgspec
from hypothesis import strategies as st

from strandline.intake.sources import translated, translator
from strandline.intake.translation import Payload
from strandline.ledger.codec import to_bytes
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.feed import Names

any_json: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "2026-03-02T09:00:00Z", "2026-03-02 09:00:00", "9999-12-31T23:59:59-09:00"])
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def places(document: Any, inside: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the place of every value in a document."""
    children: Any = ()
    if isinstance(document, dict):
        children = document.items()
    elif isinstance(document, list):
        children = enumerate(document)
    found = [inside] if inside else []
    for key, value in children:
        found += places(value, (*inside, key))
    return found


def altered(document: Any, data: st.DataObject) -> Any:
    """Return a copy of a document with any one of its values replaced by arbitrary JSON."""
    *way, last = data.draw(st.sampled_from(places(document)))
    changed = copy.deepcopy(document)
    place = changed
    for key in way:
        place = place[key]
    place[last] = data.draw(any_json)
    return changed


def check_nothing_breaks(kind: str, document: Any, names: Names | None = None) -> None:
    """Check that a document is read, unmapped or ignored, and that what it becomes can be judged."""
    payload = Payload(document=document, names=names or Names(environment="production"))
    with contextlib.suppress(msgspec.ValidationError, BadInputError):
        translator(kind)(payload)
    found = translated(kind, payload)
    assert found.events or found.unmapped or found.ignored
    for event in found.events:
        try:
            to_bytes(event)
        except BadInputError:
            continue  # A NUL character, say: whoever records it says so.
