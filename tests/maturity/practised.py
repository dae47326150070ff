"""A deployment organisation of levels 2 and 3 of process integration, as events."""

from datetime import datetime, timedelta
from typing import Any

from tests.kpi.told import CD, PAGER, START, at, committed, deployed, heard, incident, sha, told

from strandline.kpi.history import history_from
from strandline.maturity.case import Case
from strandline.maturity.told import Practice, told_of
from strandline.vocabulary.approval import ApprovalClosed, ApprovalStatus
from strandline.vocabulary.details import Details
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.incident import IncidentClassified
from strandline.vocabulary.notice import NoticePurpose, NoticeSent
from strandline.vocabulary.organisation import ServiceVersionRecorded
from strandline.vocabulary.runtime import Principal, RuntimeChanged

NOW = START + timedelta(days=90)
NUMBER = 60


def of(key: str, fact: Fact, when: datetime, *, subject: str = "", **more: Any) -> Event:
    """Return what was told of a deployment of the shop."""
    details = Details(deployment=key, service="shop", environment="production")
    return told(fact, when, source="/tools", subject=subject or key, details=details, **more)


def events() -> list[Event]:
    """Return a quarter of deployments with commits, approvals, marks, an audit log and incidents."""
    found = [committed("seed", at(0)), *deployed("d-seed", at(0, 1), commit=sha("seed"))]
    found.append(heard("deployments", "commits", "incidents", "approvals", days=90))
    before = "seed"
    for number in range(NUMBER):
        key, when, commit = f"d{number}", at(1 + number * 1.4, 12), f"c{number}"
        found.append(committed(commit, when - timedelta(hours=5), parents=(before,)))
        found += deployed(key, when, commit=sha(commit), version=f"1.{number}")
        approved = ApprovalClosed(status=ApprovalStatus.APPROVED, responder="ann")
        found.append(of(key, approved, when - timedelta(hours=1), subject=f"approval {key}"))
        noticed = NoticeSent(purpose=NoticePurpose.ANNOTATION, channel="monitoring")
        found.append(of(key, noticed, when - timedelta(minutes=9), subject=f"mark {key}"))
        changed = RuntimeChanged(principal=Principal.PIPELINE)
        found.append(of(key, changed, when, subject="shop"))
        recorded = ServiceVersionRecorded(version=f"1.{number}")
        found.append(of(key, recorded, when + timedelta(minutes=2), subject="shop"))
        before = commit
    for number in range(8):
        began = at(5 + number * 10)
        found += incident(f"i{number}", began, began + timedelta(hours=1))
        said = IncidentClassified(is_caused_by_deployment=False, cause=f"cause {number}")
        found.append(told(said, began + timedelta(hours=2), source=PAGER, subject=f"i{number}", actor="ann"))
    return found


def case(every: list[Event], when: datetime = NOW, **more: Any) -> Case:
    """Return the case that events make, each recorded when it happened."""
    practice = Practice(found for event in every if (found := told_of(event, event.occurred_at)) is not None)
    return Case(history_from(every), practice, when, **more)


__all__ = ["CD", "NOW", "NUMBER", "case", "events", "of"]
