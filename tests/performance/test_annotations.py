"""What happened while a figure was measured stands beside it."""

from tests.kpi.told import at, deployed, incident, returned, scope

from strandline.kpi.history import history_from
from strandline.performance.annotations import Happened, annotations
from strandline.vocabulary.delivery import ServiceCatalogued
from strandline.vocabulary.event import Event
from strandline.vocabulary.pipeline import RunOutcome


def catalogued(service: str, days: float) -> Event:
    return Event(
        id=f"{service}-{days}",
        source="/x",
        type=ServiceCatalogued.TYPE,
        occurred_at=at(days),
        subject_id=service,
        content={},
        actor="ada",
    )


EVENTS = [
    *deployed("d1", at(1), version="1.0"),
    *deployed("d2", at(2), outcome=RunOutcome.FAILURE),
    returned(at(3)),
    *incident("i1", at(2, hours=1), at(2, hours=2)),
    *deployed("d3", at(1), environment="staging"),
    *deployed("old", at(-90)),
]


def test_deployments_incidents_and_rules_are_told_in_their_order() -> None:
    rules = [catalogued("shop", 4), catalogued("shop", -90), catalogued("pay", 5)]
    found = annotations(history_from(EVENTS), scope(service="shop"), rules)
    assert [(each.at, each.kind) for each in found] == [
        (at(1), Happened.DEPLOYMENT),
        (at(2), Happened.FAILED_DEPLOYMENT),
        (at(2, hours=1), Happened.INCIDENT),
        (at(3), Happened.DEPLOYMENT),
        (at(4), Happened.RULES),
    ]
    assert [each.words for each in found][::4] == [
        "shop runs 1.0",
        "the rules of shop were set or altered, by ada",
    ]


def test_where_nothing_happened_nothing_is_told() -> None:
    assert annotations(history_from([]), scope(), []) == ()
