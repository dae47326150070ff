"""Reads what a `strandline.yaml` says about guards, once its schema and its rules have nothing to find."""

from typing import Any

from strandline.rollout.units import parse_percent, parse_share
from strandline.vocabulary.service import (
    ErrorGuardPolicy,
    GuardRole,
    LatencyGuardPolicy,
    MetricGuardPolicy,
    MetricKind,
    MetricSource,
    Worse,
)

OFF = "off"
_Given = dict[str, Any]


def guards_of(given: _Given) -> _Given:
    """Return the fields of a rollout policy that a group `guards` states."""
    stated: _Given = {}
    if "errors" in given:
        stated["errors"] = _errors(given["errors"])
    if "latency" in given:
        stated["latency"] = _latency(given["latency"])
    if "metrics" in given:
        stated["metrics"] = tuple(_metric(each) for each in given["metrics"])
    return stated


def _errors(given: _Given) -> ErrorGuardPolicy:
    values: _Given = _common(given)
    values |= {f"{key}_bp": parse_share(value) for key, value in given.items() if key not in _COMMON}
    return ErrorGuardPolicy(**values)


def _latency(given: _Given) -> LatencyGuardPolicy | None:
    return None if given.get("role") == OFF else LatencyGuardPolicy(**_common(given))


def _metric(given: _Given) -> MetricGuardPolicy:
    rest = {key: value for key, value in given.items() if key not in _COMMON}
    rest |= {"source": MetricSource(given["source"]), "kind": MetricKind(given["kind"])}
    if "worse" in given:
        rest["worse"] = Worse(given["worse"])
    return MetricGuardPolicy(**rest, **_common(given))


_COMMON = ("margin", "role")


def _common(given: _Given) -> _Given:
    """Return what every guard may state."""
    values: _Given = {}
    if "margin" in given:
        values["margin_percent"] = parse_percent(given["margin"]) // 100
    if "role" in given:
        values["role"] = GuardRole(given["role"])
    return values
