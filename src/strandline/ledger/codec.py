"""Events as bytes and back: structured CloudEvents 1.0 in JSON, whose data is a CDEvent 0.5.1.

The bytes are canonical: keys in the order of their code points, no white space, UTF-8, times in UTC, nothing
that is empty, and no floats. The same event always gives the same bytes, whatever library wrote them, so that
what is hashed and signed can be checked by anybody. (https://cloudevents.io, https://cdevents.dev)

How an event lies in a CDEvent: `actor` is in `customData.actor`, everything else where CDEvents has it.
CloudEvents of others come in by `from_document` (`ledger/foreign.py`).
"""

from datetime import UTC, datetime
from typing import Any, NoReturn

import msgspec

from strandline.ledger.foreign import from_document
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event

__all__ = ["CDEVENTS_VERSION", "CLOUDEVENTS_VERSION", "from_bytes", "from_document", "to_bytes"]

CLOUDEVENTS_VERSION = "1.0"
CDEVENTS_VERSION = "0.5.1"
_MEDIA_TYPE = "application/json"
_WIDEST = 2**63
"""Integers stay within 64 bits with sign: what every database and most languages can hold."""
_DEEPEST = 100
"""Levels of nesting: far more than any event needs, and well below what a reader's stack can take."""


class _Context(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of these structs stand in alphabetical order: that is the order they are written in."""

    chainId: str = ""  # noqa: N815 - the name on the wire
    id: str
    links: tuple[dict[str, Any], ...] = ()
    schemaUri: str = ""  # noqa: N815 - the name on the wire
    source: str
    specversion: str
    timestamp: datetime
    type: str


class _Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    content: dict[str, Any]
    id: str
    source: str = ""


class _CdEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    context: _Context
    customData: dict[str, Any] = {}  # noqa: N815 - the name on the wire
    subject: _Subject


class _CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    data: _CdEvent
    datacontenttype: str
    id: str
    source: str
    specversion: str
    subject: str
    time: datetime
    type: str


def _no_float(literal: str) -> NoReturn:
    msg = f"The number {literal} is a float"
    raise ValueError(msg)


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(_CloudEvent, float_hook=_no_float)


def to_bytes(event: Event) -> bytes:
    """Return the event's canonical bytes.

    Raises:
        BadInputError: it holds what the ledger cannot: a float, a number wider than 64 bits, a naive time,
            an empty name; the error says where.
    """
    _check_names(event)
    _check(event, event.content, "content", _DEEPEST)
    custom = event.custom_data
    if event.links:
        _check(event, list(event.links), "links", _DEEPEST)
    if custom:
        _check(event, custom, "custom_data", _DEEPEST)
        if "actor" in custom and (event.actor or isinstance(custom["actor"], str)):
            raise _unfit(event, "custom_data.actor", "stands where the actor belongs", "Use Event.actor.")
    if event.actor:
        custom = {**custom, "actor": event.actor}
    try:
        occurred_at = event.occurred_at.astimezone(UTC)
        cloud_event = _CloudEvent(
            specversion=CLOUDEVENTS_VERSION,
            id=event.id,
            source=event.source,
            type=event.type,
            time=occurred_at,
            subject=event.subject_id,
            datacontenttype=_MEDIA_TYPE,
            data=_CdEvent(
                context=_Context(
                    specversion=CDEVENTS_VERSION,
                    id=event.id,
                    source=event.source,
                    type=event.type,
                    timestamp=occurred_at,
                    chainId=event.chain_id,
                    links=event.links,
                    schemaUri=event.schema_uri,
                ),
                subject=_Subject(id=event.subject_id, source=event.subject_source, content=event.content),
                customData=custom,
            ),
        )
        return _ENCODER.encode(cloud_event)
    except OverflowError as error:
        raise _unfit(event, "occurred_at", "is no time in UTC", "Use years from 1 to 9999.") from error
    except UnicodeEncodeError as error:
        raise _unfit(event, "a text", "holds half a surrogate pair", "Send valid Unicode.") from error


def from_bytes(body: bytes) -> Event:
    """Return the event that these bytes hold; the inverse of `to_bytes`.

    Raises:
        BadInputError: they are not what `to_bytes` writes.
    """
    try:
        cloud_event = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what = f"These bytes are not an event: {str(error).rstrip('.')}."
        remedy = "If they are from the ledger, run `strandline ledger verify`."
        raise BadInputError(what, remedy=remedy) from error
    context, subject, custom = cloud_event.data.context, cloud_event.data.subject, cloud_event.data.customData
    said_twice = (cloud_event.id, cloud_event.source, cloud_event.type, cloud_event.time, cloud_event.subject)
    if said_twice != (context.id, context.source, context.type, context.timestamp, subject.id):
        what = f"The CloudEvent {cloud_event.id!r} and the CDEvent in it say different things of themselves."
        raise BadInputError(what, remedy="Both must have the same id, source, type, time and subject.")
    if context.timestamp.tzinfo is None:
        what = f"The time of the event {context.id!r} has no time zone."
        raise BadInputError(what, remedy="Write it in UTC, such as 2026-11-23T09:00:00Z.")
    actor = custom.get("actor", "")
    if isinstance(actor, str):
        custom.pop("actor", None)
    else:
        actor = ""
    return Event(
        id=context.id,
        source=context.source,
        type=context.type,
        occurred_at=context.timestamp,
        subject_id=subject.id,
        content=subject.content,
        subject_source=subject.source,
        actor=actor,
        chain_id=context.chainId,
        links=context.links,
        schema_uri=context.schemaUri,
        custom_data=custom,
    )


def _check_names(event: Event) -> None:
    names = (
        event.id,
        event.source,
        event.type,
        event.subject_id,
        event.subject_source,
        event.chain_id,
        event.schema_uri,
        event.actor,
    )
    if not (event.id and event.source and event.type and event.subject_id):
        remedy = "Every event has an id, a source, a type and a subject."
        raise _unfit(event, "a name", "is empty", remedy)
    if "\x00" in "".join(names):
        raise _unfit(event, "a name", "holds a NUL character", "Databases cannot keep it: leave it out.")
    if event.occurred_at.tzinfo is None:
        raise _unfit(event, "occurred_at", "has no time zone", "Say which: 2026-11-23T09:00:00Z.")


def _check(event: Event, value: object, where: str, levels: int) -> None:
    """Refuse what canonical JSON cannot hold; called for most values, so it is quick about the good."""
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if not -_WIDEST <= value < _WIDEST:
            raise _unfit(event, where, f"is {value}, wider than 64 bits", "Write it as a string.")
        return
    if not isinstance(value, dict | list | tuple):
        raise _strange(event, value, where)
    if not levels:
        raise _unfit(event, where, f"lies more than {_DEEPEST} levels deep", "Flatten it.")
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in inside:
        if type(inner) is str and type(key) is str:
            continue
        if not isinstance(value, dict):
            _check(event, inner, f"{where}[{key}]", levels - 1)
        elif isinstance(key, str):
            _check(event, inner, f"{where}.{key}", levels - 1)
        else:
            raise _unfit(event, where, f"has the key {key!r}", "Keys are strings.")


def _strange(event: Event, value: object, where: str) -> BadInputError:
    if isinstance(value, float):
        remedy = "Use an integer (basis points, milliseconds) or a decimal string."
        return _unfit(event, where, f"is the float {value!r}", remedy)
    remedy = "Events hold JSON: no floats, dates as strings."
    return _unfit(event, where, f"is a {type(value).__name__}", remedy)


def _unfit(event: Event, where: str, what: str, remedy: str) -> BadInputError:
    sentence = f"The event {event.id!r} of {event.source!r} cannot be recorded: {where} {what}."
    return BadInputError(sentence, where=where, remedy=remedy)
