"""CloudEvents as others write them, made into events of ours.

A CloudEvent that carries a CDEvent of any version becomes that event, in the layout of 0.5.1. One that
carries something else keeps its type, and its data becomes the content.

**Floats become decimal strings** (`1.5` becomes `"1.5"`, the shortest text that gives the same number back).
Refusing them would lock out whole feeds over a duration or a score; keeping them would let a hash depend on
how a library prints. Nothing of ours computes with a foreign number before somebody has stated what it means,
and the raw payload, with the float as it came, is kept beside. The same holds for integers beyond 64 bits.
Our own events never take this way: there a float is a mistake, and `to_bytes` refuses it.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import Event, JsonValue

_ATTRIBUTES = frozenset(
    "specversion id source type time subject datacontenttype dataschema data data_base64".split()  # noqa: SIM905 - reads as the list in the specification
)
_WIDEST = 2**63


def from_document(document: Mapping[str, Any]) -> Event:
    """Return the event that a structured CloudEvent states, whoever wrote it.

    * A CDEvent's `customData` that is no object, and CloudEvents extension attributes, are kept in
      `custom_data` under `customData` and `cloudEvents`.
    * What a foreign event happened to is its `subject`, or its `source` where it names none.

    Raises:
        BadInputError: it lacks what a CloudEvent must have, or the time it happened at.
    """
    for name in ("specversion", "id", "source", "type"):
        _text(document, name, where=name)
    data = document.get("data")
    if isinstance(data, dict) and _is_cdevent(data):
        return _cdevent(document, data)
    if "data_base64" in document:
        content: dict[str, JsonValue] = {"dataBase64": _text(document, "data_base64", where="data_base64")}
    elif isinstance(data, dict):
        content = _plain(data, "data")
    else:
        content = {} if data is None else {"data": _plain(data, "data")}
    return Event(
        id=document["id"],
        source=document["source"],
        type=document["type"],
        occurred_at=_time(document.get("time"), "time"),
        subject_id=_optional(document, "subject") or document["source"],
        content=content,
        schema_uri=_optional(document, "dataschema"),
        custom_data=_extensions(document),
    )


def _is_cdevent(data: dict[str, Any]) -> bool:
    context = data.get("context")
    return (
        isinstance(context, dict)
        and isinstance(data.get("subject"), dict)
        and {"id", "source", "type"} <= context.keys()
    )


def _cdevent(document: Mapping[str, Any], data: dict[str, Any]) -> Event:
    context, subject = data["context"], data["subject"]
    for name in ("id", "source", "type"):
        if document[name] != context[name]:
            what = f"The CloudEvent has the {name} {document[name]!r}, the CDEvent in it {context[name]!r}."
            remedy = "Both must be the same (CDEvents' binding to CloudEvents)."
            raise BadInputError(what, where=name, remedy=remedy)
    custom = _custom_data(data) | _extensions(document)
    actor = custom.get("actor")
    if isinstance(actor, str):
        del custom["actor"]
    content = _plain(subject.get("content", {}), "data.subject.content")
    links = _plain(context.get("links") or [], "data.context.links")
    if not isinstance(links, list) or not all(isinstance(link, dict) for link in links):
        what = "The links of the CDEvent are not a list of objects."
        raise BadInputError(what, where="data.context.links", remedy="See the CDEvents links specification.")
    return Event(
        id=context["id"],
        source=context["source"],
        type=context["type"],
        occurred_at=_time(context.get("timestamp", document.get("time")), "data.context.timestamp"),
        subject_id=_text(subject, "id", where="data.subject.id"),
        subject_source=_optional(subject, "source"),
        content=content if isinstance(content, dict) else {"content": content},
        actor=actor if isinstance(actor, str) else "",
        chain_id=_optional(context, "chainId"),
        links=tuple(links),
        schema_uri=_optional(context, "schemaUri") or _optional(document, "dataschema"),
        custom_data=custom,
    )


def _custom_data(data: dict[str, Any]) -> dict[str, JsonValue]:
    custom = _plain(data.get("customData") or {}, "data.customData")
    if isinstance(custom, dict):
        return custom
    kept = {"customData": custom}
    if "customDataContentType" in data:
        kept["customDataContentType"] = _plain(data["customDataContentType"], "data.customDataContentType")
    return kept


def _extensions(document: Mapping[str, Any]) -> dict[str, JsonValue]:
    extra = {name: value for name, value in document.items() if name not in _ATTRIBUTES}
    return {"cloudEvents": _plain(extra, "extension")} if extra else {}


def _text(holder: Mapping[str, Any], name: str, *, where: str) -> str:
    value = holder.get(name)
    if isinstance(value, str) and value:
        return value
    what = f"The event has no {name}." if value in (None, "") else f"Its {name} is not text: {value!r}."
    raise BadInputError(what, where=where, remedy="It is required: see the CloudEvents 1.0 specification.")


def _optional(holder: Mapping[str, Any], name: str) -> str:
    return _text(holder, name, where=name) if holder.get(name) not in (None, "") else ""


def _time(value: object, where: str) -> datetime:
    try:
        moment = msgspec.convert(value, datetime)
    except msgspec.ValidationError as error:
        what = f"When it happened is not stated as a time: {value!r}."
        remedy = "Give the time with its zone, such as 2026-11-23T09:00:00Z (RFC 3339)."
        raise BadInputError(what, where=where, remedy=remedy) from error
    if moment.tzinfo is None:
        what = f"The time {value!r} has no time zone."
        raise BadInputError(what, where=where, remedy="Add Z or an offset such as +01:00.")
    return moment


def _plain(value: Any, where: str) -> Any:  # noqa: ANN401 - any JSON in, any JSON out
    """Return foreign JSON as the ledger holds it."""
    if isinstance(value, dict):
        return {str(key): _plain(inner, f"{where}.{key}") for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, f"{where}[{place}]") for place, inner in enumerate(value)]
    if isinstance(value, float):
        if not math.isfinite(value):
            what = f"The number at {where} is {value}, which is not JSON."
            raise BadInputError(what, where=where, remedy="Leave it out, or send null.")
        return repr(value)
    if isinstance(value, int) and not isinstance(value, bool) and not -_WIDEST <= value < _WIDEST:
        return str(value)
    return value
