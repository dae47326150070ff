"""What GitHub has, by its REST API (2022-11-28): deployments, workflow runs, pull requests and releases.

Source: https://docs.github.com/en/rest (deployments, actions/workflow-runs, pulls, releases), and its pages
on rate limits and pagination. Each thing is put into the form of the webhook that tells of it.

Traps: at most 1,000 runs are found in a window, whatever `total_count` says, so windows are halved until they
hold fewer; a list of pull requests does not say who merged them; and a deployment of long ago may have a
status of today.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from strandline.adapters.rest_access import RestAccess
from strandline.collection.remote import Page, RemotePayload, Window
from strandline.vocabulary.errors import BadInputError

_HEADERS = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
_PER_PAGE = 100
_MOST_RUNS = 1000
_IN_FLIGHT = timedelta(days=7)
"""How long before the window a deployment may have been ordered whose statuses are looked at."""
_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_SECOND = timedelta(seconds=1)


class _Runs(msgspec.Struct, frozen=True):
    """Where the reading of runs is: windows that are still to be read, and the page within the first."""

    windows: tuple[tuple[datetime, datetime], ...]
    page: int = 1


class GitHubApi:
    """A `RemoteSource`. It reads repositories, `owner/name`."""

    covers = ("deployments",)

    def __init__(self, address: str, *, repositories: tuple[str, ...], access: RestAccess) -> None:
        for each in repositories:
            if _NAME.fullmatch(each) is None:
                what = f"“{each}” is no repository of GitHub."
                raise BadInputError(what, where=address, remedy="Write it as owner/name.")
        self._access = access
        self._read = {
            f"{repository} {kind}": (repository, read)
            for repository in repositories
            for kind, read in (
                ("deployments", self._deployments),
                ("runs", self._runs),
                ("pull requests", self._pull_requests),
                ("releases", self._releases),
            )
        }
        self._homes: dict[str, dict[str, str]] = {}

    @staticmethod
    def headers(token: str) -> dict[str, str]:
        """Return what is sent with each question."""
        return {**_HEADERS, **({"authorization": f"Bearer {token}"} if token else {})}

    @property
    def streams(self) -> tuple[str, ...]:
        """What can be asked for (see `RemoteSource`)."""
        return tuple(self._read)

    def page(self, stream: str, window: Window, cursor: str) -> Page:
        """Return a page (see `RemoteSource`)."""
        repository, read = self._read[stream]
        return read(repository, window, cursor)

    def _deployments(self, repository: str, window: Window, cursor: str) -> Page:
        answer = self._list(f"repos/{repository}/deployments", cursor)
        since = window.from_at - _IN_FLIGHT
        payloads: list[RemotePayload] = []
        for each in answer.document:
            made = _time(each["created_at"])
            if not since <= made < window.to_at:
                continue
            statuses = list(self._every(f"repos/{repository}/deployments/{each['id']}/statuses"))
            if made >= window.from_at or not statuses:
                payloads.append(self._hook("deployment", repository, deployment=each))
            payloads += [
                self._hook("deployment_status", repository, deployment=each, deployment_status=status)
                for status in reversed(statuses)
            ]
        is_last = any(_time(each["created_at"]) < since for each in answer.document)
        return Page(payloads=tuple(payloads), next="" if is_last else answer.next_url)

    def _pull_requests(self, repository: str, window: Window, cursor: str) -> Page:
        asked = {"state": "all", "sort": "updated", "direction": "desc"}
        answer = self._list(f"repos/{repository}/pulls", cursor, asked)
        payloads: list[RemotePayload] = []
        for each in answer.document:
            if _time(each["updated_at"]) < window.from_at:
                continue
            pull = each
            if each.get("merged_at"):
                pull = self._access.get(f"repos/{repository}/pulls/{each['number']}").document
            action = "closed" if pull.get("state") == "closed" else "opened"
            payloads.append(self._hook("pull_request", repository, action=action, pull_request=pull))
        is_last = any(_time(each["updated_at"]) < window.from_at for each in answer.document)
        return Page(payloads=tuple(payloads), next="" if is_last else answer.next_url)

    def _releases(self, repository: str, window: Window, cursor: str) -> Page:
        answer = self._list(f"repos/{repository}/releases", cursor)
        payloads = tuple(
            self._hook("release", repository, action="published", release=each)
            for each in answer.document
            if each.get("published_at") and window.from_at <= _time(each["published_at"]) < window.to_at
        )
        # They are sorted by when they were drafted, not by when they were published: all are looked at.
        return Page(payloads=payloads, next=answer.next_url)

    def _runs(self, repository: str, window: Window, cursor: str) -> Page:
        if cursor:
            place = msgspec.json.decode(cursor, type=_Runs)
        else:
            place = _Runs(windows=((window.from_at - timedelta(days=1), window.to_at),))
        (start, end), rest = place.windows[0], place.windows[1:]
        asked: dict[str, str | int] = {
            "created": f"{_text(start)}..{_text(end)}",
            "per_page": _PER_PAGE,
            "page": place.page,
        }
        document = self._access.get(f"repos/{repository}/actions/runs", asked).document
        note = ""
        if document["total_count"] > _MOST_RUNS:
            if end - start > _SECOND:
                middle = start + (end - start) / 2
                middle = middle.replace(microsecond=0) if end - start > 2 * _SECOND else start
                halves = ((start, middle), (middle + _SECOND, end))
                return Page(next=_cursor(_Runs(windows=(*halves, *rest))))
            note = (
                f"More than 1,000 runs of {repository} began at {_text(start)}; GitHub tells 1,000 of them."
            )
        found = document["workflow_runs"]
        following = _Runs(windows=place.windows, page=place.page + 1)
        if len(found) < _PER_PAGE or place.page * _PER_PAGE >= _MOST_RUNS:
            following = _Runs(windows=rest)
        return Page(
            payloads=tuple(self._hook("workflow_run", repository, workflow_run=each) for each in found),
            next=_cursor(following) if following.windows else "",
            note=note,
        )

    def _list(self, path: str, cursor: str, asked: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - an Answer with any document
        """Ask for the first page of a list, or for the one whose address the page before told."""
        return (
            self._access.get(cursor)
            if cursor
            else self._access.get(path, {**(asked or {}), "per_page": _PER_PAGE})
        )

    def _every(self, path: str) -> Iterator[Any]:
        answer = self._list(path, "")
        yield from answer.document
        while answer.next_url:
            answer = self._access.get(answer.next_url)
            yield from answer.document

    def _hook(self, event: str, repository: str, **said: Any) -> RemotePayload:  # noqa: ANN401 - any JSON
        body = msgspec.json.encode({**said, "repository": self._home(repository)}, order="sorted")
        return RemotePayload(body=body, headers={"x-github-event": event})

    def _home(self, repository: str) -> dict[str, str]:
        """What webhooks say of the repository: its address for people, after any renaming."""
        if repository not in self._homes:
            found = self._access.get(f"repos/{repository}").document
            self._homes[repository] = {"html_url": found["html_url"]}
        return self._homes[repository]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _text(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _cursor(place: _Runs) -> str:
    return msgspec.json.encode(place).decode()
