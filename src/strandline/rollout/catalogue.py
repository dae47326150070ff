"""The service catalogue: reads a `strandline.yaml` into a `Service`, whole or not at all."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from strandline.rollout.catalogue_finding import CatalogueError
from strandline.rollout.catalogue_guards import guards_of
from strandline.rollout.catalogue_rules import moment, rule_findings
from strandline.rollout.catalogue_schema import schema_findings
from strandline.rollout.catalogue_template import template
from strandline.rollout.units import parse_duration, parse_share
from strandline.rollout.yaml_source import read_yaml
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import JsonValue
from strandline.vocabulary.service import (
    CommandTargetPolicy,
    Environment,
    Freeze,
    LocalTargetPolicy,
    ReadinessPolicy,
    RolloutPolicy,
    Service,
    StagePolicy,
    Strategy,
    TargetPolicy,
    WeeklyFreeze,
    WhenBusy,
    WhenUndecided,
)
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

__all__ = ["CatalogueError", "read_service", "service_document", "service_from_document", "template"]

_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_Given = dict[str, Any]
_Readers = dict[str, Callable[[Any], object]]


def read_service(text: str, *, file: str) -> Service:
    """Return the service that a `strandline.yaml` describes.

    Args:
        text: what the file says, decoded from UTF-8.
        file: its path; names it in findings, and its folder becomes the service's.

    Raises:
        CatalogueError: it cannot be understood, for all the reasons that it names; nothing was taken.
    """
    source = read_yaml(text, file=file)
    findings = [*source.findings, *schema_findings(source), *rule_findings(source)]
    if findings or not isinstance(source.data, dict):
        raise CatalogueError(file, findings)
    given: _Given = source.data
    stated: _Given = {"name" if key == "service" else key: value for key, value in given.items()}
    stated["folder"] = str(Path(file).absolute().parent)
    return _with(Service, stated, {"environments": _environments})


def service_document(service: Service) -> dict[str, JsonValue]:
    """Return a service as JSON without floats, as the ledger keeps it: durations and moments as ISO 8601."""
    document: dict[str, JsonValue] = msgspec.json.decode(msgspec.json.encode(service))
    return document


def service_from_document(document: dict[str, JsonValue]) -> Service:
    """Return the service of which `service_document` made this.

    Raises:
        BadInputError: it is no such document.
    """
    try:
        return msgspec.convert(document, Service)
    except msgspec.ValidationError as error:
        what = f"This is no catalogued service: {error}."
        raise BadInputError(what, remedy="Register the service again.") from error


def _environments(given: _Given) -> dict[str, Environment]:
    return {name: _environment(name, each) for name, each in given.items()}


def _environment(name: str, given: _Given) -> Environment:
    return Environment(
        name=name,
        target=_target(given["target"]),
        rollout=_rollout(given.get("rollout", {})),
        freezes=tuple(
            Freeze(reason=each["reason"], starts_at=_moment(each["from"]), ends_at=_moment(each["to"]))
            for each in given.get("freezes", ())
        ),
        weekly_freezes=tuple(
            _with(
                WeeklyFreeze,
                {_HOURS.get(key, key): value for key, value in each.items()},
                {"days": tuple},
            )
            for each in given.get("weekly_freezes", ())
        ),
    )


_HOURS = {"from": "from_hour", "to": "to_hour"}


def _target(given: _Given) -> TargetPolicy:
    rest = {key: value for key, value in given.items() if key != "kind"}
    if given["kind"] == "local":
        readers: _Readers = {
            "command": _command,
            "ready": lambda ready: _with(ReadinessPolicy, ready, {"within": parse_duration}),
            "environment": lambda variables: {key: _text(value) for key, value in variables.items()},
            "drain": parse_duration,
        }
        return _with(LocalTargetPolicy, rest, readers)
    commands: _Readers = dict.fromkeys(("prepare", "shift", "restore", "inspect", "retire"), _command)
    return _with(CommandTargetPolicy, rest, {**commands, "time_limit": parse_duration})


def _rollout(given: _Given) -> RolloutPolicy:
    strategy = Strategy(given.get("strategy", Strategy.CANARY.value))
    rest = {key: value for key, value in given.items() if key != "guards"}
    rest |= guards_of(given.get("guards", {}))
    if strategy is not Strategy.CANARY:
        rest.setdefault("stages", [{}])
    readers: _Readers = {
        "strategy": Strategy,
        "stages": lambda stages: tuple(_stage(stage) for stage in stages),
        "look_every": parse_duration,
        "when_undecided": WhenUndecided,
        "when_busy": WhenBusy,
        "keep_previous_warm": parse_duration,
        "warm_up": parse_duration,
        "bake_after": parse_duration,
    }
    return _with(RolloutPolicy, rest, readers)


def _stage(given: _Given) -> StagePolicy:
    rest: _Given = {key: value for key, value in given.items() if key != "share"}
    rest["share_bp"] = parse_share(given["share"]) if "share" in given else ALL_TRAFFIC_BP
    return _with(StagePolicy, rest, {"bake": parse_duration, "deadline": parse_duration})


def _with(kind: type[_Struct], given: _Given, readers: _Readers) -> _Struct:
    """Return the struct with what is given, each value read by its reader; the rest by default."""
    return kind(**{key: readers[key](value) if key in readers else value for key, value in given.items()})


def _command(given: list[JsonValue]) -> tuple[str, ...]:
    return tuple(_text(argument) for argument in given)


def _text(value: JsonValue) -> str:
    """Return a plain scalar as it was written: only canonical numbers and constants are not text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _moment(text: str) -> datetime:
    read = moment(text)
    assert read is not None, text  # noqa: S101 - the rules have just read it
    return read
