"""An issue of Jira, as Cloud and Server write it, and what its fields say about services and environments.

Which custom fields hold them is for the feed to say, by their ids (`names.service_fields`). Jira's own field
`environment` is free text for whoever reports a bug; it counts only where it is a name that the feed knows.
"""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import msgspec

from strandline.intake.addresses import home_of
from strandline.vocabulary.details import Details
from strandline.vocabulary.feed import Names

BY = "intake/jira 1"
_SOURCE = "/jira"
_FREE_TEXT = "environment"
_SYSTEM = "[System] "
"""What Jira Service Management puts before the names of its own types of issue."""


class User(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody: Cloud gives an account's id, Server a name and a key."""

    account_id: str | None = None
    name: str | None = None
    key: str | None = None
    display_name: str | None = None


class Named(msgspec.Struct, frozen=True):
    """A type, a priority, a resolution, a version, a component."""

    name: str | None = None


class Category(msgspec.Struct, frozen=True):
    """What a status means: `new`, `indeterminate` or `done`, the same on every site."""

    key: str | None = None


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """A status; its name differs from site to site."""

    name: str | None = None
    status_category: Category | None = None


class Project(msgspec.Struct, frozen=True):
    """A project."""

    key: str | None = None
    name: str | None = None


class Fields(msgspec.Struct, frozen=True):
    """The fields that every issue may have."""

    summary: str | None = None
    issue_type: Named | None = msgspec.field(name="issuetype", default=None)
    project: Project | None = None
    status: Status | None = None
    priority: Named | None = None
    resolution: Named | None = None
    resolution_date: Any = msgspec.field(name="resolutiondate", default=None)
    created: Any = None
    creator: User | None = None
    reporter: User | None = None
    assignee: User | None = None
    labels: list[str] | None = None
    components: list[Named] | None = None
    fix_versions: list[Named] | None = msgspec.field(name="fixVersions", default=None)


class Issue(msgspec.Struct, frozen=True):
    """An issue."""

    key: Annotated[str, msgspec.Meta(min_length=1)]
    fields: dict[str, Any]
    address: str | None = msgspec.field(name="self", default=None)

    @property
    def home(self) -> str:
        """The site that it lives at, such as `https://acme.atlassian.net`."""
        return home_of(self.address, "/rest/") or _SOURCE

    @property
    def uri(self) -> str:
        """Where a person can look at it."""
        return f"{self.home}/browse/{quote(self.key)}"


def name_of(user: User | None) -> str:
    """Return what Jira calls somebody; empty for nobody."""
    if user is None:
        return ""
    return user.account_id or user.name or user.key or user.display_name or ""


def type_of(fields: Fields) -> str:
    """Return the type of an issue, such as `incident`, whether or not Jira made it itself."""
    name = (fields.issue_type.name if fields.issue_type is not None else None) or ""
    return name.removeprefix(_SYSTEM).strip().lower()


def is_done(fields: Fields) -> bool:
    """Return whether the status of an issue is one of those that end it."""
    category = fields.status.status_category if fields.status is not None else None
    return category is not None and category.key == "done"


def details_of_issue(issue: Issue, fields: Fields, names: Names) -> Details:
    """Return what all events of an issue say of it."""
    return Details(
        service=_service(issue, fields, names),
        environment=_environment(issue, names),
        tickets=(issue.key,),
        url=issue.uri if issue.home != _SOURCE else "",
        by=BY,
    )


def _service(issue: Issue, fields: Fields, names: Names) -> str:
    said = _said(issue, names.service_fields)
    if said:
        return names.service_of(said)
    parts = [each.name for each in fields.components or () if each.name]
    project = fields.project
    known = [*parts, *((project.key, project.name) if project is not None else ())]
    return names.service_of(next((each for each in known if each and each in names.services), ""))


def _environment(issue: Issue, names: Names) -> str:
    said = _said(issue, tuple(each for each in names.environment_fields if each != _FREE_TEXT))
    free = issue.fields.get(_FREE_TEXT)
    if not said and isinstance(free, str) and free.strip() in names.environments:
        said = free.strip()
    return names.environment_of(said)


def _said(issue: Issue, fields: tuple[str, ...]) -> str:
    return next((text for field in fields if (text := _text(issue.fields.get(field)))), "")


def _text(value: object) -> str:
    """Return the one text that a custom field holds; a field that holds several says nothing definite."""
    if isinstance(value, list):
        return _text(value[0]) if len(value) == 1 else ""
    if isinstance(value, Mapping):
        return next((text for key in ("value", "name", "label") if (text := _text(value.get(key)))), "")
    return value.strip() if isinstance(value, str) else ""
