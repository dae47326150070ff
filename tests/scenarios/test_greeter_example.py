"""The greeter does what its README says: release by release, as it stands in the example."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from strandline.adapters import listening

RELEASES = Path(__file__).parents[2] / "examples" / "01-greeter" / "releases"
VERSIONS = ("1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0")


@contextmanager
def running(version: str, *, scratch: Path | None = None) -> Iterator[httpx.Client]:
    port = listening.free_port(())
    program = [sys.executable, str(RELEASES / version / "greeter.py"), "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "GREETER_SCRATCH"}
    environment |= {"GREETER_SCRATCH": str(scratch)} if scratch is not None else {}
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL, env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as user:
            give_up_at = time.monotonic() + 10
            while time.monotonic() < give_up_at:
                try:
                    user.get("/ready")
                    break
                except httpx.ConnectError:
                    time.sleep(0.02)
            yield user
    finally:
        process.terminate()
        assert process.wait(timeout=5) == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_each_release_says_its_version_and_how_it_is_started(version: str) -> None:
    stated = yaml.safe_load((RELEASES / version / "release.yaml").read_text())
    assert stated["version"] == version
    assert stated["command"] == ["python3", "{release}/greeter.py", "--port", "{port}"]


@pytest.mark.parametrize("version", [*VERSIONS[:3], *VERSIONS[4:]])
def test_a_release_greets_and_names_itself(version: str) -> None:
    with running(version) as user:
        assert user.get("/ready").status_code == 200
        answer = user.get("/hello", params={"name": "Zoë"})
        assert answer.status_code == 200
        assert answer.headers["x-greeter-version"] == answer.json()["version"] == version
        assert answer.json()["message"] == "Hello, Zoë!"
        assert user.get("/nowhere").status_code == 404


def test_the_good_release_greets_in_the_readers_language() -> None:
    with running("1.1.0") as user:
        spoken = {
            accepted: json.loads(user.get("/hello", headers={"accept-language": accepted}).content)["message"]
            for accepted in ("fr-CH, fr;q=0.9", "xx, de;q=0.5", "xx")
        }
    assert list(spoken.values()) == ["Bonjour, world!", "Hallo, world!", "Hello, world!"]


def test_the_bad_release_looks_fine_by_hand_and_fails_users() -> None:
    with running("1.2.0") as user:
        by_hand = [user.get("/hello").status_code for _ in range(20)]
        users = [user.get("/hello").status_code for _ in range(480)]
    assert set(by_hand) == {200}
    assert (users.count(500), users.count(200)) == (20, 460)


def test_the_release_that_needs_a_phrase_service_is_never_ready() -> None:
    with running("1.3.0") as user:
        for _ in range(3):
            assert user.get("/ready").status_code == 503
            time.sleep(0.2)


def test_the_slow_release_fails_nothing_and_lets_every_10th_user_wait() -> None:
    with running("1.4.0") as user:
        answers = [user.get("/hello") for _ in range(100)]
    took = sorted(answer.elapsed.total_seconds() for answer in answers)
    assert {answer.status_code for answer in answers} == {200}
    assert [seconds > 0.3 for seconds in took] == [False] * 90 + [True] * 10
    assert took[50] < 0.1


def test_the_first_instance_that_starts_has_the_bad_disk_and_no_other(tmp_path: Path) -> None:
    def failing(user: httpx.Client) -> int:
        return sum(user.get("/hello").status_code == 500 for _ in range(300))

    with running("1.5.0", scratch=tmp_path) as first, running("1.5.0", scratch=tmp_path) as second:
        assert first.get("/ready").status_code == second.get("/ready").status_code == 200
        # One third of them, and six standard deviations.
        assert abs(failing(first) - 100) < 50
        assert failing(second) == 0
    with running("1.5.0", scratch=tmp_path) as replaced:
        assert failing(replaced) == 0


@pytest.mark.parametrize("version", ["1.5.0", "1.6.0"])
def test_the_dictionary_is_down_for_one_release_as_for_the_other(version: str, tmp_path: Path) -> None:
    incident = tmp_path / "dictionary-down"
    (tmp_path / "bad-disk").touch()
    with running(version, scratch=tmp_path) as user:
        found = []
        for is_down in (False, True, False):
            if is_down:
                incident.touch()
            else:
                incident.unlink(missing_ok=True)
            found.append(sum(user.get("/hello").status_code == 500 for _ in range(420)))
            assert user.get("/ready").status_code == 200
    assert found[0] == found[2] == 0
    # One in seven, and six standard deviations.
    assert abs(found[1] - 60) < 43


def test_the_release_after_it_speaks_more_languages() -> None:
    with running("1.6.0") as user:
        found = [
            user.get("/hello", headers={"accept-language": it}).json()["message"] for it in ("pl", "sv", "fr")
        ]
    assert found == ["Cześć, world!", "Hej, world!", "Bonjour, world!"]
