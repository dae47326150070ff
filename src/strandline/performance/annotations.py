"""What happened while a figure was measured: deployments, incidents, and changes of the rules."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import Enum

import msgspec

from strandline.kpi.history import History
from strandline.kpi.production import production_of
from strandline.kpi.scope import Scope
from strandline.ledger.ports import Ledger
from strandline.vocabulary.delivery import ServiceCatalogued
from strandline.vocabulary.event import Event
from strandline.vocabulary.feed import FeedCatalogued

RULES = (ServiceCatalogued.TYPE, FeedCatalogued.TYPE)
"""Events after which things are done, or counted, by other rules."""
_MOST = 400
_SHORT = 12


class Happened(Enum):
    """What kind of thing it was."""

    DEPLOYMENT = "deployment"
    FAILED_DEPLOYMENT = "failed-deployment"
    INCIDENT = "incident"
    RULES = "rules"
    """A service's policy, or what a source's names mean, was set or altered."""


class Annotation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing that happened."""

    at: datetime
    kind: Happened
    words: str
    deployment: str = ""
    """The key of the deployment that it was; empty for others."""


def annotations(history: History, scope: Scope, rules: Iterable[Event]) -> tuple[Annotation, ...]:
    """Return what happened in a scope, oldest first; of too many deployments, the newest four hundred.

    Args:
        history: everything that is known.
        scope: which services, which environment, which time.
        rules: events of the types `RULES`, of any time.
    """
    found = [*_deployments(history, scope), *_incidents(history, scope), *_rules(scope, rules)]
    return tuple(sorted(found, key=lambda each: (each.at, each.words)))


def rule_events(ledger: Ledger) -> list[Event]:
    """Return the events that are needed for `annotations`."""
    return [record.event for record in ledger.read(types=RULES)]


def _deployments(history: History, scope: Scope) -> Iterator[Annotation]:
    production = production_of(history, scope)
    every = sorted((*production.counted, *production.rollbacks), key=lambda each: each.ended_at)
    for each in every[-_MOST:]:
        what = each.version or each.commit[:_SHORT] or each.key
        is_good = each in production.succeeded
        verb = "was returned to" if each.is_rollback else ("runs" if is_good else "did not take on")
        yield Annotation(
            at=each.ended_at,
            kind=Happened.DEPLOYMENT if is_good or each.is_rollback else Happened.FAILED_DEPLOYMENT,
            words=f"{each.service} {verb} {what}",
            deployment=each.key,
        )


def _incidents(history: History, scope: Scope) -> Iterator[Annotation]:
    for each in history.incidents:
        began_at = each.began_at
        if began_at is None or not scope.has_time(began_at) or not scope.has_place(*each.place):
            continue
        about = f": {each.description}" if each.description else ""
        yield Annotation(
            at=began_at, kind=Happened.INCIDENT, words=f"incident {each.key.rpartition('#')[2]}{about}"
        )


def _rules(scope: Scope, rules: Iterable[Event]) -> Iterator[Annotation]:
    for event in rules:
        is_feed = event.type == FeedCatalogued.TYPE
        if not scope.has_time(event.occurred_at):
            continue
        if not is_feed and not scope.has_service(event.subject_id):
            continue
        whose = f"the words of the feed {event.subject_id}" if is_feed else f"the rules of {event.subject_id}"
        by = f", by {event.actor}" if event.actor else ""
        yield Annotation(at=event.occurred_at, kind=Happened.RULES, words=f"{whose} were set or altered{by}")
