"""Proving a ledger: that every record is what was written, where it was written, and that none is gone."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from strandline.ledger.chain import GENESIS, StoredRecord, digest
from strandline.ledger.checkpoint import Checkpoint, Verifier
from strandline.ledger.codec import from_bytes
from strandline.ledger.record import Head
from strandline.ledger.suspicion import Suspicion, is_sound
from strandline.vocabulary.errors import BadInputError

_MOST_FAULTS = 100
"""Faults that are told one by one; the rest is counted."""
_TELL_EVERY = 5000
"""Records between two reports of progress."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that is not as it was written."""

    seq: int
    """The place it concerns; 0 where it is not about one record."""
    what: str
    """What is wrong, as a sentence."""

    def __str__(self) -> str:
        """Place and sentence."""
        return f"Record {self.seq}: {self.what}" if self.seq else self.what


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of proving a ledger."""

    records: int
    """How many records there are."""
    head: Head
    """The newest one; who notes it elsewhere can prove later that nothing before it has changed."""
    faults: tuple[Fault, ...]
    """What is wrong, by place; empty if every record, payload and signed head was proved."""


class Payloads(msgspec.Struct, frozen=True, kw_only=True):
    """What a store found out about its raw payloads (digests in hex)."""

    altered: frozenset[str] = frozenset()
    """Those whose content has another SHA-256 than they are kept under."""
    missing: frozenset[str] = frozenset()
    """Those that a record names but that are not there."""
    orphans: tuple[str, ...] = ()
    """Those that no record names."""


class SignedHeads(msgspec.Struct, frozen=True, kw_only=True):
    """The signed heads that a store and its anchor keep."""

    newest: Checkpoint | None
    """The store's newest one; `None` if it is gone."""
    kept: Sequence[Checkpoint] = ()
    """The store's older ones."""
    anchor: Sequence[Checkpoint] = ()
    """The anchor file's, in its order."""
    unreadable_lines: Sequence[int] = ()
    """Lines of the anchor file that are no checkpoint."""
    anchor_lines: int = 0
    """How many lines the store knows the anchor file to have had."""


def verify(
    records: Iterable[StoredRecord],
    heads: SignedHeads,
    *,
    verifier: Verifier,
    payloads: Payloads | None = None,
    total: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Proof:
    """Prove a ledger and name each fault with its place.

    Args:
        records: all of them by place, as the store has them. They are read once, and never all held.
        heads: what was signed.
        verifier: knows whose signatures count.
        payloads: what the store found out about its payloads.
        total: how many records there are, if known: for `progress`, and to look for where a record came from.
        progress: told how many of how many records are done, now and then.
    """
    examined = _Examination(heads, verifier, payloads or Payloads(), total, progress)
    faults: list[Fault] = []
    more = 0
    for fault in examined.faults(records):
        if len(faults) < _MOST_FAULTS:
            faults.append(fault)
        else:
            more += 1
    faults.sort(key=lambda fault: fault.seq)
    if more:
        faults.append(Fault(0, f"There are {more} more faults."))
    progress(examined.count, max(total, examined.count))
    return Proof(records=examined.count, head=examined.head, faults=tuple(faults))


class _Examination:
    """One run through a ledger."""

    def __init__(
        self,
        heads: SignedHeads,
        verifier: Verifier,
        payloads: Payloads,
        total: int,
        progress: Callable[[int, int], None],
    ) -> None:
        self._heads = heads
        self._verifier = verifier
        self._payloads = payloads
        self._total = total
        self._progress = progress
        self._suspicion = Suspicion(orphans=payloads.orphans, total=total)
        self._sworn: dict[int, list[tuple[str, Checkpoint]]] = {}
        self.count = 0
        self.head = Head(seq=0, hash=GENESIS)

    def faults(self, records: Iterable[StoredRecord]) -> Iterator[Fault]:
        """Yield what is wrong."""
        yield from self._signatures()
        yield from self._anchor_lines()
        last_proved = 0
        is_rewriting_told = False
        before_is_faulty = False
        for record, following in _with_following(records):
            found = list(self._record(record, following, before_is_faulty=before_is_faulty))
            yield from found
            for name, checkpoint in self._sworn.pop(record.seq, ()):
                if checkpoint.hash == record.hash:
                    last_proved = record.seq
                elif not found and not is_rewriting_told:
                    is_rewriting_told = True
                    yield Fault(
                        record.seq,
                        f"This is not the record that {name} signed: "
                        f"records were written anew between {last_proved + 1} and {record.seq}.",
                    )
            before_is_faulty = bool(found)
            self.count += 1
            self.head = Head(seq=record.seq, hash=record.hash)
            if self.count % _TELL_EVERY == 0:
                self._progress(self.count, max(self._total, self.count))
        yield from self._end()

    def _record(
        self, record: StoredRecord, following: StoredRecord | None, *, before_is_faulty: bool
    ) -> Iterator[Fault]:
        expected = self.head.seq + 1
        is_after_gap = record.seq != expected
        if record.seq < expected:
            yield Fault(record.seq, "A record was put in before the first one.")
        elif is_after_gap:
            gone = (
                f"Record {expected} is"
                if record.seq == expected + 1
                else f"Records {expected} to {record.seq - 1} are"
            )
            yield Fault(expected, f"{gone} missing: removed.")
        if not is_sound(record):
            yield Fault(record.seq, self._suspicion.explain(record, following, previous_hash=self.head.hash))
        elif digest(record.body) != record.body_digest:
            yield Fault(record.seq, "Its body was altered.")
        else:
            self._suspicion.is_in_place()
            if record.previous_hash != self.head.hash and not is_after_gap and not before_is_faulty:
                yield Fault(
                    self.head.seq,
                    f"Record {record.seq} was written after another record than this one: "
                    "it was replaced, or put in behind our back.",
                )
            yield from _columns(record)
        if record.payload_digest in self._payloads.altered:
            yield Fault(record.seq, f"Its raw payload {record.payload_digest[:12]}… was altered.")
        elif record.payload_digest in self._payloads.missing and not self._suspicion.blamed_payload:
            yield Fault(record.seq, f"Its raw payload {record.payload_digest[:12]}… was removed.")

    def _signatures(self) -> Iterator[Fault]:
        newest = self._heads.newest
        named = [("the store's newest head", newest)] if newest is not None and newest.seq else []
        named += [(f"the store's checkpoint of record {kept.seq}", kept) for kept in self._heads.kept]
        named += [(f"line {line.number} of the anchor", line) for line in self._heads.anchor]
        for name, checkpoint in named:
            if not self._verifier.trusts(checkpoint.key_id):
                yield Fault(
                    checkpoint.seq,
                    f"{name[0].upper()}{name[1:]} was signed with {checkpoint.key_id!r}, which is not one of "
                    "the public keys here: it is forged, or that key has to be put there.",
                )
            elif not checkpoint.is_signed(self._verifier):
                yield Fault(checkpoint.seq, f"{name[0].upper()}{name[1:]} is forged: its signature is wrong.")
            else:
                self._sworn.setdefault(checkpoint.seq, []).append((name, checkpoint))

    def _anchor_lines(self) -> Iterator[Fault]:
        for line in self._heads.unreadable_lines:
            yield Fault(0, f"Line {line} of the anchor file is damaged.")
        numbers = [line.number for line in self._heads.anchor]
        known = set(numbers)
        most = max([self._heads.anchor_lines, *numbers])
        gone = [number for number in range(1, most + 1) if number not in known]
        if gone and len(gone) > len(self._heads.unreadable_lines):
            which = (
                f"line {gone[0]}" if len(gone) == 1 else f"{len(gone)} lines, the first being line {gone[0]},"
            )
            yield Fault(0, f"The anchor file was cut: {which} of {most} is missing.")
        if len(known) < len(numbers):
            yield Fault(0, "The anchor file holds a line twice: it was tampered with.")

    def _end(self) -> Iterator[Fault]:
        """Compare where the ledger ends with where signed heads say that it did."""
        newest = self._heads.newest
        beyond = [
            (seq, name) for seq, sworn in self._sworn.items() if seq > self.head.seq for name, _ in sworn
        ]
        if beyond:
            seq, name = max(beyond)
            first = self.head.seq + 1
            gone = f"Record {first} is" if seq == first else f"Records {first} to {seq} are"
            yield Fault(first, f"{gone} missing at the end, cut off: {name} knows of it.")
        is_signed = newest is not None and (not newest.seq or newest.is_signed(self._verifier))
        if newest is None:
            if self.head.seq:
                yield Fault(self.head.seq, "The store's newest signed head was removed.")
        elif is_signed and newest.seq < self.head.seq:
            yield Fault(
                newest.seq + 1, "No signed head covers the records from here on: put in behind our back."
            )
        for orphan in self._payloads.orphans:
            if orphan not in self._suspicion.explained_payloads:
                yield Fault(
                    0, f"The raw payload {orphan[:12]}… belongs to no record: it was put in, or cut loose."
                )


def _columns(record: StoredRecord) -> Iterator[Fault]:
    """Compare what makes a record findable with what it says."""
    try:
        event = from_bytes(record.body)
    except BadInputError as error:
        yield Fault(record.seq, f"Its body cannot be read: {error.what}")
        return
    said = {
        "type": event.type,
        "source": event.source,
        "event_id": event.id,
        "subject_id": event.subject_id,
        "chain_id": event.chain_id,
    }
    for column, value in said.items():
        if getattr(record, column) != value:
            yield Fault(
                record.seq,
                f"The column {column} was altered: it says {getattr(record, column)!r}, the body {value!r}.",
            )


def _with_following(records: Iterable[StoredRecord]) -> Iterator[tuple[StoredRecord, StoredRecord | None]]:
    before: StoredRecord | None = None
    for record in records:
        if before is not None:
            yield before, record
        before = record
    if before is not None:
        yield before, None
