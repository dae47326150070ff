import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from strandline.adapters.ed25519 import Ed25519Signer
from strandline.vocabulary.errors import UnavailableError


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "keys"
    first, second = Ed25519Signer(folder), Ed25519Signer(folder)
    assert first.key_id == second.key_id
    assert second.verify(b"said", first.sign(b"said"), key_id=first.key_id)
    assert stat.S_IMODE((folder / "ledger.key").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == [f"{first.key_id}.pub", "ledger.key"]


def test_a_signature_is_of_one_statement_by_one_key(tmp_path: Path) -> None:
    one, other = Ed25519Signer(tmp_path / "one"), Ed25519Signer(tmp_path / "other")
    assert not one.verify(b"other", one.sign(b"said"), key_id=one.key_id)
    assert not one.verify(b"said", other.sign(b"said"), key_id=one.key_id)
    assert not one.verify(b"said", b"", key_id=one.key_id)
    assert not one.trusts(other.key_id)
    assert not one.verify(b"said", other.sign(b"said"), key_id=other.key_id)


def test_a_public_key_in_the_folder_is_trusted_by_what_it_is_and_not_by_its_name(tmp_path: Path) -> None:
    other = Ed25519Signer(tmp_path / "other")
    Ed25519Signer(tmp_path / "one")
    pem = (tmp_path / "other" / f"{other.key_id}.pub").read_bytes()
    (tmp_path / "one" / "colleague.pub").write_bytes(pem)
    assert Ed25519Signer(tmp_path / "one").verify(b"said", other.sign(b"said"), key_id=other.key_id)


def of_another_kind() -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize("content", [b"no key", b"", of_another_kind()], ids=["text", "empty", "other kind"])
@pytest.mark.parametrize("name", ["ledger.key", "colleague.pub"])
def test_what_is_no_such_key_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnavailableError) as caught:
        Ed25519Signer(tmp_path)
    assert caught.value.where == str(tmp_path / name)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnavailableError) as caught:
        Ed25519Signer(tmp_path / "file" / "keys")
    assert caught.value.remedy
