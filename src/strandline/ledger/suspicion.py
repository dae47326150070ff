"""Finding out what was done to a record whose hash is wrong: each thing that could be undone is tried."""

from collections.abc import Iterable

from strandline.ledger.chain import StoredRecord, digest, record_hash

_NEAR = 64
"""How far from its place a moved record is always looked for."""
_FAR_SEARCHES = 8
"""How many records are looked for in the whole ledger: each search takes as long as it is long."""


def is_sound(record: StoredRecord) -> bool:
    """Return whether the record has the hash of what stands beside it (the body apart: that is by digest)."""
    return _hash(record) == record.hash


class Suspicion:
    """Explains unsound records, in the order of their places.

    Args:
        orphans: digests of payloads that no record names.
        total: how many records there are.
    """

    def __init__(self, *, orphans: Iterable[str], total: int) -> None:
        self._orphans = tuple(orphans)
        self._total = total
        self._far_searches = _FAR_SEARCHES
        self._shift = 0
        self.explained_payloads: set[str] = set()
        """Orphans that a record was made from, before somebody cut them loose."""
        self.blamed_payload = False
        """Whether the last record's link to its payload is what was altered."""

    def explain(self, record: StoredRecord, following: StoredRecord | None, *, previous_hash: str) -> str:
        """Return what was done to an unsound record."""
        self.blamed_payload = False
        body_digest = digest(record.body)
        successor = following.previous_hash if following is not None else ""
        if _hash(record, previous_hash=previous_hash) == record.hash:
            said = "Its link to the record before was altered."
        elif _hash(record, body_digest=body_digest) == record.hash:
            said = "The digest beside its body was altered."
        elif _hash(record, body_digest=body_digest) == successor:
            said = "Its hash was altered."
        elif (orphan := self._cut_loose(record)) is not None:
            self.blamed_payload = True
            self.explained_payloads.add(orphan)
            said = "Its link to its raw payload was altered."
        elif (origin := self._origin(record)) is not None:
            self._shift = origin - record.seq
            said = f"It was recorded at place {origin}: swapped or moved."
        elif body_digest != record.body_digest:
            said = "Its body was altered, and its time, payload or place with it."
        elif following is None:
            said = "Its time or its hash was altered, or its body together with the digest beside it."
        else:
            said = "Its time was altered, or its body together with the digest beside it."
        return said

    def is_in_place(self) -> None:
        """Learn that a record stands where it was written."""
        self.blamed_payload = False
        self._shift = 0

    def _cut_loose(self, record: StoredRecord) -> str | None:
        """Return the payload that the record was made from, if its link now says another."""
        for orphan in ("", *self._orphans):
            if _hash(record, payload_digest=orphan) == record.hash:
                return orphan
        return None

    def _origin(self, record: StoredRecord) -> int | None:
        """Return the place that the record was written at, if it is not this one."""
        near = [record.seq + self._shift] if self._shift else []
        for distance in range(1, _NEAR + 1):
            near += [record.seq + distance, record.seq - distance]
        found = _first(near, record)
        if found is None and self._far_searches:
            self._far_searches -= 1
            found = _first(range(1, self._total + _NEAR), record)
        return found


def _first(places: Iterable[int], record: StoredRecord) -> int | None:
    return next((place for place in places if place > 0 and _hash(record, seq=place) == record.hash), None)


def _hash(
    record: StoredRecord,
    *,
    seq: int | None = None,
    body_digest: str | None = None,
    payload_digest: str | None = None,
    previous_hash: str | None = None,
) -> str:
    return record_hash(
        seq=record.seq if seq is None else seq,
        recorded_us=record.recorded_us,
        body_digest=record.body_digest if body_digest is None else body_digest,
        payload_digest=record.payload_digest if payload_digest is None else payload_digest,
        previous_hash=record.previous_hash if previous_hash is None else previous_hash,
    )
