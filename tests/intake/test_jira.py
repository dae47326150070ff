"""Jira: issues as tickets, incidents beside them, and the consent that changes wait for."""

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
CLOUD = {"accountId": "5c5f", "displayName": "Ada Example", "name": "ada"}
SERVER = {"name": "bo", "key": "JIRAUSER1", "displayName": "Bo Example"}
DONE = {"name": "Geschlossen", "statusCategory": {"key": "done"}}
OPEN = {"name": "In Arbeit", "statusCategory": {"key": "indeterminate"}}
AT = 1_772_442_600_000


def item(field: str, before: str | None = None, after: str | None = None) -> dict[str, Any]:
    """Return one field that was altered."""
    return {"field": field, "fieldtype": "jira", "fieldId": field, "fromString": before, "toString": after}


def hook(event: str, *items: Any, kind: str = "Bug", user: Any = CLOUD, **fields: Any) -> dict[str, Any]:
    """Return a webhook; without `issue_event_type_name`, as old servers and deletions have it."""
    return {
        "timestamp": AT,
        "webhookEvent": event,
        "user": user,
        "issue": {
            "id": "10040",
            "key": "SHOP-7",
            "self": "https://acme.atlassian.net/rest/api/2/issue/10040",
            "fields": {
                "summary": "The shop is slow",
                "issuetype": {"name": kind},
                "project": {"key": "SHOP", "name": "The shop"},
                "status": OPEN,
                "priority": {"name": "High"},
                "created": "2026-03-02T10:00:00.250+0100",
                "creator": CLOUD,
                "assignee": None,
                "labels": ["slow"],
                "components": [{"name": "checkout"}],
                "fixVersions": [],
                **fields,
            },
        },
        "changelog": {"id": "1", "items": list(items)},
    }


def updated(*items: Any, **more: Any) -> dict[str, Any]:
    """Return the webhook of an issue that was altered."""
    return hook("jira:issue_updated", *items, **more)


def approval(decision: str = "pending", **more: Any) -> dict[str, Any]:
    """Return a question for consent, as Jira Service Management has it."""
    return {
        "id": "12",
        "name": "Authorize",
        "finalDecision": decision,
        "approvers": [
            {"approver": CLOUD, "approverDecision": decision},
            {"approver": SERVER, "approverDecision": "pending"},
        ],
        "createdDate": {"epochMillis": AT, "iso8601": "2026-03-02T10:10:00+0100"},
        "completedDate": None if decision == "pending" else {"iso8601": "2026-03-02T11:00:00+0100"},
        "_links": {"self": "https://acme.atlassian.net/rest/servicedeskapi/request/SHOP-7/approval/12"},
        **more,
    }


def change(*approvals: Any) -> dict[str, Any]:
    """Return the webhook of a change that waits for consent, in a field that has another id everywhere."""
    return updated(kind="[System] Change", customfield_10099=list(approvals))


def types(found: Any) -> list[str]:
    """Return the types of the events."""
    return [each.type for each in found.events]


@pytest.mark.parametrize("file", every_real("jira-webhook"), ids=lambda file: file.name)
def test_every_real_webhook_is_read_or_said_to_be_ignored(file: Any) -> None:
    assert not said("jira", real("jira-webhook", file.name)).unmapped


@pytest.mark.parametrize(
    ("file", "fact", "at", "actor"),
    [
        ("webhook-issue-created.json", TicketCreated, "2019-02-16T03:01:52.971Z", "5c5f880629be9642ba529340"),
        (
            "webhook-cloud-issue-created-many-fields.json",
            TicketCreated,
            "2019-08-27T19:43:24.193Z",
            "5cedcb4355a88a0fc86388ba",
        ),
        (
            "webhook-issue-updated-assigned.json",
            TicketUpdated,
            "2019-02-16T03:18:01.752Z",
            "5c5f880629be9642ba529340",
        ),
        (
            "webhook-issue-updated-fix-version.json",
            TicketUpdated,
            "2019-02-16T03:07:51.789Z",
            "5c5f880629be9642ba529340",
        ),
        (
            "webhook-issue-updated-resolved.json",
            TicketClosed,
            "2019-02-16T03:15:40.507Z",
            "5c5f880629be9642ba529340",
        ),
        (
            "webhook-issue-updated-started-working.json",
            TicketUpdated,
            "2019-02-16T03:14:22.039Z",
            "5c5f880629be9642ba529340",
        ),
        ("webhook-server-issue-updated-closed.json", TicketClosed, "2019-08-14T03:07:58.358Z", "admin"),
        ("webhook-issue-deleted.json", TicketClosed, "2019-07-03T18:05:36.176Z", "5c5f880629be9642ba529340"),
        ("synthetic.jsm-change.approved.json", TicketUpdated, "2026-03-02T20:00:00Z", "557058:aaaa"),
    ],
)
def test_a_real_webhook_tells_what_happened_when_and_by_whom(
    file: str, fact: Any, at: str, actor: str
) -> None:
    [event] = said("jira", real("jira-webhook", file)).events
    assert event.type == fact.TYPE
    assert (event.occurred_at, event.actor) == (datetime.fromisoformat(at), actor)
    assert event.content["uri"] == f"{event.source}/browse/{event.subject_id}"


def test_a_real_issue_lives_at_its_instance() -> None:
    [event] = said("jira", real("jira-webhook", "webhook-issue-updated-resolved.json")).events
    assert (event.source, event.subject_id) == ("https://some-instance-test.atlassian.net", "TES-41")
    assert (event.content["resolution"], event.content["ticketType"]) == ("Done", "story")
    assert details_of(event).tickets == ("TES-41",)


def test_a_real_comment_is_ignored_as_it_alters_no_issue() -> None:
    found = said("jira", real("jira-webhook", "webhook-cloud-comment-created.json"))
    assert "comment_created" in found.ignored


@pytest.mark.parametrize(("user", "name"), [(CLOUD, "5c5f"), (SERVER, "bo"), ({"key": "k"}, "k"), (None, "")])
def test_cloud_and_server_call_people_differently(user: Any, name: str) -> None:
    [event] = said("jira", updated(item("summary"), user=user, assignee=user)).events
    assert event.actor == name
    assert event.content.get("assignees", ()) == ((name,) if name else ())


def test_a_new_issue_is_created_by_its_creator_or_reporter() -> None:
    [event] = said("jira", hook("jira:issue_created")).events
    assert (event.type, event.content["creator"]) == (TicketCreated.TYPE, "5c5f")
    assert event.occurred_at == datetime(2026, 3, 2, 9, 0, 0, 250000, tzinfo=UTC)
    [event] = said("jira", hook("jira:issue_created", creator=None, reporter=SERVER)).events
    assert event.content["creator"] == "bo"


def test_an_issue_that_nobody_created_is_unmapped() -> None:
    found = said("jira", hook("jira:issue_created", creator=None, user=None))
    assert (found.events, found.unmapped[0].where) == ((), "issue.fields.creator")


def test_an_issue_without_its_time_of_creation_has_the_time_of_the_webhook() -> None:
    [event] = said("jira", hook("jira:issue_created", created=None)).events
    assert event.occurred_at == datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


def test_a_status_is_known_by_its_category_and_not_by_its_name() -> None:
    moved = item("status", "In Arbeit", "Geschlossen")
    [event] = said("jira", updated(moved, status=DONE, resolution={"name": "Fertig"})).events
    assert (event.type, event.content["resolution"]) == (TicketClosed.TYPE, "Fertig")
    [event] = said("jira", updated(moved, status={**OPEN, "name": "Closed"})).events
    assert event.type == TicketUpdated.TYPE


def test_a_closed_issue_without_a_resolution_is_closed_all_the_same() -> None:
    [event] = said("jira", updated(item("status"), status=DONE)).events
    assert event.content["resolution"] == "closed"


def test_an_edit_of_a_closed_issue_does_not_close_it_again() -> None:
    [event] = said("jira", updated(item("summary", "Slow", "The shop is slow"), status=DONE)).events
    assert event.type == TicketUpdated.TYPE
    assert details_of(event).more["changed"] == [
        {"field": "summary", "from": "Slow", "to": "The shop is slow"}
    ]


@pytest.mark.parametrize("field", ["labels", "description", "Rank", "Sprint"])
def test_an_edited_label_says_nothing_that_is_kept(field: str) -> None:
    found = said("jira", updated(item(field, "a", "b")))
    assert (found.events, bool(found.ignored)) == ((), True)


def test_an_update_without_a_changelog_is_ignored() -> None:
    told = updated()
    del told["changelog"]
    assert said("jira", told).ignored


def test_a_deleted_issue_is_closed_as_deleted() -> None:
    [event] = said("jira", hook("jira:issue_deleted")).events
    assert (event.type, event.content["resolution"]) == (TicketClosed.TYPE, "deleted")


def test_a_jira_below_the_root_of_its_site_keeps_its_path() -> None:
    told = hook("jira:issue_created")
    told["issue"]["self"] = "https://acme.org/jira/rest/api/2/issue/1"
    [event] = said("jira", told).events
    assert event.content["uri"] == "https://acme.org/jira/browse/SHOP-7"


@pytest.mark.parametrize("kind", ["Incident", "[System] Incident", "incident"])
def test_an_incident_is_a_ticket_and_an_incident(kind: str) -> None:
    found = said("jira", hook("jira:issue_created", kind=kind), names=NAMES)
    assert types(found) == [TicketCreated.TYPE, IncidentDetected.TYPE]
    assert found.events[1].content["environment"] == {"id": "production"}
    assert found.events[1].occurred_at == datetime(2026, 3, 2, 9, 0, 0, 250000, tzinfo=UTC)


def test_an_incident_without_an_environment_is_still_a_ticket() -> None:
    found = said("jira", hook("jira:issue_created", kind="Incident"))
    assert types(found) == [TicketCreated.TYPE]
    assert found.unmapped[0].where == "issue.fields"


def test_an_incident_is_resolved_when_jira_says_so_and_not_when_it_is_closed() -> None:
    resolved = {
        "status": DONE,
        "resolution": {"name": "Done"},
        "resolutiondate": "2026-03-02T10:05:00.000+0100",
    }
    now = updated(item("resolution", None, "Done"), item("status"), kind="Incident", **resolved)
    found = said("jira", now, names=NAMES)
    assert types(found) == [TicketClosed.TYPE, IncidentDetected.TYPE, IncidentResolved.TYPE]
    assert (found.events[2].occurred_at, found.events[2].actor) == (
        datetime(2026, 3, 2, 9, 5, tzinfo=UTC),
        "5c5f",
    )
    later = updated(item("status", "Resolved", "Closed"), kind="Incident", user=SERVER, **resolved)
    assert said("jira", later, names=NAMES).events[2].occurred_at == datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
    assert said("jira", later, names=NAMES).events[2].actor == ""


def test_an_incident_without_a_time_of_resolution_is_resolved_now() -> None:
    found = said("jira", updated(item("status"), kind="Incident", status=DONE), names=NAMES)
    assert found.events[2].occurred_at == datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


def test_its_detection_is_one_event_however_often_it_is_told() -> None:
    first = said("jira", hook("jira:issue_created", kind="Incident"), names=NAMES).events[1]
    again = said("jira", updated(item("status"), kind="Incident", status=DONE), names=NAMES).events[1]
    assert again == first
    untimed = updated(item("status"), kind="Incident", status=DONE, created=None)
    assert types(said("jira", untimed, names=NAMES)) == [TicketClosed.TYPE, IncidentResolved.TYPE]


def test_an_incident_whose_resolution_is_taken_back_is_reopened() -> None:
    back = updated(item("resolution", "Done", None), item("status", "Closed", "Open"), kind="Incident")
    assert types(said("jira", back, names=NAMES))[2:] == [IncidentReopened.TYPE]
    named = {**updated(item("status"), kind="Incident"), "issue_event_type_name": "issue_reopened"}
    assert types(said("jira", named, names=NAMES))[2:] == [IncidentReopened.TYPE]
    moved = updated(item("status", "Open", "In Progress"), kind="Incident")
    assert types(said("jira", moved, names=NAMES)) == [TicketUpdated.TYPE, IncidentDetected.TYPE]


def test_an_edit_of_an_incident_turns_nothing() -> None:
    found = said("jira", updated(item("summary"), kind="Incident"))
    assert (types(found), found.unmapped) == ([TicketUpdated.TYPE], ())


def test_a_deleted_incident_is_not_said_to_be_resolved() -> None:
    found = said("jira", hook("jira:issue_deleted", kind="Incident"), names=NAMES)
    assert (types(found), len(found.unmapped)) == ([TicketClosed.TYPE], 1)
    assert not said("jira", hook("jira:issue_deleted", kind="Incident", status=DONE), names=NAMES).unmapped


@pytest.mark.parametrize(
    "value", ["production", {"value": "production"}, [{"name": "production"}], {"label": "production"}]
)
def test_custom_fields_say_service_and_environment(value: Any) -> None:
    names = Names(environment_fields=("customfield_1",), service_fields=("customfield_2",))
    told = hook("jira:issue_created", kind="Incident", customfield_1=value, customfield_2={"value": "cart"})
    event = said("jira", told, names=names).events[1]
    assert (event.content["environment"], event.content["service"]) == ({"id": "production"}, {"id": "cart"})


@pytest.mark.parametrize("value", [["production", "staging"], [], 5, {"other": "production"}, None])
def test_a_field_that_holds_nothing_definite_says_nothing(value: Any) -> None:
    names = Names(environment_fields=("customfield_1",))
    assert said(
        "jira", hook("jira:issue_created", kind="Incident", customfield_1=value), names=names
    ).unmapped


def test_the_free_text_about_the_environment_counts_only_if_it_is_a_known_name() -> None:
    told = hook("jira:issue_created", kind="Incident", environment="Windows 11, Firefox")
    assert said("jira", told).unmapped
    told = hook("jira:issue_created", kind="Incident", environment="live")
    event = said("jira", told, names=Names(environments={"live": "production"})).events[1]
    assert event.content["environment"] == {"id": "production"}


@pytest.mark.parametrize("theirs", ["checkout", "SHOP", "The shop"])
def test_a_component_or_project_is_a_service_only_if_the_feed_says_so(theirs: str) -> None:
    [event] = said("jira", hook("jira:issue_created"), names=Names(services={theirs: "shop"})).events
    assert details_of(event).service == "shop"
    [event] = said("jira", hook("jira:issue_created", project=None)).events
    assert details_of(event).service == ""


def test_a_change_of_the_field_that_says_the_environment_is_kept() -> None:
    names = Names(environment_fields=("customfield_1",))
    altered_field = {"field": "Where", "fieldId": "customfield_1", "toString": "production"}
    assert types(said("jira", updated(altered_field), names=names)) == [TicketUpdated.TYPE]


def test_consent_is_asked_for_and_given() -> None:
    found = said("jira", change(approval("approved")), names=NAMES)
    assert types(found) == [ApprovalCreated.TYPE, ApprovalClosed.TYPE]
    asked, answered = found.events
    assert asked.subject_id == answered.subject_id == "SHOP-7/approval/12"
    assert asked.occurred_at == datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
    assert answered.occurred_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert (answered.content["status"], answered.content["responder"]) == ("approved", "5c5f")
    assert answered.content["resourceTargetUrl"] == "https://acme.atlassian.net/browse/SHOP-7"
    assert details_of(answered).more == {"name": "Authorize"}


def test_consent_that_is_waited_for_is_only_asked_for() -> None:
    assert types(said("jira", change(approval()))) == [ApprovalCreated.TYPE]


@pytest.mark.parametrize(("decision", "status"), [("declined", "rejected"), ("canceled", "cancelled")])
def test_consent_may_be_refused_or_withdrawn(decision: str, status: str) -> None:
    assert said("jira", change(approval(decision))).events[1].content["status"] == status


def test_an_approval_that_is_strange_loses_none_of_the_others() -> None:
    strange = approval("maybe", id=3, name=None, _links=None, approvers=None)
    undated = approval("approved", createdDate=None)
    found = said("jira", change(strange, {**approval(), "id": ""}, undated))
    assert types(found) == [ApprovalCreated.TYPE, ApprovalClosed.TYPE]
    assert [each.where for each in found.unmapped] == [
        "issue.fields.customfield_10099[0].finalDecision",
        "issue.fields.customfield_10099[1].id",
        "issue.fields.customfield_10099[2].createdDate",
    ]


def test_a_webhook_without_a_name_is_unmapped() -> None:
    found = said("jira", {"issue": {"key": "SHOP-7"}})
    assert "webhookEvent" in found.unmapped[0].what


@given(document=any_json, event=st.sampled_from(["jira:issue_created", "jira:issue_updated", ""]))
def test_no_document_at_all_breaks_it(document: Any, event: str) -> None:
    check_nothing_breaks("jira", document)
    check_nothing_breaks("jira", {"webhookEvent": event, "timestamp": AT, "issue": document})


@given(data=st.data())
def test_a_wrong_value_anywhere_is_unmapped_or_harmless(data: st.DataObject) -> None:
    told = updated(
        item("status"),
        kind="Incident",
        status=DONE,
        customfield_10099=[approval("approved")],
        environment="x",
    )
    check_nothing_breaks("jira", altered(told, data))
    check_nothing_breaks("jira", altered(hook("jira:issue_created", kind="Incident"), data))
