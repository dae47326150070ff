"""Signatures by Ed25519 (RFC 8032), with a key that lies in a folder of the home."""

import hashlib
import os
import threading
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from strandline.adapters.durable_files import sync_folder
from strandline.vocabulary.errors import UnavailableError

_PRIVATE = "ledger.key"
_KEY_ID_DIGITS = 16


class Ed25519Signer:
    """Signs with the key in `ledger.key`, and trusts every public key (`*.pub`, PEM) in the folder.

    The key is made once, readable by its owner alone. A ledger that several machines write into is proved
    on each of them once the public keys of the others are in its folder.

    Args:
        folder: where the keys lie; made if it is missing.

    Raises:
        UnavailableError: the folder or a key cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._private = _private_key(folder / _PRIVATE)
            self._key_id = key_id_of(self._private.public_key())
            _publish(folder / f"{self._key_id}.pub", self._private.public_key())
            self._public = _public_keys(folder)
        except OSError as error:
            what = f"The signing key cannot be read or made: {error.strerror}."
            remedy = "Check who owns the folder and whether the disk is full."
            raise UnavailableError(what, where=str(folder), remedy=remedy) from error

    @property
    def key_id(self) -> str:
        """The first sixteen hex digits of the SHA-256 of the public key."""
        return self._key_id

    def sign(self, statement: bytes) -> bytes:
        """Return the signature: 64 bytes."""
        return self._private.sign(statement)

    def trusts(self, key_id: str) -> bool:
        """Return whether the public key lies in the folder."""
        return key_id in self._public

    def verify(self, statement: bytes, signature: bytes, *, key_id: str) -> bool:
        """Return whether the owner of a trusted key signed the statement."""
        key = self._public.get(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, statement)
        except InvalidSignature:
            return False
        return True


class PersonalKey:
    """The key that somebody signs with by hand; made once, readable by its owner alone.

    Raises:
        UnavailableError: the file cannot be read or written.
    """

    def __init__(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._private = _private_key(file)
        except OSError as error:
            what = f"The signing key cannot be read or made: {error.strerror}."
            raise UnavailableError(what, where=str(file), remedy="Name another file with --key.") from error

    @property
    def public_key(self) -> str:
        """The public key, as hexadecimal digits."""
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        return self._private.public_key().public_bytes(*raw).hex()

    def sign(self, statement: bytes) -> str:
        """Return the signature, as hexadecimal digits."""
        return self._private.sign(statement).hex()


def key_id_of(key: Ed25519PublicKey) -> str:
    """Return the name that a key goes by."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:_KEY_ID_DIGITS]


def _private_key(file: Path) -> Ed25519PrivateKey:
    if not file.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _create_once(file, pem, mode=0o600)
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise _unreadable(file) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _unreadable(file)
    return key


def _publish(file: Path, key: Ed25519PublicKey) -> None:
    if not file.exists():
        pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        _create_once(file, pem, mode=0o644)


def _public_keys(folder: Path) -> dict[str, Ed25519PublicKey]:
    keys: dict[str, Ed25519PublicKey] = {}
    for file in sorted(folder.glob("*.pub")):
        try:
            key = serialization.load_pem_public_key(file.read_bytes())
        except ValueError as error:
            raise _unreadable(file) from error
        if not isinstance(key, Ed25519PublicKey):
            raise _unreadable(file)
        keys[key_id_of(key)] = key
    return keys


def _create_once(file: Path, content: bytes, *, mode: int) -> None:
    """Write a file that is there whole or not at all; of several who try, the first one's stays."""
    aside = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(aside, file)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    sync_folder(file.parent)


def _unreadable(file: Path) -> UnavailableError:
    what = "This is not an Ed25519 key in PEM form."
    remedy = "Put the right file back from a copy; without it, older signatures cannot be checked."
    return UnavailableError(what, where=str(file), remedy=remedy)


def is_signed(statement: bytes, signature: str, public_key: str) -> bool:
    """Return whether a signature over a statement was made with a public key; both as hexadecimal digits."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), statement)
    except (InvalidSignature, ValueError):
        return False
    return True
