"""What Jira has, by its REST API (version 3): issues that were altered within a time.

Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/ (`search/jql`).

Traps: the search is behind by some seconds, so a reading reaches further back than it must; times in JQL are
in the time zone of whoever asks, so they are widened by a day and what comes is filtered here; sorted by
anything that changes, issues jump from page to page; page tokens expire.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from strandline.adapters.rest_access import BadRequestError, RestAccess
from strandline.collection.remote import ExpiredCursorError, Page, RemotePayload, Window
from strandline.vocabulary.errors import BadInputError
from strandline.vocabulary.feed import Names

STREAM = "issues"
_FIELDS = (
    "summary,issuetype,project,status,priority,resolution,resolutiondate,created,updated,creator,reporter,"
    "assignee,labels,components,fixVersions,environment"
)
_ZONES = timedelta(days=1)
_PER_PAGE = 100
_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ZONE = re.compile(r"([+-]\d\d)(\d\d)$")


class JiraApi:
    """A `RemoteSource`. It reads projects, by their keys."""

    covers = ("incidents", "approvals")
    streams = (STREAM,)

    def __init__(self, projects: tuple[str, ...], *, names: Names, access: RestAccess) -> None:
        for each in projects:
            if _PROJECT.fullmatch(each) is None:
                what = f"“{each}” is no key of a project."
                raise BadInputError(what, where="api.reads", remedy="Write keys, such as OPS.")
        self._projects = projects
        self._fields = ",".join((_FIELDS, *names.service_fields, *names.environment_fields))
        self._access = access

    def page(self, stream: str, window: Window, cursor: str) -> Page:
        """Return a page (see `RemoteSource`)."""
        del stream
        since, until = window.from_at - _ZONES, window.to_at + _ZONES
        conditions = [f'updated >= "{since:%Y-%m-%d %H:%M}"', f'updated <= "{until:%Y-%m-%d %H:%M}"']
        if self._projects:
            conditions.insert(0, f"project in ({', '.join(self._projects)})")
        asked: dict[str, str | int] = {
            "jql": f"{' AND '.join(conditions)} ORDER BY created ASC",
            "fields": self._fields,
            "maxResults": _PER_PAGE,
        }
        if cursor:
            asked["nextPageToken"] = cursor
        try:
            document = self._access.get("rest/api/3/search/jql", asked).document
        except BadRequestError as error:
            if cursor:
                raise ExpiredCursorError(error.what, where=error.where, remedy=error.remedy) from error
            raise
        issues = document.get("issues") or []
        payloads = tuple(
            RemotePayload(body=msgspec.json.encode({"issues": [each]}, order="sorted"))
            for each in issues
            if _altered_at(each, window.to_at) >= window.from_at
        )
        token = "" if document.get("isLast") else document.get("nextPageToken") or ""
        return Page(payloads=payloads, next=token)


def _altered_at(issue: Any, unknown: datetime) -> datetime:  # noqa: ANN401 - any JSON
    """When an issue was altered last; where it does not say, it is read to be sure."""
    said = (issue.get("fields") or {}).get("updated")
    if not isinstance(said, str):
        return unknown
    return datetime.fromisoformat(_ZONE.sub(r"\1:\2", said)).astimezone(UTC)
