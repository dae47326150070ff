"""Evidence of tools and automation.

Who changes what runs, how it is rolled out, what takes it back by itself.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from strandline.kpi import feeds
from strandline.maturity.case import Case, Item, Shown, began, ids, names_of
from strandline.maturity.cases import deployments, failed, is_first_tier, kept, told_cases
from strandline.maturity.other_checks import Measured
from strandline.maturity.rollouts import (
    is_staged_and_judged,
    passed,
    passed_before,
    told_of,
    was_watched_afterwards,
)
from strandline.maturity.share_check import Population, Quality
from strandline.maturity.told import Told, said
from strandline.vocabulary.deployment import DeploymentRolledBack, InterventionRequested, Outcome
from strandline.vocabulary.exposure import AnalysisConcluded
from strandline.vocabulary.forecast import StrategyChosen
from strandline.vocabulary.incident import IncidentDetected, IncidentReported
from strandline.vocabulary.runtime import Principal, RuntimeChanged
from strandline.vocabulary.training import DrillHeld, DrillKind
from strandline.vocabulary.verdict import AnalysisAnswer

_AROUND = timedelta(minutes=30)


def _by_a_person(_case: Case, item: Item) -> Shown:
    return item.events if said(item.what, RuntimeChanged).principal is Principal.PERSON else ()


def matches(case: Case, item: Item) -> Shown:
    """Whether a deployment tool has a record of what changed.

    The deployment itself, or its artefact at that time.
    """
    known = case.remembered("deployments-by-name", lambda: _by_name(case))
    change = said(item.what, RuntimeChanged)
    if item.what.deployment and item.what.deployment in known:
        return item.events
    near = case.remembered("deployments-by-artifact", lambda: _by_artifact(case))
    every = near.get((item.what.subject, change.artifact), ()) if change.artifact else ()
    return item.events if any(begin - _AROUND <= item.at <= end + _AROUND for begin, end in every) else ()


def _by_name(case: Case) -> frozenset[str]:
    return frozenset(
        name for every in case.history.deployments.values() for each in every for name in names_of(each)
    )


def _by_artifact(case: Case) -> Mapping[tuple[str, str], list[tuple[datetime, datetime]]]:
    found: dict[tuple[str, str], list[tuple[datetime, datetime]]] = {}
    for every in case.history.deployments.values():
        for each in every:
            if each.artifact:
                found.setdefault((each.service, each.artifact), []).append((began(each), each.ended_at))
    return found


def _changes(case: Case, start: datetime) -> list[Item]:
    return [
        Item(told.id, told.at, told, (told.id,))
        for told in case.practice.within(RuntimeChanged, start, case.at)
        if case.has_service(told.subject)
    ]


def _in_version_control(_case: Case, item: Item) -> Shown:
    profile = item.what
    if not profile.application_repository and not profile.configuration_repository:
        # The catalogue says nothing of repositories: that is not to say that there are none.
        return None
    return profile.events if profile.application_repository and profile.configuration_repository else ()


def _audit(case: Case, item: Item) -> list[Told]:
    return [
        told
        for told in case.practice.of_deployment(RuntimeChanged, *names_of(item.what))
        if told.at < case.at
    ]


def _by_pipeline(case: Case, item: Item) -> Shown:
    """Carried out by a pipeline's principal, with one human step at most.

    Ours are what the router confirmed.
    """
    audit = _audit(case, item)
    if audit:
        facts = [said(told, RuntimeChanged) for told in audit]
        is_so = (
            all(fact.principal is not Principal.PERSON for fact in facts)
            and sum(fact.human_steps for fact in facts) <= 1
        )
        return ids(audit) if is_so else ()
    if item.what.is_ours:
        steps = told_of(case, InterventionRequested, item.what)
        return item.events if len(steps) <= 1 else ()
    return None


def _gate(*names: str) -> Quality:
    def shows(case: Case, item: Item) -> Shown:
        return passed_before(case, item.what, *names)

    return Quality(f"passed the gates {' and '.join(names)} before they began", shows, ("gates",))


def _security(case: Case, item: Item) -> Shown:
    return passed(case, item.what, "security")


def _caught_faults(_case: Case, item: Item) -> Shown:
    return item.events if said(item.what, DrillHeld).is_caught else ()


def _first_signs(case: Case, item: Item) -> tuple[datetime | None, datetime | None]:
    """Return when automation and when a person first said that a deployment had failed."""
    machine = [
        told.at for told in told_of(case, DeploymentRolledBack, item.what) if not case.person(told.actor)
    ]
    machine += [
        told.at
        for told in told_of(case, AnalysisConcluded, item.what)
        if told.content.get("answer") == AnalysisAnswer.HARM_SHOWN.value
    ]
    people: list[datetime] = [
        told.at
        for told in told_of(case, InterventionRequested, item.what)
        if told.content.get("action") == "abort"
    ]
    for link in case.caused_by(item.name):
        names = (link.incident.key, link.incident.key.partition("#")[2])
        machine += [told.at for told in case.practice.of_subject(IncidentDetected, *names)]
        people += [told.at for told in case.practice.of_subject(IncidentReported, *names)]
    return min(machine, default=None), min(people, default=None)


def _found_by_automation(case: Case, item: Item) -> Shown:
    machine, person = _first_signs(case, item)
    if machine is None and person is None:
        return None
    return item.events if machine is not None and (person is None or machine <= person) else ()


def _time_to_detection(case: Case, item: Item) -> float | None:
    machine, person = _first_signs(case, item)
    known = [each for each in (machine, person) if each is not None]
    exposed = item.what.exposed_at or began(item.what)
    return max((min(known) - exposed).total_seconds(), 0.0) if known else None


def _breaches(case: Case, start: datetime) -> list[Item]:
    """Return the first-tier deployments that broke the conditions under which they are taken back."""
    return [
        item
        for item in kept(deployments, is_first_tier)(case, start)
        if item.what.outcome is Outcome.ROLLED_BACK or _harm(case, item)
    ]


def _harm(case: Case, item: Item) -> list[Told]:
    return [
        told
        for told in told_of(case, AnalysisConcluded, item.what)
        if told.content.get("answer") == AnalysisAnswer.HARM_SHOWN.value
    ]


def _taken_back_by_itself(case: Case, item: Item) -> Shown:
    steps = [
        told
        for told in told_of(case, InterventionRequested, item.what)
        if told.content.get("action") == "abort"
    ]
    back = told_of(case, DeploymentRolledBack, item.what)
    is_so = item.what.outcome is Outcome.ROLLED_BACK and bool(back) and not steps
    return ids(back) if is_so and not any(case.person(told.actor) for told in back) else ()


def _time_to_restore(case: Case, item: Item) -> float | None:
    """From the breach to the end of the return, in seconds."""
    if isinstance(item.what, Told):
        took = said(item.what, DrillHeld).restored_after_ms
        return took / 1000 if took is not None else None
    harm = _harm(case, item)
    back = told_of(case, DeploymentRolledBack, item.what)
    start = min((told.at for told in (*harm, *back)), default=None)
    end = item.what.finished_at
    return max((end - start).total_seconds(), 0.0) if start is not None and end is not None else None


def _chosen_by_model(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in told_of(case, StrategyChosen, item.what)
        if said(told, StrategyChosen).model
        and said(told, StrategyChosen).features
        and told.known_at <= began(item.what)
    )


def _fault_drills(case: Case, start: datetime) -> list[Item]:
    return told_cases(DrillHeld, lambda _case, told: told.content.get("kind") == DrillKind.FAULT.value)(
        case, start
    )


POPULATIONS: Mapping[str, Population] = {
    "runtime-changes": Population("changes of what runs", _changes, ("runtime",)),
    "breaches": Population("deployments that broke their conditions", _breaches, (feeds.DEPLOYMENTS,)),
    "injected-faults": Population("injected faults", _fault_drills, ("drills",)),
    "failures": Population("failed deployments", failed, (feeds.DEPLOYMENTS,)),
}
QUALITIES: Mapping[str, Quality] = {
    "were-made-by-a-person": Quality("a person made with credentials of their own", _by_a_person),
    "match-a-record": Quality("a deployment tool has a record of", matches, (feeds.DEPLOYMENTS,)),
    "are-in-version-control": Quality(
        "have code and configuration in version control", _in_version_control, ("catalogue",)
    ),
    "were-made-by-a-pipeline": Quality("a pipeline carried out", _by_pipeline),
    "kept-their-digest": _gate("same-digest"),
    "passed-tests-and-security": _gate("tests", "security"),
    "had-their-provenance-verified": _gate("provenance"),
    "were-staged-and-judged": Quality(
        "were staged, and an analysis decided", is_staged_and_judged, ("rollouts",)
    ),
    "were-caught": Quality("automation caught", _caught_faults),
    "were-watched-afterwards": Quality(
        "were judged under all traffic", was_watched_afterwards, ("rollouts",)
    ),
    "were-found-by-automation": Quality("automation found first", _found_by_automation),
    "were-taken-back-by-themselves": Quality(
        "were taken back without a person", _taken_back_by_itself, ("rollouts",)
    ),
    "had-their-strategy-chosen": Quality(
        "had their strategy chosen by a model from history", _chosen_by_model, ("strategies",)
    ),
    "passed-security": Quality("passed the security gate", _security, ("gates",)),
}
MEASURES: Mapping[str, Measured] = {
    "time-to-detection": Measured("the time until a failure was found", _time_to_detection),
    "time-to-restore": Measured("the time from the breach until all was well", _time_to_restore),
}
