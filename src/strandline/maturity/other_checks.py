"""Counts, periods, quantiles and signs of life: what is asked where it is not a share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from strandline.maturity.answer import Part, Verdict
from strandline.maturity.case import Case, Item
from strandline.maturity.liveness import ENOUGH
from strandline.maturity.model import Alive, Count, Periods, Quantile
from strandline.maturity.proof import wilson
from strandline.maturity.share_check import LONGEST, NAMED, Population, Quality, missing_sources, sort_out

_PERIOD_DAYS = {"month": 365.25 / 12, "quarter": 365.25 / 4}
_DAY = 86_400.0


@dataclass(frozen=True)
class Measured:
    """Something that is measured of a case, in seconds or as a count."""

    words: str
    """Such as “the time to the notice”."""
    measure: Callable[[Case, Item], float | None]
    """Returns `None` where it cannot be told of this case."""
    needs: tuple[str, ...] = ()


Distinct = Callable[[Item], str]
"""The text of a case by which different ones are told apart."""


def judge_count(  # noqa: PLR0911 - one return for each of the things that can be known
    case: Case, check: Count, population: Population, quality: Quality, distinct: Distinct | None = None
) -> Part:
    """Return what the evidence says of a number of cases."""
    start = case.at - timedelta(days=check.days)
    found = sort_out(case, population, quality, start)
    holding = found.holds
    count = len({distinct(item) for item in holding}) if distinct else len(holding)
    limit = check.at_least if check.at_least is not None else (check.at_most or 0)
    about = population.words if check.that == "exist" else f"{population.words} that {quality.words}"
    part = Part(
        verdict=Verdict.UNKNOWN_SAMPLE,
        says="",
        check=about,
        value=float(count),
        threshold=float(limit),
        unit="count",
        n=found.n,
        count=count,
        start=start,
        coverage=round(found.coverage, 4),
        events=tuple(event for item in holding for event in item.events)[:NAMED] or found.events,
        lacking=tuple(item.name for item in (found.lacks if check.at_least else holding)[:NAMED]),
    )
    needs = (*population.needs, *quality.needs)
    missing = missing_sources(case, needs, start)
    asked = f"{count} {about} in {check.days} days"
    if check.at_least is not None:
        if count >= limit:
            return _as(part, Verdict.MET, f"{asked}, asked for at least {limit}.")
        if missing:
            return _as(part, Verdict.NO_FEED, missing.says, without=missing.carries)
        if count + found.unknown >= limit:
            return _as(part, Verdict.UNKNOWN_SAMPLE, f"{asked}; {found.unknown} more could not be looked at.")
        if not count and _was_ever(case, population, quality):
            return _as(part, Verdict.STALE, f"There were some before, none in {check.days} days.")
        if _is_too_short(case, needs, start):
            return _as(part, Verdict.UNKNOWN_SAMPLE, f"{asked}; the sources were not heard for so long.")
        return _as(part, Verdict.NOT_MET, f"{asked}, asked for at least {limit}.")
    if count > limit:
        return _as(part, Verdict.NOT_MET, f"{asked}, allowed are {limit}.")
    if missing:
        return _as(part, Verdict.NO_FEED, missing.says, without=missing.carries)
    if found.unknown or _is_too_short(case, needs, start):
        return _as(part, Verdict.UNKNOWN_SAMPLE, f"{asked} were seen; not all of the time was looked at.")
    return _as(part, Verdict.MET, f"{asked}, allowed are {limit}.")


def judge_periods(case: Case, check: Periods, population: Population, quality: Quality) -> Part:
    """Return in how many of the last periods there was a case with a quality."""
    length = timedelta(days=_PERIOD_DAYS[check.period])
    start = case.at - check.out_of * length
    found = sort_out(case, population, quality, start)
    kept = {int((case.at - item.at) / length) for item in found.holds if item.at > start}
    count = len(kept)
    about = f"{check.period}s with {population.words} that {quality.words}"
    lacking = [
        f"{case.at - (number + 1) * length:%Y-%m-%d} to {case.at - number * length:%Y-%m-%d}"
        for number in range(check.out_of)
        if number not in kept
    ]
    part = Part(
        verdict=Verdict.MET,
        says=f"{count} of the last {check.out_of} {about}, asked for {check.at_least}.",
        check=about,
        value=float(count),
        threshold=float(check.at_least),
        unit="count",
        n=check.out_of,
        count=count,
        start=start,
        events=tuple(event for item in found.holds for event in item.events)[:NAMED],
        lacking=tuple(lacking),
    )
    if count >= check.at_least:
        return part
    needs = (*population.needs, *quality.needs)
    missing = missing_sources(case, needs, start)
    if missing:
        return _as(part, Verdict.NO_FEED, missing.says, without=missing.carries)
    dead = sum(
        not all(case.liveness.is_alive(need, case.at - (number + 0.5) * length) for need in needs)
        for number in range(check.out_of)
        if number not in kept
    )
    if count + dead >= check.at_least:
        return _as(part, Verdict.UNKNOWN_SAMPLE, f"{part.says} Of {dead} the sources were not alive.")
    return _as(part, Verdict.NOT_MET, part.says)


def judge_quantile(case: Case, check: Quantile, population: Population, measured: Measured) -> Part:
    """Return what the evidence says of a quantile.

    Proved where so many cases are below that chance is ruled out.
    """
    start = case.at - timedelta(days=check.days)
    items = population.find(case, start)
    values: list[tuple[float, Item]] = []
    unknown = 0
    for item in items:
        value = measured.measure(case, item)
        if value is None:
            unknown += not all(case.liveness.is_alive(need, item.at) for need in measured.needs)
            continue
        values.append((value, item))
    values.sort(key=lambda pair: pair[0])
    n = len(values)
    allowed = check.at_most * (_DAY if check.unit == "days" else 1.0)
    below = sum(value <= allowed for value, _ in values)
    place = min(int(check.quantile * n), n - 1) if n else 0
    value = values[place][0] if n else None
    name = "median" if check.quantile == 0.5 else f"p{100 * check.quantile:.0f}"  # noqa: PLR2004 - the middle
    about = f"the {name} of {measured.words}"
    part = Part(
        verdict=Verdict.UNKNOWN_SAMPLE,
        says="",
        check=about,
        value=value,
        threshold=allowed,
        unit="count" if check.unit == "count" else "seconds",
        n=n,
        smallest=check.smallest,
        start=start,
        coverage=round(n / (n + unknown), 4) if n + unknown else 1.0,
        events=tuple(event for _, item in values for event in item.events)[:NAMED],
        lacking=tuple(item.name for value, item in reversed(values) if value > allowed)[:NAMED],
    )
    missing = missing_sources(case, (*population.needs, *measured.needs), start)
    if missing:
        return _as(part, Verdict.NO_FEED, missing.says, without=missing.carries)
    if n < check.smallest or (part.coverage or 0) < ENOUGH:
        return _as(part, Verdict.UNKNOWN_SAMPLE, f"{n} cases, at least {check.smallest} are needed.")
    low, high = wilson(below, n)[1:]
    found, most = words_of(value or 0.0, part.unit), words_of(allowed, part.unit)
    says = f"{about[0].upper()}{about[1:]} is {found}, allowed {most}."
    if (value or 0.0) <= allowed:
        # So many lie below that the quantile itself does, beyond chance, or nearly so.
        verdict = Verdict.MET if low >= check.quantile - 0.05 else Verdict.PROVISIONAL
    else:
        verdict = Verdict.NOT_MET if high < check.quantile else Verdict.PARTIAL
    return _as(part, verdict, says)


def judge_alive(case: Case, check: Alive) -> Part:
    """Return on how many of the days a source was heard."""
    start = case.at - timedelta(days=check.days)
    alive, days = case.liveness.days_alive(check.carries, start)
    share = alive / days if days else 0.0
    part = Part(
        verdict=Verdict.MET if share >= check.at_least else Verdict.NOT_MET,
        says=f"Heard of {check.carries} on {alive} of {days} days, asked: {check.at_least:.0%}.",
        check=f"days on which sources of {check.carries} were heard",
        value=share,
        threshold=check.at_least,
        n=days,
        count=alive,
        start=start,
    )
    if part.verdict is Verdict.NOT_MET:
        # A source that does not say that it is alive is not one that is bad: nothing is known.
        missing = missing_sources(case, (check.carries,), start)
        verdict = Verdict.NO_FEED if missing else Verdict.PARTIAL
        return _as(part, verdict, part.says, without=missing.carries)
    return part


def words_of(value: float, unit: str) -> str:
    """Say a value for people."""
    if unit != "seconds":
        return f"{value:,.3g}"
    for length, name in ((_DAY, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if value >= 2 * length:
            return f"{value / length:,.3g} {name}"
    return f"{value:,.3g} seconds"


def _was_ever(case: Case, population: Population, quality: Quality) -> bool:
    return bool(sort_out(case, population, quality, case.at - timedelta(days=5 * LONGEST)).holds)


def _is_too_short(case: Case, needs: tuple[str, ...], start: datetime) -> bool:
    return any(case.liveness.standing(need, start).share < ENOUGH for need in needs)


def _as(part: Part, verdict: Verdict, says: str, **changes: object) -> Part:
    return msgspec.structs.replace(part, verdict=verdict, says=says, **changes)
