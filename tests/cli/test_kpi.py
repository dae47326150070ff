"""`strandline kpi`, `feed` and `ledger import --kind|--git`, on ledgers of their own."""

import hashlib
import hmac
import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest
from tests.cli.workplace import Workplace, free_port, wait_until
from tests.kpi.told import committed, deployed, heard, incident, sha

from strandline.ledger.codec import to_bytes
from strandline.vocabulary.event import Event

WINDOW = ("--from", "2026-03-02", "--to", "2026-04-01")


@pytest.fixture
def desk(tmp_path: Path) -> Workplace:
    """Return a folder with a month of another tool's events in a ledger."""
    place = Workplace(tmp_path)
    from tests.kpi.told import at  # noqa: PLC0415 - only here

    events: list[Event] = [committed("c0", at(-1)), *deployed("d0", at(0, 1), commit=sha("c0")), heard()]
    for number in range(1, 20):
        events.append(committed(f"c{number}", at(number), parents=(f"c{number - 1}",)))
        events += deployed(f"d{number}", at(number, 2), commit=sha(f"c{number}"), is_unplanned=False)
    events += incident("i1", at(5, 3), at(5, 4), deployment="d5")
    events += incident("i2", at(9, 3), at(9, 5))
    (tmp_path / "events.jsonl").write_bytes(b"".join(to_bytes(each) + b"\n" for each in events))
    assert place.run("ledger", "import", "events.jsonl").returncode == 0
    return place


def test_each_figure_says_what_it_rests_on(desk: Workplace) -> None:
    done = desk.run("kpi", *WINDOW)
    assert done.returncode == 0
    nobody = desk.run("kpi", "--team", "nobody")
    assert (nobody.returncode, "no catalogue says" in nobody.stderr) == (2, True)
    assert "Change lead time" in done.stdout
    assert "2.0 h" in done.stdout
    assert "1 of 20" in done.stdout
    assert "10 % with inferred links" in done.stdout
    assert "Approval wait: No source of approvals is connected." in done.stdout


def test_the_document_has_value_sample_interval_and_feeds(desk: Workplace) -> None:
    report = desk.json("kpi", "change-fail-rate", *WINDOW)
    [figure] = report["figures"]
    assert (figure["status"], figure["explicit"]["count"], figure["explicit"]["n"]) == ("computed", 1, 20)
    assert figure["explicit"]["low"] < figure["explicit"]["value"] < figure["explicit"]["high"]
    assert figure["feeds"][0]["share"] == 1.0
    assert figure["points"] == []
    whole = desk.json("kpi", "change-fail-rate", "--points", *WINDOW)
    assert len(whole["figures"][0]["points"]) == 2


def test_as_of_a_time_before_anything_was_recorded_there_is_nothing(desk: Workplace) -> None:
    report = desk.json("kpi", "--as-of", "2026-04-02", *WINDOW)
    assert {each["status"] for each in report["figures"]} == {"not-computable"}


def test_a_slip_is_answered_with_what_would_be_right(desk: Workplace) -> None:
    for arguments, said in (
        (("kpi", "velocity"), "change-fail-rate"),
        (("kpi", "--from", "yesterday"), "90d"),
        (("kpi", "--from", "2026-04-01", "--to", "2026-03-01"), "before --to"),
        (("ledger", "import"), "--git"),
        (("ledger", "import", "events.jsonl", "--kind", "telepathy"), "github"),
        (("feed", "add", "code", "--kind", "github"), "--secret"),
        (("feed", "add", "a/b", "--kind", "github", "--open"), "part of an address"),
        (("feed", "add", "code", "--kind", "github", "--open", "--services", "shop"), "theirs=ours"),
    ):
        done = desk.run(*arguments)
        assert done.returncode == 2
        assert said in done.stderr


def test_payloads_of_another_tool_are_recorded_once(desk: Workplace) -> None:
    alert = {"labels": {"alertname": "Errors", "service": "shop"}, "startsAt": "2026-03-03T10:00:00Z"}
    message = {"version": "4", "status": "firing", "alerts": [{**alert, "status": "firing"}]}
    (desk.folder / "alerts.json").write_text(json.dumps(message))
    unmapped = desk.json("ledger", "import", "alerts.json", "--kind", "alertmanager")
    assert (unmapped["new"], unmapped["unmapped"]) == (0, 1)
    assert "environment" in desk.run("feed", "unmapped").stdout
    mapped = ("ledger", "import", "alerts.json", "--kind", "alertmanager", "--environment", "production")
    assert desk.json(*mapped)["new"] == 1
    assert desk.json(*mapped)["known"] == 1


def test_a_repository_is_read_once_and_then_what_is_new(desk: Workplace) -> None:
    folder = desk.folder / "shop"
    said = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
    said |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}

    def git(*arguments: str) -> None:
        command = ["git", "-c", "init.defaultBranch=main", *arguments]
        subprocess.run(command, cwd=folder, env={**os.environ, **said}, check=True, capture_output=True)

    folder.mkdir()
    git("init")
    for number in range(3):
        git("commit", "--allow-empty", "-m", f"Step {number}")
    first = desk.json("ledger", "import", "--git", "shop")
    assert (first["new"], first["partial"]) == (3, "")
    git("commit", "--allow-empty", "-m", "One more")
    assert desk.json("ledger", "import", "--git", "shop")["new"] == 1
    assert desk.json("ledger", "import", "--git", "shop")["new"] == 0


@pytest.mark.scenario
def test_a_delivery_survives_a_control_plane_that_is_killed_right_after_the_answer(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    word = "shared by the test alone"
    (tmp_path / "hook").write_text(word)
    where = f"file:{tmp_path / 'hook'}"
    assert place.run("feed", "add", "code", "--kind", "github", "--secret", where).returncode == 0
    port = str(free_port())
    order = {
        "id": 7,
        "sha": "f" * 40,
        "environment": "production",
        "created_at": "2026-03-02T09:00:00Z",
    }
    status = {"id": 8, "state": "success", "created_at": "2026-03-02T09:05:00Z"}
    body = json.dumps(
        {
            "deployment": order,
            "deployment_status": status,
            "repository": {"html_url": "https://github.com/acme/shop"},
        }
    ).encode()
    code = hmac.digest(word.encode(), body, hashlib.sha256).hex()
    headers = {"x-hub-signature-256": f"sha256={code}", "x-github-event": "deployment_status"}
    running = [place.start("serve", "--port", port)]
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(url))
        answer = httpx.post(f"{url}/intake/code", content=body, headers=headers)
        running[0].kill()
        running[0].wait()
        assert answer.status_code == 202
        running.append(place.start("serve", "--port", port))
        wait_until(lambda: _answers(url))
        wait_until(lambda: _events(place) == 2)
        assert httpx.post(f"{url}/intake/code", content=body, headers=headers).json()["isNew"] is False
    finally:
        for each in running:
            each.terminate()
            each.wait()
        place.clear_up()
    assert place.run("ledger", "verify").returncode == 0
    told = place.json("kpi", "deployment-frequency", "--points", *WINDOW)
    assert [each["service"] for each in told["figures"][0]["points"]] == ["acme/shop"]


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v1/health").is_success
    except httpx.TransportError:
        return False


def _events(place: Workplace) -> int:
    listed = place.json("feed", "list")
    return int(listed[0]["events"]) if listed else 0


def test_what_people_say_of_an_incident_counts_before_everything_else(desk: Workplace) -> None:
    window = ("--from", "2026-03-02")
    listed = desk.json("incident", "list", *window)
    assert [[link["method"] for link in each["links"]] for each in listed] == [["source"], ["time"]]
    assert "96 %" in desk.run("incident", "list", *window).stdout

    def failed() -> tuple[int, int]:
        [figure] = desk.json("kpi", "change-fail-rate", *WINDOW)["figures"]
        return figure["explicit"]["count"], figure["inferred"]["count"]

    assert failed() == (1, 2)
    assert desk.run("incident", "link", "i2", "d9", "--reason", "we looked").returncode == 0
    assert failed() == (2, 2)
    assert desk.run("incident", "dispute", "i1", "d5").returncode == 0
    assert failed() == (1, 1)
    assert (
        desk.run("incident", "classify", "i2", "--not-caused", "--cause", "external-outage").returncode == 0
    )
    assert failed() == (0, 0)
    assert "external-outage" in desk.run("incident", "list", *window).stdout


def test_an_incident_or_deployment_that_nobody_knows_is_answered_with_those_that_are(desk: Workplace) -> None:
    for arguments, said in (
        (("incident", "classify", "i1"), "--caused or --not-caused"),
        (("incident", "classify", "i9", "--caused"), "pager.example#i2"),
        (("incident", "link", "i1", "d99"), "d19"),
    ):
        done = desk.run(*arguments)
        assert done.returncode == 2
        assert said in done.stderr


def test_a_table_is_read_by_its_map_in_which_no_is_a_heading(desk: Workplace) -> None:
    (desk.folder / "changes.csv").write_text(
        "No,Done,App,Result\n7,2026-03-02T10:30:00Z,mail,OK\n8,,mail,OK\n"
    )
    (desk.folder / "map.yaml").write_text(
        "rows: deployment\ncolumns: {id: No, at: Done, service: App, outcome: Result}\n"
        "always: {environment: production}\nwords: {outcome: {OK: success}}\n"
    )
    done = desk.json("ledger", "import", "changes.csv", "--kind", "csv_rows", "--map", "map.yaml")
    assert (done["new"], done["unmapped"]) == (1, 1)
    assert done["reasons"][0]["where"] == "line 3"
    (desk.folder / "map.yaml").write_text("rows: [")
    broken = desk.run("ledger", "import", "changes.csv", "--kind", "csv_rows", "--map", "map.yaml")
    assert broken.returncode == 2
    assert "map.yaml" in broken.stderr
