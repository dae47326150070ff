"""What is judged: one unit, at one moment, on one evidence base; and the cases that a criterion is about."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from strandline.kpi.deployments import Deployment
from strandline.kpi.failures import Failure, failures_of
from strandline.kpi.history import History
from strandline.kpi.incidents import Incident
from strandline.kpi.links import IncidentLink, incident_links
from strandline.kpi.production import Production, production_of
from strandline.kpi.scope import Scope
from strandline.maturity.liveness import Liveness
from strandline.maturity.memo import HISTORY, Memo, note
from strandline.maturity.told import Practice, said
from strandline.vocabulary.delivery import ServiceCatalogued
from strandline.vocabulary.organisation import PersonListed, ServiceProfiled

FIRST_TIER = 1
_PROGRAMS = ("[bot]", "-bot", "_bot", "bot@", "github-actions", "gitlab-ci", "jenkins", "argocd", "flux")
_OURSELVES = "strandline"
"""The actor of what Strandline does by itself."""
_LONGEST_AGO = timedelta(days=430)
"""A year, the longest window of any criterion, and what may have led to what was first in it."""
T = TypeVar("T")


@dataclass(frozen=True)
class Item:
    """One case that a criterion is about: a deployment, a person, a service, a document."""

    name: str
    at: datetime
    what: Any = None
    """The value behind it; each population says of which type."""
    events: tuple[str, ...] = ()
    """Ids of the events that it is known from."""


Shown = tuple[str, ...] | bool | None
"""What shows that something holds for an item.

Whether something holds for an item: ids of the events that show it (or just `True`), nothing if it does not
hold, `None` if that cannot be told."""


@dataclass(frozen=True)
class Profile:
    """What is known of a service, from the newest word of each field."""

    name: str
    unit: str = ""
    business_unit: str = ""
    tier: int | None = None
    is_user_facing: bool | None = None
    is_new: bool = False
    capability: str = ""
    user_groups: tuple[str, ...] = ()
    application_repository: str = ""
    configuration_repository: str = ""
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One unit at one moment. Everything is worked out once, and remembered."""

    recorded: History
    """What figures are over; read it as `history`."""
    practice: Practice
    at: datetime
    unit: str = ""
    """A team, a business unit or a service; empty for the whole organisation."""
    services: frozenset[str] | None = None
    """The services that belong to it; `None` for all of them."""
    scopes: dict[tuple[datetime, datetime], Scope] = field(default_factory=dict, compare=False, repr=False)
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)

    @property
    def history(self) -> History:
        """What figures are over."""
        note(HISTORY)
        return self.recorded

    def remembered(self, key: Any, work_out: Callable[[], T]) -> T:  # noqa: ANN401 - any key
        """Return what was worked out for a key, or work it out."""
        return self.memo.get(key, work_out)

    @cached_property
    def liveness(self) -> Liveness:
        """When which sources were alive; sources belong to the organisation, whatever the unit is."""
        return Liveness(self.recorded.heard, self.practice, until=self.at)

    @property
    def own(self) -> History:
        """The part of the history that is about the unit's services."""
        services = self.services
        if services is None:
            return self.history

        def work_out() -> History:
            history = self.history
            places = {place: every for place, every in history.deployments.items() if place[0] in services}
            incidents = tuple(each for each in history.incidents if each.service in services)
            return replace(history, deployments=places, incidents=incidents, memo={})

        return self.remembered("own", work_out)

    def has_service(self, name: str) -> bool:
        """Return whether a service belongs to the unit."""
        return self.services is None or name in self.services

    def scope(self, start: datetime) -> Scope:
        """Return the production scope from `start` to now; the same object for the same time."""
        return self.scopes.setdefault((start, self.at), Scope(start=start, end=self.at))

    def production(self, start: datetime) -> Production:
        """Return the production deployments from `start` to now."""
        return self.remembered(("production", start), lambda: production_of(self.own, self.scope(start)))

    def failures(self, start: datetime) -> list[Failure]:
        """Return the failed ones among them, and those that never reached a user.

        By key in order of their end.
        """

        def work_out() -> list[Failure]:
            return failures_of(self.own, self.scope(start), self.production(start))

        return self.remembered(("failures", start), work_out)

    def links(self, start: datetime) -> list[IncidentLink]:
        """Return which incidents came of which deployments."""
        return self.remembered(("links", start), lambda: incident_links(self.own, self.scope(start)))

    def caused_by(self, deployment: str) -> list[IncidentLink]:
        """Return the links to the incidents of the last fourteen months that came of a deployment."""

        def work_out() -> dict[str, list[IncidentLink]]:
            return _by(self.links(self.at - _LONGEST_AGO), lambda link: link.deployment.key)

        return self.remembered("links-by-deployment", work_out).get(deployment, [])

    def causes_of(self, incident: str) -> list[IncidentLink]:
        """Return the links to the deployments that an incident of the last fourteen months came of."""

        def work_out() -> dict[str, list[IncidentLink]]:
            return _by(self.links(self.at - _LONGEST_AGO), lambda link: link.incident.key)

        return self.remembered("links-by-incident", work_out).get(incident, [])

    def incidents(self, start: datetime) -> list[Incident]:
        """Return the production incidents that began from `start` on."""

        def work_out() -> list[Incident]:
            scope = self.scope(start)
            return [
                each
                for each in self.own.incidents
                if each.began_at is not None
                and scope.has_time(each.began_at)
                and scope.has_place(*each.place)
            ]

        return self.remembered(("incidents", start), work_out)

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """What the catalogues say of each service, up to now."""
        return self.remembered("profiles", self._find_profiles)

    def _find_profiles(self) -> Mapping[str, Profile]:
        found: dict[str, Profile] = {}
        for told in self.practice.all(ServiceCatalogued):
            if told.at < self.at:
                entry = told.content.get("entry", {})
                known = {"unit": entry.get("owner") or "", "tier": entry.get("tier")}
                found[told.subject] = replace(
                    found.get(told.subject, Profile(told.subject)), **known, events=(told.id,)
                )
        for told in self.practice.all(ServiceProfiled):
            if told.at < self.at:
                given = {
                    name: value
                    for name, value in msgspec.structs.asdict(said(told, ServiceProfiled)).items()
                    if value not in (None, "", ())
                }
                before = found.get(told.subject, Profile(told.subject))
                found[told.subject] = replace(before, **given, events=(*before.events, told.id))
        return found

    def profile(self, service: str) -> Profile:
        """Return what is known of a service."""
        return self.profiles.get(service) or Profile(service)

    @property
    def has_tiers(self) -> bool:
        """Whether any service is said to be of the first tier: if none is, all of them count as such."""

        def work_out() -> bool:
            return any(each.tier == FIRST_TIER for each in self.profiles.values())

        return self.remembered("has-tiers", work_out)

    def is_first_tier(self, service: str) -> bool:
        """Return whether a service counts as one that everything depends on."""
        return not self.has_tiers or self.profile(service).tier == FIRST_TIER

    @property
    def people(self) -> Mapping[str, tuple[str, PersonListed, datetime]]:
        """From each name of a person to the first of them, what the directory says, and when they joined."""
        return self.remembered("people", self._find_people)

    def _find_people(self) -> Mapping[str, tuple[str, PersonListed, datetime]]:
        found: dict[str, tuple[str, PersonListed, datetime]] = {}
        for told in self.practice.all(PersonListed):
            if told.at < self.at:
                listed = said(told, PersonListed)
                for name in (told.subject, *listed.also):
                    found[name.lower()] = (told.subject.lower(), listed, told.at)
        return found

    def person(self, name: str) -> str:
        """Return the one name of a person; empty for a program."""
        name = name.strip().lower()
        known = self.people.get(name)
        if known is not None:
            return "" if known[1].is_program else known[0]
        return "" if name == _OURSELVES or any(part in name for part in _PROGRAMS) else name

    def unit_of_person(self, name: str) -> str:
        """Return the unit of a person; empty where no directory says."""
        known = self.people.get(name.strip().lower())
        return known[1].unit if known is not None else ""

    def is_outsider(self, name: str, service: str) -> bool:
        """Return whether a person is known to be of another unit than a service is."""
        theirs, ours = self.unit_of_person(name), self.profile(service).unit
        return bool(theirs and ours and theirs != ours)


def _by(links: Iterable[IncidentLink], key: Callable[[IncidentLink], str]) -> dict[str, list[IncidentLink]]:
    found: dict[str, list[IncidentLink]] = {}
    for link in links:
        found.setdefault(key(link), []).append(link)
    return found


def names_of(each: Deployment) -> tuple[str, ...]:
    """Return the names by which events may call a deployment: its key, and its source's own name of it."""
    name = each.key.partition("#")[2]
    return (each.key, name) if name else (each.key,)


def began(each: Deployment) -> datetime:
    """Return when a deployment began: when it started, or else the first moment that is known of it."""
    return each.started_at or each.planned_at or each.ended_at


def ids(every: Iterable[Any]) -> tuple[str, ...]:
    """Return the ids of events."""
    return tuple([each.id for each in every])


def working_days(start: datetime, end: datetime) -> int:
    """Return how many working days (Monday to Friday) lie between two moments; holidays are not known."""
    first, last = start.date(), end.date()
    if last <= first:
        return 0
    days = (last - first).days
    weeks, rest = divmod(days, 7)
    return 5 * weeks + sum(
        (first + timedelta(days=number)).weekday() < _SATURDAY for number in range(1, rest + 1)
    )


_SATURDAY = 5
