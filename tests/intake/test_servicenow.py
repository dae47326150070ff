"""ServiceNow: changes and incidents, in the three shapes that the same record comes in."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.payloads import every_real, real, said
from tests.intake.strange_values import altered, any_json, check_nothing_breaks

from strandline.vocabulary.approval import ApprovalClosed, ApprovalCreated
from strandline.vocabulary.details import details_of
from strandline.vocabulary.feed import Names
from strandline.vocabulary.incident import IncidentDetected, IncidentReopened, IncidentResolved
from strandline.vocabulary.ticket import TicketClosed, TicketCreated, TicketUpdated

NAMES = Names(environment="production")
SITE = "https://acme.service-now.com"
ID, SHOP, ADA = "a" * 32, "b" * 32, "c" * 32


def change(**more: Any) -> dict[str, Any]:
    """Return a change as values: all texts, times in UTC."""
    return {
        "sys_id": ID,
        "number": "CHG0040001",
        "sys_class_name": "change_request",
        "short_description": "Deploy shop 4.2",
        "type": "normal",
        "state": "-2",
        "active": "true",
        "approval": "not requested",
        "priority": "4",
        "cmdb_ci": SHOP,
        "opened_by": ADA,
        "assigned_to": "",
        "on_hold": "false",
        "close_code": "",
        "closed_at": "",
        "sys_created_on": "2026-03-01 23:55:10",
        "sys_created_by": "ada",
        "sys_updated_on": "2026-03-02 00:34:32",
        "sys_updated_by": "bo",
        **more,
    }


def displayed() -> dict[str, Any]:
    """Return the same change as a user in Los Angeles saw it."""
    link = f"{SITE}/api/now/table"
    return change(
        sys_class_name="Change Request",
        type="Normal",
        state="Scheduled",
        priority="4 - Low",
        cmdb_ci={"display_value": "Shop", "link": f"{link}/cmdb_ci/{SHOP}"},
        opened_by={"display_value": "Ada Example", "link": f"{link}/sys_user/{ADA}"},
        sys_created_on="2026-03-01 15:55:10",
        sys_updated_on="2026-03-01 16:34:32",
    )


def both() -> dict[str, Any]:
    """Return the same change as values with what was displayed, and typed."""
    shown, link = displayed(), f"{SITE}/api/now/table"
    pairs = {
        name: {"value": value, "display_value": shown[name], "display_value_internal": shown[name]}
        for name, value in change().items()
    }
    pairs["state"] = {"value": -2.0, "display_value": "Scheduled"}
    pairs["active"] = {"value": True, "display_value": "true"}
    pairs["closed_at"] = {"value": None, "display_value": None}
    pairs["cmdb_ci"] = {"value": SHOP, "display_value": "Shop", "link": f"{link}/cmdb_ci/{SHOP}"}
    pairs["opened_by"] = {"value": ADA, "display_value": "Ada Example", "link": f"{link}/sys_user/{ADA}"}
    return pairs


def incident(**more: Any) -> dict[str, Any]:
    """Return an incident as values."""
    told = change(
        number="INC0010001",
        sys_class_name="incident",
        state="2",
        opened_at="2026-03-01 23:50:00",
        resolved_at="",
        reopened_time="",
    )
    return {**told, **more}


def types(found: Any) -> list[str]:
    """Return the types of the events."""
    return [each.type for each in found.events]


@pytest.mark.parametrize("file", every_real("servicenow"), ids=lambda file: file.name)
def test_every_payload_is_read_or_says_what_is_missing(file: Any) -> None:
    found = said("servicenow", real("servicenow", file.name), names=NAMES)
    assert {each.where for each in found.unmapped} <= {"result[0].opened_by"}


def test_a_scheduled_change_was_approved_at_some_time_before() -> None:
    found = said("servicenow", real("servicenow", "table-api.normal.scheduled.json"), names=NAMES)
    assert types(found) == [TicketUpdated.TYPE, ApprovalClosed.TYPE]
    updated, approved = found.events
    assert updated.occurred_at == approved.occurred_at == datetime(2026, 3, 1, 9, 20, tzinfo=UTC)
    assert updated.actor == ""
    assert details_of(updated).service == "c" * 32
    assert details_of(updated).environment == "production"
    assert approved.content["status"] == "approved"
    assert details_of(approved).more == {"isLatestPossible": True}


def test_an_emergency_waits_for_consent_at_once() -> None:
    found = said("servicenow", real("servicenow", "table-api.emergency.authorize.json"))
    assert types(found) == [TicketUpdated.TYPE, ApprovalCreated.TYPE]
    assert details_of(found.events[0]).more["type"] == "emergency"
    assert details_of(found.events[0]).more["conflictStatus"] == "Conflict"


def test_an_unsuccessful_change_says_so_in_its_resolution() -> None:
    closed, approved = said(
        "servicenow", real("servicenow", "table-api.normal.closed-unsuccessful.json")
    ).events
    assert (closed.type, closed.content["resolution"]) == (TicketClosed.TYPE, "unsuccessful")
    assert closed.occurred_at == datetime(2026, 3, 2, 21, 15, tzinfo=UTC)
    # Work began only after it was approved.
    assert approved.occurred_at == datetime(2026, 3, 2, 20, 1, tzinfo=UTC)


def test_other_answers_hold_no_record() -> None:
    for file in ("sn_chg_rest.nextstates.json", "sn_chg_rest.conflict.start.response.json"):
        assert said("servicenow", real("servicenow", file)).ignored


def test_the_three_shapes_of_a_record_say_the_same() -> None:
    names = Names(
        environment="production",
        services={SHOP: "shop"},
        zone="America/Los_Angeles",
    )
    found = [said("servicenow", {"result": each}, names=names) for each in (change(), displayed(), both())]
    for each in found:
        assert types(each) == [TicketCreated.TYPE, TicketUpdated.TYPE]
        assert [event.subject_id for event in each.events] == [ID, ID]
        assert {event.source for event in each.events} == {"/servicenow"}
        assert each.events[0].occurred_at == datetime(2026, 3, 1, 23, 55, 10, tzinfo=UTC)
        assert each.events[1].occurred_at == datetime(2026, 3, 2, 0, 34, 32, tzinfo=UTC)
        assert details_of(each.events[1]).service == "shop"
        assert details_of(each.events[1]).tickets == ("CHG0040001",)
    assert [each.events[0].actor for each in found] == [ADA, "Ada Example", "Ada Example"]


def test_a_value_is_in_utc_and_what_is_displayed_is_not() -> None:
    updated = said("servicenow", both()).events[1]
    assert updated.occurred_at == datetime(2026, 3, 2, 0, 34, 32, tzinfo=UTC)


def test_times_that_a_user_saw_are_not_read_without_their_zone() -> None:
    for told in (displayed(), change(sys_class_name="Change Request")):
        found = said("servicenow", {"result": [told]})
        assert (found.events, found.unmapped[0].where) == ((), "result[0].sys_updated_on")
        assert "sysparm_display_value=all" in found.unmapped[0].remedy


@pytest.mark.parametrize(
    ("zone", "time"), [("Europe/Nowhere", "2026-03-01 16:34:32"), ("Europe/Zurich", "01.03.2026 16:34:32")]
)
def test_a_time_that_cannot_be_read_in_its_zone_is_unmapped(zone: str, time: str) -> None:
    found = said("servicenow", {**displayed(), "sys_updated_on": time}, names=Names(zone=zone))
    assert "sys_updated_on" in {each.where for each in found.unmapped}


def test_a_time_with_a_zone_of_its_own_needs_no_other() -> None:
    told = {**displayed(), "sys_updated_on": "2026-03-02T01:34:32+01:00"}
    event = said("servicenow", told, names=Names(zone="America/Los_Angeles")).events[1]
    assert event.occurred_at == datetime(2026, 3, 2, 0, 34, 32, tzinfo=UTC)
    event = said("servicenow", change(sys_updated_on="2026-03-02T00:34:32Z")).events[1]
    assert event.occurred_at == datetime(2026, 3, 2, 0, 34, 32, tzinfo=UTC)


def test_a_result_is_a_record_or_several_or_none() -> None:
    alone = said("servicenow", change()).events
    for told in ({"result": change()}, {"result": [change()]}, {"records": [change()]}, [change()]):
        assert said("servicenow", told).events == alone
    assert said("servicenow", {"result": []}).ignored


def test_a_record_that_is_read_again_says_the_same() -> None:
    first = said("servicenow", change()).events
    later = said("servicenow", change(state="-1", sys_updated_on="2026-03-02 08:00:00", priority="1")).events
    assert later[0] == first[0]
    assert later[1] != first[1]


def test_a_record_that_was_never_altered_is_only_created() -> None:
    assert types(said("servicenow", change(sys_updated_on="2026-03-01 23:55:10"))) == [TicketCreated.TYPE]
    assert types(said("servicenow", change(sys_updated_on=""))) == [TicketCreated.TYPE]


def test_references_lead_to_the_instance() -> None:
    event = said("servicenow", both()).events[0]
    assert event.content["uri"] == f"{SITE}/change_request.do?sys_id={ID}"
    assert details_of(event).url == event.content["uri"]
    assert said("servicenow", change()).events[0].content["uri"] == f"/change_request.do?sys_id={ID}"


def test_a_closed_record_is_known_by_being_inactive_whatever_its_state_is_called() -> None:
    own = change(
        state={"value": "11", "display_value": "Closed Complete"}, active="false", type="Comprehensive"
    )
    event = said("servicenow", own).events[1]
    assert (event.type, event.content["resolution"]) == (TicketClosed.TYPE, "Closed Complete")
    assert details_of(event).more["stateLabel"] == "Closed Complete"
    assert details_of(event).more["type"] == "Comprehensive"
    assert said("servicenow", change(state="3", active="true")).events[1].type == TicketUpdated.TYPE


@pytest.mark.parametrize(
    ("more", "resolution"),
    [
        ({"state": "3", "close_code": "successful_issues"}, "successful_issues"),
        ({"state": "3"}, "closed"),
        ({"state": "4"}, "cancelled"),
        ({"state": "17", "closed_at": "2026-03-02 00:30:00"}, "closed"),
    ],
)
def test_without_that_the_time_of_closing_or_the_state_decides(more: dict[str, str], resolution: str) -> None:
    told = change(**more, closed_by="cy")
    del told["active"]
    event = said("servicenow", told).events[1]
    assert (event.type, event.content["resolution"]) == (TicketClosed.TYPE, resolution)
    assert event.actor == "cy"


def test_a_closed_record_without_any_time_is_unmapped() -> None:
    found = said("servicenow", change(active="false", sys_updated_on=""))
    assert (types(found), found.unmapped[0].where) == ([TicketCreated.TYPE], "closed_at")


def test_a_change_on_hold_says_so_beside_its_approval() -> None:
    told = change(
        approval="approved", on_hold="true", on_hold_reason="Lockdown", approval_set="2026-03-02 00:10:00"
    )
    _, updated, approved = said("servicenow", told).events
    assert details_of(approved).more == {"onHold": True, "onHoldReason": "Lockdown"}
    assert details_of(updated).more["onHold"] is True
    assert approved.occurred_at == datetime(2026, 3, 2, 0, 10, tzinfo=UTC)
    held = said("servicenow", change(on_hold={"value": True})).events[1]
    assert "onHoldReason" not in details_of(held).more


@pytest.mark.parametrize(
    ("approval", "status"), [("approved", "approved"), ("rejected", "rejected"), ("Cancelled", "cancelled")]
)
def test_consent_is_given_refused_or_withdrawn(approval: str, status: str) -> None:
    event = said("servicenow", change(approval=approval)).events[2]
    assert (event.content["status"], event.subject_id) == (status, f"{ID}/approval")


def test_consent_that_nobody_dates_is_unmapped() -> None:
    found = said("servicenow", change(approval="approved", sys_updated_on=""))
    assert found.unmapped[0].where == "approval_set"


def test_an_incident_is_a_ticket_and_an_incident() -> None:
    found = said("servicenow", incident(), names=NAMES)
    assert types(found) == [TicketCreated.TYPE, TicketUpdated.TYPE, IncidentDetected.TYPE]
    assert found.events[2].occurred_at == datetime(2026, 3, 1, 23, 50, tzinfo=UTC)
    assert found.events[2].content["service"] == {"id": SHOP}


def test_an_incident_without_an_environment_is_still_a_ticket() -> None:
    found = said("servicenow", incident())
    assert types(found) == [TicketCreated.TYPE, TicketUpdated.TYPE]
    assert "environment" in found.unmapped[0].what


def test_fields_of_their_own_say_service_and_environment() -> None:
    names = Names(environment_fields=("u_environment",), service_fields=("u_service",))
    own = incident(
        u_environment={"value": "prod", "display_value": "Production"}, u_service="Shop", cmdb_ci=""
    )
    event = said("servicenow", own, names=names).events[2]
    assert (event.content["environment"], event.content["service"]) == ({"id": "prod"}, {"id": "Shop"})
    known = Names(environment_fields=("u_environment",), environments={"Production": "live"})
    assert said("servicenow", own, names=known).events[2].content["environment"] == {"id": "live"}
    nowhere = said("servicenow", incident(cmdb_ci=""), names=NAMES).events[2]
    assert "service" not in nowhere.content


@pytest.mark.parametrize(
    ("more", "time"),
    [
        ({"state": "6", "resolved_at": "2026-03-02 00:20:00"}, "2026-03-02T00:20:00Z"),
        ({"state": "6"}, "2026-03-02T00:34:32Z"),
        ({"state": "42", "resolved_at": "2026-03-02 00:20:00"}, "2026-03-02T00:20:00Z"),
        ({"active": "false", "closed_at": "2026-03-02 00:30:00"}, "2026-03-02T00:30:00Z"),
        (
            {
                "active": "false",
                "resolved_at": "2026-03-02 00:20:00",
                "reopened_time": "2026-03-02 00:25:00",
                "closed_at": "2026-03-02 00:30:00",
            },
            "2026-03-02T00:30:00Z",
        ),
    ],
)
def test_an_incident_is_over_when_it_was_resolved(more: dict[str, str], time: str) -> None:
    event = said("servicenow", incident(**more), names=NAMES).events[-1]
    assert (event.type, event.occurred_at) == (IncidentResolved.TYPE, datetime.fromisoformat(time))


def test_how_an_incident_was_resolved_and_by_whom_is_told() -> None:
    over = incident(state="6", resolved_at="2026-03-02 00:20:00", resolved_by="cy", close_code="Workaround")
    event = said("servicenow", over, names=NAMES).events[-1]
    assert (event.actor, details_of(event).more) == ("cy", {"closeCode": "Workaround"})


@pytest.mark.parametrize("state", ["2", "42"])
def test_a_resolution_that_was_taken_back_counts_no_more(state: str) -> None:
    again = incident(state=state, resolved_at="2026-03-02 00:20:00", reopened_time="2026-03-02 00:25:00")
    found = said("servicenow", again, names=NAMES)
    assert types(found)[2:] == [IncidentDetected.TYPE, IncidentReopened.TYPE]


def test_a_record_without_its_own_number_is_unmapped() -> None:
    found = said("servicenow", change(sys_id=""))
    assert (found.events, found.unmapped[0].where) == ((), "sys_id")


def test_the_number_says_the_table_where_the_record_does_not() -> None:
    for number, kind in (("CHG1", "change"), ("INC1", "incident")):
        told = change(number=number)
        del told["sys_class_name"]
        assert said("servicenow", told, names=NAMES).events[0].content["ticketType"] == kind
    named = {**displayed(), "sys_class_name": "Änderungsantrag"}
    assert said("servicenow", named, names=Names(zone="Europe/Zurich")).events


def test_records_of_other_tables_are_ignored() -> None:
    assert "problem" in said("servicenow", change(sys_class_name="problem")).ignored
    assert "not named" in said("servicenow", {"number": "X1"}).ignored


def test_a_record_without_times_and_one_without_an_opener_are_told_apart() -> None:
    bare = {"sys_id": ID, "sys_class_name": "change_request"}
    assert said("servicenow", bare).ignored
    found = said("servicenow", {**bare, "sys_created_on": "2026-03-01 23:55:10"})
    assert found.unmapped[0].where == "opened_by"


def test_a_strange_record_loses_none_of_the_others() -> None:
    found = said("servicenow", {"result": [5, change(sys_updated_on="soon"), change()]})
    assert types(found) == [TicketCreated.TYPE, TicketCreated.TYPE, TicketUpdated.TYPE]
    assert [each.where for each in found.unmapped] == ["result[0]", "result[1].sys_updated_on"]


def test_fields_of_other_forms_are_no_obstacle() -> None:
    assert said("servicenow", change(watch_list=["ada"], variables={"a": {"b": 1}}, u_ratio=0.5)).events


@given(document=any_json)
def test_no_document_at_all_breaks_it(document: Any) -> None:
    check_nothing_breaks("servicenow", document)
    check_nothing_breaks("servicenow", {"result": [document]})


@given(data=st.data())
def test_a_wrong_value_anywhere_is_unmapped_or_harmless(data: st.DataObject) -> None:
    names = Names(environment="production", zone="Europe/Zurich")
    for told in (change(approval="approved"), displayed(), both(), incident(state="6")):
        check_nothing_breaks("servicenow", altered({"result": [told]}, data), names)
