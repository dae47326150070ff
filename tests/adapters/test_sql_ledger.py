"""Ledgers in databases that fail: what is refused is refused whole, and said in a sentence."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.event import listen, remove
from tests.adapters.ledger_process import opened, run

from strandline.adapters.sql_ledger import SqlLedger
from strandline.adapters.sql_schema import METADATA
from strandline.testing.ledger_trial import event, events
from strandline.vocabulary.errors import BadInputError, UnavailableError


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
