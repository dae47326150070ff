"""The history: what events say, in whatever order they come."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.kpi.told import (
    at,
    committed,
    deployed,
    heard,
    history,
    incident,
    merged,
    returned,
    rolled_out,
    scope,
    sha,
)

from strandline.kpi.change_fail_rate import change_fail_rate
from strandline.kpi.change_lead_time import change_lead_time
from strandline.kpi.history import entries_of, history_from
from strandline.vocabulary.deployment import Outcome
from strandline.vocabulary.event import Event
from strandline.vocabulary.pipeline import RunOutcome


def a_month() -> list[Event]:
    parts: list[Any] = [
        committed("c0", at(-9)),
        committed("c1", at(1), parents=("c0",)),
        committed("c2", at(2), parents=("c1",)),
        merged(7, "c2", at(1), at(2)),
        deployed("d0", at(0, 5), commit=sha("c0")),
        deployed("d1", at(1, 5), commit=sha("c1")),
        deployed("d2", at(2, 5), commit=sha("c2")),
        deployed("d3", at(3), outcome=RunOutcome.FAILURE),
        [returned(at(2, 9))],
        incident("i1", at(2, 6), at(2, 9), again=(at(2, 10), at(2, 12))),
        rolled_out("ours", at(4), outcome=Outcome.ROLLED_BACK, peak_bp=500),
        [heard()],
    ]
    return [each for part in parts for each in (part if isinstance(part, list) else [part])]


EVENTS = a_month()


@given(st.permutations(EVENTS))
def test_any_order_of_the_events_gives_the_same_history(events: list[Event]) -> None:
    assert entries_of(events) == entries_of(EVENTS)
    shuffled, straight = history_from(events), history_from(EVENTS)
    assert shuffled.deployments == straight.deployments
    assert shuffled.incidents == straight.incidents
    assert change_lead_time(shuffled, scope()) == change_lead_time(straight, scope())
    assert change_fail_rate(shuffled, scope()) == change_fail_rate(straight, scope())


def test_the_same_event_twice_changes_nothing() -> None:
    assert entries_of([*EVENTS, *EVENTS]) == entries_of(EVENTS)


def test_a_deployment_of_others_is_told_by_its_task_and_its_service() -> None:
    [found] = history(deployed("d1", at(1), commit=sha("c1"), artifact="pkg:x")).deployments[
        "shop", "production"
    ]
    assert found.outcome is Outcome.SUCCEEDED
    assert found.started_at == at(1, minutes=-10)
    assert found.finished_at == at(1)
    assert (found.artifact, found.commit) == ("pkg:x", sha("c1"))
    assert len(found.events) == 2


def test_a_build_is_no_deployment() -> None:
    build = deployed("d1", at(1), outcome=RunOutcome.FAILURE)
    from msgspec.structs import replace  # noqa: PLC0415 - only here

    assert history([replace(each, custom_data={}) for each in build]).deployments == {}


def test_what_we_tell_the_world_of_a_rollout_of_ours_is_not_a_second_deployment() -> None:
    [event] = [each for each in deployed("ours", at(4)) if "service" in each.type]
    from msgspec.structs import replace  # noqa: PLC0415 - only here

    told_twice = replace(event, source="/strandline/rollout", chain_id="ours")
    places = history(rolled_out("ours", at(4)), told_twice).deployments
    assert [each.key for each in places["shop", "production"]] == ["ours"]
