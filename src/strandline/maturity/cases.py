"""The cases that several measures ask about: deployments, services, people, incidents."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from strandline.kpi import feeds
from strandline.kpi.deployments import Deployment
from strandline.kpi.production import places_of
from strandline.maturity.case import Case, Item, began, names_of
from strandline.maturity.share_check import Population, Quality
from strandline.maturity.told import Told
from strandline.vocabulary.approval import ApprovalStatus
from strandline.vocabulary.deployment import DeploymentPlanned, InterventionRequested, Outcome
from strandline.vocabulary.event import Fact
from strandline.vocabulary.incident import IncidentClassified

Find = Callable[[Case, datetime], list[Item]]
_NAMED = 3
"""Events that are named of what somebody did."""
SEVERE = 2
"""The worst severities: 1 and 2."""


def of_deployment(each: Deployment) -> Item:
    """Return a deployment as a case; it happened when it began."""
    return Item(each.key, began(each), each, each.events[:3])


def _item(case: Case, each: Deployment) -> Item:
    """Return a deployment as the same case in every window."""
    items: dict[str, Item] = case.remembered("deployment-items", dict)
    found = items.get(each.key)
    if found is None or found.what is not each:
        found = items[each.key] = of_deployment(each)
    return found


def deployments(case: Case, start: datetime) -> list[Item]:
    """Return the production deployments that ended since."""
    return case.remembered(
        ("deployments", start), lambda: [_item(case, each) for each in case.production(start).counted]
    )


def kept(find: Find, keep: Callable[[Case, Item], bool]) -> Find:
    """Return the finding of those cases only that are to be kept."""
    return lambda case, start: [item for item in find(case, start) if keep(case, item)]


def attempts(case: Case, start: datetime) -> list[Item]:
    """Return all attempts at production since, also those whose end nobody told; but not what still runs."""
    scope = case.scope(start)
    latest = case.at - timedelta(days=1)
    return [
        of_deployment(each)
        for place in places_of(case.own, scope)
        for each in case.own.deployments[place]
        if start <= began(each) < case.at
        and (each.outcome is not None or began(each) < latest)
        and each.outcome is not Outcome.REFUSED
    ]


def is_first_tier(case: Case, item: Item) -> bool:
    """Return whether a deployment is of a service that everything depends on."""
    return case.is_first_tier(item.what.service)


def is_normal(_case: Case, item: Item) -> bool:
    """Return whether it was planned, and is no emergency."""
    return not item.what.is_unplanned


def failed(case: Case, start: datetime) -> list[Item]:
    """Return the failed deployments since."""
    return [of_deployment(each.deployment) for each in case.failures(start)]


def services(case: Case, start: datetime) -> list[Item]:
    """Return the services that were deployed to production since, as they stand now."""
    names = sorted({each.service for each in case.production(start).counted})
    return [Item(name, case.at, case.profile(name), case.profile(name).events[-1:]) for name in names]


def first_tier_services(case: Case, start: datetime) -> list[Item]:
    """Return those of them that everything depends on."""
    return [item for item in services(case, start) if case.is_first_tier(item.name)]


def deployers(case: Case, start: datetime) -> list[Item]:
    """Return the people who started, approved, paused or rolled back a production deployment since.

    They come from what the deploying tools say, so that no unit chooses who counts. `what` is when each of
    them first did so, of all that is known.
    """
    first = case.remembered("first-acts", lambda: _first_acts(case))
    acts = case.remembered(("acts", start), lambda: _acts(case, start))
    return [Item(person, case.at, first[person], tuple(events)) for person, events in sorted(acts.items())]


def _acts(case: Case, start: datetime) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for person, at, event in _every_act(case):
        if start <= at < case.at:
            events = found.setdefault(person, [])
            if len(events) < _NAMED:
                events.append(event)
    return found


def _first_acts(case: Case) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for person, at, _ in _every_act(case):
        if person not in found or at < found[person]:
            found[person] = at
    return found


def _every_act(case: Case) -> Iterable[tuple[str, datetime, str]]:
    return case.remembered("every-act", lambda: list(_find_acts(case)))


def _find_acts(case: Case) -> Iterable[tuple[str, datetime, str]]:
    scope = case.scope(datetime.fromtimestamp(0, tz=case.at.tzinfo))
    ours: set[str] = set()
    for place in places_of(case.own, scope):
        for each in case.own.deployments[place]:
            ours.update(names_of(each))
            person = case.person(each.actor) if each.actor else ""
            if person and began(each) < case.at:
                yield person, began(each), each.events[0] if each.events else each.key
    for told in case.practice.all(InterventionRequested):
        person = case.person(told.actor) if told.actor else ""
        if person and told.at < case.at and (told.deployment in ours or told.subject in ours):
            yield person, told.at, told.id
    for approval in case.own.approvals:
        person = case.person(approval.responder) if approval.responder else ""
        if not person or approval.answered_at is None or approval.answered_at >= case.at:
            continue
        if approval.deployment in ours or scope.has_place(approval.service, approval.environment):
            yield person, approval.answered_at, approval.events[-1] if approval.events else approval.key


def incidents(case: Case, start: datetime) -> list[Item]:
    """Return the production incidents since."""
    return [Item(each.key, each.began_at or start, each, each.events[:3]) for each in case.incidents(start)]


def severity(case: Case, item: Item) -> int | None:
    """Return how severe an incident was said to be: 1 is the worst; nothing if nobody said."""
    said_so = [
        told.content.get("severity")
        for told in case.practice.of_subject(IncidentClassified, *incident_names(item))
        if told.at < case.at
    ]
    known = [each for each in said_so if isinstance(each, int)]
    return known[-1] if known else None


def incident_names(item: Item) -> tuple[str, ...]:
    """Return the names by which events may call an incident."""
    name = item.name.partition("~")[0]
    return tuple(dict.fromkeys((name, name.partition("#")[2])))


def severe_caused(case: Case, start: datetime) -> list[Item]:
    """Return the incidents that deployments caused and that were severe.

    One of unknown severity counts as such.
    """
    caused = {link.incident.key: link.incident for link in case.links(start) if link.is_explicit} | {
        each.key: each for each in case.incidents(start) if each.is_caused_by_deployment
    }
    items = [Item(key, each.began_at or start, each, each.events[:3]) for key, each in sorted(caused.items())]
    return [item for item in items if (severity(case, item) or SEVERE) <= SEVERE]


def told_cases(fact: type[Fact], keep: Callable[[Case, Told], bool] = lambda *_: True) -> Find:
    """Return the finding of everything of a kind that was told since, as cases of their own."""

    def find(case: Case, start: datetime) -> list[Item]:
        return [
            Item(told.subject, told.at, told, (told.id,))
            for told in case.practice.within(fact, start, case.at)
            if in_unit(case, told) and keep(case, told)
        ]

    return find


def in_unit(case: Case, told: Told) -> bool:
    """Return whether something belongs to the unit; what names no service belongs to everybody."""
    return case.services is None or not told.service or told.service in case.services


def approved_at(case: Case, each: Deployment) -> datetime | None:
    """Return when a deployment was approved; nothing if nobody did."""
    by_deployment = case.remembered("approvals", lambda: _approvals(case))
    return min((by_deployment[name] for name in names_of(each) if name in by_deployment), default=None)


def _approvals(case: Case) -> Mapping[str, datetime]:
    found: dict[str, datetime] = {}
    for approval in case.history.approvals:
        if (
            approval.status is ApprovalStatus.APPROVED
            and approval.answered_at is not None
            and approval.deployment
        ):
            known = found.get(approval.deployment)
            found[approval.deployment] = min(known or approval.answered_at, approval.answered_at)
    return found


def plan_of(case: Case, each: Deployment) -> Told | None:
    """Return our own plan of a deployment, where there is one."""
    return next(iter(case.practice.of_deployment(DeploymentPlanned, *names_of(each))), None)


EXIST = Quality("exist", lambda _case, item: item.events or True)
_DEPLOYED = (feeds.DEPLOYMENTS,)
POPULATIONS: Mapping[str, Population] = {
    "deployments": Population("production deployments", deployments, _DEPLOYED),
    "attempts": Population("attempts at production", attempts, _DEPLOYED),
    "first-tier-deployments": Population(
        "deployments of first-tier services", kept(deployments, is_first_tier), _DEPLOYED
    ),
    "normal-deployments": Population("planned deployments", kept(deployments, is_normal), _DEPLOYED),
    "emergency-deployments": Population(
        "emergency deployments", kept(deployments, lambda case, item: not is_normal(case, item)), _DEPLOYED
    ),
    "failed-deployments": Population("failed deployments", failed, _DEPLOYED),
    "services": Population("deployed services", services, _DEPLOYED, is_standing=True),
    "first-tier-services": Population(
        "first-tier services", first_tier_services, _DEPLOYED, is_standing=True
    ),
    "deployers": Population("people who deploy", deployers, _DEPLOYED, is_standing=True),
    "incidents": Population("production incidents", incidents, (feeds.INCIDENTS,)),
    "severe-incidents": Population(
        "severe incidents that deployments caused", severe_caused, (feeds.INCIDENTS, feeds.DEPLOYMENTS)
    ),
}
QUALITIES: Mapping[str, Quality] = {"exist": EXIST}
