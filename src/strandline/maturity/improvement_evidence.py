"""Evidence of continuous improvement: reviews, actions with their effect, changes of the practice itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from strandline.maturity.answer import Part, Verdict
from strandline.maturity.case import Case, Item, Shown, ids, names_of, working_days
from strandline.maturity.cases import incident_names, incidents, told_cases
from strandline.maturity.model import Special
from strandline.maturity.other_checks import Distinct, Measured
from strandline.maturity.performance_evidence import review_of
from strandline.maturity.share_check import Population, Quality, missing_sources
from strandline.maturity.told import Told, said
from strandline.maturity.training_evidence import reviews_of
from strandline.vocabulary.improvement import (
    ActionClosed,
    ActionOpened,
    ActionVerified,
    ParameterChanged,
    PracticeChanged,
    ReviewHeld,
    ReviewKind,
    Trigger,
)

_REVIEW_WITHIN = 10
_AGAIN_WITHIN = timedelta(days=90)
_KINDS = (Trigger.METRIC, Trigger.INCIDENT, Trigger.USER_FEEDBACK, Trigger.TECHNOLOGY_REVIEW)
_HALF = 0.5


def _about_failures(case: Case, start: datetime) -> list[Item]:
    """Return the actions that name a failed deployment, its incidents, or a review of those."""
    names: set[str] = set()
    for failure in case.failures(start):
        names.update(names_of(failure.deployment))
        names.update(link.incident.key for link in failure.incidents)
        names.update(told.subject for told in reviews_of(case, names_of(failure.deployment)))
    return [
        item
        for item in told_cases(ActionOpened)(case, start)
        if names & set(item.what.content.get("refersTo", ()))
    ]


def _names_a_reason(_case: Case, item: Item) -> Shown:
    return item.events if item.what.content.get("refersTo") else ()


def _review_of_incident(case: Case, item: Item) -> list[Told]:
    causes = [link.deployment for link in case.causes_of(item.name)]
    about = (*incident_names(item), *(name for each in causes for name in names_of(each)))
    return [
        told
        for told in reviews_of(case, about, ReviewKind.INCIDENT, ReviewKind.DEPLOYMENT)
        if working_days(item.what.restored_at or item.at, told.at) <= _REVIEW_WITHIN
    ]


def _was_reviewed(case: Case, item: Item) -> Shown:
    return ids(_review_of_incident(case, item))


def _has_owned_action(case: Case, item: Item) -> Shown:
    wanted = {*incident_names(item), *(told.subject for told in _review_of_incident(case, item))}
    by_cause = case.remembered("owned-actions", lambda: _owned_actions(case))
    found = {told.id: told for name in wanted for told in by_cause.get(name, ())}
    return ids(sorted(found.values(), key=lambda told: (told.at, told.id)))


def _owned_actions(case: Case) -> dict[str, list[Told]]:
    """Return the actions with owner and due date, by what led to each."""
    found: dict[str, list[Told]] = {}
    for told in case.practice.all(ActionOpened):
        if told.at < case.at and told.content.get("owner") and told.content.get("dueOn"):
            for name in told.content.get("refersTo", ()):
                found.setdefault(name, []).append(told)
    return found


def _actions(case: Case, start: datetime) -> list[Item]:
    return told_cases(ActionOpened)(case, start)


def _end(case: Case, item: Item) -> Told | None:
    return next(
        (told for told in case.practice.of_subject(ActionClosed, item.name) if told.at < case.at), None
    )


def _due(case: Case, start: datetime) -> list[Item]:
    """Return the actions whose first due date lies in the time.

    Re-dating an action does not make it punctual.
    """
    every = told_cases(ActionOpened)(case, start - timedelta(days=730))
    found = []
    for item in every:
        due = said(item.what, ActionOpened).due_on
        if due is not None and start.date() <= due < case.at.date():
            at = datetime.combine(due, datetime.min.time(), case.at.tzinfo)
            found.append(Item(item.name, at, item.what, item.events))
    return found


def _is_closed(case: Case, item: Item) -> Shown:
    end = _end(case, item)
    return (*item.events, end.id) if end is not None and not end.content.get("isDropped") else ()


def _overdue(case: Case, item: Item) -> float | None:
    end = _end(case, item)
    return max(((end.at if end else case.at) - item.at).total_seconds(), 0.0)


def _closed_causes(case: Case, start: datetime) -> list[Item]:
    """Return the closed actions that name a cause, once there was time for it to come again."""
    found = []
    for item in told_cases(ActionOpened)(case, start - timedelta(days=730)):
        end, cause = _end(case, item), item.what.content.get("cause")
        if end is not None and cause and start <= end.at < case.at - _AGAIN_WITHIN:
            found.append(Item(item.name, end.at, cause, (*item.events, end.id)))
    return found


def _by_cause(case: Case) -> dict[str, list[Item]]:
    """Return all production incidents by the tag of their cause."""
    found: dict[str, list[Item]] = {}
    for each in incidents(case, datetime.fromtimestamp(0, tz=case.at.tzinfo)):
        found.setdefault(each.what.cause, []).append(each)
    return found


def _came_again(case: Case, item: Item) -> Shown:
    by_cause = case.remembered("incidents-by-cause", lambda: _by_cause(case))
    again = [each for each in by_cause.get(item.what, ()) if item.at < each.at <= item.at + _AGAIN_WITHIN]
    return tuple(event for each in again for event in each.events)


def _is_measurable(_case: Case, item: Item) -> Shown:
    action = said(item.what, ActionOpened)
    return item.events if action.baseline and action.metric and action.check_on else ()


def _past_check(case: Case, start: datetime) -> list[Item]:
    found = []
    for item in told_cases(ActionOpened)(case, start - timedelta(days=730)):
        check = said(item.what, ActionOpened).check_on
        if check is not None and start.date() <= check < case.at.date():
            at = datetime.combine(check, datetime.min.time(), case.at.tzinfo)
            found.append(Item(item.name, at, item.what, item.events))
    return found


def _was_verified(case: Case, item: Item) -> Shown:
    return ids(
        told
        for told in case.practice.of_subject(ActionVerified, item.name)
        if told.at < case.at and said(told, ActionVerified).n > 0 and said(told, ActionVerified).before
    )


def _time_to_effect(case: Case, item: Item) -> float | None:
    shown = [told for told in case.practice.of_subject(ActionVerified, item.name) if told.at < case.at]
    return (shown[0].at - item.at).total_seconds() if shown else None


def _is_unprovoked(_case: Case, item: Item) -> Shown:
    return item.events if item.what.content.get("trigger") != Trigger.INCIDENT.value else ()


def _has_condition(_case: Case, item: Item) -> Shown:
    change = said(item.what, ParameterChanged)
    return item.events if change.from_events and change.reverts_when else ()


def mixed_inputs(case: Case, check: Special) -> Part:
    """Return how many kinds of input led to a tenth of the actions each; `threshold` are asked for."""
    start = case.at - timedelta(days=check.days)
    every = _actions(case, start)
    n = len(every)
    counts = {kind: sum(item.what.content.get("trigger") == kind.value for item in every) for kind in _KINDS}
    kinds = [kind for kind, count in counts.items() if n and count >= n / 10]
    missing = missing_sources(case, ("actions",), start)
    told = ", ".join(f"{kind.value} {count}" for kind, count in counts.items())
    verdict, says = (
        Verdict.NOT_MET,
        f"{len(kinds)} kinds of input led to a tenth of {n} actions each ({told}).",
    )
    if len(kinds) >= check.threshold and n >= check.smallest:
        verdict = Verdict.MET
    elif missing:
        verdict, says = Verdict.NO_FEED, missing.says
    elif n < check.smallest:
        verdict, says = Verdict.UNKNOWN_SAMPLE, f"{n} actions; {check.smallest} are needed."
    return Part(
        verdict=verdict,
        says=says,
        check="kinds of input of actions",
        value=float(len(kinds)),
        unit="count",
        threshold=check.threshold,
        n=n,
        smallest=check.smallest,
        start=start,
        without=missing.carries,
        events=tuple(event for item in every[:20] for event in item.events),
        lacking=tuple(kind.value for kind in _KINDS if kind not in kinds),
    )


def units_contribute(case: Case, check: Special) -> Part:
    """Return in how many of four quarters half of the units opened an action; `threshold` are asked for."""
    quarter = timedelta(days=365.25 / 4)
    start = case.at - 4 * quarter
    units = {case.profile(item.name).unit or item.name for item in _deployed(case, start)}
    missing = missing_sources(case, ("actions",), start)
    good = 0
    for number in range(4):
        begin = case.at - (number + 1) * quarter
        opened = {
            str(told.content.get("unit") or case.profile(told.service).unit or told.service)
            for told in case.practice.within(ActionOpened, begin, begin + quarter)
        }
        good += bool(units) and len(opened & units) >= _HALF * len(units)
    verdict, says = (
        Verdict.NOT_MET,
        f"In {good} of the last 4 quarters half of {len(units)} units contributed.",
    )
    if good >= check.threshold:
        verdict = Verdict.MET
    elif missing:
        verdict, says = Verdict.NO_FEED, missing.says
    elif not units or case.liveness.standing("actions", start).share < _HALF:
        verdict = Verdict.UNKNOWN_SAMPLE
    return Part(
        verdict=verdict,
        says=says,
        check="quarters in which half of the units contributed",
        value=float(good),
        unit="count",
        threshold=check.threshold,
        n=4,
        count=good,
        start=start,
        without=missing.carries,
    )


def _deployed(case: Case, start: datetime) -> list[Item]:
    names = sorted({each.service for each in case.production(start).counted})
    return [Item(name, case.at) for name in names]


def named_reason() -> Quality:
    """Return the quality of naming what led to it."""
    return Quality("name an incident, an action or a review", _names_a_reason)


POPULATIONS: Mapping[str, Population] = {
    "actions": Population("actions", _actions, ("actions",)),
    "actions-on-failures": Population("actions on failures", _about_failures, ("deployments", "actions")),
    "due-actions": Population("actions that were due", _due, ("actions",)),
    "closed-causes": Population("causes whose actions were closed", _closed_causes, ("actions",)),
    "checked-actions": Population("actions past their check date", _past_check, ("actions",)),
    "practice-changes": Population(
        "changes of pipeline, policy or runbook", told_cases(PracticeChanged), ("practice-changes",)
    ),
    "parameter-changes": Population("changes of parameters", told_cases(ParameterChanged), ("parameters",)),
    "process-reviews": Population(
        "reviews of the process",
        told_cases(ReviewHeld, lambda _case, told: told.content.get("kind") == "process"),
        ("reviews",),
    ),
}
QUALITIES: Mapping[str, Quality] = {
    "name-a-reason": named_reason(),
    "were-reviewed-in-time": Quality("were reviewed within ten working days", _was_reviewed, ("reviews",)),
    "have-an-owned-action": Quality(
        "led to an action with owner and due date", _has_owned_action, ("actions",)
    ),
    "are-complete-process-reviews": review_of(ReviewKind.PROCESS, "metrics", "feedback", "decisions"),
    "were-closed": Quality("were done", _is_closed, ("actions",)),
    "came-again": Quality("came again within ninety days", _came_again, ("incidents",)),
    "are-measurable": Quality("have baseline, metric and check date", _is_measurable),
    "were-verified": Quality("have their effect measured", _was_verified, ("actions",)),
    "are-unprovoked": Quality("no incident led to", _is_unprovoked),
    "have-a-revert-condition": Quality("come of the ledger and have a condition of return", _has_condition),
}
MEASURES: Mapping[str, Measured] = {
    "days-overdue": Measured("the time that actions are overdue", _overdue),
    "time-to-effect": Measured("the time from opening to the measured effect", _time_to_effect),
}
DISTINCT: Mapping[str, Distinct] = {"subject": lambda item: item.name}
SPECIALS = {"mixed-inputs": mixed_inputs, "units-contribute": units_contribute}
