"""What a translator is given, and what it gives back."""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec

from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.feed import Names

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://strandline.dev/intake")
_ENCODER = msgspec.json.Encoder(order="deterministic")


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """One raw payload, decoded."""

    document: Any
    """Its JSON: objects, lists, texts, numbers, booleans, `None`."""
    headers: Mapping[str, str] = {}
    """Of the delivery, names in lower case; empty for what comes from a file."""
    names: Names = Names()


class Unmapped(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a payload says and that cannot be made into an event."""

    what: str
    """One sentence."""
    where: str = ""
    """The place in the document, such as `deployment.environment`."""
    remedy: str = ""


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """What a payload became. One with neither events nor anything unmapped says why in `ignored`."""

    events: tuple[Event, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()
    ignored: str = ""
    """Why a payload that was understood says nothing that Strandline keeps, such as a ping."""


Translator: TypeAlias = Callable[[Payload], Translation]


def stated(
    fact: Fact,
    *,
    source: str,
    subject_id: str,
    occurred_at: datetime,
    details: Details,
    actor: str = "",
    subject_source: str = "",
) -> Event:
    """Return the event that states `fact`; the same statement always gets the same id, whoever brings it.

    The id is a UUIDv5 over source, type, subject, time and everything said: a webhook, its redelivery and a
    backfill of the same fact are one event, and a source that says something else later makes another.

    Args:
        fact: what happened.
        source: the place it happened at, as a URI reference, such as the repository's address.
        subject_id: what it happened to, as the source calls it.
        occurred_at: the source's own time; aware.
        details: what the fact has no field for.
        actor: by whom, as the source calls them.
        subject_source: where the subject lives, if that is not `source`.
    """
    custom = as_custom_data(details)
    content = msgspec.to_builtins(fact)
    at = occurred_at.astimezone(UTC)
    said = (source, fact.TYPE, subject_id, at, content, custom, actor, subject_source)
    name = _ENCODER.encode(said).decode()
    return Event(
        id=str(uuid.uuid5(_NAMESPACE, name)),
        source=source,
        type=fact.TYPE,
        occurred_at=occurred_at,
        subject_id=subject_id,
        subject_source=subject_source,
        content=content,
        actor=actor,
        custom_data=custom,
    )
