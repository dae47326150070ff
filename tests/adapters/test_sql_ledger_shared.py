"""Ledgers that several processes use at once, and whose processes die; on SQLite and on PostgreSQL."""

import signal
import threading
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from tests.adapters.ledger_process import begin, opened, run

from strandline.ledger.chain import GENESIS
from strandline.testing.ledger_trial import event, events


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


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
