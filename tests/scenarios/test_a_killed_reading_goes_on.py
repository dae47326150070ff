"""A backfill that is killed goes on in the next control plane, and nothing is read twice or left out."""

import time
from functools import partial
from pathlib import Path

import pytest
from tests.adapters.rest_server import Asked, Reply, served
from tests.adapters.rest_services import github
from tests.cli.workplace import Workplace, free_port, wait_until

pytestmark = pytest.mark.scenario

RUNS = 2600


def slowly(asked: Asked) -> Reply:
    time.sleep(0.02)
    return github(asked, runs=RUNS)


def test_a_backfill_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    try:
        with served(slowly) as server:
            place.run("feed", "add", "code", "--kind", "github", "--api", server.url, "--reads", "acme/shop")
            first = place.start("feed", "backfill", "code", "--from", "2026-03-02", "--to", "2026-03-30")
            try:
                wait_until(lambda: _pages(place) >= 8)
            finally:
                first.kill()
                first.wait()
            before = _pages(place)
            [reading] = place.json("feed", "readings")
            assert reading["state"] == "open"
            asked_before = len(server.asked)
            serving = place.start("serve", "--port", str(free_port()))
            try:
                wait_until(lambda: place.json("feed", "readings")[0]["state"] == "finished")
            finally:
                serving.terminate()
                serving.wait()
            assert len(server.asked) > asked_before
        [reading] = [each for each in place.json("feed", "readings") if not each["isReconciliation"]]
        events = [each["data"]["context"]["type"] for each in place.json("ledger", "export")]
        runs = sum("pipelinerun.finished" in each for each in events)
        assert runs == RUNS
        assert reading["pages"] > before
        assert reading["new"] == RUNS + 6 + 4 + 1
        assert place.run("ledger", "verify").returncode == 0
    finally:
        place.clear_up()


def test_a_backfill_without_a_control_plane_runs_in_the_command_itself(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    try:
        with served(partial(github, runs=3)) as server:
            place.run("feed", "add", "code", "--kind", "github", "--api", server.url, "--reads", "acme/shop")
            done = place.run("feed", "backfill", "code", "--from", "2026-03-02", "--to", "2026-03-30")
            assert done.returncode == 0, done.stderr
            assert "14 new events" in done.stdout
            server.answers = lambda _: Reply({"message": "Bad credentials"}, status=401)
            failed = place.run("feed", "backfill", "code", "--from", "2026-03-02")
            assert failed.returncode == 1
            assert "Bad credentials" in failed.stdout
            assert "Check the token" in failed.stdout
    finally:
        place.clear_up()


def _pages(place: Workplace) -> int:
    found = place.json("feed", "readings")
    return int(found[0]["pages"]) if found else 0
