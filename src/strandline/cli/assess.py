"""`strandline assess`: how mature deployment management is, by what happened; and what would be next."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import RenderableType

from strandline.assessment.assessor import shipped_model
from strandline.assessment.report import AssessmentReport, CriterionReport, MeasureReport, report
from strandline.assessment.what_if import Imagined, what_if
from strandline.cli.assess_output import write_report
from strandline.cli.assess_repository import assess_repository, is_folder
from strandline.cli.connection import reading
from strandline.cli.level_bar import level_bar
from strandline.cli.model import model_of
from strandline.cli.moments import moment
from strandline.cli.output import line, words
from strandline.cli.overview_words import filled_table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden
from strandline.maturity.answer import Verdict
from strandline.vocabulary.errors import NotFoundError

_STYLES = {
    Verdict.MET: "good",
    Verdict.NOT_MET: "bad",
    Verdict.PROVISIONAL: "wait",
    Verdict.PARTIAL: "wait",
    Verdict.ATTESTED: "open",
    Verdict.WAIVED: "open",
}
_STEPS = 3
"""Next steps that are told of each measure, where not all of them are asked for."""


def assess(
    *measures: str,
    unit: str = "",
    model: Path | None = None,
    at: str = "",
    as_of: str = "",
    roadmap: Annotated[bool, Parameter(negative=())] = False,
    releases: str | None = None,
    service: str = "",
    record: Annotated[bool, Parameter(negative=())] = False,
    if_: Annotated[tuple[str, ...], Parameter(name="--if", negative=())] = (),
    output: Path | None = None,
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say which level each measure is proved to have, which one is possible, and what stands between.

    A level is proved by events, never ticked. What nobody can see is unknown: it proves nothing and refutes
    nothing, and the step that would end it is told. With the folder of a Git repository it needs no ledger
    and nothing set up: it tells what the repository proves, and what its files hint at, with file and line.

    Args:
        measures: Which measures in full, such as PM or TO; a line of each if left out. Or the folder of a
            Git repository, to assess that.
        unit: A team, a business unit or a service; the whole organisation if left out.
        model: Another model, as YAML; OWASP DSOMM's model.yaml, or the folder `model` of OWASP SAMM.
        at: At which moment; now if left out. Nothing that happened later counts.
        as_of: Only by what had been recorded by then.
        roadmap: Tell every step to the next level; of a repository, every place in its files.
        releases: For a repository: which tags are deployments, as a regular expression for their whole
            names; '' for none. It is guessed if left out, and the guess is told.
        service: For a repository: the service that it is the source of; its last name if left out.
        record: For a repository: record in the ledger what it proves.
        if_: A criterion that is taken as met, such as TO3.1: which levels would be proved then.
        output: Write the report to a file as well; its ending says as what: .html (one page that needs
            nothing else), .pdf, .csv, .json, .sarif, .oscal.json.
        common: What every command takes.
        session: This run of the command line.
    """
    asked = model_of(model) if model is not None else shipped_model()
    known = {each.id for each in asked.measures}
    if measures and measures[0].upper() not in known and is_folder(measures[0]):
        return assess_repository(
            session,
            common,
            Path(measures[0]),
            asked,
            releases=releases,
            service=service,
            is_full=roadmap,
            is_recorded=record,
            output=output,
        )
    for name in measures:
        if name.upper() not in known:
            what = f"No measure is called “{name}”."
            raise NotFoundError(what, remedy=f"Known: {', '.join(sorted(known))}.")
    with reading(session.settings(common)) as reader:
        now = reader.clock.now()
        until = moment(as_of, now, "--as-of") if as_of else None
        when = moment(at, now, "--at") if at else (until or now)
        assessment = reader.assessor.assess(at=when, unit=unit, model=asked, as_of=until)
    found = report(assessment, asked)
    if output is not None:
        write_report(output, found, asked)
    if if_:
        imagined = what_if(asked, assessment, if_)
        session.output.result(imagined, *_imagined(imagined))
        return 0
    wanted = {name.upper() for name in measures}
    session.output.result(found, *_shown(found, wanted, is_roadmap=roadmap))
    if output is not None:
        session.output.note(line(), words(f"Written to {output}.", "good"))
    return 0


def _imagined(found: Imagined) -> Iterable[RenderableType]:
    yield words(f"If {', '.join(found.met)} were met, and all else as it is:")
    yield line()
    rows = [
        (
            words(each.name),
            words(str(each.proved)),
            words(str(each.then), "good" if each.then > each.proved else ""),
            words(", ".join(each.missing) or "nothing", "faint"),
        )
        for each in found.measures
    ]
    yield filled_table(("measure", "proved", "then", "what is missing for the level after"), rows)


def _shown(found: AssessmentReport, wanted: set[str], *, is_roadmap: bool) -> Iterable[RenderableType]:
    of = found.unit or "the organisation"
    yield words(f"{of}, {found.at:%Y-%m-%d}, from {found.events:,} events of the practice", "faint")
    yield line()
    rows = [
        (
            words(each.name),
            level_bar(each),
            words(_level_words(each)),
            words(each.statement, "faint"),
        )
        for each in found.measures
    ]
    yield filled_table(("measure", "level", "", "what is proved"), rows)
    if not any(each.proved for each in found.measures):
        yield line()
        yield words("Nothing is known of production deployments yet. Begin with one of these:")
        for step in (
            "strandline demo",
            "strandline ledger import --git PATH --releases PATTERN",
            "strandline feed add",
        ):
            yield words(f"  {step}")
        return
    for each in found.measures:
        if each.measure in wanted:
            yield line()
            yield from _criteria(each)
        if is_roadmap or each.measure in wanted:
            yield line()
            yield from _next(each, len(each.roadmap) if is_roadmap else _STEPS)


def _level_words(each: MeasureReport) -> str:
    if not each.proved:
        return "not assessed"

    def name(level: int) -> str:
        return each.levels[level - 1] if level else "none"

    said = f"{name(each.proved)} proved" + ("" if each.is_confirmed else " (new)")
    if each.lapsing:
        said += f", {name(each.lapsing)} is lapsing"
    if each.possible > each.proved:
        said += f", up to {name(each.possible)} possible"
    if each.proved_without_waivers != each.proved:
        said += f", {name(each.proved_without_waivers)} without waivers"
    return said


def _criteria(each: MeasureReport) -> Iterable[RenderableType]:
    yield words(each.name, "bold")
    rows = [
        (
            words(str(one.level)),
            words(one.id),
            words(_verdict(one), _STYLES.get(one.verdict, "faint")),
            words(one.because),
        )
        for one in each.criteria
    ]
    yield filled_table(("level", "criterion", "verdict", "because"), rows)


def _verdict(one: CriterionReport) -> str:
    return one.verdict.value.replace("-", " ")


def _next(each: MeasureReport, most: int) -> Iterable[RenderableType]:
    if not each.roadmap:
        return
    yield words(f"{each.name}: to level {each.roadmap[0].level}", "bold")
    for step in each.roadmap[:most]:
        yield words(f"  {step.criterion}  {step.because}")
        after = f" (after {', '.join(step.after)})" if step.after else ""
        yield words(f"        {step.closes or step.question} [{step.effort}]{after}", "faint")
