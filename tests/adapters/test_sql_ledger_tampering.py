"""Whatever is done to the database or the anchor behind the ledger's back is found, and its place named."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.ledger_scene import PAYLOAD_AT, RECORDS, Scene, only

from strandline.adapters.ed25519 import Ed25519Signer
from strandline.ledger.chain import GENESIS, digest, record_hash
from strandline.ledger.codec import to_bytes
from strandline.testing.ledger_trial import event, events

DIGESTS = ("body_digest", "payload_digest", "previous_hash", "hash")
NAMED = ("type", "source", "event_id", "subject_id", "chain_id")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path)
    scene.write()
    assert scene.found() == []
    return scene


@pytest.mark.parametrize("seq", [1, 5, RECORDS])
def test_an_altered_body_is_named(scene: Scene, seq: int) -> None:
    body = to_bytes(event(seq, chain_id="story", status="never happened"))
    scene.tamper(("UPDATE ledger_records SET body = ? WHERE seq = ?", (body, seq)))
    assert only(scene.found()) == (seq, "Its body was altered.")


@pytest.mark.parametrize("seq", [1, 5, RECORDS])
def test_an_altered_time_is_named(scene: Scene, seq: int) -> None:
    scene.tamper(("UPDATE ledger_records SET recorded_us = recorded_us - 1 WHERE seq = ?", (seq,)))
    place, what = only(scene.found())
    assert place == seq
    assert what.startswith("Its time")


@pytest.mark.parametrize("column", NAMED)
@pytest.mark.parametrize("seq", [1, RECORDS])
def test_an_altered_column_beside_the_body_is_named(scene: Scene, column: str, seq: int) -> None:
    scene.tamper((f"UPDATE ledger_records SET {column} = 'other' WHERE seq = ?", (seq,)))  # noqa: S608 - the test's own names
    place, what = only(scene.found())
    assert place == seq
    assert what.startswith(f"The column {column} was altered")


@pytest.mark.parametrize("seq", [1, 5, RECORDS])
def test_an_altered_hash_is_named(scene: Scene, seq: int) -> None:
    scene.tamper(("UPDATE ledger_records SET hash = zeroblob(32) WHERE seq = ?", (seq,)))
    place, what = scene.found()[0]
    assert place == seq
    assert "hash was altered" in what


@pytest.mark.parametrize("seq", [2, RECORDS])
def test_an_altered_link_is_named(scene: Scene, seq: int) -> None:
    scene.tamper(("UPDATE ledger_records SET previous_hash = zeroblob(32) WHERE seq = ?", (seq,)))
    assert only(scene.found()) == (seq, "Its link to the record before was altered.")


def test_an_altered_digest_of_a_body_is_named(scene: Scene) -> None:
    scene.tamper("UPDATE ledger_records SET body_digest = zeroblob(32) WHERE seq = 3")
    assert only(scene.found()) == (3, "The digest beside its body was altered.")


def test_an_altered_payload_is_named(scene: Scene) -> None:
    scene.tamper("UPDATE ledger_payloads SET content = 'other'")
    place, what = only(scene.found())
    assert place == PAYLOAD_AT
    assert what.endswith("was altered.")


def test_a_payload_of_another_kind_of_value_is_named(scene: Scene) -> None:
    scene.tamper("UPDATE ledger_payloads SET content = 12")
    assert only(scene.found())[0] == PAYLOAD_AT


@pytest.mark.parametrize("column", ["recorded_us", *NAMED, "body", *DIGESTS])
@pytest.mark.parametrize("value", ["text", 12, b"bytes"], ids=["text", "number", "bytes"])
def test_a_value_of_another_kind_is_named(scene: Scene, column: str, value: object) -> None:
    scene.tamper((f"UPDATE ledger_records SET {column} = ? WHERE seq = 3", (value,)))  # noqa: S608 - the test's own names
    assert 3 in {place for place, _ in scene.found()}


def test_a_removed_payload_is_named(scene: Scene) -> None:
    scene.tamper("DELETE FROM ledger_payloads")
    place, what = only(scene.found())
    assert place == PAYLOAD_AT
    assert what.endswith("was removed.")


@pytest.mark.parametrize("link", [b"", bytes(32)], ids=["cut", "bent"])
def test_a_link_to_a_payload_that_was_altered_is_named(scene: Scene, link: bytes) -> None:
    scene.tamper(("UPDATE ledger_records SET payload_digest = ? WHERE seq = ?", (link, PAYLOAD_AT)))
    assert only(scene.found()) == (PAYLOAD_AT, "Its link to its raw payload was altered.")


def test_a_payload_that_was_put_in_is_named(scene: Scene) -> None:
    raw = b"put in"
    scene.tamper(("INSERT INTO ledger_payloads VALUES (?, ?)", (bytes.fromhex(digest(raw)), raw)))
    place, what = only(scene.found())
    assert place == 0
    assert "belongs to no record" in what
    scene.tamper(
        ("UPDATE ledger_records SET payload_digest = ? WHERE seq = 7", (bytes.fromhex(digest(raw)),))
    )
    assert (7, "Its link to its raw payload was altered.") in scene.found()


@pytest.mark.parametrize(("first", "last"), [(1, 1), (5, 5), (4, 7)])
def test_removed_records_are_named(scene: Scene, first: int, last: int) -> None:
    scene.tamper(("DELETE FROM ledger_records WHERE seq BETWEEN ? AND ?", (first, last)))
    gone = f"Record {first} is" if first == last else f"Records {first} to {last} are"
    assert (first, f"{gone} missing: removed.") in scene.found()


@pytest.mark.parametrize("how_many", [1, 3, RECORDS])
def test_a_tail_that_was_cut_off_is_named(scene: Scene, how_many: int) -> None:
    scene.tamper(("DELETE FROM ledger_records WHERE seq > ?", (RECORDS - how_many,)))
    place, what = scene.found()[-1]
    assert place == RECORDS - how_many + 1
    assert "missing at the end, cut off" in what


@pytest.mark.parametrize(("one", "other"), [(4, 5), (1, RECORDS), (3, 9)])
def test_swapped_records_are_named(scene: Scene, one: int, other: int) -> None:
    scene.tamper(
        ("UPDATE ledger_records SET seq = -1 WHERE seq = ?", (one,)),
        ("UPDATE ledger_records SET seq = ? WHERE seq = ?", (one, other)),
        ("UPDATE ledger_records SET seq = ? WHERE seq = -1", (other,)),
    )
    found = scene.found()
    assert (one, f"It was recorded at place {other}: swapped or moved.") in found
    assert (other, f"It was recorded at place {one}: swapped or moved.") in found
    assert {place for place, _ in found} == {one, other}


def test_a_removed_record_whose_followers_were_moved_up_is_named(scene: Scene) -> None:
    scene.tamper(
        "DELETE FROM ledger_records WHERE seq = 5",
        *(f"UPDATE ledger_records SET seq = {seq - 1} WHERE seq = {seq}" for seq in range(6, RECORDS + 1)),  # noqa: S608 - the test's own names
    )
    found = scene.found()
    assert (5, "It was recorded at place 6: swapped or moved.") in found
    assert min(place for place, _ in found) == 5


def forged(seq: int, recorded_us: int, previous: bytes) -> tuple[object, ...]:
    """A record of an attacker who knows how records are made."""
    lie = event(1000, story="it was approved")
    body = to_bytes(lie)
    hashed = record_hash(
        seq=seq,
        recorded_us=recorded_us,
        body_digest=digest(body),
        payload_digest="",
        previous_hash=previous.hex(),
    )
    names = (lie.type, lie.source, lie.id, lie.subject_id, lie.chain_id)
    return (seq, recorded_us, *names, body, bytes.fromhex(digest(body)), b"", previous, bytes.fromhex(hashed))


INSERT = f"INSERT INTO ledger_records VALUES ({', '.join('?' * 12)})"  # noqa: S608 - the test's own names


def test_a_record_put_in_at_the_end_is_named(scene: Scene) -> None:
    previous, recorded_us = scene.value("hash", RECORDS), scene.value("recorded_us", RECORDS)
    assert isinstance(previous, bytes)
    assert isinstance(recorded_us, int)
    scene.tamper((INSERT, forged(RECORDS + 1, recorded_us, previous)))
    place, what = only(scene.found())
    assert place == RECORDS + 1
    assert "put in behind our back" in what


def test_a_record_that_replaces_another_is_named(scene: Scene) -> None:
    previous, recorded_us = scene.value("hash", 4), scene.value("recorded_us", 5)
    assert isinstance(previous, bytes)
    assert isinstance(recorded_us, int)
    scene.tamper("DELETE FROM ledger_records WHERE seq = 5", (INSERT, forged(5, recorded_us, previous)))
    found = scene.found()
    assert any(place == 5 and "it was replaced, or put in behind our back" in what for place, what in found)


def test_a_record_before_the_first_is_named(scene: Scene) -> None:
    scene.tamper((INSERT, forged(0, 0, bytes(32))))
    assert (0, "A record was put in before the first one.") in scene.found()


def rewritten_chain(connection: sqlite3.Connection, first: int) -> None:
    """Write every record from here on anew, so that all of them fit together again."""
    body = to_bytes(event(first, chain_id="story", told="otherwise"))
    connection.execute(
        "UPDATE ledger_records SET body = ?, body_digest = ? WHERE seq = ?",
        (body, bytes.fromhex(digest(body)), first),
    )
    rows = connection.execute(
        "SELECT seq, recorded_us, body_digest, payload_digest, previous_hash, hash FROM ledger_records"
    ).fetchall()
    before = GENESIS
    for seq, recorded_us, body_digest, payload_digest, _, _ in rows:
        hashed = record_hash(
            seq=seq,
            recorded_us=recorded_us,
            body_digest=body_digest.hex(),
            payload_digest=payload_digest.hex(),
            previous_hash=before,
        )
        values = (bytes.fromhex(before), bytes.fromhex(hashed), seq)
        connection.execute("UPDATE ledger_records SET previous_hash = ?, hash = ? WHERE seq = ?", values)
        before = hashed
    connection.execute("UPDATE ledger_head SET hash = ?", (bytes.fromhex(before),))


def test_a_whole_chain_written_anew_is_named(scene: Scene) -> None:
    scene.tamper()
    connection = sqlite3.connect(scene.file)
    rewritten_chain(connection, 5)
    connection.commit()
    connection.close()
    said = " ".join(what for _, what in scene.found())
    assert "This is not the record that line" in said
    assert "The store's newest head is forged" in said


def test_a_signed_head_that_was_removed_is_named(scene: Scene) -> None:
    connection = sqlite3.connect(scene.file)
    connection.execute("UPDATE ledger_head SET signature = zeroblob(64)")
    connection.commit()
    connection.close()
    assert (RECORDS, "The store's newest head is forged: its signature is wrong.") in scene.found()


def test_a_head_signed_with_an_unknown_key_is_named(scene: Scene, tmp_path: Path) -> None:
    stranger = Ed25519Signer(tmp_path / "stranger")
    connection = sqlite3.connect(scene.file)
    connection.execute("UPDATE ledger_head SET key_id = ?", (stranger.key_id,))
    connection.commit()
    connection.close()
    assert any(place == RECORDS and stranger.key_id in what for place, what in scene.found())


def test_a_kept_checkpoint_that_was_forged_is_named(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    ledger = scene.open()
    ledger.append(events(1000))
    ledger.append(events(5, first=1001))
    ledger.close()
    assert scene.found() == []
    scene.tamper("UPDATE ledger_checkpoints SET hash = zeroblob(32)")
    place, what = only(scene.found())
    assert place == 1000
    assert what == "The store's checkpoint of record 1000 is forged: its signature is wrong."


def changed(value: object, at: int, by: int) -> object:
    if isinstance(value, int):
        return value + by
    raw = value.encode() if isinstance(value, str) else value
    assert isinstance(raw, bytes)
    place = at % len(raw)
    bent = raw[:place] + bytes([raw[place] ^ by]) + raw[place + 1 :]
    return bent.decode("latin-1") if isinstance(value, str) else bent


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, bytes]:
    scene = Scene(tmp_path_factory.mktemp("every-byte"))
    scene.write()
    return scene, scene.file.read_bytes()


COLUMNS = ("recorded_us", *NAMED, "body", "body_digest", "previous_hash", "hash")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seq=st.integers(1, RECORDS),
    column=st.sampled_from(COLUMNS),
    at=st.integers(0, 2000),
    by=st.integers(1, 127),
)
def test_any_byte_of_any_column_that_is_altered_is_found_at_its_place(
    original: tuple[Scene, bytes], seq: int, column: str, at: int, by: int
) -> None:
    scene, copy = original
    scene.restore(copy)
    value = scene.value(column, seq)
    scene.tamper((f"UPDATE ledger_records SET {column} = ? WHERE seq = ?", (changed(value, at, by), seq)))  # noqa: S608 - the test's own names
    found = scene.found()
    assert found
    assert seq in {place for place, _ in found}


@pytest.mark.parametrize("table", ["ledger_records", "ledger_payloads", "ledger_checkpoints"])
@pytest.mark.parametrize("action", ["UPDATE {0} SET rowid = rowid", "DELETE FROM {0}"])
def test_the_database_itself_refuses_to_change_or_forget(tmp_path: Path, table: str, action: str) -> None:
    scene = Scene(tmp_path)
    ledger = scene.open()
    ledger.append(events(1000), payload=b"raw")
    ledger.close()
    connection = sqlite3.connect(scene.file)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(action.format(table))
    connection.close()
