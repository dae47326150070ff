"""What Jenkins has, by its JSON API: the builds of jobs, a hundred at a time.

Source: https://www.jenkins.io/doc/book/using/remote-access-api/ (`tree` with a range `{from,to}`). Jenkins
has no limits and suffers in silence: only what is read is asked for.

Traps: a list without `allBuilds` ends after the newest hundred; while builds are added, ranges shift, so each
overlaps the one before.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from strandline.adapters.rest_access import RestAccess
from strandline.collection.remote import Page, RemotePayload, Window
from strandline.vocabulary.errors import BadInputError

_RANGE = 100
_OVERLAP = 5
_RUNNING = timedelta(days=1)
"""How long before the window a build may have begun that ended within it."""
_FIELDS = (
    "number,url,result,timestamp,duration,building,actions[causes[userId,userName],parameters[name,value],"
    "lastBuiltRevision[SHA1,branch[name]],remoteUrls]"
)


class JenkinsApi:
    """A `RemoteSource`. It reads jobs by their full names, `folder/job`."""

    covers = ("deployments",)

    def __init__(self, jobs: tuple[str, ...], *, access: RestAccess) -> None:
        if not all(part for job in jobs for part in job.split("/")):
            what = "A job without a name cannot be read."
            raise BadInputError(what, where="api.reads", remedy="Write it as folder/job.")
        self.streams = tuple(f"{job} builds" for job in jobs)
        self._jobs = dict(zip(self.streams, jobs, strict=True))
        self._access = access

    def page(self, stream: str, window: Window, cursor: str) -> Page:
        """Return a page (see `RemoteSource`)."""
        first = int(cursor or 0)
        path = "/".join(f"job/{quote(part, safe='')}" for part in self._jobs[stream].split("/"))
        asked = {"tree": f"allBuilds[{_FIELDS}]{{{first},{first + _RANGE}}}"}
        # Newest first.
        builds = self._access.get(f"{path}/api/json", asked).document.get("allBuilds") or []
        since, until = window.from_at - _RUNNING, window.to_at
        found = [each for each in builds if since <= _began_at(each["timestamp"]) < until]
        is_last = len(builds) < _RANGE or any(_began_at(each["timestamp"]) < since for each in builds)
        payloads = tuple(RemotePayload(body=msgspec.json.encode(each, order="sorted")) for each in found)
        return Page(payloads=payloads, next="" if is_last else str(first + _RANGE - _OVERLAP))


def _began_at(timestamp_ms: int) -> datetime:
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC)
