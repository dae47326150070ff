"""The door for deliveries: nobody else is let in, nothing is lost, and twice is once."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from strandline.collection.feeds import Feeds
from strandline.collection.reception import Reception, SignatureError, TooManyError
from strandline.ledger.codec import to_bytes
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger
from strandline.vocabulary.deployment import (
    ROLLOUT_SOURCE,
    Action,
    DeploymentFinished,
    InterventionRequested,
    Outcome,
)
from strandline.vocabulary.errors import NotFoundError
from strandline.vocabulary.event import Fact, FactT, event_of
from strandline.vocabulary.feed import (
    DeliveryInterpreted,
    DeliveryReceived,
    DeliveryRefused,
    DeliveryUnmapped,
    Feed,
    Names,
)
from strandline.vocabulary.organisation import PersonListed

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET = b"a secret of the test"


class DoorTrial:
    """A reception with one feed of Alertmanager, which cannot sign and sends a shared word."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.ledger = MemoryLedger(clock=self.clock)
        self.secrets = {"env:HOOK": SECRET}
        self.feeds = Feeds(self.ledger, self.ledger.projections, self.clock)
        feed = Feed(
            name="alerts", kind="alertmanager", secrets=("env:HOOK",), names=Names(environment="production")
        )
        self.feeds.set_up(feed, actor="ada")
        self.restart()

    def restart(self) -> None:
        """Begin anew on the same ledger, as after a crash."""
        self.reception = Reception(
            self.ledger,
            self.ledger.projections,
            self.feeds,
            clock=self.clock,
            secrets=lambda feed: tuple(self.secrets[each] for each in feed.secrets),
        )

    def deliver(self, body: bytes, word: bytes = SECRET, feed: str = "alerts") -> bool:
        """Deliver a body; return whether it was new."""
        headers = {"authorization": f"Bearer {word.decode()}", "content-type": "application/json"}
        return self.reception.receive(feed, headers, body).is_new

    def said(self, fact: type[FactT]) -> list[FactT]:
        """Return what was recorded, of one type."""
        return [
            msgspec.convert(record.event.content, fact)
            for record in self.ledger.read()
            if record.event.type == fact.TYPE
        ]


@pytest.fixture
def trial() -> DoorTrial:
    return DoorTrial()


def alert(name: str = "HighErrors") -> bytes:
    labels = {"alertname": name, "service": "shop"}
    return json.dumps(
        {
            "version": "4",
            "status": "firing",
            "alerts": [
                {
                    "status": "firing",
                    "labels": labels,
                    "annotations": {},
                    "startsAt": "2026-03-02T11:59:00Z",
                    "endsAt": "0001-01-01T00:00:00Z",
                    "fingerprint": "c0ffee",
                }
            ],
        }
    ).encode()


def test_a_delivery_is_stored_before_it_is_read(trial: DoorTrial) -> None:
    assert trial.deliver(alert())
    [received] = trial.said(DeliveryReceived)
    assert trial.ledger.payload(received.digest) == alert()
    assert received.carries == ("incidents",)
    assert trial.said(DeliveryInterpreted) == []


def test_what_it_says_is_read_afterwards_and_linked_to_its_bytes(trial: DoorTrial) -> None:
    trial.deliver(alert())
    assert trial.reception.interpret_pending() == 1
    [done] = trial.said(DeliveryInterpreted)
    assert (done.events, done.unmapped) == (1, 0)
    [incident] = [each for each in trial.ledger.read() if ".incident.detected." in each.event.type]
    assert trial.ledger.payload(incident.payload_digest) == alert()
    assert trial.reception.interpret_pending() == 0


def test_how_long_a_delivery_came_after_what_it_tells_of_is_known(trial: DoorTrial) -> None:
    assert trial.feeds.standings(trial.clock.now())[0].lag_ms is None
    began = START - timedelta(minutes=3)
    alert = {
        "status": "firing",
        "labels": {"service": "shop", "alertname": "Down"},
        "startsAt": began.isoformat(),
    }
    assert trial.deliver(msgspec.json.encode({"alerts": [alert], "status": "firing"}))
    trial.reception.interpret_pending()
    [standing] = trial.feeds.standings(trial.clock.now())
    assert standing.events == 1
    assert standing.lag_ms == 180_000


def test_what_a_process_left_unread_the_next_one_reads(trial: DoorTrial) -> None:
    trial.deliver(alert())
    trial.restart()
    assert trial.reception.interpret_pending() == 1


def test_the_same_delivery_twice_is_one(trial: DoorTrial) -> None:
    assert trial.deliver(alert())
    assert not trial.deliver(alert())
    trial.reception.interpret_pending()
    assert not trial.deliver(alert())
    assert len(trial.said(DeliveryReceived)) == 1


def test_a_wrong_word_is_refused_and_the_refusal_recorded_without_the_body(trial: DoorTrial) -> None:
    with pytest.raises(SignatureError, match="not right"):
        trial.deliver(alert(), word=b"guessed")
    [refused] = trial.said(DeliveryRefused)
    assert refused.digest == hashlib.sha256(alert()).hexdigest()
    assert trial.ledger.payload(refused.digest) is None
    assert "authorization" not in refused.headers


def test_nobody_can_fill_the_ledger_with_refusals(trial: DoorTrial) -> None:
    for number in range(200):
        with pytest.raises(SignatureError):
            trial.deliver(str(number).encode(), word=b"guessed")
    assert len(trial.said(DeliveryRefused)) == 60
    trial.clock.advance(timedelta(minutes=2))
    with pytest.raises(SignatureError):
        trial.deliver(b"one more", word=b"guessed")
    assert len(trial.said(DeliveryRefused)) == 61


def test_more_than_a_feed_may_take_is_told_to_come_again(trial: DoorTrial) -> None:
    trial.clock.advance(timedelta(seconds=2))
    feed = trial.feeds.feed("alerts")
    trial.feeds.set_up(msgspec.structs.replace(feed, most_per_minute=3), actor="ada")
    for number in range(3):
        assert trial.deliver(b'{"alerts": %d}' % number)
    with pytest.raises(TooManyError):
        trial.deliver(b'{"alerts": 3}')
    assert len(trial.said(DeliveryRefused)) == 1
    trial.clock.advance(timedelta(seconds=20))
    assert trial.deliver(b'{"alerts": 3}')


def test_whoever_has_no_secret_uses_up_nothing_of_the_allowance(trial: DoorTrial) -> None:
    trial.clock.advance(timedelta(seconds=2))
    feed = trial.feeds.feed("alerts")
    trial.feeds.set_up(msgspec.structs.replace(feed, most_per_minute=1), actor="ada")
    for _ in range(5):
        with pytest.raises(SignatureError):
            trial.deliver(b"{}", word=b"guessed")
    assert trial.deliver(b"{}")


def test_a_feed_that_nobody_set_up_takes_nothing(trial: DoorTrial) -> None:
    with pytest.raises(NotFoundError, match="no feed called"):
        trial.deliver(b"{}", feed="another")
    assert len(trial.said(DeliveryRefused)) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"no JSON", b"\xff\xfe", b"[" * 100_000, b'{"alerts": 7}', b"null", b'{"a": NaN}', b"\x00" * 10],
)
def test_what_makes_no_sense_is_kept_as_unmapped(trial: DoorTrial, body: bytes) -> None:
    assert trial.deliver(body)
    trial.reception.interpret_pending()
    assert len(trial.said(DeliveryUnmapped)) == 1
    [received] = trial.said(DeliveryReceived)
    assert trial.ledger.payload(received.digest) == body
    assert trial.feeds.unmapped(5)[0].payload == received.digest


def from_outside(source: str, fact: Fact, *, without: str = "") -> bytes:
    """Return a CDEvent as somebody else would send it."""
    event = event_of(fact, id="e1", source=source, subject_id="shop", occurred_at=START, chain_id="d1")
    document = msgspec.json.decode(to_bytes(event))
    document["data"]["subject"]["content"].pop(without, None)
    return msgspec.json.encode(document)


@pytest.fixture
def events_door(trial: DoorTrial) -> DoorTrial:
    """Return a door that takes events as they are, whoever sends them."""
    trial.feeds.set_up(Feed(name="events", kind="cdevents", secrets=("env:HOOK",)), actor="ada")
    return trial


def test_nobody_outside_can_state_what_strandline_states_itself(events_door: DoorTrial) -> None:
    asked = InterventionRequested(action=Action.ABORT)
    for source in (ROLLOUT_SOURCE, "/strandline/attestations", "/strandline"):
        events_door.deliver(from_outside(source, asked), feed="events")
        events_door.reception.interpret_pending()
    assert events_door.said(InterventionRequested) == []
    assert all("of Strandline itself" in each.what for each in events_door.said(DeliveryUnmapped))
    assert len(events_door.said(DeliveryUnmapped)) == 3
    events_door.deliver(from_outside("/deployer", asked), feed="events")
    events_door.reception.interpret_pending()
    assert events_door.said(InterventionRequested) == [asked]


def test_an_event_that_is_not_what_its_type_says_is_kept_as_unmapped(events_door: DoorTrial) -> None:
    listed = PersonListed(unit="waves")
    events_door.deliver(from_outside("/directory", listed), feed="events")
    finished = DeploymentFinished(outcome=Outcome.SUCCEEDED, reason="", was_exposed=True)
    events_door.deliver(from_outside("/deployer", finished, without="wasExposed"), feed="events")
    events_door.reception.interpret_pending()
    assert events_door.said(PersonListed) == [listed]
    assert events_door.said(DeploymentFinished) == []
    assert "wasExposed" in events_door.said(DeliveryUnmapped)[0].what


def test_a_mistake_in_a_translator_holds_up_nothing_else(
    trial: DoorTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("strandline.collection.interpretation.events_of", broken)
        trial.deliver(alert())
        trial.reception.interpret_pending()
    [unmapped] = trial.said(DeliveryUnmapped)
    assert "ZeroDivisionError" in unmapped.what
    trial.deliver(alert("Another"))
    trial.reception.interpret_pending()
    assert [each.events for each in trial.said(DeliveryInterpreted)] == [0, 1]


def test_both_secrets_count_while_they_are_changed_over(trial: DoorTrial) -> None:
    trial.secrets["env:NEXT"] = b"the next one"
    feed = Feed(name="alerts", kind="alertmanager", secrets=("env:HOOK", "env:NEXT"))
    trial.clock.advance(timedelta(seconds=1))
    trial.feeds.set_up(feed, actor="ada")
    assert trial.deliver(alert())
    assert trial.deliver(alert("Another"), word=b"the next one")


def test_a_signed_delivery_is_let_in_by_its_signature() -> None:
    trial = DoorTrial()
    trial.feeds.set_up(Feed(name="code", kind="github", secrets=("env:HOOK",)), actor="ada")
    body = b'{"zen": "Design for failure.", "hook_id": 1}'
    code = hmac.digest(SECRET, body, hashlib.sha256).hex()
    headers = {"x-hub-signature-256": f"sha256={code}", "x-github-delivery": "d-1", "x-github-event": "ping"}
    assert trial.reception.receive("code", headers, body).is_new
    assert not trial.reception.receive("code", headers, body).is_new


def test_a_thread_reads_what_comes(trial: DoorTrial, tmp_path: Path) -> None:
    del tmp_path
    trial.reception.start()
    try:
        trial.deliver(alert())
        for _ in range(200):
            if trial.said(DeliveryInterpreted):
                break
            trial.ledger.wait(after=trial.ledger.head().seq, timeout=timedelta(milliseconds=50))
    finally:
        trial.reception.stop()
    assert [each.events for each in trial.said(DeliveryInterpreted)] == [1]
