"""The sources as their documentation describes them, each with a little history of its own.

Every service has something from before the window and something within it. What belongs to the window carries
`KEEP` in its name, so that a test can tell what must have been read.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from tests.adapters.rest_server import Asked, Reply, linked

from strandline.collection.remote import Window

START = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = Window(from_at=START, to_at=START + timedelta(days=28))
SHA = "a" * 40


def at(days: float) -> datetime:
    """A moment so many days after the window begins."""
    return START + timedelta(days=days)


def z(days: float) -> str:
    """The same, as most interfaces write it."""
    return f"{at(days):%Y-%m-%dT%H:%M:%SZ}"


def github(asked: Asked, *, runs: int = 3, pages: int = 2) -> Reply:  # noqa: PLR0911 - an answer a path
    """Deployments in two pages, of which one is old; and as many runs as wanted, a minute apart."""
    rest = asked.path.removeprefix("/repos/acme/shop")
    if rest == "":
        return Reply({"html_url": "https://github.com/acme/shop", "full_name": "acme/shop"})
    if rest == "/deployments":
        made = [_github_deployment(number, days) for number, days in ((4, 9), (3, 5), (2, -2), (1, -30))]
        return linked(asked, made, per_page=pages)
    if rest.startswith("/deployments/"):
        number = int(rest.split("/")[2])
        days = {1: -30, 2: 1, 3: 5, 4: 9}[number]
        states = (("success", days + 0.01), ("in_progress", days))
        return Reply([_github_status(number, *state) for state in states])
    if rest == "/pulls":
        assert (asked.one("sort"), asked.one("direction")) == ("updated", "desc")
        return linked(asked, [_github_pull(number) for number in (9, 8, 7)], per_page=pages)
    if rest.startswith("/pulls/"):
        number = int(rest.split("/")[2])
        return Reply({**_github_pull(number), "merged_by": {"login": "bea"}})
    if rest == "/releases":
        return Reply([{"tag_name": "v2", "published_at": z(3), "author": {"login": "ann"}}])
    if rest == "/actions/runs":
        return _github_runs(asked, runs)
    return Reply({"message": "Not Found"}, status=404)


def _github_deployment(number: int, days: float) -> dict[str, Any]:
    creator = {"login": "ann", "type": "User"}
    made = {"id": number, "sha": SHA, "environment": "production", "created_at": z(days)}
    return {**made, "ref": "main", "task": "deploy", "payload": {}, "creator": creator}


def _github_status(number: int, state: str, days: float) -> dict[str, Any]:
    return {"id": number * 10 + (state == "success"), "state": state, "created_at": z(days)}


def _github_pull(number: int) -> dict[str, Any]:
    days = {9: 8, 8: 4, 7: -60}[number]
    pull = {"number": number, "html_url": f"https://github.com/acme/shop/pull/{number}"}
    times = {"created_at": z(days - 1), "updated_at": z(days), "closed_at": z(days), "merged_at": z(days)}
    return {**pull, **times, "state": "closed", "title": f"SHOP-{number}: more", "merge_commit_sha": SHA}


def _github_runs(asked: Asked, number: int) -> Reply:
    """As many as 1,000 are shown of a search, whatever their number is."""
    start, end = (datetime.fromisoformat(each) for each in asked.one("created").split(".."))
    made = [at(1) + timedelta(seconds=40 * each) for each in range(number)]
    found = [(place, each) for place, each in enumerate(made) if start <= each <= end]
    page, size = int(asked.one("page", "1")), int(asked.one("per_page"))
    shown = found[:1000][(page - 1) * size : page * size]
    runs = [
        {
            "id": 1000 + place,
            "head_sha": SHA,
            "path": ".github/workflows/ci.yml",
            "status": "completed",
            "conclusion": "success",
            "created_at": f"{each:%Y-%m-%dT%H:%M:%SZ}",
            "updated_at": f"{each:%Y-%m-%dT%H:%M:%SZ}",
        }
        for place, each in shown
    ]
    return Reply({"total_count": len(found), "workflow_runs": runs})


def gitlab(asked: Asked, *, ignores_time: bool = False, pages: int = 2) -> Reply:
    """A deployment that succeeded, one that failed, and an old one."""
    rest = asked.path.removeprefix("/api/v4/projects/acme%2Fshop")
    if rest == "":
        home = {"web_url": "https://gitlab.com/acme/shop", "path_with_namespace": "acme/shop"}
        return Reply({**home, "id": 5})
    if rest == "/deployments":
        assert asked.one("order_by") == "updated_at"
        rows = [
            _gitlab_deployment(*each) for each in ((1, "success", -9), (2, "failed", 3), (3, "success", 4))
        ]
    elif rest == "/pipelines":
        rows = [{"id": 70, "updated_at": z(2)}, {"id": 71, "updated_at": z(3)}]
    elif rest.startswith("/pipelines/"):
        number = int(rest.rpartition("/")[2])
        run = {"id": number, "status": "success", "created_at": z(1), "finished_at": z(2), "sha": SHA}
        return Reply({**run, "ref": "main", "source": "push", "web_url": f"https://gitlab.com/p/{number}"})
    elif rest == "/merge_requests":
        rows = [_gitlab_request(6, 1), _gitlab_request(7, 5)]
    else:
        return Reply({"message": "404 Project Not Found"}, status=404)
    after, before = asked.one("updated_after"), asked.one("updated_before")
    if after and not ignores_time:
        limits = (
            datetime.fromisoformat(after.replace(" ", "+")),
            datetime.fromisoformat(before.replace(" ", "+")),
        )
        rows = [each for each in rows if limits[0] <= datetime.fromisoformat(each["updated_at"]) <= limits[1]]
    return linked(asked, rows, per_page=pages)


def _gitlab_deployment(number: int, status: str, days: float) -> dict[str, Any]:
    job = {"id": 100 + number, "started_at": z(days - 0.01), "finished_at": z(days)}
    made = {"id": number, "sha": SHA, "ref": "main", "status": status, "created_at": z(days - 0.02)}
    where = {"name": "production", "tier": "production"}
    return {
        **made,
        "updated_at": z(days),
        "environment": where,
        "deployable": job,
        "user": {"username": "ann"},
    }


def _gitlab_request(number: int, days: float) -> dict[str, Any]:
    made = {"iid": number, "title": f"SHOP-{number}", "created_at": z(days - 1), "updated_at": z(days)}
    ended = {"merged_at": z(days), "merge_commit_sha": SHA, "merge_user": {"username": "bea"}}
    return {**made, **ended, "state": "merged", "author": {"username": "ann"}, "sha": SHA}


def jenkins(asked: Asked, *, builds: int = 230) -> Reply:
    """A build an hour, the newest first; a range of them is asked for."""
    assert asked.path == "/job/shop/job/deploy/api/json"
    tree = asked.one("tree")
    first, last = (int(each) for each in tree[tree.rindex("{") + 1 : -1].split(","))
    numbers = list(range(builds, 0, -1))[first:last]
    return Reply({"allBuilds": [_jenkins_build(asked.base, number) for number in numbers]})


def _jenkins_build(base: str, number: int) -> dict[str, Any]:
    began = int((at(0) + timedelta(hours=number - 30)).timestamp() * 1000)
    actions = [{}, {"parameters": [{"name": "ENVIRONMENT", "value": "production"}]}]
    told = {"number": number, "url": f"{base}/job/shop/job/deploy/{number}/", "timestamp": began}
    return {**told, "duration": 60_000, "result": "SUCCESS", "building": False, "actions": actions}


def pagerduty(asked: Asked, *, incidents: int = 230) -> Reply:
    """An incident every hour; not deeper than 10,000, and nothing of more than six months."""
    since, until = (datetime.fromisoformat(asked.one(name).replace(" ", "+")) for name in ("since", "until"))
    if until - since > timedelta(days=181):
        return Reply({"incidents": [], "more": False})
    offset, limit = int(asked.one("offset")), int(asked.one("limit"))
    if offset + limit > 10_000:
        return Reply({"error": {"message": "Offset is too large"}}, status=400)
    made = _incidents(incidents)
    found = [each for each in made if since <= each[1] < until]
    shown = [_pagerduty_incident(*each) for each in found[offset : offset + limit]]
    return Reply({"incidents": shown, "more": offset + limit < len(found), "offset": offset, "limit": limit})


@cache
def _incidents(number: int) -> list[tuple[int, datetime]]:
    every = timedelta(hours=1) if number < 1000 else timedelta(minutes=1)
    return [(place, at(0.5) + place * every) for place in range(number)]


def _pagerduty_incident(number: int, began: datetime) -> dict[str, Any]:
    times = {"created_at": began.isoformat(), "resolved_at": (began + timedelta(minutes=9)).isoformat()}
    about = {
        "id": f"P{number}",
        "title": "slow",
        "status": "resolved",
        "service": {"id": "S1", "summary": "shop"},
    }
    return {**about, **times, "html_url": f"https://acme.pagerduty.com/incidents/P{number}"}


def jira(asked: Asked, *, pages: int = 2) -> Reply:
    """Three issues in two pages, told by a token; a token that is no number has expired."""
    assert asked.path == "/rest/api/3/search/jql"
    assert asked.one("jql").endswith("ORDER BY created ASC")
    token = asked.one("nextPageToken", "0")
    if not token.isdecimal():
        return Reply({"errorMessages": ["The nextPageToken is invalid"]}, status=400)
    issues = [
        _jira_issue(asked.base, *each) for each in ((1, "Incident", 2), (2, "Task", 4), (3, "Task", -20))
    ]
    first = int(token)
    shown = issues[first : first + pages]
    is_last = first + pages >= len(issues)
    more = {} if is_last else {"nextPageToken": str(first + pages)}
    return Reply({"issues": shown, "isLast": is_last, **more})


def _jira_issue(base: str, number: int, kind: str, days: float) -> dict[str, Any]:
    def time(moment: float) -> str:
        return f"{at(moment):%Y-%m-%dT%H:%M:%S.000+0000}"

    fields = {
        "summary": "The shop is down",
        "issuetype": {"name": kind},
        "status": {"name": "Done", "statusCategory": {"key": "done"}},
        "resolution": {"name": "Done"},
        "created": time(days - 1),
        "updated": time(days),
        "resolutiondate": time(days),
        "creator": {"accountId": "ann"},
    }
    return {"key": f"OPS-{number}", "self": f"{base}/rest/api/3/issue/{number}", "fields": fields}


def servicenow(asked: Asked, *, ignores_time: bool = False) -> Reply:
    """A change within the window and an old one; some instances send both whatever they are asked."""
    table = asked.path.rpartition("/")[2]
    if table == "incident":
        return Reply({"result": []})
    rows = [_servicenow_change("CHG1", 3), _servicenow_change("CHG0", -50)]
    if not ignores_time:
        start = asked.one("sysparm_query").partition(">=")[2].partition("^")[0]
        rows = [each for each in rows if each["sys_updated_on"]["value"] >= start]
    return Reply({"result": rows[int(asked.one("sysparm_offset")) :]})


def _servicenow_change(number: str, days: float) -> dict[str, Any]:
    def pair(value: str) -> dict[str, str]:
        return {"value": value, "display_value": value}

    def time(moment: float) -> dict[str, str]:
        return pair(f"{at(moment):%Y-%m-%d %H:%M:%S}")

    said = {
        "number": number,
        "sys_class_name": "change_request",
        "sys_id": number.encode().hex().ljust(32, "0"),
    }
    more = {"short_description": "deploy shop", "approval": "approved", "opened_by": "ann", "active": "true"}
    times = {"sys_created_on": time(days - 1), "opened_at": time(days - 1), "sys_updated_on": time(days)}
    return {**{name: pair(value) for name, value in {**said, **more}.items()}, **times}


def argocd(asked: Asked) -> Reply:
    """One application, synced twice."""
    assert asked.path == "/api/v1/applications"
    row = {"id": 1, "revision": SHA, "deployedAt": z(1), "deployStartedAt": z(0.99)}
    application = {
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"destination": {"namespace": "production"}, "source": {"repoURL": "https://git/x"}},
        "status": {"history": [row, {**row, "id": 2, "deployedAt": z(2), "deployStartedAt": z(1.99)}]},
    }
    return Reply({"items": [application]})


SERVICES: dict[str, tuple[Callable[[Asked], Reply], tuple[str, ...]]] = {
    "argocd": (argocd, ()),
    "github": (github, ("acme/shop",)),
    "gitlab": (gitlab, ("acme/shop",)),
    "jenkins": (jenkins, ("shop/deploy",)),
    "jira": (jira, ("OPS",)),
    "pagerduty": (pagerduty, ()),
    "servicenow": (servicenow, ("change_request", "incident")),
}
"""Each source, and what of it is read."""
