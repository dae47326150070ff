"""Targets out of OpenSLO v1 (https://github.com/OpenSLO/OpenSLO, specification of version v1).

Taken are objectives for figures that are a share: availability, and shares of what went well or badly. Which
figure an SLO is about is said by the name of its indicator, or by the annotation `strandline.dev/figure` of
the SLO or of the SLI that it refers to; a query to another system cannot be read as one of ours. OpenSLO's
`target` is always the part that is good: 0.9 for `change-fail-rate` means at most 0.1.

What cannot be read is refused whole, with its place; nothing of the file is taken then.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation

import msgspec

from strandline.kpi.availability import NAME as AVAILABILITY
from strandline.performance.decimals import plain
from strandline.performance.target_standing import BAD_SHARES, GOOD_SHARES
from strandline.performance.targets import LONGEST
from strandline.vocabulary.event import JsonValue
from strandline.vocabulary.performance import TargetSet

FIGURE = "strandline.dev/figure"
"""The annotation that names the figure."""
VERSION = "openslo/v1"
_READ = (AVAILABILITY, *GOOD_SHARES, *BAD_SHARES)
_BESIDE = ("SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget")
"""Kinds that stand beside SLOs in a file; an SLI may name the figure, the others say nothing of a target."""
_DURATION = re.compile(r"([1-9][0-9]{0,2})([dw])")
_UNITS = {"d": timedelta(days=1), "w": timedelta(weeks=1)}

Place = tuple[str | int, ...]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that cannot be read, and where."""

    document: int
    """Counted from 0."""
    place: Place
    """The keys and positions that lead to it."""
    what: str
    fix: str


class OpenSlo(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says."""

    targets: tuple[TargetSet, ...] = ()
    """None if there is any problem."""
    problems: tuple[Problem, ...] = ()


class _UnreadableError(Exception):
    def __init__(self, place: Place, what: str, fix: str) -> None:
        super().__init__(what)
        self.place, self.what, self.fix = place, what, fix


@dataclass(frozen=True, kw_only=True)
class _Around:
    """What the reading of one SLO needs beside it."""

    owner: str
    file: str
    indicators: Mapping[str, JsonValue]
    """The SLIs of the file, by name."""


def read_openslo(documents: Sequence[JsonValue], *, file: str, owner: str = "") -> OpenSlo:
    """Return the targets that a file of OpenSLO sets, or what is wrong with it.

    Args:
        documents: its documents as plain values; an empty one is `None`. Numbers with a point are texts.
        file: its name, which is kept with the targets.
        owner: who answers for the targets; else the label `owner` or `team` of each SLO says so.
    """
    indicators = {
        _text(_at(each, "metadata", "name")): each for each in documents if _at(each, "kind") == "SLI"
    }
    around = _Around(owner=owner, file=file, indicators=indicators)
    targets: list[TargetSet] = []
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    for number, document in enumerate(documents):
        try:
            targets += _new(_targets(document, around), seen)
        except _UnreadableError as error:
            problems.append(Problem(document=number, place=error.place, what=error.what, fix=error.fix))
    if not targets and not problems:
        what, fix = "There is no SLO in this file.", "Give a file with a document of `kind: SLO`."
        problems.append(Problem(document=0, place=(), what=what, fix=fix))
    return OpenSlo(targets=() if problems else tuple(targets), problems=tuple(problems))


def _new(read: Iterable[tuple[Place, TargetSet]], seen: set[tuple[str, str]]) -> list[TargetSet]:
    """Return targets of which none was seen before in the file."""
    new = []
    for place, target in read:
        if (target.figure, target.service) in seen:
            what = f"{target.figure} has a target for this service already."
            raise _UnreadableError(place, what, "Keep one of the two.")
        seen.add((target.figure, target.service))
        new.append(target)
    return new


def _targets(document: JsonValue, around: _Around) -> list[tuple[Place, TargetSet]]:
    if document is None:
        return []
    if _at(document, "apiVersion") != VERSION:
        what = f"This is not written in {VERSION}."
        raise _UnreadableError(("apiVersion",), what, f"Begin each document with `apiVersion: {VERSION}`.")
    kind = _at(document, "kind")
    if kind in _BESIDE:
        return []
    if kind != "SLO":
        raise _UnreadableError(("kind",), "OpenSLO has no such kind.", "Give a document of `kind: SLO`.")
    service = _text(_at(document, "spec", "service"))
    if not service:
        fix = "Name the service as Strandline calls it."
        raise _UnreadableError(("spec", "service"), "It does not say which service it is about.", fix)
    name = _text(_at(document, "metadata", "name"))
    window = _window(document)
    owner = around.owner or _owner(document)
    objectives = _at(document, "spec", "objectives")
    if not isinstance(objectives, list) or not objectives:
        raise _UnreadableError(("spec", "objectives"), "It has no objectives.", "Give one, with a `target`.")
    read: list[tuple[Place, TargetSet]] = []
    for number, objective in enumerate(objectives):
        place: Place = ("spec", "objectives", number)
        figure = _figure(document, objective, place, around)
        good = _good(objective, place)
        is_bad = figure in BAD_SHARES
        target = TargetSet(
            figure=figure,
            service=service,
            owner=owner,
            at_most=plain(1 - good) if is_bad else "",
            at_least="" if is_bad else plain(good),
            window=window,
            origin=f"{around.file}: {name}" if name else around.file,
        )
        read.append((place, target))
    return read


def _figure(document: JsonValue, objective: JsonValue, place: Place, around: _Around) -> str:
    """Return the figure that an objective is about."""
    reference = _text(_at(objective, "indicatorRef")) or _text(_at(document, "spec", "indicatorRef"))
    indicator = around.indicators.get(reference)
    annotated = [
        _text(_at(each, "metadata", "annotations", FIGURE))
        for each in (
            _at(objective, "indicator"),
            document,
            _at(document, "spec", "indicator"),
            indicator,
        )
    ]
    named = [
        _text(_at(objective, "indicator", "metadata", "name")),
        reference,
        _text(_at(document, "spec", "indicator", "metadata", "name")),
    ]
    figure = next(filter(None, annotated), "") or next(filter(None, named), "")
    if figure in _READ:
        return figure
    what = f"The indicator “{figure}” is none of the figures." if figure else "It names no indicator."
    fix = f"Say which figure it is, under metadata, annotations, {FIGURE}: one of {', '.join(_READ)}."
    raise _UnreadableError(place, what, fix)


def _good(objective: JsonValue, place: Place) -> Decimal:
    """Return the part, 0 to 1, that has to be good."""
    for key, scale in (("target", 1), ("targetPercent", 100)):
        given = _at(objective, key)
        if given is None:
            continue
        try:
            number = Decimal(_text(given)) / scale
        except InvalidOperation:
            number = Decimal("nan")
        if not (number.is_finite() and 0 <= number < 1):
            fix = f"Give a number from 0 to less than {scale}, such as {'0.99' if scale == 1 else '99'}."
            raise _UnreadableError((*place, key), "This can be no target.", fix)
        return number
    raise _UnreadableError(place, "It has no target.", "Give `target: 0.99` or `targetPercent: 99`.")


def _window(document: JsonValue) -> timedelta:
    """Return the time that the target is over."""
    place: Place = ("spec", "timeWindow")
    windows = _at(document, "spec", "timeWindow")
    if not isinstance(windows, list) or len(windows) != 1:
        fix = "Give one, such as `- {duration: 28d, isRolling: true}`."
        raise _UnreadableError(place, "It does not have one time window.", fix)
    length = _text(_at(windows[0], "duration"))
    found = _DURATION.fullmatch(length)
    is_rolling = _at(windows[0], "isRolling") is True and _at(windows[0], "calendar") is None
    if found is None or not is_rolling or int(found[1]) * _UNITS[found[2]] > LONGEST:
        what = f"A window of {length or 'no length'} is not read." if is_rolling else "It does not roll."
        fix = "Give days or weeks, 400 days at most, that end now: `duration: 28d` and `isRolling: true`."
        raise _UnreadableError((*place, 0), what, fix)
    return int(found[1]) * _UNITS[found[2]]


def _owner(document: JsonValue) -> str:
    for label in ("owner", "team"):
        said = _at(document, "metadata", "labels", label)
        first = said[0] if isinstance(said, list) and said else said
        if _text(first):
            return _text(first)
    fix = "Give its metadata a label `owner`, or name one for the whole file with --owner."
    raise _UnreadableError(("metadata",), "It does not say who answers for it.", fix)


def _at(value: JsonValue, *keys: str) -> JsonValue:
    """Return what lies under keys; `None` where there is nothing."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _text(value: JsonValue) -> str:
    """Return a text, or a number as one; empty for anything else."""
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
