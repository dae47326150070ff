"""`strandline kpi dictionary`, `review` and `notice`: what the figures are, who looked, and what changed."""

from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from strandline import bootstrap
from strandline.cli.connection import reading
from strandline.cli.days import day
from strandline.cli.output import line, words
from strandline.cli.overview_words import table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, actor
from strandline.performance.figure_words import TITLES
from strandline.performance.noticed_words import noticed_words, target_words
from strandline.performance.noticing import Noticing
from strandline.performance.reviews import Reviews, ReviewStanding
from strandline.performance.targets import Targets
from strandline.vocabulary.performance import FigureAnomalous, FigureChanged, FigureReviewed

REVIEW_EXAMPLES = ("kpi review change-fail-rate --owner ann --note 'still what we mean' --next 2027-01-15",)
DICTIONARY_EXAMPLES = ("kpi dictionary", "kpi dictionary --json")
NOTICE_EXAMPLES = ("kpi notice", "kpi notice --json")
_STYLES = {ReviewStanding.REVIEWED: "good", ReviewStanding.OVERDUE: "wait", ReviewStanding.NEVER: "faint"}
_KINDS = {FigureChanged: "changed", FigureAnomalous: "anomalous"}


def review(
    figure: str,
    /,
    *,
    owner: str,
    next_: Annotated[str, Parameter(name="--next")],
    note: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say that you looked whether a figure still says what it ought to, and when to look again.

    Args:
        figure: Which figure, such as change-fail-rate.
        owner: Who answers for it from now on: a person or a team.
        next_: The day of the next review.
        note: What you found.
        common: What every command takes.
        session: This run of the command line.
    """
    said = FigureReviewed(figure=figure, by=actor(), owner=owner, next_review=day(next_, "--next"), note=note)
    with reading(session.settings(common)) as reader:
        _reviews(reader).review(said)
    again = f" {TITLES[figure]} is looked at again on {said.next_review}; {owner} answers for it."
    session.output.result(said, line(words("Noted.", "good"), again))
    return 0


def dictionary(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """List every figure: what it is, who answers for it, what it ought to be, when it is reviewed again.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        targets = Targets(reader.ledger, reader.ledger.projections, reader.clock)
        lines = _reviews(reader).dictionary(targets.every())
    made = table("Figure", "Owner", "Targets", "Review", "Next", "Definition by", "Formula")
    for each in lines:
        asked = (f"{target_words(one)} ({one.service or 'all'})" for one in each.targets)
        made.add_row(
            words(TITLES[each.figure], "bold"),
            words(each.owner or "nobody", "" if each.owner else "faint"),
            words(", ".join(asked)),
            words(each.standing.value, _STYLES[each.standing]),
            words(str(each.review.next_review) if each.review else "", "faint"),
            words(each.definition.source, "faint"),
            words(each.definition.formula, "faint"),
        )
    session.output.result(lines, made)
    return 0


def notice(*, common: Common = NOTHING_GIVEN, session: Hidden) -> int:
    """Look for changes and anomalies in every figure of every service, and state those that are new.

    Args:
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader, session.output.working("Looking at every figure"):
        noticing = Noticing(reader.ledger, reader.ledger.projections, reader.figures)
        found = noticing.notice(reader.clock.now(), actor=actor())
    shown: list[Text] = [
        line(words(f"{_KINDS[type(each)]:<11}", "wait"), noticed_words(each)) for each in found.stated
    ]
    shown = shown or [words("Nothing new was noticed.")]
    judged = f"{found.watched} series were watched up to {found.at:%Y-%m-%d}; {found.too_little} have too few"
    session.output.result(found, *shown, words(f"{judged} computable weeks to say anything.", "faint"))
    return 0


def _reviews(reader: bootstrap.Reader) -> Reviews:
    return Reviews(reader.ledger, reader.ledger.projections, reader.clock)
