"""All facts by their type, and whether what an event from outside says is what its type says."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache

import msgspec

from strandline import vocabulary
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event, Fact


@cache
def facts() -> Mapping[str, type[Fact]]:
    """Return every fact of this room, by its type."""
    for module in pkgutil.iter_modules(vocabulary.__path__):
        importlib.import_module(f"{vocabulary.__name__}.{module.name}")
    return {
        fact.TYPE: fact
        for fact in _below(Fact)
        if fact.__module__.startswith(vocabulary.__name__) and hasattr(fact, "TYPE")
    }


def check_fact(event: Event) -> None:
    """Refuse an event of a type that is known, whose content is not of that type.

    Everything behind the ledger relies on it: one such event would stop whatever reads it, for good.

    Raises:
        BadInputError: it is such an event; the error says which field is wrong.
    """
    fact = facts().get(event.type)
    if fact is None:
        return
    try:
        msgspec.convert(event.content, fact)
    except msgspec.ValidationError as error:
        what = f"The event {event.id!r} is no `{fact.TYPE}`: {error}."
        remedy = "`docs/reference/events.md` says what such an event holds."
        raise BadInputError(what, where=event.id, remedy=remedy) from error


def _below(kind: type[Fact]) -> Iterator[type[Fact]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
