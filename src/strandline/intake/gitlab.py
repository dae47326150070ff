"""GitLab's webhooks: which event it is, by the payload or else by its header, and who reads it."""

from collections.abc import Callable, Mapping

import msgspec

from strandline.intake.gitlab_changes import merge_request_hook, push_hook, release_hook, tag_hook
from strandline.intake.gitlab_deployments import deployment_hook
from strandline.intake.gitlab_issues import issue_hook
from strandline.intake.gitlab_runs import job_hook, pipeline_hook
from strandline.intake.translation import Payload, Translation, Unmapped

_READ: Mapping[str, Callable[[Payload], Translation]] = {
    "build": job_hook,
    "deployment": deployment_hook,
    "issue": issue_hook,
    "job": job_hook,
    "merge_request": merge_request_hook,
    "pipeline": pipeline_hook,
    "push": push_hook,
    "release": release_hook,
    "tag_push": tag_hook,
    "work_item": issue_hook,
}
_BY_HEADER: Mapping[str, str] = {
    "Confidential Issue Hook": "issue",
    "Deployment Hook": "deployment",
    "Issue Hook": "issue",
    "Job Hook": "build",
    "Merge Request Hook": "merge_request",
    "Pipeline Hook": "pipeline",
    "Push Hook": "push",
    "Release Hook": "release",
    "Tag Push Hook": "tag_push",
}
_NOT_KEPT = frozenset(
    ("access_token", "emoji", "feature_flag", "milestone", "note", "repository_update", "vulnerability")
) | {"wiki_page"}


class Hook(msgspec.Struct, frozen=True):
    """What says which event it is; system hooks have only the second."""

    object_kind: str | None = None
    event_name: str | None = None


def translate(payload: Payload) -> Translation:
    """Return what a delivery of GitLab says."""
    hook = msgspec.convert(payload.document, Hook)
    header = payload.headers.get("x-gitlab-event", "")
    kind = hook.object_kind or _BY_HEADER.get(header) or hook.event_name or ""
    read = _READ.get(kind)
    if read is not None:
        return read(payload)
    if kind in _NOT_KEPT:
        return Translation(ignored=f"GitLab's event “{kind}” says nothing that is kept.")
    what = (
        f"GitLab's event “{kind or header}” is not known."
        if kind or header
        else "This is no event of GitLab."
    )
    remedy = "The payload is kept. Choose in the webhook's settings which events it sends."
    return Translation(unmapped=(Unmapped(what=what, where="object_kind", remedy=remedy),))
