"""What an event of CDEvents has no field for, and every reader needs: which commit, which deployment, where.

CDEvents leaves it to `customData` (https://cdevents.dev, 0.5.1); these are the names that Strandline uses.
"""

from typing import Any

import msgspec

from strandline.vocabulary.event import Event, JsonValue


class Details(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What lies in an event's `customData`; every field is empty where the source does not say."""

    deployment: str = ""
    """The deployment that it belongs to: the source's own name of it, the same in all of its events."""
    service: str = ""
    environment: str = ""
    environment_tier: str = ""
    """`production`, `staging`, `testing`, `development` or `other`, where the source says so itself."""
    commit: str = ""
    """The full commit hash; never a shortened one."""
    repository: str = ""
    """As a URL, such as `https://github.com/owner/name`."""
    ref: str = ""
    """Branch or tag."""
    version: str = ""
    artifact_resolution: str = ""
    """`commit-fallback` where the artifact's id was made from the commit, as the source names no artifact."""
    pull_request: str = ""
    """URL of the pull request (or merge request) that it belongs to."""
    tickets: tuple[str, ...] = ()
    """Keys of the tickets that the source itself ties to it."""
    incident: str = ""
    """The incident that the event belongs to: the source's own name of it."""
    run: str = ""
    """The pipeline run that it belongs to."""
    url: str = ""
    """Where a person can look at it."""
    is_automated: bool | None = None
    """Whether a program began it; `None` where the source does not say."""
    is_unplanned: bool | None = None
    """Whether it was said *at creation* that it repairs an incident or a fault that users met."""
    by: str = ""
    """The connector that stated the event, such as `intake/github 1`."""
    more: dict[str, JsonValue] = {}
    """What else the source says that a person may want to see."""


def as_custom_data(details: Details) -> dict[str, JsonValue]:
    """Return the details as an event's `customData`."""
    written: dict[str, JsonValue] = msgspec.to_builtins(details)
    return written


def details_of(event: Event) -> Details:
    """Return what an event says of itself beside its content; fields of another shape count as not said."""
    try:
        return msgspec.convert(event.custom_data, Details)
    except msgspec.ValidationError:
        return msgspec.convert(_readable(event.custom_data), Details)


def _readable(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out the fields of others that have a name of ours and another shape."""
    kept: dict[str, Any] = {}
    for name, value in data.items():
        try:
            msgspec.convert({name: value}, Details)
        except msgspec.ValidationError:
            continue
        kept[name] = value
    return kept
