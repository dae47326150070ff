"""`strandline kpi themes`: what users speak of when they say how content they are."""

from typing import Annotated

from cyclopts import Parameter
from rich.console import RenderableType

from strandline.cli.connection import reading
from strandline.cli.moments import moment
from strandline.cli.output import line, words
from strandline.cli.overview_words import table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden
from strandline.kpi.feedback_themes import LEAST, Themes, feedback_themes
from strandline.kpi.scope import Scope
from strandline.performance.figures import of_team

THEMES_EXAMPLES = ("kpi themes --service shop --from 12w",)
_QUOTE = 60


def themes(
    *,
    service: str = "",
    team: str = "",
    from_: Annotated[str, Parameter(name="--from")] = "90d",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say what users speak of in their feedback: what is new first, then what most of them say.

    Args:
        service: Only this service.
        team: Only the services of this team or business unit, as the catalogue says.
        from_: Since when: a date, or how long ago (90d, 12w). It is held against what was said before.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        now = reader.clock.now()
        scope = Scope(start=moment(from_, now, "--from"), end=now, service=service, team=team)
        history = reader.figures.history()
        found = feedback_themes(history, of_team(history, scope))
    session.output.result(found, *_shown(found))
    return 0


def _shown(found: Themes) -> list[RenderableType]:
    if not found.themes:
        what = f"Nothing is said by {LEAST} users or more, of {found.answers} answers with words."
        return [words(what)]
    made = table("Theme", "Answers", "Score", "Before", "", "The newest")
    for each in found.themes:
        made.add_row(
            words(each.words, "bold"),
            f"{each.n} ({100 * each.share:.0f} %)",
            "" if each.mean_score is None else f"{each.mean_score:.1f}",
            words(f"{each.before}", "faint"),
            words("new" if each.is_new else "", "wait"),
            words(each.quotes[0][:_QUOTE] + ("…" if len(each.quotes[0]) > _QUOTE else ""), "faint"),
        )
    return [made, line(words(f"Of {found.answers} answers with words; {found.earlier} before.", "faint"))]
