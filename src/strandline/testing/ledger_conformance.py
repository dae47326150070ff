"""What every ledger must do, as tests: mix `LedgerConformance` in and give it a ledger.

One that others write into at the same time mixes `SharedLedgerConformance` in as well. That altered records
are found is tested where a store can be altered: on the real databases.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from strandline.ledger.chain import GENESIS, digest, microseconds, record_hash
from strandline.ledger.codec import to_bytes
from strandline.ledger.projection import Projector
from strandline.ledger.record import Appended, Head
from strandline.testing.ledger_trial import (
    FINISHED,
    SOURCE,
    STARTED,
    KeptLedger,
    Tally,
    event,
    events,
)
from strandline.testing.manual_clock import ManualClock
from strandline.vocabulary.errors import BadInputError, ConflictingEventError, NotFoundError

_SOON = timedelta(seconds=10)


class LedgerConformance:
    """Subclass it and give the fixtures `ledger`, an empty one, and `clock`, the one that it asks."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """The clock of the ledger."""
        return ManualClock(datetime(2026, 3, 2, 12, tzinfo=UTC))

    @pytest.fixture
    def ledger(self, clock: ManualClock) -> KeptLedger:
        """An empty ledger that asks this clock."""
        raise NotImplementedError

    def test_an_empty_ledger_has_no_head(self, ledger: KeptLedger) -> None:
        """Place nought, and a hash of zeros."""
        assert ledger.head() == Head(seq=0, hash=GENESIS)
        assert list(ledger.read()) == []
        assert ledger.append([]) == []

    def test_keeps_what_was_said_as_it_was_said(self, ledger: KeptLedger, clock: ManualClock) -> None:
        """Order, body, event, time."""
        said = events(3)
        assert ledger.append(said) == [Appended(seq=seq, is_new=True) for seq in (1, 2, 3)]
        records = list(ledger.read())
        assert [record.event for record in records] == said
        assert [record.body for record in records] == [to_bytes(one) for one in said]
        assert {record.recorded_at for record in records} == {clock.now()}

    def test_chains_each_record_to_the_one_before(self, ledger: KeptLedger) -> None:
        """The chain begins with zeros, and ends at the head."""
        ledger.append(events(2))
        ledger.append(events(2, first=3), payload=b"raw")
        before = GENESIS
        for record in ledger.read():
            assert record.previous_hash == before
            before = record_hash(
                seq=record.seq,
                recorded_us=microseconds(record.recorded_at),
                body_digest=digest(record.body),
                payload_digest=record.payload_digest,
                previous_hash=record.previous_hash,
            )
            assert record.hash == before
        assert ledger.head() == Head(seq=4, hash=before)

    def test_the_same_event_again_changes_nothing(self, ledger: KeptLedger) -> None:
        """Neither alone nor among new ones, nor twice in one batch, nor with another payload."""
        ledger.append([event(1)], payload=b"first")
        before = list(ledger.read())
        assert ledger.append([event(1)], payload=b"second") == [Appended(seq=1, is_new=False)]
        assert list(ledger.read()) == before
        assert ledger.payload(hashlib.sha256(b"second").hexdigest()) is None
        assert ledger.append([event(2), event(1), event(2)]) == [
            Appended(seq=2, is_new=True),
            Appended(seq=1, is_new=False),
            Appended(seq=2, is_new=False),
        ]

    def test_a_known_id_that_says_something_else_is_refused_with_its_batch(self, ledger: KeptLedger) -> None:
        """All or none."""
        ledger.append([event(1)])
        with pytest.raises(ConflictingEventError, match="event-1"):
            ledger.append([event(2), event(1, more="other")])
        with pytest.raises(ConflictingEventError, match="event-3"):
            ledger.append([event(3), event(3, more="other")], payload=b"raw")
        assert ledger.head().seq == 1
        assert ledger.find(SOURCE, "event-2") is None
        assert ledger.payload(hashlib.sha256(b"raw").hexdigest()) is None

    def test_one_event_that_cannot_be_written_refuses_its_batch(self, ledger: KeptLedger) -> None:
        """A float, say."""
        bad = msgspec.structs.replace(event(2), content={"share": 0.5})
        with pytest.raises(BadInputError, match="share"):
            ledger.append([event(1), bad])
        assert ledger.head().seq == 0

    def test_ids_are_unique_within_their_source_only(self, ledger: KeptLedger) -> None:
        """Two sources may use one id."""
        other = msgspec.structs.replace(event(1, more="other"), source="/other")
        ledger.append([event(1), other])
        found = ledger.find("/other", "event-1")
        assert found is not None
        assert found.event == other
        assert ledger.find("/nobody", "event-1") is None
        assert [each.event.source for each in ledger.named("event-1")] == [SOURCE, "/other"]
        assert ledger.named("event-9") == []

    def test_keeps_the_raw_payload_and_links_it(self, ledger: KeptLedger) -> None:
        """Whatever its bytes; one payload may have made several events."""
        raw = b"\x00\xff not text \n"
        ledger.append(events(2), payload=raw)
        ledger.append([event(3)])
        first, second, third = ledger.read()
        assert first.payload_digest == second.payload_digest == hashlib.sha256(raw).hexdigest()
        assert third.payload_digest == ""
        assert ledger.payload(first.payload_digest) == raw
        assert ledger.payload("0" * 64) is None
        assert ledger.payload("no digest") is None

    def test_an_empty_payload_is_a_payload(self, ledger: KeptLedger) -> None:
        """Somebody sent nothing: that too is what was sent."""
        ledger.append([event(1)], payload=b"")
        [record] = ledger.read()
        assert ledger.payload(record.payload_digest) == b""

    def test_reads_from_a_place_so_many_and_no_more(self, ledger: KeptLedger) -> None:
        """`after` and `limit`, also across pages."""
        ledger.append(events(1203))
        assert [record.seq for record in ledger.read(after=1200)] == [1201, 1202, 1203]
        assert [record.seq for record in ledger.read(after=600, limit=2)] == [601, 602]
        assert [record.seq for record in ledger.read(limit=1100)] == list(range(1, 1101))
        assert list(ledger.read(after=1203)) == []
        assert list(ledger.read(limit=0)) == []

    def test_filters_by_type_chain_and_subject(self, ledger: KeptLedger) -> None:
        """Types are prefixes, and may be several; filters narrow each other."""
        ledger.append(
            [
                event(1, type=STARTED, chain_id="a", subject_id="x"),
                event(2, type=FINISHED, chain_id="a", subject_id="y"),
                event(3, type="com.example.push", chain_id="b", subject_id="x"),
                event(4, type="com.example.Push_%", subject_id="x"),
            ]
        )

        def seqs(types: tuple[str, ...] = (), chain_id: str = "", subject_id: str = "") -> list[int]:
            found = ledger.read(types=types, chain_id=chain_id, subject_id=subject_id)
            return [record.seq for record in found]

        assert seqs(types=("dev.cdeventsx.strandline-trial.",)) == [1, 2]
        assert seqs(types=(FINISHED, "com.example.push")) == [2, 3]
        assert seqs(types=("com.example.P",)) == [4]
        assert seqs(types=("com.example.Push_%",)) == [4]
        assert seqs(types=("",)) == [1, 2, 3, 4]
        assert seqs(chain_id="a") == [1, 2]
        assert seqs(subject_id="x") == [1, 3, 4]
        assert seqs(types=("dev.",), chain_id="a", subject_id="y") == [2]
        assert seqs(chain_id="nobody's") == []

    def test_a_filter_and_a_limit_go_together_across_pages(self, ledger: KeptLedger) -> None:
        """The limit counts what is given out, not what is looked at."""
        ledger.append([event(number, chain_id="odd" if number % 2 else "even") for number in range(1, 1301)])
        found = [record.seq for record in ledger.read(chain_id="even", limit=600)]
        assert found == list(range(2, 1201, 2))

    def test_one_may_append_while_one_reads(self, ledger: KeptLedger) -> None:
        """A reading ends at what was the newest when it began."""
        ledger.append(events(3))
        for record in ledger.read():
            ledger.append([event(100 + record.seq)])
        assert [record.seq for record in ledger.read(after=3)] == [4, 5, 6]

    def test_a_clock_set_back_makes_no_record_older(self, ledger: KeptLedger, clock: ManualClock) -> None:
        """Never before the record ahead of it."""
        ledger.append([event(1)])
        clock.jump(timedelta(hours=-1))
        ledger.append([event(2)])
        clock.jump(timedelta(hours=2))
        ledger.append([event(3)])
        first, second, third = (record.recorded_at for record in ledger.read())
        assert first == second < third == clock.now()

    def test_any_text_comes_back(self, ledger: KeptLedger) -> None:
        """Whatever Unicode an id or a content holds."""
        odd = msgspec.structs.replace(
            event(1, text="\x00 \u2028 \U0001f6a2 ä 'quoted' \"twice\" \\ %s ?"),
            id="Ü'; DROP TABLE ledger_records; --%",
            chain_id="\U0001f6a2",
        )
        ledger.append([odd])
        assert [record.event for record in ledger.read(chain_id="\U0001f6a2")] == [odd]
        found = ledger.find(SOURCE, odd.id)
        assert found is not None
        assert found.event == odd

    def test_waiting_ends_at_once_when_there_is_something(self, ledger: KeptLedger) -> None:
        """There already, or not at all."""
        ledger.append([event(1)])
        began = time.monotonic()
        assert ledger.wait(after=0, timeout=_SOON)
        assert time.monotonic() - began < _SOON.total_seconds() / 2
        assert not ledger.wait(after=1, timeout=timedelta(milliseconds=20))
        assert not ledger.wait(after=1, timeout=timedelta())

    def test_an_append_wakes_who_waits(self, ledger: KeptLedger) -> None:
        """Within this process, and at once."""
        woken: list[bool] = []
        waiting = threading.Thread(target=lambda: woken.append(ledger.wait(after=0, timeout=_SOON)))
        waiting.start()
        ledger.append([event(1)])
        waiting.join(_SOON.total_seconds())
        assert woken == [True]

    def test_threads_append_without_gap_and_without_doubles(self, ledger: KeptLedger) -> None:
        """Several threads say the same things at once: each is recorded once."""
        in_threads(4, lambda: [ledger.append([event(number)]) for number in range(1, 31)])
        records = list(ledger.read())
        assert [record.seq for record in records] == list(range(1, 31))
        assert {record.event.id for record in records} == {f"event-{number}" for number in range(1, 31)}
        hashes = [GENESIS, *(record.hash for record in records)]
        assert [record.previous_hash for record in records] == hashes[:-1]

    def test_a_projection_catches_up(self, ledger: KeptLedger) -> None:
        """It folds each record once, however often it is asked."""
        projector = Projector(ledger, ledger.projections, [Tally()])
        ledger.append(events(5))
        projector.catch_up()
        projector.catch_up()
        ledger.append([event(6), event(7, type=FINISHED, subject_id="subject-1")])
        projector.catch_up()
        assert ledger.projections.rows("tally") == {"subject-0": b"2", "subject-2": b"2"}
        assert ledger.projections.row("tally", "subject-1") is None
        assert ledger.projections.rows("tally", ["subject-2", "subject-1"]) == {"subject-2": b"2"}
        assert ledger.projections.checkpoint("tally") == (7, 1)

    def test_a_projection_is_rebuilt_to_the_same_bytes(self, ledger: KeptLedger) -> None:
        """Rows that nobody folded are gone afterwards."""
        projector = Projector(ledger, ledger.projections, [Tally()])
        ledger.append(events(100))
        projector.catch_up()
        before = ledger.projections.rows("tally")
        ledger.projections.save("tally", version=1, seq=100, rows={"subject-9": b"put in"}, base=100)
        projector.rebuild("tally")
        assert ledger.projections.rows("tally") == before
        with pytest.raises(NotFoundError, match="tally"):
            projector.rebuild("tallies")

    def test_another_version_of_a_projection_begins_anew(self, ledger: KeptLedger) -> None:
        """The old rows would mean something else."""
        ledger.append(events(3))
        Projector(ledger, ledger.projections, [Tally()]).catch_up()
        Projector(ledger, ledger.projections, [Tally(version=2, step=10)]).catch_up()
        assert set(ledger.projections.rows("tally").values()) == {b"10"}
        assert ledger.projections.checkpoint("tally") == (3, 2)

    def test_a_fold_that_was_overtaken_is_not_written(self, ledger: KeptLedger) -> None:
        """Two processes fold at once: what the slower one has is thrown away."""
        store = ledger.projections
        assert store.save("tally", version=1, seq=5, rows={"a": b"1"}, base=0)
        assert not store.save("tally", version=1, seq=4, rows={"a": b"other"}, base=0)
        assert store.rows("tally") == {"a": b"1"}
        assert store.checkpoint("tally") == (5, 1)
        store.drop("tally")
        assert store.rows("tally") == {}
        assert store.checkpoint("tally") == (0, 0)

    def test_many_threads_may_fold_and_append_at_once(self, ledger: KeptLedger) -> None:
        """Two projectors on one store, as in two processes."""
        projectors = [Projector(ledger, ledger.projections, [Tally()]) for _ in range(2)]

        def work() -> None:
            for number in range(1, 31):
                ledger.append([event(number)])
                projectors[number % 2].catch_up()

        in_threads(4, work)
        projectors[0].catch_up()
        assert ledger.projections.rows("tally") == {f"subject-{rest}": b"10" for rest in range(3)}


class SharedLedgerConformance:
    """For ledgers that processes share: give the fixture `other` as well, opened on the same store."""

    @pytest.fixture
    def other(self) -> KeptLedger:
        """The same ledger, as another process sees it."""
        raise NotImplementedError

    def test_what_one_records_the_other_reads(self, ledger: KeptLedger, other: KeptLedger) -> None:
        """At once, and the chain goes on."""
        ledger.append([event(1)])
        other.append([event(2)])
        assert list(ledger.read()) == list(other.read())
        assert ledger.append([event(2)]) == [Appended(seq=2, is_new=False)]

    def test_an_append_of_another_process_ends_the_waiting(
        self, ledger: KeptLedger, other: KeptLedger
    ) -> None:
        """Without a word between the two."""
        woken: list[bool] = []
        waiting = threading.Thread(target=lambda: woken.append(ledger.wait(after=0, timeout=_SOON)))
        waiting.start()
        other.append([event(1)])
        waiting.join(_SOON.total_seconds())
        assert woken == [True]

    def test_both_append_at_once_and_make_one_chain(self, ledger: KeptLedger, other: KeptLedger) -> None:
        """Each event once, none lost, no fork."""
        both = iter((ledger, other, ledger, other))
        in_threads(4, lambda: _append_all(next(both)))
        records = list(ledger.read())
        assert [record.seq for record in records] == list(range(1, 31))
        hashes = [GENESIS, *(record.hash for record in records)]
        assert [record.previous_hash for record in records] == hashes[:-1]


def _append_all(ledger: KeptLedger) -> None:
    for number in range(1, 31):
        ledger.append([event(number)])


def in_threads(count: int, work: Callable[[], object]) -> None:
    """Do the work in so many threads at once; raise what one of them raised."""
    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told below, in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
