"""`strandline kpi target`: what figures ought to be, and how they stand; `kpi` is put together here too."""

import re
from pathlib import Path

import msgspec
from cyclopts import App

from strandline import bootstrap
from strandline.cli.commands import epilogue
from strandline.cli.connection import reading
from strandline.cli.days import day
from strandline.cli.kpi import kpi as figures_command
from strandline.cli.kpi_reviews import (
    DICTIONARY_EXAMPLES,
    NOTICE_EXAMPLES,
    REVIEW_EXAMPLES,
    dictionary,
    notice,
    review,
)
from strandline.cli.kpi_themes import THEMES_EXAMPLES, themes
from strandline.cli.moments import length
from strandline.cli.output import line, words
from strandline.cli.overview_words import table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, actor
from strandline.performance.figure_words import TITLES, interval_words, main_words
from strandline.performance.noticed_words import budget_words, burn_words, target_words
from strandline.performance.openslo import read_openslo
from strandline.performance.target_standing import Standing
from strandline.performance.targets import DURATIONS, Targets, checked_target, due_on
from strandline.rollout.catalogue_finding import CatalogueError
from strandline.rollout.yaml_source import SourceDocument, read_yaml
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.performance import TargetSet

kpi = App(
    name="kpi",
    help_epilogue=epilogue(
        ("kpi", "kpi change-fail-rate --service shop --from 12w", "kpi --as-of 2026-09-01 --json")
    ),
)
kpi.default(figures_command)
target = App(name="target", help="What figures ought to be, and how they stand to it.")
kpi.command(target)
kpi.command(review, help_epilogue=epilogue(REVIEW_EXAMPLES))
kpi.command(dictionary, help_epilogue=epilogue(DICTIONARY_EXAMPLES))
kpi.command(themes, help_epilogue=epilogue(THEMES_EXAMPLES))
kpi.command(notice, help_epilogue=epilogue(NOTICE_EXAMPLES))

_LENGTH = re.compile(r"[0-9]{1,5}[hdw]")
_DOCUMENT = re.compile(r"^---(?=\s|$)", flags=re.MULTILINE)
_STYLES = {
    Standing.MET: "good",
    Standing.MISSED: "bad",
    Standing.UNDECIDED: "open",
    Standing.NOT_COMPUTABLE: "faint",
}


class Imported(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What `strandline kpi target import --json` writes."""

    file: str
    targets: list[TargetSet]


@target.command(
    name="set",
    help_epilogue=epilogue(
        (
            "kpi target set change-fail-rate --at-most 10% --owner ann",
            "kpi target set availability --at-least 99.9% --service shop --window 28d --owner team-shop",
            "kpi target set change-lead-time --at-most 2d --by 2027-01-01 --owner ann",
        )
    ),
)
def set_(
    figure: str,
    /,
    *,
    owner: str,
    at_least: str = "",
    at_most: str = "",
    service: str = "",
    environment: str = "",
    by: str = "",
    window: str = "28d",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say what a figure ought to be; this takes the place of the target that it had.

    Args:
        figure: Which figure, such as change-fail-rate.
        owner: Who answers for it: a person or a team.
        at_least: The least that it ought to be: 99.9%, 0.999, a number a day; 36h or 2d for a duration.
        at_most: The most that it ought to be.
        service: Only for this service; for all together if left out.
        environment: Which environment; production if left out.
        by: The day from which it is to be met; at once if left out.
        window: The time that it is judged over, up to now: 7d, 28d, 12w.
        common: What every command takes.
        session: This run of the command line.
    """
    made = checked_target(
        TargetSet(
            figure=figure,
            owner=owner,
            at_least=_bound(at_least, figure, "--at-least"),
            at_most=_bound(at_most, figure, "--at-most"),
            service=service,
            environment=environment,
            by=day(by, "--by") if by else None,
            window=length(window, "--window"),
        )
    )
    with reading(session.settings(common)) as reader:
        _targets(reader).set_up([made], actor=actor())
    whose = service or "all services"
    said = f" {TITLES[figure]} of {whose} ought to be {target_words(made)}. {owner} answers for it."
    session.output.result(made, line(words("Noted.", "good"), said))
    return 0


@target.command(name="list", help_epilogue=epilogue(("kpi target list", "kpi target list --json")))
def list_(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """List the targets: how each figure stands to its own, and what is left of its error budget.

    A target is met or missed where the whole 90 % interval is on one side of it; else it is undecided.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader, session.output.working("Reading the ledger"):
        now = reader.clock.now()
        lines = _targets(reader).lines(reader.figures, now)
    made = table(
        "Figure", "Service", "Target", "Now", "90 % interval", "Standing", "Budget left", "Burn rate", "Owner"
    )
    for each in lines:
        due = "" if due_on(each.target, now.date()) else f" (due {each.target.by})"
        made.add_row(
            words(TITLES[each.target.figure], "bold"),
            words(" in ".join(filter(None, (each.target.service or "all", each.target.environment)))),
            words(f"{target_words(each.target)}{due}"),
            words(main_words(each.figure)),
            words(interval_words(each.figure.explicit, each.figure.unit), "faint"),
            words(each.standing.value, _STYLES[each.standing]),
            words(budget_words(each.budget)),
            words(burn_words(each.budget)),
            words(each.target.owner, "faint"),
        )
    nothing = words("No target is set: strandline kpi target set change-fail-rate --at-most 10% --owner you")
    session.output.result(lines, made if lines else nothing)
    return 0


@target.command(
    name="import",
    help_epilogue=epilogue(("kpi target import slo.yaml", "kpi target import slo.yaml --owner team-shop")),
)
def import_(
    file: str,
    /,
    *,
    owner: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Take the targets of an OpenSLO file: all of them, or none if one cannot be read.

    An SLO names its figure by its indicator (availability, change-fail-rate …), or by the annotation
    strandline.dev/figure.

    Args:
        file: The file; it may have several documents.
        owner: Who answers for the targets; else the label owner or team of each SLO says so.
        common: What every command takes.
        session: This run of the command line.
    """
    path = session.path(file)
    made = targets_in(path.name, _text(path), owner=owner)
    with reading(session.settings(common)) as reader:
        _targets(reader).set_up(made, actor=actor())
    shown = [
        line(words(TITLES[each.figure], "bold"), f" of {each.service}: {target_words(each)}") for each in made
    ]
    session.output.result(Imported(file=file, targets=made), *shown)
    return 0


def targets_in(name: str, text: str, *, owner: str = "") -> list[TargetSet]:
    """Return the targets that an OpenSLO file sets.

    Raises:
        CatalogueError: it cannot be read whole; each place is named.
    """
    documents = documents_of(name, text)
    found = [finding for each in documents for finding in each.findings]
    read = read_openslo([each.data for each in documents], file=name, owner=owner)
    found += [documents[each.document].finding(each.place, each.what, each.fix) for each in read.problems]
    if found:
        raise CatalogueError(name, found)
    return list(read.targets)


def documents_of(name: str, text: str) -> list[SourceDocument]:
    """Return the documents of a YAML file, each with the places that it has in the file.

    `---` at the beginning of a line begins a document, wherever it stands: YAML allows it in no value.
    """
    begins = [0, *(found.end() for found in _DOCUMENT.finditer(text))]
    ends = [*(found.start() for found in _DOCUMENT.finditer(text)), len(text)]
    return [
        read_yaml("\n" * text.count("\n", 0, begin) + text[begin:end], file=name)
        for begin, end in zip(begins, ends, strict=True)
    ]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = f"The file cannot be read: {error}."
        raise BadInputError(what, where=str(path), remedy="Give a file of OpenSLO in YAML.") from error


def _bound(text: str, figure: str, option: str) -> str:
    """Return a bound as a number; for durations, lengths of time are taken as well."""
    is_length = figure in DURATIONS and _LENGTH.fullmatch(text) is not None
    return str(int(length(text, option).total_seconds())) if is_length else text


def _targets(reader: bootstrap.Reader) -> Targets:
    return Targets(reader.ledger, reader.ledger.projections, reader.clock)
