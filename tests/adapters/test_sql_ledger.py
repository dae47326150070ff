"""Ledgers in databases that fail, that others use at the same time, and whose process dies."""

import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import inspect
from sqlalchemy.event import listen, remove

from strandline.adapters.ed25519 import Ed25519Signer
from strandline.adapters.sql_ledger import SqlLedger, open_ledger
from strandline.adapters.sql_schema import METADATA
from strandline.adapters.system_clock import SystemClock
from strandline.ledger.chain import GENESIS
from strandline.testing.ledger_trial import event, events
from strandline.vocabulary.errors import BadInputError, UnavailableError


def opened(url: str, home: Path) -> SqlLedger:
    signer = Ed25519Signer(home / "keys")
    return open_ledger(url, clock=SystemClock(), signer=signer, anchor=home / "checkpoints.jsonl")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def ledger(url: str, tmp_path: Path) -> Iterator[SqlLedger]:
    ledger = opened(url, tmp_path)
    ledger.append(events(3))
    yield ledger
    ledger.close()


def plain(error: pytest.ExceptionInfo[UnavailableError]) -> str:
    """One sentence with a remedy, and no word of the library."""
    assert error.value.what.endswith(".")
    assert error.value.remedy
    assert error.value.where
    assert "sqlalche" not in str(error.value)
    return error.value.what


def test_sqlite_keeps_what_it_acknowledged_through_a_power_cut(ledger: SqlLedger) -> None:
    with ledger._backend.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_a_writer_that_never_ends_is_waited_for_and_then_named(url: str, tmp_path: Path) -> None:
    with closing(opened(f"{url}?timeout=0.2", tmp_path)) as ledger:
        ledger.append(events(3))
        with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(UnavailableError) as caught:
                ledger.append([event(4)])
            assert "Another process" in plain(caught)
            assert len(list(ledger.read())) == 3
        ledger.append([event(4)])
        assert ledger.verify().faults == ()


def test_a_full_disk_refuses_all_of_a_batch_and_is_named(ledger: SqlLedger) -> None:
    engine = ledger._backend.engine

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    listen(engine, "checkout", limit)
    with pytest.raises(UnavailableError) as caught:
        ledger.append(events(2000, first=10))
    assert "disk is full" in plain(caught)
    assert len(list(ledger.read())) == 3
    remove(engine, "checkout", limit)
    engine.dispose()
    ledger.append(events(2000, first=10))
    assert ledger.verify().faults == ()


def test_a_file_that_may_not_grow_refuses_all_of_a_batch(url: str, tmp_path: Path) -> None:
    done = run(
        url,
        tmp_path,
        """
        import resource, signal
        ledger.append(events(3))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = (home / "ledger.db-wal").stat().st_size + 20_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            ledger.append(events(2000, first=10))
        except UnavailableError as error:
            print(error.what)
        print(len(list(ledger.read())))
        """,
    )
    told, left = done.stdout.splitlines()
    assert "nothing was recorded" in told
    assert left == "3"
    with closing(opened(url, tmp_path)) as ledger:
        assert ledger.verify().faults == ()
        assert ledger.append([event(4)])[0].seq == 4


def test_an_anchor_that_cannot_be_written_stops_the_next_append(ledger: SqlLedger, tmp_path: Path) -> None:
    anchor = tmp_path / "checkpoints.jsonl"
    kept = anchor.read_bytes()
    anchor.unlink()
    anchor.mkdir()
    ledger._anchor._written_at = -10.0
    ledger.append([event(4)])
    with pytest.raises(UnavailableError) as caught:
        ledger.append([event(5)])
    assert "anchor" in plain(caught)
    assert ledger.head().seq == 4
    anchor.rmdir()
    anchor.write_bytes(kept)
    ledger.append([event(5)])
    assert ledger.verify().faults == ()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"Dear diary, today nothing happened. " * 100)
    with pytest.raises(UnavailableError) as caught:
        opened(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path)
    assert "no SQLite database" in plain(caught)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        opened(f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}", tmp_path)
    assert "cannot be opened" in plain(caught)


def test_a_ledger_of_a_newer_version_is_left_alone_and_named(
    ledger: SqlLedger, url: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other:
        other.execute("UPDATE strandline_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(UnavailableError) as caught:
        opened(url, tmp_path)
    assert "newer Strandline" in plain(caught)
    assert ledger.head().seq == 3


@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://host/db", "sqlite://", "sqlite:///:memory:", "postgresql://host"]
)
def test_an_address_that_no_ledger_can_have_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as caught:
        opened(address, tmp_path)
    assert "sqlite:////" in caught.value.remedy


def test_a_server_that_does_not_answer_is_named_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        opened("postgresql://ada:secret@127.0.0.1:1/ledger", tmp_path)
    assert plain(caught)
    assert "secret" not in str(caught.value)


def test_the_migrations_make_the_tables_that_are_described(ledger: SqlLedger) -> None:
    same_shape(ledger)


@pytest.mark.postgres
def test_the_migrations_make_the_same_tables_on_postgres(postgres_database: str, tmp_path: Path) -> None:
    with closing(opened(postgres_database, tmp_path)) as ledger:
        same_shape(ledger)


def same_shape(ledger: SqlLedger) -> None:
    made = inspect(ledger._backend.engine)
    for table in METADATA.sorted_tables:
        columns = {column["name"]: column for column in made.get_columns(table.name)}
        assert list(columns) == [column.name for column in table.columns]
        for column in table.columns:
            assert columns[column.name]["nullable"] == column.nullable
            assert str(columns[column.name]["type"]) == column.type.compile(ledger._backend.engine.dialect)
        assert made.get_pk_constraint(table.name)["constrained_columns"] == [
            key.name for key in table.primary_key
        ]
        indexes = {
            index["name"]: (index["column_names"], bool(index["unique"]))
            for index in made.get_indexes(table.name)
        }
        assert indexes == {
            index.name: ([column.name for column in index.columns], index.unique) for index in table.indexes
        }


def test_many_may_open_a_new_ledger_at_once(url: str, tmp_path: Path) -> None:
    open_at_once(url, tmp_path)


@pytest.mark.postgres
def test_many_may_open_a_new_ledger_on_postgres_at_once(postgres_database: str, tmp_path: Path) -> None:
    open_at_once(postgres_database, tmp_path)


def open_at_once(url: str, home: Path) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with closing(opened(url, home)) as ledger:
                ledger.append([event(number)])
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with closing(opened(url, home)) as ledger:
        assert ledger.head().seq == 6
        assert ledger.verify().faults == ()


def run(url: str, home: Path, script: str) -> subprocess.CompletedProcess[str]:
    started = begin(url, home, script)
    out, err = started.communicate(timeout=60)
    assert started.returncode == 0, err
    return subprocess.CompletedProcess([], 0, out, err)


def begin(url: str, home: Path, script: str) -> "subprocess.Popen[str]":
    """Start a process that has the ledger open and does what the script says."""
    opening = f"""
        import itertools, sys
        from pathlib import Path
        from strandline.adapters.ed25519 import Ed25519Signer
        from strandline.adapters.sql_ledger import open_ledger
        from strandline.adapters.system_clock import SystemClock
        from strandline.testing.ledger_trial import event, events
        from strandline.vocabulary.errors import UnavailableError
        home = Path({str(home)!r})
        ledger = open_ledger({url!r}, clock=SystemClock(), signer=Ed25519Signer(home / "keys"),
                             anchor=home / "checkpoints.jsonl")
    """
    program = textwrap.dedent(opening) + textwrap.dedent(script)
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def processes_at_once(url: str, home: Path) -> None:
    script = "for number in range(1, 101): ledger.append([event(number)])\nledger.close()"
    started = [begin(url, home, script) for _ in range(3)]
    for process in started:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    with closing(opened(url, home)) as ledger:
        records = list(ledger.read())
        assert [record.seq for record in records] == list(range(1, 101))
        hashes = [GENESIS, *(record.hash for record in records)]
        assert [record.previous_hash for record in records] == hashes[:-1]
        assert ledger.verify().faults == ()


def test_processes_that_append_at_once_make_one_chain(url: str, tmp_path: Path) -> None:
    processes_at_once(url, tmp_path)


@pytest.mark.postgres
def test_processes_that_append_to_postgres_at_once_make_one_chain(
    postgres_database: str, tmp_path: Path
) -> None:
    processes_at_once(postgres_database, tmp_path)


def killed_again_and_again(url: str, home: Path) -> None:
    """Kill a process that appends, at whatever moment; each time the proof must hold."""
    told = 0
    for turn in range(6):
        script = f"""
        for number in itertools.count({turn} * 100_000 + 1):
            print(ledger.append([event(number), event(-number)], payload=b"%d" % number)[-1].seq, flush=True)
        """
        process = begin(url, home, script)
        assert process.stdout is not None
        for _ in range(5 + 17 * turn):
            told = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        with suppress(IndexError, ValueError):
            told = max(told, int(out.split()[-1]))
        with closing(opened(url, home)) as ledger:
            proof = ledger.verify()
            assert proof.faults == ()
            # What was acknowledged is there, and a batch is there whole or not at all.
            assert proof.records >= told
            assert proof.records % 2 == 0


def test_a_process_killed_at_any_moment_leaves_a_ledger_that_is_proved(url: str, tmp_path: Path) -> None:
    killed_again_and_again(url, tmp_path)


@pytest.mark.postgres
def test_a_process_killed_at_any_moment_leaves_a_ledger_on_postgres_that_is_proved(
    postgres_database: str, tmp_path: Path
) -> None:
    killed_again_and_again(postgres_database, tmp_path)


def test_a_crash_before_the_anchor_was_written_proves_nothing_wrong(url: str, tmp_path: Path) -> None:
    # Ends without a word: what was pending for the anchor is lost.
    run(url, tmp_path, "import os\nfor number in range(1, 6): ledger.append([event(number)])\nos._exit(0)")
    lines = (tmp_path / "checkpoints.jsonl").read_text().splitlines()
    assert len(lines) < 5
    with closing(opened(url, tmp_path)) as ledger:
        assert ledger.verify().faults == ()
    assert '"seq":5' in (tmp_path / "checkpoints.jsonl").read_text().splitlines()[-1]


def test_a_half_written_line_of_the_anchor_proves_nothing_wrong(url: str, tmp_path: Path) -> None:
    anchor = tmp_path / "checkpoints.jsonl"
    with closing(opened(url, tmp_path)) as ledger:
        ledger.append(events(3))
    with anchor.open("ab") as file:
        file.write(b'{"number":2,"seq":4,"ha')
    with closing(opened(url, tmp_path)) as ledger:
        assert ledger.verify().faults == ()
        ledger.append([event(4)])
    with closing(opened(url, tmp_path)) as ledger:
        assert ledger.verify().faults == ()
    assert anchor.read_bytes().count(b"\n") == 2


def test_a_proof_holds_while_others_append(url: str, tmp_path: Path) -> None:
    proofs_while_appending(url, tmp_path)


@pytest.mark.postgres
def test_a_proof_on_postgres_holds_while_others_append(postgres_database: str, tmp_path: Path) -> None:
    proofs_while_appending(postgres_database, tmp_path)


def proofs_while_appending(url: str, home: Path) -> None:
    process = begin(
        url, home, "for number in itertools.count(1): ledger.append(events(20, first=number * 20))"
    )
    try:
        with closing(opened(url, home)) as ledger:
            ledger._anchor._written_at = -10.0
            for number in range(1, 21):
                ledger.append([event(-number)])
                assert ledger.verify().faults == ()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["ledger_records", "ledger_payloads", "ledger_checkpoints"])
@pytest.mark.parametrize("action", ["DELETE FROM {0}", "TRUNCATE {0}", "UPDATE {0} SET {1} = {1}"])
def test_postgres_itself_refuses_to_change_or_forget(
    postgres_database: str, tmp_path: Path, table: str, action: str
) -> None:
    with closing(opened(postgres_database, tmp_path)) as ledger:
        ledger.append(events(1000), payload=b"raw")
    column = {"ledger_records": "body", "ledger_payloads": "content", "ledger_checkpoints": "hash"}[table]
    with (
        psycopg.connect(postgres_database) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        connection.execute(action.format(table, column))


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE ledger_records SET body = 'x' WHERE seq = 3", 3),
        ("UPDATE ledger_records SET recorded_us = recorded_us + 1 WHERE seq = 3", 3),
        ("UPDATE ledger_records SET chain_id = 'x' WHERE seq = 3", 3),
        ("UPDATE ledger_payloads SET content = 'x'", 1),
        ("DELETE FROM ledger_records WHERE seq = 3", 3),
        ("DELETE FROM ledger_records WHERE seq > 3", 4),
        ("UPDATE ledger_head SET seq = 3", 3),
    ],
)
def test_what_was_done_to_postgres_is_found(
    postgres_database: str, tmp_path: Path, statement: str, place: int
) -> None:
    with closing(opened(postgres_database, tmp_path)) as ledger:
        ledger.append(events(5), payload=b"raw")
        with psycopg.connect(postgres_database) as connection:
            # What a superuser can do: the triggers are asleep.
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement)
        assert place in {fault.seq for fault in ledger.verify().faults}


@pytest.mark.postgres
def test_two_homes_that_share_a_database_trust_each_other_s_public_keys(
    postgres_database: str, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    with closing(opened(postgres_database, here)) as one, closing(opened(postgres_database, there)) as other:
        one.append([event(1)])
        other.append([event(2)])
        assert any("not one of the public keys" in fault.what for fault in one.verify().faults)
    for source, target in ((here, there), (there, here)):
        for key in (source / "keys").glob("*.pub"):
            (target / "keys" / key.name).write_bytes(key.read_bytes())
    for home in (here, there):
        with closing(opened(postgres_database, home)) as ledger:
            assert ledger.verify().faults == ()
