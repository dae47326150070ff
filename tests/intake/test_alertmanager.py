"""Alertmanager: an incident for each alert, and the traps in its messages."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.payloads import every_real, real, said
from tests.intake.strange_values import altered, any_json, check_nothing_breaks

from strandline.vocabulary.details import details_of
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import IncidentDetected, IncidentResolved

NEVER = "0001-01-01T00:00:00Z"


def alert(**more: Any) -> dict[str, Any]:
    """Return an alert that fires."""
    return {
        "status": "firing",
        "labels": {"alertname": "TooSlow", "service": "shop", "env": "production"},
        "annotations": {"summary": "The shop is slow", "description": "p99 is 2.1 s"},
        "startsAt": "2026-03-02T09:00:00.5Z",
        "endsAt": NEVER,
        "generatorURL": "http://prometheus.acme.org/graph",
        "fingerprint": "c0ffee",
        **more,
    }


def message(*alerts: Any, **more: Any) -> dict[str, Any]:
    """Return a message of Alertmanager."""
    return {"version": "4", "status": "firing", "externalURL": "http://am.acme.org", "alerts": alerts} | more


@pytest.mark.parametrize("file", every_real("alertmanager"), ids=lambda file: file.name)
def test_every_real_message_is_read(file: Any) -> None:
    assert said("alertmanager", real("alertmanager", file.name), names=Names(environment="production")).events


def test_a_real_alert_without_status_and_fingerprint_has_begun_and_not_ended() -> None:
    [event] = said(
        "alertmanager",
        real("alertmanager", "prom_post_request.json"),
        names=Names(environment="production", services={"docker_nodes": "nodes"}),
    ).events
    assert event.type == IncidentDetected.TYPE
    assert event.occurred_at == datetime(2018, 3, 7, 11, 33, 21, 873077, tzinfo=UTC)
    assert event.content["environment"] == {"id": "production"}
    assert event.content["service"] == {"id": "nodes"}
    assert (event.actor, details_of(event).commit) == ("", "")


def test_a_real_alert_without_an_environment_is_unmapped_and_never_guessed() -> None:
    found = said("alertmanager", real("alertmanager", "prom_post_request.json"))
    assert (found.events, found.unmapped[0].where) == ((), "alerts[0].labels")


def test_each_alert_is_an_incident_and_not_the_message() -> None:
    first, second = said("alertmanager", message(alert(), alert(fingerprint="bead"))).events
    assert first.subject_id != second.subject_id


def test_an_alert_that_is_over_began_and_ended_while_the_group_still_fires() -> None:
    over = alert(status="resolved", endsAt="2026-03-02T09:30:00Z")
    began, ended = said("alertmanager", message(over)).events
    assert (began.type, ended.type) == (IncidentDetected.TYPE, IncidentResolved.TYPE)
    assert began.subject_id == ended.subject_id
    assert ended.occurred_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_the_beginning_is_one_event_however_often_it_is_told() -> None:
    first = said("alertmanager", message(alert())).events[0]
    other_value = {"summary": "The shop is slow", "description": "p99 is 3.4 s"}
    again = alert(status="resolved", endsAt="2026-03-02T09:30:00Z", annotations=other_value)
    assert said("alertmanager", message(again)).events[0] == first


def test_the_same_alert_at_another_time_is_another_incident() -> None:
    first = said("alertmanager", message(alert())).events[0]
    later = said("alertmanager", message(alert(startsAt="2026-03-03T09:00:00Z"))).events[0]
    assert first.subject_id != later.subject_id


def test_the_end_that_a_firing_alert_states_is_a_forecast() -> None:
    [event] = said("alertmanager", message(alert(endsAt="2026-03-02T09:04:00Z"))).events
    assert event.type == IncidentDetected.TYPE


def test_without_a_status_the_end_decides() -> None:
    old = alert(endsAt="2026-03-02T09:30:00Z")
    del old["status"]
    assert [each.type for each in said("alertmanager", message(old)).events][1] == IncidentResolved.TYPE


def test_labels_take_the_place_of_a_missing_fingerprint() -> None:
    one, other = alert(), alert(labels={"alertname": "TooSlow", "service": "cart", "env": "production"})
    del one["fingerprint"], other["fingerprint"]
    first, second, third = said("alertmanager", message(one, other, one)).events
    assert first.subject_id == third.subject_id != second.subject_id


def test_an_alert_that_is_over_without_an_end_is_still_told_to_have_begun() -> None:
    found = said("alertmanager", message(alert(status="resolved")))
    assert [each.type for each in found.events] == [IncidentDetected.TYPE]
    assert found.unmapped[0].where == "alerts[0].endsAt"


def test_a_strange_alert_loses_none_of_the_others() -> None:
    found = said("alertmanager", message({"labels": 5}, alert(startsAt="soon"), alert()))
    assert len(found.events) == 1
    assert [each.where for each in found.unmapped] == ["alerts[0].labels", "alerts[1].startsAt"]


def test_a_message_without_alerts_says_so() -> None:
    assert said("alertmanager", message()).ignored


def test_an_alert_need_not_say_much_about_itself() -> None:
    bare = {"labels": {"env": "production"}, "startsAt": "2026-03-02T09:00:00Z"}
    [event] = said("alertmanager", {"alerts": [bare]}).events
    assert (event.source, event.content) == ("/alertmanager", {"environment": {"id": "production"}})


@given(document=any_json)
def test_no_document_at_all_breaks_it(document: Any) -> None:
    check_nothing_breaks("alertmanager", document)


@given(data=st.data())
def test_a_wrong_value_anywhere_is_unmapped_or_harmless(data: st.DataObject) -> None:
    whole = message(alert(), alert(status="resolved", endsAt="2026-03-02T09:30:00Z"))
    check_nothing_breaks("alertmanager", altered({**whole, "alerts": list(whole["alerts"])}, data))
