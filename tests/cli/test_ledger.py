"""Events in and out, proof, and everything as it happens; with the real program and a real ledger."""

import json
import sqlite3
import time

import pytest
from tests.cli.workplace import Workplace, wait_until

pytestmark = pytest.mark.scenario


def test_what_is_exported_comes_back_as_the_same_lines(workplace: Workplace) -> None:
    exported = workplace.run("ledger", "export")
    assert exported.returncode == 0
    lines = exported.stdout.splitlines()
    assert all(json.loads(written)["specversion"] == "1.0" for written in lines)
    copy = ("--home", "copy")
    summary = workplace.run("ledger", "import", "-", "--json", *copy, given=exported.stdout)
    assert json.loads(summary.stdout) == {"new": len(lines), "known": 0}
    assert workplace.run("ledger", "export", "-", *copy).stdout == exported.stdout
    again = workplace.run("ledger", "import", "-", *copy, given=exported.stdout)
    assert again.stdout == f"0 new events recorded; {len(lines):,} were known already.\n"
    assert workplace.json("status", *copy) == workplace.json("status")


def test_an_export_with_json_is_one_document_and_a_file_is_never_overwritten(workplace: Workplace) -> None:
    events = workplace.json("ledger", "export")
    written = workplace.json("ledger", "export", "events.jsonl")
    assert written == {"events": len(events), "file": str(workplace.folder / "events.jsonl")}
    again = workplace.run("ledger", "export", "events.jsonl")
    assert again.returncode == 2
    assert "left as it is" in again.stderr


def test_a_line_that_is_no_event_is_named_and_nothing_is_recorded(workplace: Workplace) -> None:
    (workplace.folder / "bad.jsonl").write_text('\n{"specversion": "1.0"}\n')
    done = workplace.run("ledger", "import", "bad.jsonl")
    assert done.returncode == 2
    assert "bad.jsonl:2" in done.stderr
    missing = workplace.run("ledger", "import", "missing.jsonl")
    assert missing.returncode == 2
    assert "No such file" in missing.stderr


def test_a_ledger_that_was_altered_is_not_proved(workplace: Workplace) -> None:
    sound = workplace.run("ledger", "verify")
    assert sound.returncode == 0
    assert sound.stdout.startswith("✓ Proved")
    exported = workplace.run("ledger", "export").stdout
    workplace.run("ledger", "import", "-", "--home", "altered", given=exported)
    with sqlite3.connect(workplace.folder / "altered" / "ledger.db") as database:
        (table,) = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if "body" in {column[1] for column in database.execute(f"PRAGMA table_info('{name}')")}
        ]
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (trigger,) in triggers:
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute(f"UPDATE {table} SET body = replace(body, 'greeter', 'greeted') WHERE seq = 3")  # noqa: S608 - a table of our own
    database.close()
    altered = workplace.run("ledger", "verify", "--home", "altered")
    assert altered.returncode == 1
    assert "✗ Not proved" in altered.stdout
    assert "record 3: " in altered.stdout
    proof = workplace.json("ledger", "verify", "--home", "altered")
    assert proof["faults"][0]["seq"] == 3
    health = workplace.json("doctor", "--home", "altered")
    assert health["isHealthy"] is False


def test_the_newest_events_are_told_in_words(workplace: Workplace) -> None:
    told = workplace.run("ledger", "tail", "--once", "-n", "2").stdout.splitlines()
    assert len(told) == 2
    assert told[-1].endswith("Succeeded. 1.0.0 has all traffic.")
    everything = workplace.json("ledger", "tail", "--once", "--all", "-n", "100000")
    assert [one["seq"] for one in everything] == list(range(1, len(everything) + 1))
    none = workplace.run("ledger", "tail", "--once", "--deployment", "greeter-99")
    assert (none.returncode, none.stdout) == (0, "")


def test_a_document_without_an_end_is_refused_with_the_way_out(workplace: Workplace) -> None:
    error = workplace.json("ledger", "tail")["error"]
    assert error["exitCode"] == 2
    assert "--once" in error["remedy"]


def test_what_happens_now_is_told_as_it_happens(workplace: Workplace) -> None:
    event = {
        "specversion": "1.0",
        "id": f"now-{time.monotonic_ns()}",
        "source": "/tests",
        "type": "org.example.bell.rung.1",
        "time": "2026-11-23T12:00:00Z",
        "subject": "bell-7",
        "data": {},
    }
    process = workplace.start("ledger", "tail", "-n", "0")
    try:
        # It has begun to follow when it tells what comes after.
        def rung() -> bool:
            event["id"] = f"now-{time.monotonic_ns()}"
            workplace.run("ledger", "import", "-", given=json.dumps(event))
            return "org.example.bell.rung.1 happened to bell-7." in workplace.written("ledger.out")

        wait_until(rung)
        process.send_signal(2)
        assert process.wait(20) == 130
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in workplace.written("ledger.err")
