"""PagerDuty: webhooks and the REST API say the same of an incident."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.payloads import every_real, real, said
from tests.intake.strange_values import altered, any_json, check_nothing_breaks

from strandline.vocabulary.details import details_of
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import (
    IncidentAcknowledged,
    IncidentDetected,
    IncidentReopened,
    IncidentResolved,
)

NAMES = Names(environment="production")
ADA = {"id": "U1", "type": "user_reference", "summary": "Ada Example"}
INTEGRATION = {"id": "I1", "type": "integration_reference", "summary": "Prometheus"}


def incident(**more: Any) -> dict[str, Any]:
    """Return an incident, as both have it."""
    return {
        "id": "Q1",
        "type": "incident",
        "html_url": "https://acme.pagerduty.com/incidents/Q1",
        "status": "triggered",
        "title": "The shop is slow",
        "created_at": "2026-03-02T09:00:00Z",
        "service": {"id": "S1", "type": "service_reference", "summary": "Shop"},
        **more,
    }


def hook(event_type: str, data: Any = None, **more: Any) -> dict[str, Any]:
    """Return a webhook."""
    return {
        "event": {
            "id": "E1",
            "event_type": event_type,
            "occurred_at": "2026-03-02T09:10:00.816Z",
            "agent": ADA,
            "data": data or incident(),
            **more,
        }
    }


@pytest.mark.parametrize("file", every_real("pagerduty"), ids=lambda file: file.name)
def test_every_real_webhook_is_read(file: Any) -> None:
    assert not said("pagerduty", real("pagerduty", file.name), names=NAMES).unmapped


def test_a_real_incident_is_detected_and_another_resolved_by_a_person() -> None:
    [began] = said("pagerduty", real("pagerduty", "zulip.triggered_v3.json"), names=NAMES).events
    [ended] = said("pagerduty", real("pagerduty", "zulip.resolved_v3.json"), names=NAMES).events
    assert (began.type, ended.type) == (IncidentDetected.TYPE, IncidentResolved.TYPE)
    assert began.occurred_at == datetime(2021, 6, 4, 13, 35, 29, tzinfo=UTC)
    assert began.actor == ended.actor == "PIG 208"
    assert began.content["service"] == {"id": "pig208"}
    assert details_of(ended).environment == "production"
    assert (ended.source, ended.subject_id) == ("https://pig208.pagerduty.com", "PCPZE64")


@pytest.mark.parametrize(
    ("event_type", "fact"),
    [
        ("incident.triggered", IncidentDetected),
        ("incident.acknowledged", IncidentAcknowledged),
        ("incident.resolved", IncidentResolved),
        ("incident.reopened", IncidentReopened),
    ],
)
def test_each_turn_of_an_incident_is_a_fact_of_its_own(event_type: str, fact: Any) -> None:
    [event] = said("pagerduty", hook(event_type), names=NAMES).events
    assert (event.type, event.subject_id) == (fact.TYPE, "Q1")


@pytest.mark.parametrize(
    "event_type", ["incident.annotated", "incident.delegated", "pagey.ping", "of tomorrow"]
)
def test_other_events_are_ignored_and_say_why(event_type: str) -> None:
    found = said("pagerduty", hook(event_type, data={"type": "incident_note", "id": 5}))
    assert event_type in found.ignored


def test_a_backfill_gives_the_same_events_as_the_webhooks() -> None:
    over = incident(status="resolved", resolved_at="2026-03-02T09:10:00Z", last_status_change_by=ADA)
    by_hook = [
        *said("pagerduty", hook("incident.triggered", agent=None), names=NAMES).events,
        *said("pagerduty", hook("incident.resolved", over), names=NAMES).events,
    ]
    for answer in ({"incident": over}, {"incidents": [over], "more": False}, over):
        assert list(said("pagerduty", answer, names=NAMES).events) == by_hook


def test_who_began_it_by_hand_is_in_the_log_that_a_backfill_asks_for() -> None:
    by_hook = said("pagerduty", hook("incident.triggered"), names=NAMES).events
    told = incident(first_trigger_log_entry={"type": "trigger_log_entry", "agent": ADA})
    assert said("pagerduty", {"incident": told}, names=NAMES).events == by_hook
    assert by_hook[0].actor == "Ada Example"


def test_a_backfill_tells_who_has_taken_an_incident_on() -> None:
    taken = incident(
        status="acknowledged", acknowledgements=[{"at": "2026-03-02T09:10:00Z", "acknowledger": ADA}]
    )
    by_hook = said("pagerduty", hook("incident.acknowledged", taken), names=NAMES).events
    assert said("pagerduty", {"incident": taken}, names=NAMES).events[1:] == by_hook


def test_older_answers_tell_the_end_as_the_last_change_of_status() -> None:
    over = incident(status="resolved", last_status_change_at="2026-03-02T09:10:00Z")
    assert said("pagerduty", over, names=NAMES).events[1].occurred_at == datetime(
        2026, 3, 2, 9, 10, tzinfo=UTC
    )


def test_a_webhook_without_the_time_of_creation_has_its_own_time() -> None:
    told = incident()
    del told["created_at"]
    [event] = said("pagerduty", hook("incident.triggered", told), names=NAMES).events
    assert event.occurred_at == datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize("agent", [None, INTEGRATION])
def test_what_a_program_did_has_no_actor(agent: Any) -> None:
    [event] = said("pagerduty", hook("incident.resolved", agent=agent), names=NAMES).events
    assert event.actor == ""


def test_a_service_may_say_which_environment_it_is_in() -> None:
    for key in ("S1", "Shop"):
        names = Names(environments={key: "staging"}, services={"S1": "shop"})
        [event] = said("pagerduty", hook("incident.triggered"), names=names).events
        assert event.content["environment"] == {"id": "staging"}
        assert event.content["service"] == {"id": "shop"}


def test_custom_fields_say_service_and_environment() -> None:
    fields = [
        {"name": "environment", "display_name": "Environment", "value": "production"},
        {"name": "kind", "display_name": "app", "value": "cart"},
        {"name": "env", "value": ["several"]},
    ]
    [event] = said("pagerduty", hook("incident.triggered", incident(custom_fields=fields))).events
    assert (details_of(event).environment, details_of(event).service) == ("production", "cart")


def test_no_environment_is_unmapped_and_never_guessed() -> None:
    found = said("pagerduty", hook("incident.triggered"))
    assert (found.events, found.unmapped[0].where) == ((), "event.data.service")
    assert said("pagerduty", {"incidents": [incident()]}).unmapped[0].where == "incidents[0].service"
    assert said("pagerduty", hook("incident.triggered", incident(service=None))).unmapped


def test_an_incident_that_was_merged_into_another_says_so() -> None:
    reason = {"type": "merge_resolve_reason", "incident": {"id": "Q2"}}
    [event] = said(
        "pagerduty", hook("incident.resolved", incident(resolve_reason=reason)), names=NAMES
    ).events
    assert details_of(event).more == {"resolveReason": "merge_resolve_reason", "mergedInto": "Q2"}
    reason = {"type": "of tomorrow"}
    [event] = said(
        "pagerduty", hook("incident.resolved", incident(resolve_reason=reason)), names=NAMES
    ).events
    assert details_of(event).more == {"resolveReason": "of tomorrow"}


def test_one_strange_incident_loses_none_of_the_others() -> None:
    found = said("pagerduty", {"incidents": [{"id": ""}, incident(), incident(created_at=None)]}, names=NAMES)
    assert len(found.events) == 1
    assert [each.where for each in found.unmapped] == ["incidents[0].id", "incidents[2].created_at"]


def test_a_strange_end_does_not_lose_the_beginning() -> None:
    found = said("pagerduty", incident(status="resolved", acknowledgements=[5]), names=NAMES)
    assert [each.type for each in found.events] == [IncidentDetected.TYPE]
    assert [each.where for each in found.unmapped] == ["acknowledgements[0]", "last_status_change_at"]


def test_an_older_webhook_is_unmapped_with_a_remedy() -> None:
    found = said("pagerduty", {"messages": [{"event": "incident.trigger"}]})
    assert "version 3" in found.unmapped[0].remedy


@given(document=any_json)
def test_no_document_at_all_breaks_it(document: Any) -> None:
    check_nothing_breaks("pagerduty", document)


@given(data=st.data(), event_type=st.sampled_from(["incident.triggered", "incident.resolved"]))
def test_a_wrong_value_anywhere_is_unmapped_or_harmless(data: st.DataObject, event_type: str) -> None:
    check_nothing_breaks("pagerduty", altered(hook(event_type), data))
    over = incident(
        status="resolved", resolved_at="2026-03-02T09:10:00Z", acknowledgements=[{"at": 1772442600}]
    )
    check_nothing_breaks("pagerduty", altered({"incidents": [over]}, data))
