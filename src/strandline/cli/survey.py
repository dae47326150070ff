"""`strandline survey`: asking people, without their names."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec
from cyclopts import App
from rich.console import RenderableType

from strandline import bootstrap
from strandline.assessment.assessor import shipped_model
from strandline.assessment.surveys import Survey
from strandline.cli.connection import reading
from strandline.cli.output import line, words
from strandline.cli.overview_words import filled_table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, actor
from strandline.vocabulary.errors import NotFoundError

survey = App(name="survey", help="Ask people a few statements, without their names; told once five answered.")


class Opened(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A survey, and where it is answered."""

    survey: Survey
    link: str


@survey.command(name="open")
def open_(
    *questions: str,
    invited: int,
    days: int = 14,
    unit: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Open a survey, and print the link to send.

    Args:
        questions: Which statements, as `survey statements` lists them; all of them if left out.
        invited: How many people get the link; no more answers count.
        days: For how many days it takes answers.
        unit: Who is asked; the whole organisation if left out.
        common: What every command takes.
        session: This run of the command line.
    """
    settings = session.settings(common)
    with reading(settings) as reader:
        opened = reader.surveys.open(
            shipped_model(),
            questions,
            invited=invited,
            lasts=timedelta(days=days),
            unit=unit,
            actor=actor(),
        )
    address = bootstrap.live_control_plane(settings) or f"http://{settings.host}:{settings.port}"
    link = f"{address.rstrip('/')}/survey/{opened.id}"
    session.output.result(
        Opened(survey=opened, link=link),
        words(f"Send this to {invited} people; it is answered until {opened.closes_at:%Y-%m-%d}:"),
        words(f"  {link}", "bold"),
        words("It is answered where `strandline serve` runs.", "faint"),
    )
    return 0


@survey.command(name="list")
def list_(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """List the surveys.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        found = reader.surveys.all(shipped_model())
    rows = [
        (
            words(each.id),
            words(each.unit or "all"),
            words(f"{each.answered} of {each.invited}"),
            words(f"{each.closes_at:%Y-%m-%d}"),
        )
        for each in found
    ]
    session.output.result(
        found,
        filled_table(("survey", "unit", "answered", "until"), rows)
        if rows
        else words("No survey was opened yet. Begin with: strandline survey open --invited 12"),
    )
    return 0


@survey.command
def result(name: str = "", /, *, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Show what people said; nothing before five of them did.

    Args:
        name: The survey; the newest one if left out.
        common: What every command takes.
        session: This run of the command line.
    """
    model = shipped_model()
    with reading(session.settings(common)) as reader:
        if name:
            found = reader.surveys.survey(name, model)
        else:
            every = reader.surveys.all(model)
            if not every:
                what = "No survey was opened yet."
                raise NotFoundError(what, remedy="Begin with: strandline survey open --invited 12")
            found = every[0]
    session.output.result(found, *_result(found))
    return 0


def _result(found: Survey) -> Iterable[RenderableType]:
    yield words(f"{found.answered} of {found.invited} answered, {found.unit or 'the organisation'}")
    yield line()
    if not found.is_told:
        yield words("Fewer than five answered: nothing is told, so that nobody is known by an answer.")
        return
    rows = [
        (
            words(each.statement),
            words(f"{each.median:g}" if each.median is not None else ""),
            words(f"{100 * each.agree:.0f} %" if each.agree is not None else ""),
        )
        for each in found.statements
    ]
    yield filled_table(("statement", "median of 1 to 7", "agree"), rows)


@survey.command
def statements(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """List the statements that can be asked.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    del common
    found = shipped_model().questions
    rows = [(words(each.id), words(each.statement)) for each in found]
    session.output.result(found, filled_table(("statement", "words"), rows))
    return 0
