"""An event: a fact with a subject, what happened, when, and by whom; never altered.

On the wire and in the ledger an event is a CloudEvent 1.0 (structured JSON) whose data is a CDEvent 0.5.1:
of a CDEvents type where there is one, of a custom `dev.cdeventsx.strandline-…` type where there is none
(https://cdevents.dev, https://cloudevents.io). Here it is the value that the rest of Strandline reads;
`ledger/codec.py` turns it into bytes and back.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

import msgspec

if TYPE_CHECKING:
    JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"
else:
    # msgspec reads annotations at run time, and cannot read one that contains itself.
    JsonValue = Any
"""JSON as the ledger holds it. Floats are not allowed: libraries write the same float differently, and
what is hashed must not depend on a library. Use integers (basis points, milliseconds) or decimal strings."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One fact, as every room of Strandline reads it."""

    id: str
    """Unique within `source`. The same `(source, id)` twice is the same event, recorded once."""
    source: str
    """Who says so: a URI reference such as `/strandline/rollout` or a feed's address."""
    type: str
    """The CDEvents type with its version, such as `dev.cdevents.service.upgraded.0.3.0`."""
    occurred_at: datetime
    """When it happened, by the source's clock; always aware. When we learned of it stands in the record."""
    subject_id: str
    """What it happened to, such as a deployment's id."""
    content: dict[str, JsonValue]
    """The subject's content, as the type's schema defines it (camelCase keys)."""
    subject_source: str = ""
    """Where the subject lives, if that is not `source`."""
    actor: str = ""
    """By whom: a person or a program; empty where the source does not say."""
    chain_id: str = ""
    """What ties the events of one story together: for ours, the deployment's id."""
    links: tuple[dict[str, JsonValue], ...] = ()
    """CDEvents links to other events, as they came."""
    schema_uri: str = ""
    """CDEvents `schemaUri`, where the source gives one."""
    custom_data: dict[str, JsonValue] = {}
    """CDEvents `customData` other than the actor, as it came."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What an event of one type says about its subject: the typed form of `Event.content`.

    Each subclass is one event type; its name is the subject and a past participle.
    """

    TYPE: ClassVar[str]
    """The event type that carries this content."""


FactT = TypeVar("FactT", bound=Fact)


def says(event: Event, fact: type[FactT]) -> FactT | None:
    """Return the typed content of `event` if it is of this fact's type, else `None`.

    Unknown fields are left out: a newer writer may know more than this reader.

    Raises:
        msgspec.ValidationError: the type matches but the content does not; such an event is not ours.
    """
    if event.type != fact.TYPE:
        return None
    return msgspec.convert(event.content, fact)


def event_of(
    fact: Fact,
    *,
    id: str,  # noqa: A002 - the CloudEvents attribute has this name
    source: str,
    subject_id: str,
    occurred_at: datetime,
    actor: str = "",
    chain_id: str = "",
) -> Event:
    """Return the event that states `fact` about `subject_id`."""
    content: dict[str, JsonValue] = msgspec.to_builtins(fact)
    return Event(
        id=id,
        source=source,
        type=fact.TYPE,
        occurred_at=occurred_at,
        subject_id=subject_id,
        content=content,
        actor=actor,
        chain_id=chain_id,
    )
