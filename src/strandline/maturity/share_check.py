"""Shares: how many of some cases have a quality, and whether that proves what is asked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from strandline.maturity.answer import Part, Verdict
from strandline.maturity.case import Case, Item, Shown
from strandline.maturity.liveness import ENOUGH, Standing
from strandline.maturity.model import Share
from strandline.maturity.proof import at_least, at_most, wilson

LONGEST = 365
"""Days: the longest window that a small sample may grow to."""
NAMED = 20
"""Events and cases that an answer names."""


@dataclass(frozen=True)
class Population:
    """A kind of case."""

    words: str
    """What they are called, in the plural."""
    find: Callable[[Case, datetime], Sequence[Item]]
    """Returns those from a moment to now."""
    needs: tuple[str, ...]
    """What sources of it carry."""
    is_standing: bool = False
    """Whether they are things that are there (services, people), and not things that happen."""


@dataclass(frozen=True)
class Quality:
    """Something that holds for a case, or does not."""

    words: str
    """Continues “deployments that …”."""
    shows: Callable[[Case, Item], Shown]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sorted:
    """The cases of a window, by what is known of them."""

    start: datetime
    holds: tuple[Item, ...]
    lacks: tuple[Item, ...]
    unknown: int
    events: tuple[str, ...]

    @property
    def n(self) -> int:
        """How many could be looked at."""
        return len(self.holds) + len(self.lacks)

    @property
    def coverage(self) -> float:
        """The part of all that could be looked at; 1 if there are none."""
        every = self.n + self.unknown
        return self.n / every if every else 1.0


def sort_out(case: Case, population: Population, quality: Quality, start: datetime) -> Sorted:
    """Return which cases since a moment have a quality; what no living source could tell is unknown."""
    holds: list[Item] = []
    lacks: list[Item] = []
    events: dict[str, None] = {}
    unknown = 0
    overdue = [] if population.is_standing else [case.liveness.overdue_after(need) for need in quality.needs]
    limit = min((each for each in overdue if each is not None), default=None)
    for item in case.remembered(("items", population.words, start), lambda: population.find(case, start)):
        if limit is not None and item.at >= limit:
            unknown += 1
            continue
        shown = quality.shows(case, item)
        if not shown and not all(case.liveness.is_alive(need, item.at) for need in quality.needs):
            # It was not seen, and nobody was looking.
            unknown += 1
            continue
        if shown is None:
            unknown += 1
        elif shown:
            holds.append(item)
            if len(events) < NAMED:
                events.update(dict.fromkeys(shown if isinstance(shown, tuple) else item.events))
        else:
            lacks.append(item)
            if len(events) < NAMED:
                events.update(dict.fromkeys(item.events))
    return Sorted(start, tuple(holds), tuple(lacks), unknown, tuple(events)[:NAMED])


@dataclass(frozen=True)
class Missing:
    """The sources that an answer would rest on and that are missing; false if there are none."""

    standings: tuple[Standing, ...]

    def __bool__(self) -> bool:
        """Return whether anything is missing."""
        return bool(self.standings)

    @property
    def carries(self) -> tuple[str, ...]:
        """What the sources would carry."""
        return tuple(each.carries for each in self.standings)

    @property
    def says(self) -> str:
        """What is wrong with each, as a sentence."""
        text = "; ".join(each.words for each in self.standings)
        return f"{text[:1].upper()}{text[1:]}."


def missing_sources(case: Case, needs: Iterable[str], start: datetime) -> Missing:
    """Return what is missing of the sources that an answer would rest on."""
    standings = (case.liveness.standing(need, start) for need in dict.fromkeys(needs))
    return Missing(tuple(each for each in standings if not each.is_alive))


def windows(case: Case, days: int, *, grows: bool) -> Iterable[datetime]:
    """Yield from when on to look: the window, and longer ones up to a year."""
    yield case.at - timedelta(days=days)
    while grows and days < LONGEST:
        days = min(2 * days, LONGEST)
        yield case.at - timedelta(days=days)


def judge_share(  # noqa: PLR0911 - one return for each of the things that can be known
    case: Case, check: Share, population: Population, quality: Quality
) -> Part:
    """Return what the evidence says of a share."""
    about = f"{population.words} that {quality.words}"
    threshold = check.at_least if check.at_least is not None else check.at_most
    limit = threshold if threshold is not None else 1.0
    needs = (*population.needs, *quality.needs)
    found = _enough(case, check, population, quality)
    count, n = len(found.holds), found.n
    share, low, high = wilson(count, n)
    part = Part(
        verdict=Verdict.UNKNOWN_SAMPLE,
        says="",
        check=about,
        threshold=limit,
        value=share if n else None,
        low=low if n else None,
        high=high if n else None,
        n=n,
        count=count,
        smallest=check.smallest,
        start=found.start,
        coverage=round(found.coverage, 4),
        events=found.events,
        lacking=tuple(
            item.name for item in (found.lacks if check.at_least is not None else found.holds)[:NAMED]
        ),
    )
    if check.when_none == "not-applicable" and _is_known_to_be_none(case, check, population, found):
        return _with(part, Verdict.NOT_APPLICABLE, f"There were no {population.words}.")
    # Where all of them hold, what shows it did speak.
    is_shown = check.at_least is not None and n and count == n and not found.unknown
    missing = missing_sources(case, population.needs if is_shown else needs, found.start)
    if missing:
        return _with(part, Verdict.NO_FEED, missing.says, without=missing.carries)
    if found.coverage < ENOUGH:
        looked = f"Only {n} of {n + found.unknown} {population.words} could be looked at."
        return _with(part, Verdict.UNKNOWN_SAMPLE, looked)
    if not n:
        return _none(case, population, part)
    asked = f"{count} of {n} {about}"
    if n < check.smallest:
        if n >= check.census:
            return _with(
                part, Verdict.UNKNOWN_SAMPLE, f"{asked}; at least {check.smallest} cases are needed."
            )
    elif n >= check.census:
        judge = at_least if check.at_least is not None else at_most
        verdict = judge(count, n, limit)
        bound = "at least" if check.at_least is not None else "at most"
        return _with(part, verdict, f"{asked}: {share:.0%}, asked for {bound} {limit:.0%}.")
    return _census(part, check, asked, limit)


def _enough(case: Case, check: Share, population: Population, quality: Quality) -> Sorted:
    """Return the cases of the window, or of the first longer one that has enough of them."""
    found = None
    for start in windows(case, check.days, grows=check.grows):
        found = sort_out(case, population, quality, start)
        if found.n >= check.smallest or (population.is_standing and found.n + found.unknown):
            break
    if found is None:
        message = "a window has at least one length"
        raise AssertionError(message)
    return found


def _census(part: Part, check: Share, asked: str, limit: float) -> Part:
    """All there is was looked at: it is what it is, and all of it has to hold."""
    count = part.count or 0
    is_all = count == part.n if check.at_least is not None else count == 0
    if is_all:
        return _with(part, Verdict.MET, f"{asked}, which is all there are.", is_census=True)
    judge = at_least if check.at_least is not None else at_most
    verdict = judge(count, part.n, limit)
    # Few cases prove a share only if all of them hold.
    verdict = Verdict.PROVISIONAL if verdict is Verdict.MET else verdict
    return _with(part, verdict, f"{asked}; of so few, all have to.", is_census=True)


def _is_known_to_be_none(case: Case, check: Share, population: Population, found: Sorted) -> bool:
    """Return whether there was nothing in a year though the sources were alive: quiet, not cut off."""
    start = case.at - timedelta(days=check.days)
    standings = [case.liveness.standing(need, start) for need in population.needs]
    is_heard = all(each.is_alive and each.share >= ENOUGH for each in standings)
    return is_heard and not found.n and not found.unknown


def _none(case: Case, population: Population, part: Part) -> Part:
    ever = population.find(case, case.at - timedelta(days=5 * LONGEST))
    if ever and not population.is_standing:
        newest = max(item.at for item in ever)
        return _with(part, Verdict.STALE, f"The newest of the {population.words} is of {newest:%Y-%m-%d}.")
    return _with(part, Verdict.UNKNOWN_SAMPLE, f"There are no {population.words}.")


def _with(part: Part, verdict: Verdict, says: str, **changes: object) -> Part:
    return msgspec.structs.replace(part, verdict=verdict, says=says, **changes)
