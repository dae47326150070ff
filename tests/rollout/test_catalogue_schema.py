"""The published schemas are valid, say what each key means, and agree with the values that are read."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from strandline.rollout.catalogue import read_service
from strandline.rollout.catalogue_schema import RELEASE_SCHEMA, SERVICE_SCHEMA, resolve, schema, schema_text
from strandline.rollout.units import parse_duration, parse_percent
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.service import Service

BASE = """\
service: greeter
owner: team-web
environments:
  local:
    target: {{kind: local, listen: "127.0.0.1:1", command: [./serve]{local}, ready: {{{ready}}}}}
    rollout: {{stages: [{{share: 5%{stage}}}], guards: {{errors: {{{guard}}}}}{rollout}}}
    weekly_freezes: [{{reason: x, days: [monday]{weekly}}}]
  command:
    target: {{kind: command, prepare: [a], shift: [a], restore: [a], inspect: [a]{command}}}
"""
PARTS = {
    "local": "localTarget",
    "ready": "ready",
    "stage": "stage",
    "guard": "errorGuard",
    "rollout": "rollout",
    "weekly": "weeklyFreeze",
    "command": "commandTarget",
}


def _properties() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in (SERVICE_SCHEMA, RELEASE_SCHEMA):
        root = schema(name)
        for group in (root, *root.get("$defs", {}).values()):
            for key, entry in group.get("properties", {}).items():
                yield key, {**resolve(root, entry), "stated": entry}


@pytest.mark.parametrize("name", [SERVICE_SCHEMA, RELEASE_SCHEMA])
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema_text(name).startswith("{")


def test_every_key_says_what_it_means() -> None:
    for key, entry in _properties():
        assert entry["stated"].get("description"), key


def test_every_example_and_every_default_fits_its_own_rule() -> None:
    for key, entry in _properties():
        rule = Draft202012Validator({**entry, "$defs": schema()["$defs"]})
        values = [entry["default"]] if "default" in entry else []
        if entry.get("type") in ("string", "integer"):
            values += entry.get("examples", ())
        for value in values:
            assert rule.is_valid(value), (key, value)


def _read(stated: dict[str, str]) -> Service:
    return read_service(BASE.format(**stated), file="strandline.yaml")


def test_the_defaults_of_the_schema_are_the_defaults_that_are_used() -> None:
    nothing = dict.fromkeys(PARTS, "")
    for part, name in PARTS.items():
        entries = {
            key: resolve(schema(), entry) for key, entry in schema()["$defs"][name]["properties"].items()
        }
        defaults = [f"{key}: {entry['default']}" for key, entry in entries.items() if "default" in entry]
        assert defaults
        joined = ", ".join(defaults)
        stated = joined if part in {"ready", "guard"} else f", {joined}"
        assert _read({**nothing, part: stated}) == _read(nothing), part


@pytest.mark.parametrize(("name", "parse"), [("duration", parse_duration), ("share", parse_percent)])
@pytest.mark.parametrize(
    "text",
    ["", "5", "5%", "0.5%", "5.123%", "5m", "1h30m", "1m1h", "5 m", "ms", "5ms", "%", "-5%", "-5m"],
)
def test_the_schema_and_the_reader_agree_on_what_a_text_is(name: str, parse: Any, text: str) -> None:
    is_valid = Draft202012Validator(schema()["$defs"][name]).is_valid(text)
    try:
        parse(text)
    except BadInputError:
        assert not is_valid
    else:
        assert is_valid
