"""The proof alone: over records in memory, every one of which may be bent."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from strandline.ledger.chain import GENESIS, StoredRecord, chained
from strandline.ledger.checkpoint import signed
from strandline.ledger.codec import to_bytes
from strandline.ledger.proof import Proof, SignedHeads, verify
from strandline.ledger.record import Head
from strandline.testing.ledger_trial import events


class Seal:
    """Signs by a text that everybody can read: what signatures are worth is not the question here."""

    key_id = "seal"

    def sign(self, statement: bytes) -> bytes:
        return b"sealed " + statement

    def trusts(self, key_id: str) -> bool:
        return key_id == self.key_id

    def verify(self, statement: bytes, signature: bytes, *, key_id: str) -> bool:
        return self.trusts(key_id) and signature == self.sign(statement)


SEAL = Seal()


def chain(count: int) -> list[StoredRecord]:
    records: list[StoredRecord] = []
    head = Head(seq=0, hash=GENESIS)
    for event in events(count):
        stored = chained(event, to_bytes(event), after=head, recorded_us=1000 + head.seq, payload_digest="")
        head = Head(seq=stored.seq, hash=stored.hash)
        records.append(stored)
    return records


def heads_of(records: Sequence[StoredRecord]) -> SignedHeads:
    if not records:
        return SignedHeads(newest=None)
    last = records[-1]
    return SignedHeads(
        newest=signed(SEAL, seq=last.seq, hash_=last.hash, recorded_us=last.recorded_us),
        anchor=[signed(SEAL, seq=last.seq, hash_=last.hash, recorded_us=last.recorded_us, number=1)],
        anchor_lines=1,
    )


def proved(records: Sequence[StoredRecord], heads: SignedHeads) -> Proof:
    return verify(records, heads, verifier=SEAL, total=len(records))


WHOLE = chain(40)
HEADS = heads_of(WHOLE)


@given(st.integers(0, 60))
def test_what_was_written_is_proved(count: int) -> None:
    records = chain(count)
    proof = proved(records, heads_of(records))
    assert proof.faults == ()
    assert proof.records == count
    assert proof.head == (Head(seq=count, hash=records[-1].hash) if records else Head(seq=0, hash=GENESIS))


@given(st.integers(0, 39), st.sampled_from(StoredRecord._fields), st.data())
def test_no_field_of_any_record_can_be_another_one_s(place: int, field: str, data: st.DataObject) -> None:
    other = data.draw(
        st.sampled_from(
            [n for n in range(40) if getattr(WHOLE[n], field) != getattr(WHOLE[place], field)] or [-1]
        )
    )
    if other == -1:
        return
    bent = [*WHOLE]
    bent[place] = WHOLE[place]._replace(**{field: getattr(WHOLE[other], field)})
    bent.sort(key=lambda record: record.seq)
    assert proved(bent, HEADS).faults


@given(st.permutations(range(40)))
def test_no_other_order_is_proved(order: list[int]) -> None:
    moved = [WHOLE[old]._replace(seq=new + 1) for new, old in enumerate(order)]
    faults = proved(moved, HEADS).faults
    displaced = {new + 1 for new, old in enumerate(order) if new != old}
    assert {fault.seq for fault in faults if "swapped or moved" in fault.what} == displaced
    assert bool(faults) == bool(displaced)


@given(st.sets(st.integers(1, 40), min_size=1))
def test_no_record_can_be_left_out(gone: set[int]) -> None:
    faults = proved([record for record in WHOLE if record.seq not in gone], HEADS).faults
    assert {fault.seq for fault in faults if "missing" in fault.what} == {
        seq for seq in gone if seq - 1 not in gone
    }


@given(st.integers(1, 39))
def test_a_fork_of_the_chain_is_not_proved(after: int) -> None:
    head = Head(seq=after, hash=WHOLE[after - 1].hash)
    forked = [*WHOLE[:after]]
    for event in events(40 - after, first=500):
        stored = chained(event, to_bytes(event), after=head, recorded_us=2000, payload_digest="")
        head = Head(seq=stored.seq, hash=stored.hash)
        forked.append(stored)
    faults = proved(forked, HEADS).faults
    assert any(fault.seq == 40 and "is not the record that" in fault.what for fault in faults)


def test_many_faults_are_counted_and_not_all_told() -> None:
    bent = [record._replace(body=b"{}") for record in chain(300)]
    faults = proved(bent, HEADS).faults
    assert len(faults) == 101
    assert str(faults[0]) == "Record 1: Its body was altered."
    assert str(faults[-1]).startswith("There are ")


def test_progress_is_told_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    records = chain(40)
    verify(
        records,
        heads_of(records),
        verifier=SEAL,
        total=40,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (40, 40)


def test_a_head_that_is_gone_is_a_fault() -> None:
    faults = proved(WHOLE, SignedHeads(newest=None)).faults
    assert [fault.what for fault in faults] == ["The store's newest signed head was removed."]
