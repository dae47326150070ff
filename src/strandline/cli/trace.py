"""`strandline trace`: everything that belongs to a deployment, and correcting what is taken to belong."""

from cyclopts import App
from rich.console import RenderableType

from strandline.cli.connection import reading
from strandline.cli.moments import length
from strandline.cli.output import line, words
from strandline.cli.overview_words import table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, Session, actor
from strandline.collection.corrections import deployment_named
from strandline.kpi.trace import KINDS, Trace
from strandline.kpi.trace import trace as traced_from
from strandline.performance.figure_words import duration_words
from strandline.vocabulary.errors import BadInputError

trace = App(name="trace", help="Everything that belongs to a deployment, and how that is known.")
_SHORT = 12


@trace.command
def show(
    deployment: str,
    /,
    *,
    cause_within: str = "24h",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Show the artifact, commits, pull requests, tickets and incidents of a deployment: how each is known.

    Args:
        deployment: The deployment, ours or another tool's.
        cause_within: How soon after it an incident may be taken for its consequence.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        history = reader.figures.history()
        key = deployment_named(history, deployment)
        [found] = [each for place in history.deployments.values() for each in place if each.key == key]
        traced = traced_from(history, found, cause_within=length(cause_within, "--cause-within"))
    session.output.result(traced, *_shown(traced))
    return 0


@trace.command
def link(
    one: str,
    other: str,
    /,
    *,
    reason: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say that two things belong together, such as deployment:shop-7 and ticket:SHOP-12.

    Args:
        one: A thing, as KIND:NAME; kinds are deployment, artifact, commit, pull-request, ticket, incident.
        other: The other one.
        reason: Why, in a few words.
        common: What every command takes.
        session: This run of the command line.
    """
    return _correct(one, other, reason, common, session, is_linked=True)


@trace.command
def dispute(
    one: str,
    other: str,
    /,
    *,
    reason: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say that two things do not belong together, whatever says so.

    Args:
        one: A thing, as KIND:NAME.
        other: The other one.
        reason: Why, in a few words.
        common: What every command takes.
        session: This run of the command line.
    """
    return _correct(one, other, reason, common, session, is_linked=False)


def _correct(one: str, other: str, reason: str, common: Common, session: Session, *, is_linked: bool) -> int:
    ends = _end(one), _end(other)
    with reading(session.settings(common)) as reader:
        history = reader.figures.history()
        named = [
            (kind, deployment_named(history, name) if kind == "deployment" else name) for kind, name in ends
        ]
        reader.corrections.correct(*named, is_linked=is_linked, reason=reason, actor=actor())
    said = {"from": named[0], "to": named[1], "isLinked": is_linked}
    noted = " It counts at once; what was said before stays in the ledger."
    session.output.result(said, line(words("Noted.", "good"), noted))
    return 0


def _end(given: str) -> tuple[str, str]:
    kind, colon, name = given.partition(":")
    if not colon or kind not in KINDS or not name:
        what = f"“{given}” names nothing that can be linked."
        remedy = f"Write KIND:NAME, such as ticket:SHOP-12; kinds are {', '.join(KINDS)}."
        raise BadInputError(what, where="trace", remedy=remedy)
    return kind, name


def _shown(traced: Trace) -> list[RenderableType]:
    deployment = traced.deployment
    place = f"{deployment.service} in {deployment.environment}"
    outcome = deployment.outcome.value if deployment.outcome is not None else "not ended"
    shown: list[RenderableType] = [
        line(words(deployment.key, "bold"), f"  {place}, {deployment.ended_at:%Y-%m-%d %H:%M}, {outcome}")
    ]
    if traced.links:
        made = table("From", "To", "What", "Known by", "Sure", "Apart")
        for each in traced.links:
            made.add_row(
                words(_short(each.from_kind, each.from_id), "faint"),
                words(_short(each.to_kind, each.to_id)),
                words(each.words, "faint"),
                words(each.method.value, "open" if each.confidence < 1 else "faint"),
                words(f"{100 * each.confidence:.0f} %", "faint"),
                words(duration_words(each.age.total_seconds()) if each.age is not None else "", "faint"),
            )
        shown.append(made)
    if traced.unknown:
        shown.append(words(f"Commits are not known. {traced.unknown}", "wait"))
    if traced.disputed:
        links = "link was" if traced.disputed == 1 else "links were"
        shown.append(words(f"{traced.disputed} {links} disputed, and left out.", "faint"))
    return shown


def _short(kind: str, name: str) -> str:
    told = name[:_SHORT] if kind == "commit" else name.rpartition("#")[2] or name
    return f"{kind} {told}"
