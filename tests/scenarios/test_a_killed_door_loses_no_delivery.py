"""A control plane that is killed under load loses no delivery that it said yes to."""

import hashlib
import hmac
import json
import threading
import time
from pathlib import Path

import httpx
import pytest
from tests.cli.workplace import Workplace, free_port, wait_until

from strandline.vocabulary.feed import DeliveryInterpreted, DeliveryReceived

pytestmark = pytest.mark.scenario

WORD = "shared by the test alone"
KILLS = 4


class Sender(threading.Thread):
    """Delivers as fast as it can, each delivery until it is taken; remembers which were."""

    def __init__(self, number: int, url: str) -> None:
        super().__init__(daemon=True)
        self.number, self.url = number, url
        self.taken: list[str] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        """Deliver until told to stop; what is not answered is sent again, as a good sender does."""
        with httpx.Client(timeout=5) as client:
            count = 0
            while not self.stopping.is_set():
                name = f"{self.number}-{count}"
                try:
                    done = client.post(f"{self.url}/intake/code", content=body(name), headers=headers(name))
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                assert done.status_code == 202, done.text
                self.taken.append(name)
                count += 1


def body(name: str) -> bytes:
    """Return a deployment of its own."""
    order = {"id": int(name.replace("-", "00")), "sha": hashlib.sha1(name.encode()).hexdigest()}  # noqa: S324 - as long as a commit
    order |= {"environment": "production", "created_at": "2026-03-02T09:00:00Z"}
    return json.dumps(
        {"deployment": order, "repository": {"html_url": "https://github.com/acme/shop"}}
    ).encode()


def headers(name: str) -> dict[str, str]:
    """Return what GitHub sends along."""
    code = hmac.digest(WORD.encode(), body(name), hashlib.sha256).hex()
    return {
        "x-hub-signature-256": f"sha256={code}",
        "x-github-event": "deployment",
        "x-github-delivery": name,
    }


def test_killed_again_and_again_under_load_it_loses_nothing_that_it_took(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    (tmp_path / "hook").write_text(WORD)
    place.run("feed", "add", "code", "--kind", "github", "--secret", f"file:{tmp_path / 'hook'}")
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    senders = [Sender(number, url) for number in range(1, 4)]
    serving = place.start("serve", "--port", port)
    try:
        wait_until(lambda: _answers(url))
        for each in senders:
            each.start()
        for _ in range(KILLS):
            before = sum(len(each.taken) for each in senders)
            wait_until(lambda before=before: sum(len(each.taken) for each in senders) > before + 40)  # type: ignore[misc]  # bound at once
            serving.kill()
            serving.wait()
            serving = place.start("serve", "--port", port)
            wait_until(lambda: _answers(url))
        for each in senders:
            each.stopping.set()
        for each in senders:
            each.join(30)
        taken = {name for each in senders for name in each.taken}
        wait_until(lambda: place.json("feed", "list")[0]["events"] >= len(taken))
    finally:
        serving.terminate()
        serving.wait()
        place.clear_up()
    events = [each["data"] for each in place.json("ledger", "export")]
    received = [
        each["subject"]["content"]["delivery"]
        for each in events
        if each["context"]["type"] == DeliveryReceived.TYPE
    ]
    read = sum(each["context"]["type"] == DeliveryInterpreted.TYPE for each in events)
    began = [each for each in events if "taskrun.started" in each["context"]["type"]]
    assert len(taken) > KILLS * 40
    assert taken <= set(received)
    assert len(received) == len(set(received)) == read == len(began)
    assert place.run("ledger", "verify").returncode == 0


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v1/health").is_success
    except httpx.TransportError:
        return False
