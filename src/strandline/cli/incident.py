"""`strandline incident`: which incidents there were, and correcting what is taken for their cause."""

from datetime import timedelta
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from rich.table import Table
from rich.text import Text

from strandline.cli.connection import reading
from strandline.cli.moments import length, moment
from strandline.cli.output import line, words
from strandline.cli.overview_words import table
from strandline.cli.session import NOTHING_GIVEN, Common, Hidden, Session, actor
from strandline.collection.corrections import deployment_named, incident_named
from strandline.kpi.incidents import Incident
from strandline.kpi.links import IncidentLink, incident_links
from strandline.kpi.scope import Scope
from strandline.performance.figure_words import duration_words
from strandline.vocabulary.errors import BadInputError

incident = App(
    name="incident", help="Which incidents there were, and which deployments they are taken to come from."
)


class Linked(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A deployment that an incident is taken to come from."""

    deployment: str
    method: str
    confidence: float
    age_seconds: float
    """From the end of the deployment to the beginning of the incident."""


class Listed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One incident."""

    incident: Incident
    links: list[Linked]


@incident.command(name="list")
def list_(
    *,
    service: str = "",
    environment: str = "",
    from_: Annotated[str, Parameter(name="--from")] = "90d",
    cause_within: str = "24h",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """List incidents, and how it is known which deployment each came from.

    Args:
        service: Only this service.
        environment: Which environment; production if left out.
        from_: Since when: a date, a time, or how long ago (90d, 12w).
        cause_within: How soon after a deployment an incident may be taken for its consequence.
        common: What every command takes.
        session: This run of the command line.
    """
    with reading(session.settings(common)) as reader:
        now = reader.clock.now()
        scope = Scope(
            start=moment(from_, now, "--from"),
            end=now,
            service=service,
            environment=environment,
            cause_within=length(cause_within, "--cause-within"),
        )
        history = reader.figures.history()
        links = incident_links(history, scope)
    found = [
        Listed(incident=each, links=[_linked(link) for link in links if link.incident is each])
        for each in history.incidents
        if each.began_at is not None
        and scope.has_time(each.began_at)
        and scope.has_place(each.service, each.environment)
    ]
    made = table("Began", "Lasted", "Service", "Incident", "Came from", "Known by", "Sure")
    for each in found:
        _rows(made, each)
    session.output.result(found, made if found else words("No incident is known in this time."))
    return 0


@incident.command
def classify(
    name: str,
    /,
    *,
    caused: Annotated[bool, Parameter(negative=())] = False,
    not_caused: Annotated[bool, Parameter(negative=())] = False,
    cause: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say whether a deployment caused an incident; figures follow your word.

    Args:
        name: The incident, as `incident list` calls it.
        caused: A deployment caused it.
        not_caused: No deployment caused it.
        cause: What did, in a word or two, such as external-outage.
        common: What every command takes.
        session: This run of the command line.
    """
    if caused == not_caused:
        what = "It takes one answer."
        raise BadInputError(what, where="incident classify", remedy="Give --caused or --not-caused.")
    with reading(session.settings(common)) as reader:
        found = incident_named(reader.figures.history(), name)
        reader.corrections.classify(found, is_caused_by_deployment=caused, cause=cause, actor=actor())
    session.output.result({"incident": found.key, "isCausedByDeployment": caused}, _noted())
    return 0


@incident.command
def link(
    name: str,
    deployment: str,
    /,
    *,
    reason: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say that an incident came from a deployment; this counts as explicit from then on.

    Args:
        name: The incident, as `incident list` calls it.
        deployment: The deployment.
        reason: Why, in a few words.
        common: What every command takes.
        session: This run of the command line.
    """
    return _correct(name, deployment, reason, common, session, is_linked=True)


@incident.command
def dispute(
    name: str,
    deployment: str,
    /,
    *,
    reason: str = "",
    common: Common = NOTHING_GIVEN,
    session: Hidden,
) -> int:
    """Say that an incident did not come from a deployment, whatever says so.

    Args:
        name: The incident, as `incident list` calls it.
        deployment: The deployment.
        reason: Why, in a few words.
        common: What every command takes.
        session: This run of the command line.
    """
    return _correct(name, deployment, reason, common, session, is_linked=False)


def _correct(
    name: str, deployment: str, reason: str, common: Common, session: Session, *, is_linked: bool
) -> int:
    with reading(session.settings(common)) as reader:
        history = reader.figures.history()
        found, key = incident_named(history, name), deployment_named(history, deployment)
        reader.corrections.link(found, key, is_linked=is_linked, reason=reason, actor=actor())
    said = {"incident": found.key, "deployment": key, "isLinked": is_linked}
    session.output.result(said, _noted())
    return 0


def _noted() -> Text:
    return line(
        words("Noted.", "good"), " Figures follow it at once; what was said before stays in the ledger."
    )


def _linked(link: IncidentLink) -> Linked:
    return Linked(
        deployment=link.deployment.key,
        method=link.method.value,
        confidence=round(link.confidence, 3),
        age_seconds=link.age / timedelta(seconds=1),
    )


def _rows(made: Table, each: Listed) -> None:
    began, restored = each.incident.began_at, each.incident.restored_at
    lasted = duration_words((restored - began).total_seconds()) if began and restored else "still open"
    head = (
        words(f"{began:%Y-%m-%d %H:%M}", "faint"),
        words(lasted, "" if restored else "bad"),
        words(each.incident.service),
        words(each.incident.key.rpartition("#")[2], "bold"),
    )
    if not each.links:
        why = {True: "a deployment, nobody said which", False: "no deployment", None: "unknown"}
        said = each.incident.cause or why[each.incident.is_caused_by_deployment]
        made.add_row(*head, words(said, "faint"), "", "")
    for place, linked in enumerate(each.links):
        cells = head if place == 0 else ("", "", "", "")
        sure = f"{100 * linked.confidence:.0f} %"
        name = linked.deployment.rpartition("#")[2]
        made.add_row(*cells, words(name), words(linked.method, "faint"), words(sure, "faint"))
