"""`strandline assess PATH`: any Git repository, with nothing set up."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import RenderableType

from strandline import bootstrap
from strandline.assessment.report import MeasureReport
from strandline.assessment.repository_assessment import RepositoryReport
from strandline.cli.assess_output import write_report
from strandline.cli.level_bar import level_bar
from strandline.cli.output import line, words
from strandline.cli.overview_words import filled_table
from strandline.cli.session import Common, Session, actor
from strandline.kpi.figure import Status
from strandline.maturity.model import Model
from strandline.performance.figure_words import TITLES, interval_words, main_words, sample_words
from strandline.repository.sighting import Show, Sighting

_PLACES = 2
"""Places that are told of each thing that files show, where not all are asked for."""
_CONNECTIONS = 6
_BROKEN = 10
_WIDEST = 80
"""Characters of a place's words that a table shows."""


def is_folder(name: str) -> bool:
    """Return whether a word on the command line means a folder, not a measure."""
    return name.startswith((".", "/", "~")) or "/" in name or Path(name).is_dir()


def assess_repository(
    session: Session,
    common: Common,
    folder: Path,
    model: Model,
    *,
    releases: str | None,
    service: str,
    is_full: bool,
    is_recorded: bool,
    output: Path | None,
) -> int:
    """Say what a repository proves, what its files hint at, and what would have to be connected."""
    with session.output.working(f"Reading {folder}"):
        found = bootstrap.assess_repository(folder.expanduser(), model, releases=releases, service=service)
    recorded = None
    if is_recorded:
        with session.output.working("Recording"):
            recorded = bootstrap.record_repository(
                session.settings(common),
                folder.expanduser(),
                actor=actor(),
                releases=found.report.releases_like,
                service=found.service,
            )
    session.output.result(found.report, *_shown(found.report, is_full=is_full))
    if output is not None:
        write_report(output, found.report, model)
        session.output.note(line(), words(f"Written to {output}.", "good"))
    if recorded is not None:
        session.output.note(line(), words(f"{recorded:,} events are new in the ledger of this home.", "good"))
    return 0


def _shown(found: RepositoryReport, *, is_full: bool) -> Iterable[RenderableType]:
    yield line(words(found.unit, "bold"), words(f"  {found.repository}", "faint"))
    yield words(
        f"{found.commits:,} commits of three years and {found.files:,} files,"
        f" as of {found.commit[:12]} of {found.committed_at:%Y-%m-%d}",
        "faint",
    )
    if found.partial:
        yield words(found.partial, "wait")
    yield words(_releases(found), "wait" if found.is_guessed else "faint")
    yield line()
    yield from _levels(found)
    yield line()
    yield from _figures(found)
    yield line()
    yield from _files(found, is_full=is_full)
    yield from _broken(found, is_full=is_full)
    yield line()
    yield from _connections(found, is_full=is_full)


def _releases(found: RepositoryReport) -> str:
    if not found.releases_like:
        return "No tag is taken as a deployment, so none is known. --releases PATTERN says which are."
    said = f"{found.releases:,} tags like {found.releases_like} are taken as deployments to production."
    return (
        f"{said} That is a guess: --releases PATTERN says better, --releases '' that none is."
        if found.is_guessed
        else said
    )


def _levels(found: RepositoryReport) -> Iterable[RenderableType]:
    hinted: dict[str, int] = {}
    for each in found.hints:
        hinted[each.criterion[:2]] = hinted.get(each.criterion[:2], 0) + 1
    rows = [
        (
            words(each.name),
            level_bar(each),
            words(_level(each)),
            words(_hints(hinted.get(each.measure, 0)), "open"),
        )
        for each in found.measures
    ]
    yield filled_table(("measure", "level", "", "what files hint at"), rows)


def _level(each: MeasureReport) -> str:
    if not each.proved:
        return "not assessed"
    return f"{each.levels[each.proved - 1]} proved, {each.levels[each.possible - 1]} possible"


def _hints(count: int) -> str:
    return f"{count} {'criterion' if count == 1 else 'criteria'}, without a proof" if count else ""


def _figures(found: RepositoryReport) -> Iterable[RenderableType]:
    yield words("What the history says, of the last year", "bold")
    rows = [
        (
            words(TITLES[each.kpi]),
            words(main_words(each), "faint" if each.status is Status.NOT_COMPUTABLE else ""),
            words(interval_words(each.explicit, each.unit), "faint"),
            words(each.reason or f"n = {sample_words(each.explicit)}", "faint"),
        )
        for each in found.figures
    ]
    yield filled_table(("figure", "value", "90 % interval", "from"), rows)


def _files(found: RepositoryReport, *, is_full: bool) -> Iterable[RenderableType]:
    yield words(
        "What the files say (a hint, no proof: it is set up; whether it is used, they cannot say)", "bold"
    )
    by_show: dict[Show, list[Sighting]] = {}
    for each in found.sightings:
        if each.show is not Show.BROKEN_REFERENCE:
            by_show.setdefault(each.show, []).append(each)
    rows = []
    for show in Show:
        places = by_show.get(show, [])
        for number, each in enumerate(places if is_full else places[:_PLACES]):
            rows.append(
                (words("" if number else show.value), words(each.place), words(_cut(each.words), "faint"))
            )
        if not is_full and len(places) > _PLACES:
            rows.append((words(""), words(f"and {len(places) - _PLACES} more", "faint"), words("")))
    if not rows:
        yield words("  Nothing that concerns deployments.")
        return
    yield filled_table(("what", "where", "words"), rows)


def _cut(said: str) -> str:
    return said if len(said) <= _WIDEST else f"{said[: _WIDEST - 1]}…"


def _broken(found: RepositoryReport, *, is_full: bool) -> Iterable[RenderableType]:
    broken = [each for each in found.sightings if each.show is Show.BROKEN_REFERENCE]
    if not broken:
        return
    yield line()
    yield words(f"What leads nowhere, in {found.documents_checked} documents: {len(broken)}", "bold")
    for each in broken if is_full else broken[:_BROKEN]:
        yield line(words(f"  {each.place}"), words(f"  {each.words}", "faint"))
    if not is_full and len(broken) > _BROKEN:
        yield words(f"  and {len(broken) - _BROKEN} more: --roadmap", "faint")


def _connections(found: RepositoryReport, *, is_full: bool) -> Iterable[RenderableType]:
    yield words("Unknown; connect this to find out", "bold")
    shown = found.connections if is_full else found.connections[:_CONNECTIONS]
    rows = [
        (
            words(each.carries.replace("-", " ")),
            words(str(len(each.criteria))),
            words(each.how),
        )
        for each in shown
    ]
    yield filled_table(("source", "criteria", "how"), rows)
    yield line()
    yield words("To keep this evidence: strandline assess PATH --record. Everything: --roadmap.", "faint")
