"""Opsgenie: an alert from its creation to its close, and its two units of time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.payloads import every_real, real, said
from tests.intake.strange_values import altered, any_json, check_nothing_breaks

from strandline.vocabulary.details import details_of
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import IncidentAcknowledged, IncidentDetected, IncidentResolved

CREATED = 1_772_442_000_288
UPDATED = 1_772_442_600_288_000_110


def hook(action: str, **more: Any) -> dict[str, Any]:
    """Return a webhook."""
    alert = {
        "alertId": "a-1",
        "message": "The shop is slow",
        "tags": ["vip", "env:production"],
        "entity": "shop",
        "alias": "shop-slow",
        "createdAt": CREATED,
        "updatedAt": UPDATED,
        "username": "ada@acme.org",
        "priority": 3,
    }
    return {"action": action, "alert": {**alert, **more}, "source": {"name": "web", "type": "API"}}


@pytest.mark.parametrize("file", every_real("opsgenie"), ids=lambda file: file.name)
def test_every_real_webhook_is_read(file: Any) -> None:
    assert not said("opsgenie", real("opsgenie", file.name), names=Names(environment="production")).unmapped


def test_a_real_alert_is_detected_when_it_was_created() -> None:
    names = Names(environment="production")
    [event] = said("opsgenie", real("opsgenie", "zulip.create.json"), names=names).events
    assert event.type == IncidentDetected.TYPE
    assert event.occurred_at == datetime(2017, 8, 14, 11, 25, 56, 288000, tzinfo=UTC)
    assert (event.actor, event.content["service"]) == ("test@example.com", {"id": "Server"})
    assert event.subject_id == "ec03dad6-62c8-4c94-b38b-d88f398e900f"


def test_milliseconds_and_nanoseconds_are_ten_minutes_apart() -> None:
    began, ended = said("opsgenie", hook("Create")).events[0], said("opsgenie", hook("Close")).events[0]
    assert ended.occurred_at - began.occurred_at == timedelta(minutes=10)
    assert (ended.type, ended.subject_id) == (IncidentResolved.TYPE, began.subject_id)


def test_an_alert_that_is_taken_on_is_acknowledged_even_without_an_environment() -> None:
    [event] = said("opsgenie", hook("Acknowledge", tags=None)).events
    assert (event.type, event.actor) == (IncidentAcknowledged.TYPE, "ada@acme.org")


@pytest.mark.parametrize("action", ["AddNote", "Snooze", "EscalateNext", "Some custom action"])
def test_other_actions_are_ignored_and_say_why(action: str) -> None:
    assert action in said("opsgenie", {"action": action, "alert": {"alertId": 5}}).ignored


def test_a_deleted_alert_is_not_said_to_be_resolved() -> None:
    found = said("opsgenie", hook("Delete"))
    assert (found.events, found.unmapped[0].where) == ((), "action")


@pytest.mark.parametrize("tag", ["environment:production", "env = production", "cluster:production"])
def test_a_tag_says_which_environment_it_is(tag: str) -> None:
    [event] = said("opsgenie", hook("Create", tags=["environment:", tag])).events
    assert event.content["environment"] == {"id": "production"}


def test_a_plain_tag_counts_only_if_it_is_a_known_name() -> None:
    assert said("opsgenie", hook("Create", tags=["prod"])).unmapped[0].where == "alert.tags"
    names = Names(environments={"prod": "production"}, services={"checkout": "shop"})
    [event] = said("opsgenie", hook("Create", tags=["prod", "checkout"], entity="x"), names=names).events
    assert (details_of(event).environment, details_of(event).service) == ("production", "shop")


def test_custom_properties_are_not_read_as_the_close_does_not_bring_them() -> None:
    assert said("opsgenie", hook("Create", tags=[], details={"env": "production"})).unmapped


def test_the_remedy_holds_where_no_tag_is_agreed_on() -> None:
    found = said("opsgenie", hook("Create"), names=Names(environment_fields=()))
    assert "names.environment" in found.unmapped[0].remedy


@pytest.mark.parametrize(("alias", "service"), [("shop-slow", "shop-slow"), ("a-1", ""), (None, "")])
def test_an_alias_names_the_service_unless_it_is_the_alerts_own_id(alias: Any, service: str) -> None:
    [event] = said("opsgenie", hook("Create", entity="", alias=alias)).events
    assert details_of(event).service == service


@pytest.mark.parametrize(
    ("priority", "more"), [(3, {"priority": "3"}), ("P3", {"priority": "P3"}), (None, {})]
)
def test_the_priority_is_a_number_or_a_text(priority: Any, more: Any) -> None:
    [event] = said("opsgenie", hook("Create", priority=priority)).events
    assert details_of(event).more == more


def test_an_alert_without_its_time_of_creation_began_when_it_was_last_altered() -> None:
    [event] = said("opsgenie", hook("Create", createdAt=None)).events
    assert event.occurred_at == datetime(2026, 3, 2, 9, 10, 0, 288000, tzinfo=UTC)


@given(document=any_json)
def test_no_document_at_all_breaks_it(document: Any) -> None:
    check_nothing_breaks("opsgenie", document)


@given(data=st.data(), action=st.sampled_from(["Create", "Close", "Acknowledge"]))
def test_a_wrong_value_anywhere_is_unmapped_or_harmless(data: st.DataObject, action: str) -> None:
    check_nothing_breaks("opsgenie", altered(hook(action), data))
