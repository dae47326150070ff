"""What a schema cannot say of a `strandline.yaml`: how its values must fit each other.

Each rule looks only at what has the right form, so that all findings of a file can be reported together.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from strandline.rollout.catalogue_finding import CatalogueFinding, quoted
from strandline.rollout.catalogue_guard_rules import guard_findings
from strandline.rollout.catalogue_schema import schema
from strandline.rollout.units import duration_text, parse_duration, parse_percent, share_text
from strandline.rollout.yaml_source import Place, SourceDocument
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.event import JsonValue
from strandline.vocabulary.service import StagePolicy
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP

_LONGEST = timedelta(days=366)
_LAST_PORT = 65535

Group = dict[str, JsonValue]
Findings = Iterator[CatalogueFinding]


def rule_findings(source: SourceDocument) -> Findings:
    """Yield everything in a file whose values have the right form and do not fit each other."""
    environments = _group(_group(source.data).get("environments"))
    listening: dict[str, str] = {}
    for name, given in environments.items():
        place: Place = ("environments", name)
        environment = _group(given)
        target = _group(environment.get("target"))
        yield from _target_findings(source, (*place, "target"), target)
        yield from _rollout_findings(source, (*place, "rollout"), _group(environment.get("rollout")))
        yield from _freeze_findings(source, place, environment)
        listen = target.get("listen")
        if isinstance(listen, str) and target.get("kind") == "local":
            if listen in listening:
                what = f"The environments {listening[listen]} and {name} both listen at {quoted(listen)}."
                yield source.finding((*place, "target", "listen"), what, "Give each its own port.")
            listening.setdefault(listen, name)


def _target_findings(source: SourceDocument, place: Place, target: Group) -> Findings:
    listen = target.get("listen")
    if isinstance(listen, str):
        port = listen.rpartition(":")[2]
        if port.isascii() and port.isdigit() and not 1 <= int(port) <= _LAST_PORT:
            what = f"The port {port} does not exist."
            yield source.finding((*place, "listen"), what, f"Use a port from 1 to {_LAST_PORT}.")
    yield from _duration_findings(source, (*place, "drain"), target.get("drain"))
    yield from _duration_findings(source, (*place, "time_limit"), target.get("time_limit"), least="100ms")
    ready = _group(target.get("ready"))
    yield from _duration_findings(source, (*place, "ready", "within"), ready.get("within"), least="100ms")


def _rollout_findings(source: SourceDocument, place: Place, rollout: Group) -> Findings:
    yield from _duration_findings(source, (*place, "look_every"), rollout.get("look_every"), least="100ms")
    yield from _duration_findings(source, (*place, "keep_previous_warm"), rollout.get("keep_previous_warm"))
    strategy = rollout.get("strategy", "canary")
    stages = rollout.get("stages")
    if isinstance(stages, list):
        each = [_group(stage) for stage in stages]
        for index, stage in enumerate(each):
            yield from _stage_findings(source, (*place, "stages", index), stage)
        if strategy == "canary":
            yield from _canary_findings(source, (*place, "stages"), each)
        elif isinstance(strategy, str):
            yield from _one_stage_findings(source, (*place, "stages"), each, strategy=strategy)
    yield from _duration_findings(source, (*place, "warm_up"), rollout.get("warm_up"))
    yield from _duration_findings(source, (*place, "bake_after"), rollout.get("bake_after"))
    yield from guard_findings(source, (*place, "guards"), _group(rollout.get("guards")))


def _stage_findings(source: SourceDocument, place: Place, stage: Group) -> Findings:
    yield from _duration_findings(source, (*place, "bake"), stage.get("bake"))
    yield from _duration_findings(source, (*place, "deadline"), stage.get("deadline"), least="1s")
    usual = StagePolicy(share_bp=1)
    bake, deadline = _duration(stage.get("bake", "")), _duration(stage.get("deadline", ""))
    is_stated = bake is not None or deadline is not None
    bake, deadline = bake or usual.bake, deadline or usual.deadline
    if is_stated and bake > deadline:
        sooner, later = duration_text(deadline), duration_text(bake)
        what = f"The stage bakes for {later}, and its deadline is sooner: {sooner}."
        here: Place = (*place, "deadline" if "deadline" in stage else "bake")
        yield source.finding(here, what, f"Give it a deadline of {later} or more.")
    share = _percent(stage.get("share"))
    if share is not None and not 1 <= share <= ALL_TRAFFIC_BP:
        what = f"The share {quoted(stage.get('share'))} is out of range."
        yield source.finding((*place, "share"), what, "A stage gets a share from 0.01% to 100%.")


def _canary_findings(source: SourceDocument, place: Place, stages: list[Group]) -> Findings:
    before = 0
    for index, stage in enumerate(stages):
        if "share" not in stage:
            what = "A stage of a canary has no share."
            yield source.finding((*place, index), what, "Add `share: 5%`: what it gets of the traffic.")
            continue
        share = _percent(stage.get("share"))
        if share is None:
            continue
        here: Place = (*place, index, "share")
        if share == ALL_TRAFFIC_BP:
            what = "A stage of a canary cannot have all traffic: nothing is left to compare it with."
            yield source.finding(here, what, "Leave this stage out: all traffic follows the last stage.")
        if 0 < share <= before:
            what = f"The stages must grow: {share_text(share)} comes after {share_text(before)}."
            yield source.finding(here, what, f"Give it more than {share_text(before)}, or leave it out.")
        before = max(before, share)


def _one_stage_findings(
    source: SourceDocument, place: Place, stages: list[Group], *, strategy: str
) -> Findings:
    if len(stages) > 1:
        what = f"The strategy {strategy} has one stage, and {len(stages)} are given."
        yield source.finding((*place, 1), what, "Keep one, or choose `strategy: canary`.")
    for index, stage in enumerate(stages):
        if _percent(stage.get("share")) not in {None, ALL_TRAFFIC_BP}:
            what = f"The strategy {strategy} gives all traffic, not a share."
            yield source.finding((*place, index, "share"), what, "Leave `share` out.")


def _freeze_findings(source: SourceDocument, place: Place, environment: Group) -> Findings:
    for index, given in enumerate(_list(environment.get("freezes"))):
        here: Place = (*place, "freezes", index)
        freeze = _group(given)
        moments = {key: freeze.get(key) for key in ("from", "to")}
        for key, text in moments.items():
            if isinstance(text, str) and _has_form(text, "moment") and moment(text) is None:
                what = f"{quoted(text)} is not a moment that exists."
                yield source.finding((*here, key), what, "Write it as 2026-12-20T18:00:00+01:00.")
        starts_at, ends_at = (moment(str(text)) for text in moments.values())
        if starts_at is not None and ends_at is not None and ends_at <= starts_at:
            yield source.finding((*here, "to"), "The freeze ends before it begins.", "Swap `from` and `to`.")
    for index, given in enumerate(_list(environment.get("weekly_freezes"))):
        here = (*place, "weekly_freezes", index)
        weekly = _group(given)
        zone = weekly.get("timezone")
        if isinstance(zone, str) and zone and not _is_time_zone(zone):
            what = f"The time zone {quoted(zone)} is not known."
            yield source.finding((*here, "timezone"), what, "Use an IANA name such as Europe/Berlin or UTC.")
        if weekly.get("from", "00:00") == weekly.get("to", "24:00"):
            what = "The freeze ends when it begins."
            yield source.finding((*here, "to"), what, "For a whole day leave `from` and `to` out.")


def moment(text: str) -> datetime | None:
    """Return the aware moment that an ISO 8601 text states; `None` if there is none such."""
    try:
        read = datetime.fromisoformat(text)
        return read if read.utcoffset() is not None else None
    except (ValueError, OverflowError):
        return None


def _has_form(text: str, name: str) -> bool:
    """Say whether the schema has no finding of this text already."""
    return re.search(schema()["$defs"][name]["pattern"], text) is not None


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _duration_findings(
    source: SourceDocument, place: Place, value: JsonValue, *, least: str = "0s"
) -> Findings:
    if not isinstance(value, str) or not _has_form(value, "duration"):
        return
    duration = _duration(value)
    if duration is None or not parse_duration(least) <= duration <= _LONGEST:
        fix = f"Choose from {least} to {_LONGEST.days}d."
        yield source.finding(place, f"The duration {quoted(value)} is out of range.", fix)


def _duration(value: JsonValue) -> timedelta | None:
    try:
        return parse_duration(value) if isinstance(value, str) else None
    except BadInputError:
        return None  # the schema has its finding, or `_duration_findings`


def _percent(value: JsonValue) -> int | None:
    try:
        return parse_percent(value) if isinstance(value, str) else None
    except BadInputError:
        return None  # the schema has its finding


def _group(value: JsonValue) -> Group:
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
