"""An entry: all that events said about one thing, in an order that does not depend on when we heard it.

Deployments, incidents and commits are known from several events, which come late, twice and in any order. An
entry keeps the statements, sorted by when they happened; what the thing *is* follows from them by a pure
function. So the same events give the same figures, however they came.
"""

import bisect
from datetime import datetime

import msgspec

from strandline.vocabulary.event import Event, JsonValue

HEARD = "heard"
"""The statement that is kept twice a day at most."""


class Statement(msgspec.Struct, gc=False, frozen=True, array_like=True, order=True):
    """What one event said, as far as a figure needs it."""

    at: datetime
    """When it happened, by its source's clock."""
    id: str
    """The event's id."""
    says: str
    """What it says: the name of the fact."""
    data: dict[str, JsonValue]


class Entry(msgspec.Struct, gc=False, frozen=True, array_like=True):
    """All that was said about one thing."""

    kind: str
    """What it is: the name of the file here that reads it, in the singular."""
    key: str
    """Which one: unique among those of its kind."""
    statements: tuple[Statement, ...] = ()

    def with_statement(self, said: Statement) -> "Entry":
        """Return the entry with one more statement, in its place; one that it has already changes nothing."""
        order = [(each.at, each.id) for each in self.statements]
        place = bisect.bisect_left(order, (said.at, said.id))
        if place < len(order) and order[place] == (said.at, said.id):
            return self
        statements = (*self.statements[:place], said, *self.statements[place:])
        if said.says == HEARD:
            # Of a sign of life only the first and the last of a day matter.
            statements = (statements[0], statements[-1]) if len(statements) > 1 else statements
        return msgspec.structs.replace(self, statements=statements)


class Placed(msgspec.Struct, gc=False, frozen=True):
    """A statement and the thing that it is about."""

    kind: str
    key: str
    said: Statement


def placed(kind: str, key: str, event: Event, says: str, **data: JsonValue) -> Placed:
    """Return what an event says about one thing; what is empty is left out."""
    kept: dict[str, JsonValue] = {
        name: value for name, value in data.items() if value not in (None, "", (), [])
    }
    return Placed(kind, key, Statement(event.occurred_at, event.id, says, kept))
