"""Statuspage: incidents that people announce, and components that go out and come back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.payloads import every_real, real, said
from tests.intake.strange_values import altered, any_json, check_nothing_breaks

from strandline.vocabulary.details import details_of
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import IncidentDetected, IncidentReopened, IncidentResolved

NAMES = Names(environment="production")


def update(status: str, time: str, **more: Any) -> dict[str, Any]:
    """Return one word on an incident."""
    return {
        "status": status,
        "created_at": f"2026-03-02T{time}Z",
        "display_at": f"2026-03-02T{time}Z",
        **more,
    }


def hook(*updates: Any, **more: Any) -> dict[str, Any]:
    """Return the webhook of an incident; the last word comes first, as Statuspage has it."""
    told = list(updates) or [update("investigating", "09:00:01")]
    incident = {
        "id": "i1",
        "name": "The shop is slow",
        "status": told[0]["status"] if isinstance(told[0], dict) else "",
        "impact": "major",
        "created_at": "2026-03-02T09:00:00Z",
        "resolved_at": None,
        "shortlink": "https://stspg.example/i1",
        "incident_updates": told,
        "components": [{"id": "c1", "name": "Shop"}],
    }
    return {"page": {"id": "p1"}, "incident": {**incident, **more}}


def component(old: str, new: str, **more: Any) -> dict[str, Any]:
    """Return the webhook of a component."""
    return {
        "page": {"id": "p1"},
        "component": {"id": "c1", "name": "Shop"},
        "component_update": {
            "component_id": "c1",
            "old_status": old,
            "new_status": new,
            "created_at": "2026-03-02T09:00:00Z",
        },
        **more,
    }


def types(found: Any) -> list[str]:
    """Return what the events say, in a word."""
    return [each.type.split(".")[3] for each in found.events]


@pytest.mark.parametrize("file", every_real("statuspage"), ids=lambda file: file.name)
def test_every_real_webhook_is_read_or_said_to_be_ignored(file: Any) -> None:
    assert not said("statuspage", real("statuspage", file.name), names=NAMES).unmapped


def test_a_real_incident_is_detected_with_its_impact() -> None:
    [event] = said("statuspage", real("statuspage", "zulip.incident_created.json"), names=NAMES).events
    assert event.type == IncidentDetected.TYPE
    assert event.occurred_at == datetime(2017, 12, 26, 7, 32, 0, 507000, tzinfo=UTC)
    assert event.source == "https://api.statuspage.io/v1/pages/jb7j80lkgqvb"
    assert (details_of(event).more["impact"], event.actor) == ("none", "")
    assert event.content["service"] == {"id": "Management Portal (example)"}


def test_a_real_component_under_maintenance_is_no_incident() -> None:
    found = said("statuspage", real("statuspage", "zulip.component_status_update.json"), names=NAMES)
    assert "under_maintenance" in found.ignored


def test_an_incident_is_resolved_when_the_page_says_so() -> None:
    told = (
        update("resolved", "09:40:00"),
        update("monitoring", "09:20:00"),
        update("identified", "09:05:00"),
    )
    found = said("statuspage", hook(*told), names=NAMES)
    assert types(found) == ["detected", "resolved"]
    assert found.events[1].occurred_at == datetime(2026, 3, 2, 9, 40, tzinfo=UTC)


def test_the_words_of_an_incident_are_the_same_events_in_every_webhook() -> None:
    first = said("statuspage", hook(), names=NAMES).events
    told = (update("resolved", "09:40:00"), update("investigating", "09:00:01"))
    assert said("statuspage", hook(*told), names=NAMES).events[0] == first[0]
    after = (update("postmortem", "11:00:00"), *told)
    assert (
        said("statuspage", hook(*after), names=NAMES).events
        == said("statuspage", hook(*told), names=NAMES).events
    )


def test_an_incident_that_is_taken_up_again_is_reopened() -> None:
    told = (
        update("resolved", "10:30:00"),
        update("investigating", "10:00:00"),
        update("resolved", "09:40:00"),
        update("investigating", "09:00:01"),
    )
    found = said("statuspage", hook(*told), names=NAMES)
    assert types(found) == ["detected", "resolved", "reopened", "resolved"]
    assert found.events[2].type == IncidentReopened.TYPE


def test_without_the_word_that_says_so_the_time_of_resolution_counts() -> None:
    told = hook(status="resolved", resolved_at="2026-03-02T09:40:00Z")
    assert types(said("statuspage", told, names=NAMES)) == ["detected", "resolved"]
    found = said("statuspage", hook(status="resolved"), names=NAMES)
    assert (types(found), found.unmapped[0].where) == (["detected"], "incident.resolved_at")


def test_an_incident_that_is_written_down_afterwards_began_with_its_first_word() -> None:
    told = (update("resolved", "08:30:00"), update("investigating", "08:00:00"))
    found = said("statuspage", hook(*told), names=NAMES)
    assert found.events[0].occurred_at == datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "more", [{"impact": "maintenance"}, {"status": "scheduled"}, {"scheduled_for": "2026-03-03T09:00:00Z"}]
)
def test_planned_maintenance_is_no_incident(more: dict[str, Any]) -> None:
    assert "maintenance" in said("statuspage", hook(**more), names=NAMES).ignored


def test_an_incident_of_several_components_names_no_service() -> None:
    both = [{"name": "Shop"}, {"name": "Cart"}]
    [event] = said("statuspage", hook(components=both), names=NAMES).events
    assert "service" not in event.content
    assert details_of(event).more["components"] == ["Shop", "Cart"]
    names = Names(environment="production", services={"Shop": "shop", "Cart": "shop"})
    assert said("statuspage", hook(components=both), names=names).events[0].content["service"] == {
        "id": "shop"
    }


@pytest.mark.parametrize("new", ["major_outage", "partial_outage"])
def test_a_component_that_goes_out_is_an_incident_of_its_service(new: str) -> None:
    [event] = said("statuspage", component("operational", new), names=NAMES).events
    assert (event.type, event.subject_id) == (IncidentDetected.TYPE, "component/c1")
    assert event.content["service"] == {"id": "Shop"}
    assert details_of(event).more == {"oldStatus": "operational", "newStatus": new}


@pytest.mark.parametrize(
    "old", ["major_outage", "partial_outage", "degraded_performance", "under_maintenance"]
)
def test_a_component_that_is_operational_again_is_restored(old: str) -> None:
    [event] = said("statuspage", component(old, "operational"), names=NAMES).events
    assert (event.type, event.subject_id) == (IncidentResolved.TYPE, "component/c1")


@pytest.mark.parametrize("new", ["degraded_performance", "under_maintenance", "of tomorrow"])
def test_a_component_that_is_neither_out_nor_back_is_ignored(new: str) -> None:
    assert new in said("statuspage", component("operational", new), names=NAMES).ignored


def test_a_component_without_a_name_is_called_by_its_number() -> None:
    [event] = said("statuspage", component("operational", "major_outage", component=None), names=NAMES).events
    assert event.content["service"] == {"id": "c1"}


def test_no_environment_is_unmapped_and_never_guessed() -> None:
    for told in (hook(), component("operational", "major_outage")):
        found = said("statuspage", told)
        assert found.events == ()
        assert "names.environment" in found.unmapped[0].remedy
    [event] = said("statuspage", hook(), names=Names(environments={"p1": "production"})).events
    assert event.content["environment"] == {"id": "production"}


def test_what_is_about_neither_is_ignored() -> None:
    assert said("statuspage", {"page": {"id": "p1"}}).ignored


@given(document=any_json)
def test_no_document_at_all_breaks_it(document: Any) -> None:
    check_nothing_breaks("statuspage", document)


@given(data=st.data())
def test_a_wrong_value_anywhere_is_unmapped_or_harmless(data: st.DataObject) -> None:
    told = (update("resolved", "09:40:00"), update("investigating", "09:00:01"))
    check_nothing_breaks("statuspage", altered(hook(*told), data))
    check_nothing_breaks("statuspage", altered(component("operational", "major_outage"), data))
