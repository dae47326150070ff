from datetime import UTC, datetime
from typing import Any

import pytest
from tests.intake.payloads import real, said

from strandline.ledger.codec import to_bytes
from strandline.vocabulary.details import details_of
from strandline.vocabulary.event import Event, says
from strandline.vocabulary.ticket import TicketClosed, TicketCreated, TicketUpdated

HOME = "https://gitlab.harbour.example/sea/tide"


def issue(action: str, changes: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    return {
        "object_kind": "issue",
        "project": {"web_url": HOME, "path_with_namespace": "sea/tide"},
        "user": {"username": "ada"},
        "assignees": [{"username": "ben"}, {}],
        "changes": changes,
        "object_attributes": {
            "iid": 4,
            "title": "The quay is low",
            "action": action,
            "type": "Issue",
            "url": f"{HOME}/-/issues/4",
            "created_at": "2026-03-01 09:00:00 UTC",
            "updated_at": "2026-03-02 09:00:00 UTC",
            "labels": [{"title": "quay"}],
            **attributes,
        },
    }


def event(document: Any) -> Event:
    [found] = said("gitlab", document).events
    return found


def test_a_real_issue_is_a_ticket_that_was_created() -> None:
    found = event(real("gitlab", "issue.json"))
    assert (found.type, found.actor) == (TicketCreated.TYPE, "root")
    assert (found.source, found.subject_id) == (
        "http://example.com/gitlabhq/gitlab-test",
        "gitlabhq/gitlab-test#23",
    )
    assert found.occurred_at == datetime(2013, 12, 3, 17, 15, 43, tzinfo=UTC)
    assert (found.content["creator"], found.content["priority"]) == ("root", "high")
    created = says(found, TicketCreated)
    assert created is not None
    assert created.labels == ("API",)


@pytest.mark.parametrize(
    ("attributes", "resolution", "at"),
    [
        ({}, "closed", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ({"duplicated_to_id": 5}, "duplicate", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ({"closed_at": "2026-03-02 08:59:00 UTC"}, "closed", datetime(2026, 3, 2, 8, 59, tzinfo=UTC)),
    ],
)
def test_a_closed_issue_says_how_and_when(attributes: dict[str, Any], resolution: str, at: datetime) -> None:
    found = event(issue("close", **attributes))
    assert (found.type, found.content["resolution"], found.occurred_at) == (TicketClosed.TYPE, resolution, at)
    closed = says(found, TicketClosed)
    assert closed is not None
    assert closed.assignees == ("ben",)


def test_an_edited_label_is_no_news_but_a_new_title_is() -> None:
    assert said("gitlab", issue("update", {"labels": {}, "updated_at": {}})).ignored
    assert event(issue("update", {"title": {}})).type == TicketUpdated.TYPE
    assert event(issue("reopen")).content["updatedBy"] == "ada"


def test_what_a_confidential_issue_is_called_stays_in_gitlab() -> None:
    found = event(issue("open", confidential=True))
    assert found.content["summary"] == "(confidential)"
    assert b"quay" not in to_bytes(found)


def test_a_work_item_is_read_as_an_issue() -> None:
    found = event({**issue("open", type="Task", url=None), "object_kind": "work_item"})
    assert (found.content["ticketType"], found.content["uri"]) == ("task", f"{HOME}/-/issues/4")
    assert details_of(found).tickets == ("sea/tide#4",)


def test_an_issue_that_nobody_opened_is_unmapped() -> None:
    found = said("gitlab", {**issue("open"), "user": None})
    assert [each.where for each in found.unmapped] == ["user.username"]
