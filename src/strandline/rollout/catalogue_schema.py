"""The published JSON Schemas of the files that users write, and what they find wrong, in plain words."""

import difflib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from strandline.rollout.catalogue_finding import CatalogueFinding, quoted
from strandline.rollout.yaml_source import Place, SourceDocument
from strandline.vocabulary.event import JsonValue

SERVICE_SCHEMA = "strandline.schema.json"
"""The file name of the schema of `strandline.yaml`; `strandline init` puts it beside the file."""
RELEASE_SCHEMA = "release.schema.json"
"""The file name of the schema of `release.yaml`."""

Schema = dict[str, Any]

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "a group of keys"),
    (type(None), "empty"),
)
_WANTED = {
    "object": "a group of keys",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
}


def schema_text(name: str = SERVICE_SCHEMA) -> str:
    """Return a published schema as its file has it."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def schema(name: str = SERVICE_SCHEMA) -> Schema:
    """Return a published schema."""
    loaded: Schema = json.loads(schema_text(name))
    return loaded


@cache
def _validator(name: str) -> Draft202012Validator:
    Draft202012Validator.check_schema(schema(name))
    return Draft202012Validator(schema(name))


def schema_findings(source: SourceDocument, name: str = SERVICE_SCHEMA) -> list[CatalogueFinding]:
    """Return everything in which a file differs from its schema, each with its place and the fix."""
    errors = _validator(name).iter_errors(source.data)
    return [finding for error in errors for finding in _findings(source, schema(name), error)]


def resolve(root: Schema, part: Mapping[str, Any]) -> Schema:
    """Return a part of a schema with its reference put in; what is beside the reference comes first."""
    reference = part.get("$ref")
    if not isinstance(reference, str):
        return dict(part)
    target: Any = root
    for step in reference.removeprefix("#/").split("/"):
        target = target[step]
    return {**resolve(root, target), **{key: value for key, value in part.items() if key != "$ref"}}


def _findings(source: SourceDocument, root: Schema, error: ValidationError) -> Iterator[CatalogueFinding]:
    place: Place = tuple(error.absolute_path)
    part: Schema = dict(error.schema) if isinstance(error.schema, Mapping) else {}
    kind = str(error.validator)
    value: Any = error.instance
    if kind == "additionalProperties":
        known = list(part.get("properties", {}))
        for key in sorted(set(value) - set(known)):
            what = f"The key {quoted(key)} is not known {_within(place)}."
            yield source.finding((*place, key), what, _nearest(key, known), at_key=True)
    elif kind == "required":
        for key in part["required"]:
            if key not in value and f"'{key}'" in error.message:
                entry = resolve(root, part.get("properties", {}).get(key, {}))
                example = next(iter(entry.get("examples", ())), "…")
                fix = f"Add `{key}: {example}`. {entry.get('description', '')}".strip()
                yield source.finding(place, f"The key {quoted(key)} is missing {_within(place)}.", fix)
    else:
        # The name of a key is judged with the path of its group.
        is_name = "propertyNames" in error.absolute_schema_path
        what, fix = _explained(kind, place, part, value=value, limit=error.validator_value, is_name=is_name)
        yield source.finding((*place, value) if is_name else place, what, fix, at_key=is_name)


def _explained(  # noqa: PLR0911 - one return per kind of rule
    kind: str,
    place: Place,
    part: Schema,
    *,
    value: JsonValue,
    limit: Any,  # noqa: ANN401 - whatever the schema says
    is_name: bool,
) -> tuple[str, str]:
    name = f"The name {quoted(value)}" if is_name else _named(place)
    example = next(iter(part.get("examples", ())), None)
    fix = f"Write for example {example}." if example is not None else ""
    if kind == "type":
        wanted = str(part.get("title") or _wanted(limit)) if place else "a group of keys"
        if value is None:
            return f"{name} is empty; it must be {wanted}.", f"{fix} Or leave the key out.".strip()
        is_unquoted = limit == "string" and isinstance(value, int)
        cure = f'Put it in quotes: "{quoted(value)}".' if is_unquoted and "pattern" not in part else fix
        return f"{name} must be {wanted}, and is {_kind_of(value)}.", cure or f"Write {wanted}."
    if kind in {"enum", "const"}:
        choices = [str(choice) for choice in (limit if kind == "enum" else [limit])]
        return f"{name} cannot be {quoted(value)}.", _nearest(str(value), choices)
    if kind == "pattern":
        is_value = "" if is_name else f", and is {quoted(value)}"
        return f"{name} must be {part.get('title', 'of another form')}{is_value}.", fix
    if kind in {"minimum", "maximum"}:
        side = "at least" if kind == "minimum" else "at most"
        return f"{name} must be {side} {limit}, and is {value}.", fix
    if kind in {"minItems", "minProperties", "minLength"}:
        return f"{name} must not be empty.", fix or "Add an entry, or leave the key out."
    if kind in {"maxItems", "maxProperties", "maxLength"}:
        return f"{name} is too long; it may have {limit} at most.", "Make it shorter."
    return f"{name} does not fit: the rule is {kind} {quoted(str(limit))}.", fix


def _nearest(word: str, known: list[str]) -> str:
    listed = f"Known are: {', '.join(known)}." if known else ""
    close = difflib.get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    close = close or difflib.get_close_matches(word.lower().replace("_", "-"), known, n=1, cutoff=0.6)
    return f"Did you mean {quoted(close[0])}? {listed}" if close else listed


def _within(place: Place) -> str:
    return f"in {_path(place)}" if place else "at the top of the file"


def _named(place: Place) -> str:
    return _path(place) if place else "The file"


def _path(place: Place) -> str:
    """Return a place as people read it: `environments.production.rollout.stages[2].share`."""
    text = ""
    for step in place:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _kind_of(value: JsonValue) -> str:
    kind = next(words for cls, words in _KINDS if isinstance(value, cls))
    return f"{kind}: {quoted(value)}" if isinstance(value, bool | int | str) else kind


def _wanted(kinds: str | list[str]) -> str:
    several = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_WANTED.get(kind, kind) for kind in several)
