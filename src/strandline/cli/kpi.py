"""`strandline kpi`: how well deployments go, each figure with what it rests on."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import RenderableType
from rich.text import Text

from strandline.cli.connection import reading
from strandline.cli.moments import length, moment
from strandline.cli.output import line, words
from strandline.cli.overview_words import table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden
from strandline.kpi.figure import Figure, Status
from strandline.kpi.scope import Scope
from strandline.performance.figure_words import (
    TITLES,
    duration_words,
    inferred_words,
    interval_words,
    main_words,
    sample_words,
    value_words,
)
from strandline.vocabulary.errors import BadInputError

_STYLES = {Status.COMPUTED: "", Status.LOW_COVERAGE: "faint", Status.NOT_COMPUTABLE: "faint"}


class Report(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `strandline kpi --json` writes."""

    scope: Scope
    as_of: datetime | None
    figures: list[Figure]


def kpi(
    *names: str,
    service: str = "",
    team: str = "",
    environment: str = "",
    from_: Annotated[str, Parameter(name="--from")] = "90d",
    to: str = "",
    as_of: str = "",
    cause_within: str = "24h",
    points: Annotated[bool, Parameter(negative=())] = False,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say how well deployments go: each figure with its sample, interval, coverage and what is missing.

    A figure that cannot be computed says why and is never zero instead; one over too small a part is grey.

    Args:
        names: Which figures, such as change-fail-rate; all of them if left out.
        service: Only this service.
        team: Only the services of this team or business unit, as the catalogue says.
        environment: Which environment; production if left out.
        from_: Since when: a date, a time, or how long ago (90d, 12w).
        to: Until when; now if left out.
        as_of: Only what had been recorded by then, as it was seen at that time.
        cause_within: How soon after a deployment an incident may be taken for its consequence.
        points: Write the members of each sample as well (with --json).
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        now = reader.clock.now()
        scope = Scope(
            start=moment(from_, now, "--from"),
            end=moment(to, now, "--to") if to else now,
            service=service,
            team=team,
            environment=environment,
            cause_within=length(cause_within, "--cause-within"),
        )
        if scope.start >= scope.end:
            what = "The time ends before it begins."
            raise BadInputError(what, where="--from and --to", remedy="Give --from a moment before --to.")
        known = moment(as_of, now, "--as-of") if as_of else None
        with session.output.working("Reading the ledger"):
            figures = reader.figures.figures(scope, names=names, as_of=known)
    if not points:
        figures = [msgspec.structs.replace(each, points=()) for each in figures]
    report = Report(scope=scope, as_of=known, figures=figures)
    session.output.result(report, _head(scope, known), Text(), _table(figures), Text(), *_notes(figures))
    return 0


def _head(scope: Scope, as_of: datetime | None) -> Text:
    whose = scope.service or scope.team or "All services"
    where = scope.environment or "production"
    when = f"{scope.start:%Y-%m-%d} to {scope.end:%Y-%m-%d}"
    seen = f", as it was known on {as_of:%Y-%m-%d %H:%M} UTC" if as_of is not None else ""
    return line(words(whose, "bold"), f" in {where}, {when}{seen}")


def _table(figures: Iterable[Figure]) -> RenderableType:
    made = table("Figure", "Value", "90 % interval", "Sample", "Covers")
    for each in figures:
        style = _STYLES[each.status]
        made.add_row(
            words(TITLES[each.kpi], "bold" if each.status is Status.COMPUTED else style),
            words(", ".join(filter(None, (main_words(each), inferred_words(each)))), style),
            words(interval_words(each.explicit, each.unit), style or "faint"),
            words(sample_words(each.explicit), style or "faint"),
            words("" if each.coverage is None else f"{100 * each.coverage:.0f} %", style or "faint"),
        )
    return made


def _notes(figures: Iterable[Figure]) -> list[Text]:
    """Return what stands behind the figures: why one is grey, its parts, what was left out."""
    told = []
    for each in figures:
        said = [each.reason] if each.reason else []
        if each.parts and each.status is not Status.NOT_COMPUTABLE:
            parts = ", ".join(f"{_plain(name)} {_part(each, name)}" for name in each.parts)
            said.append(f"Of this: {parts}.")
        if each.counts:
            counted = ", ".join(f"{count} {_plain(name)}" for name, count in each.counts.items())
            said.append(f"Counted beside: {counted}.")
        if said:
            told.append(line(words(f"{TITLES[each.kpi]}: ", "bold"), words(" ".join(said), "faint")))
    return told


def _part(figure: Figure, name: str) -> str:
    part = figure.parts[name]
    if name in {"nps", "contacts-before", "contacts-after"}:
        return f"{part.value:,.3g}" if part.value is not None else "unknown"
    if name in {"time-between", "downtime"}:
        return duration_words(part.value or 0)
    return value_words(part.value, figure.unit)


def _plain(name: str) -> str:
    return name.replace("-", " ")
