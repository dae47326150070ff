"""What GitLab has, by its REST API (version 4): deployments, pipelines and merge requests of projects.

Source: https://docs.gitlab.com/api/ (deployments, pipelines, merge_requests, rest pagination). Each thing is
put into the form of the webhook that tells of it.

Traps: `updated_after` is only heeded together with `order_by=updated_at`; lists of pipelines say neither when
one ended nor who began it; a job may be deleted and leave its deployment behind.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from strandline.adapters.rest_access import Answer, RestAccess
from strandline.collection.remote import Page, RemotePayload, Window
from strandline.vocabulary.errors import BadInputError

_PER_PAGE = 100
_MERGE_ACTIONS = {"opened": "open", "closed": "close", "merged": "merge", "locked": "merge"}


class GitLabApi:
    """A `RemoteSource`. It reads projects, by path (`group/project`) or by number."""

    covers = ("deployments",)

    def __init__(self, projects: tuple[str, ...], *, access: RestAccess) -> None:
        if not all(projects):
            what = "A project without a name cannot be read."
            raise BadInputError(what, where="api.reads", remedy="Write it as group/project.")
        self._access = access
        self._read: dict[str, tuple[str, Callable[[str, Window, str], Page]]] = {
            f"{project} {kind}": (project, read)
            for project in projects
            for kind, read in (
                ("deployments", self._deployments),
                ("pipelines", self._pipelines),
                ("merge requests", self._merge_requests),
            )
        }
        self._homes: dict[str, dict[str, Any]] = {}

    @property
    def streams(self) -> tuple[str, ...]:
        """What can be asked for (see `RemoteSource`)."""
        return tuple(self._read)

    def page(self, stream: str, window: Window, cursor: str) -> Page:
        """Return a page (see `RemoteSource`)."""
        project, read = self._read[stream]
        return read(project, window, cursor)

    def _deployments(self, project: str, window: Window, cursor: str) -> Page:
        answer = self._list(project, "deployments", window, cursor)
        found = _within(answer.document, window)
        payloads = tuple(each for deployment in found for each in self._deployment(project, deployment))
        return Page(payloads=payloads, next=answer.next_url, note=_note(answer.document, found))

    def _deployment(self, project: str, deployment: Any) -> list[RemotePayload]:  # noqa: ANN401 - any JSON
        """Return what would have been sent: that it began, and how it ended."""
        home, job = self._home(project), deployment.get("deployable") or {}
        environment = deployment.get("environment") or {}
        said = {
            "object_kind": "deployment",
            "deployment_id": deployment["id"],
            "deployable_id": job.get("id"),
            "deployable_url": f"{home['web_url']}/-/jobs/{job['id']}" if job.get("id") else None,
            "environment": environment.get("name"),
            "environment_tier": environment.get("tier"),
            "project": home,
            "ref": deployment.get("ref"),
            "commit_url": f"{home['web_url']}/-/commit/{deployment['sha']}"
            if deployment.get("sha")
            else None,
            "commit_title": (job.get("commit") or {}).get("title"),
            "user": deployment.get("user"),
        }
        began = job.get("started_at") or deployment["created_at"]
        status = deployment["status"]
        hooks = []
        if status not in {"created", "skipped", "blocked"}:
            hooks.append(_hook({**said, "status": "running", "status_changed_at": began}))
        if status != "running":
            ended = job.get("finished_at") or deployment.get("updated_at") or deployment["created_at"]
            hooks.append(_hook({**said, "status": status, "status_changed_at": ended}))
        return hooks

    def _pipelines(self, project: str, window: Window, cursor: str) -> Page:
        answer = self._list(project, "pipelines", window, cursor)
        found = _within(answer.document, window)
        payloads = []
        for each in found:
            run = self._access.get(f"projects/{_id(project)}/pipelines/{each['id']}").document
            attributes = {
                name: run.get(name)
                for name in ("id", "status", "created_at", "finished_at", "ref", "sha", "source", "name")
            }
            said = {
                "object_kind": "pipeline",
                "object_attributes": {**attributes, "url": run.get("web_url")},
                "project": self._home(project),
                "user": run.get("user"),
            }
            payloads.append(_hook(said))
        return Page(payloads=tuple(payloads), next=answer.next_url, note=_note(answer.document, found))

    def _merge_requests(self, project: str, window: Window, cursor: str) -> Page:
        answer = self._list(project, "merge_requests", window, cursor, {"scope": "all", "state": "all"})
        found = _within(answer.document, window)
        payloads = [each for request in found for each in self._merge_request(project, request)]
        return Page(payloads=tuple(payloads), next=answer.next_url, note=_note(answer.document, found))

    def _merge_request(self, project: str, request: Any) -> list[RemotePayload]:  # noqa: ANN401 - any JSON
        attributes = {
            name: request.get(name)
            for name in (
                "iid",
                "title",
                "description",
                "source_branch",
                "target_branch",
                "created_at",
                "merge_commit_sha",
                "squash_commit_sha",
            )
        }
        attributes |= {
            "url": request.get("web_url"),
            "last_commit": {"id": request["sha"]} if request.get("sha") else None,
        }
        hooks = []
        ends = {"merged": request.get("merged_at"), "closed": request.get("closed_at")}
        for state, at, who in (
            ("opened", request["created_at"], request.get("author")),
            ("merged", ends["merged"], request.get("merge_user") or request.get("merged_by")),
            ("closed", ends["closed"], request.get("closed_by")),
        ):
            if at:
                changed = {"state": state, "action": _MERGE_ACTIONS[state], "updated_at": at}
                said = {
                    "object_kind": "merge_request",
                    "object_attributes": {**attributes, **changed},
                    "project": self._home(project),
                    "user": who,
                }
                hooks.append(_hook(said))
        return hooks

    def _list(
        self, project: str, kind: str, window: Window, cursor: str, more: dict[str, str] | None = None
    ) -> Answer:
        if cursor:
            return self._access.get(cursor)
        asked: dict[str, str | int] = {
            "order_by": "updated_at",
            "sort": "asc",
            "updated_after": window.from_at.astimezone(UTC).isoformat(),
            "updated_before": window.to_at.astimezone(UTC).isoformat(),
            "per_page": _PER_PAGE,
            **(more or {}),
        }
        return self._access.get(f"projects/{_id(project)}/{kind}", asked)

    def _home(self, project: str) -> dict[str, Any]:
        """What webhooks say of the project."""
        if project not in self._homes:
            found = self._access.get(f"projects/{_id(project)}").document
            self._homes[project] = {name: found[name] for name in ("web_url", "path_with_namespace")}
        return self._homes[project]


def _within(found: list[Any], window: Window) -> list[Any]:
    """Return those that were altered within the window: a server that ignores a filter sends all it has."""
    return [
        each
        for each in found
        if window.from_at <= datetime.fromisoformat(each["updated_at"]).astimezone(UTC) <= window.to_at
    ]


def _note(found: list[Any], kept: list[Any]) -> str:
    return "" if len(found) == len(kept) else "GitLab ignored the time that it was asked for."


def _hook(said: dict[str, Any]) -> RemotePayload:
    return RemotePayload(body=msgspec.json.encode(said, order="sorted"))


def _id(project: str) -> str:
    return quote(project, safe="")
