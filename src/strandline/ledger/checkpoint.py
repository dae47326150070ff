"""Signed heads: who held the key said at this place, and with this hash, the ledger ended.

The chain shows that records fit together; whoever can write the database can write another chain that fits
as well. They cannot sign it. See `docs/decisions/0003-signed-heads-and-an-anchor.md`.
"""

from typing import Protocol

import msgspec

_KIND = b"strandline checkpoint 1\n"


class Verifier(Protocol):
    """Checks signatures by the keys it trusts."""

    def trusts(self, key_id: str) -> bool:
        """Return whether signatures of this key count here."""
        ...

    def verify(self, statement: bytes, signature: bytes, *, key_id: str) -> bool:
        """Return whether the owner of this (trusted) key signed the statement."""
        ...


class Signer(Verifier, Protocol):
    """Signs with a key of its own, which it also trusts."""

    @property
    def key_id(self) -> str:
        """The name of its key: what a reader finds the public key by."""
        ...

    def sign(self, statement: bytes) -> bytes:
        """Return the signature of the statement."""
        ...


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A signed head."""

    seq: int
    """The place of the newest record at that time."""
    hash: str
    """Its hash (hex)."""
    recorded_us: int
    """When it was recorded: microseconds since 1970 in UTC."""
    number: int = 0
    """In the anchor file: 1, 2, 3 … without a gap. In the store: 0."""
    key_id: str
    signature: bytes

    def is_signed(self, verifier: Verifier) -> bool:
        """Return whether its signature is by a key that the verifier trusts."""
        said = statement(seq=self.seq, hash_=self.hash, recorded_us=self.recorded_us, number=self.number)
        return verifier.trusts(self.key_id) and verifier.verify(said, self.signature, key_id=self.key_id)


def statement(*, seq: int, hash_: str, recorded_us: int, number: int) -> bytes:
    """Return the bytes that a checkpoint's signature covers."""
    return _KIND + f"{number}\n{seq}\n{recorded_us}\n{hash_}\n".encode()


def signed(signer: Signer, *, seq: int, hash_: str, recorded_us: int, number: int = 0) -> Checkpoint:
    """Return the checkpoint for a head."""
    signature = signer.sign(statement(seq=seq, hash_=hash_, recorded_us=recorded_us, number=number))
    return Checkpoint(
        seq=seq, hash=hash_, recorded_us=recorded_us, number=number, key_id=signer.key_id, signature=signature
    )
