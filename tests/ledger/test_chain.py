import hashlib
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from strandline.ledger.chain import GENESIS, chained, digest, microseconds, moment_of, record_hash, record_of
from strandline.ledger.codec import to_bytes
from strandline.ledger.record import Head
from strandline.testing.ledger_trial import event

digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
parts = st.fixed_dictionaries(
    {
        "seq": st.integers(1, 10**12),
        "recorded_us": st.integers(-(10**15), 10**18),
        "body_digest": digests,
        "payload_digest": st.just("") | digests,
        "previous_hash": digests,
    }
)


@given(parts, parts)
def test_records_have_the_same_hash_only_if_they_are_the_same(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert (record_hash(**one) == record_hash(**other)) == (one == other)  # type: ignore[arg-type] # of the right kinds


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_comes_back_to_the_microsecond(moment: datetime) -> None:
    assert moment_of(microseconds(moment)) == moment


def test_the_hash_is_pinned_for_good_as_it_is_described() -> None:
    texts = ["strandline record 1", "7", "1000000", "ab" * 32, "", "cd" * 32]
    described = b"".join(len(text).to_bytes(8, "big") + text.encode() for text in texts)
    told = record_hash(
        seq=7, recorded_us=1_000_000, body_digest="ab" * 32, payload_digest="", previous_hash="cd" * 32
    )
    assert told == hashlib.sha256(described).hexdigest()
    assert told == "00bcb72fd399ffec7ff78b082983ad01f230b19d0b1ec919d8dbde4ba556a6da"


def test_a_stored_record_comes_back_as_what_was_said() -> None:
    said = event(1, chain_id="story")
    moment = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(microseconds=1)
    stored = chained(
        said,
        to_bytes(said),
        after=Head(seq=0, hash=GENESIS),
        recorded_us=microseconds(moment),
        payload_digest=digest(b"raw"),
    )
    record = record_of(stored)
    assert record.event == said
    assert record.recorded_at == moment
    assert (record.seq, record.previous_hash, record.hash) == (1, GENESIS, stored.hash)
