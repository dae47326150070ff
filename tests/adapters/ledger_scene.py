"""A ledger on disk that somebody tampers with."""

import sqlite3
from pathlib import Path

from strandline.adapters.ed25519 import Ed25519Signer
from strandline.adapters.sql_ledger import SqlLedger, open_ledger
from strandline.adapters.system_clock import SystemClock
from strandline.testing.ledger_trial import event

RECORDS = 12
PAYLOAD_AT = 4


class Scene:
    """A ledger on disk, closed, that somebody has got hold of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "ledger.db"
        self.anchor = folder / "checkpoints.jsonl"

    def open(self) -> SqlLedger:
        signer = Ed25519Signer(self.folder / "keys")
        return open_ledger(f"sqlite:///{self.file}", clock=SystemClock(), signer=signer, anchor=self.anchor)

    def write(self, count: int = RECORDS) -> None:
        ledger = self.open()
        for number in range(1, count + 1):
            payload = b"raw payload" if number == PAYLOAD_AT else None
            ledger.append([event(number, chain_id="story")], payload=payload)
        ledger.close()

    def tamper(self, *statements: str | tuple[str, tuple[object, ...]]) -> None:
        connection = sqlite3.connect(self.file)
        for [name] in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            text, values = (statement, ()) if isinstance(statement, str) else statement
            connection.execute(text, values)
        connection.commit()
        connection.close()

    def value(self, column: str, seq: int) -> object:
        connection = sqlite3.connect(self.file)
        [value] = connection.execute(f"SELECT {column} FROM ledger_records WHERE seq = ?", (seq,)).fetchone()  # noqa: S608 - the test's own names
        connection.close()
        return value

    def found(self) -> list[tuple[int, str]]:
        ledger = self.open()
        proof = ledger.verify()
        ledger.close()
        return [(fault.seq, fault.what) for fault in proof.faults]

    def restore(self, copy: bytes) -> None:
        for extra in (self.file.with_name("ledger.db-wal"), self.file.with_name("ledger.db-shm")):
            extra.unlink(missing_ok=True)
        self.file.write_bytes(copy)


def only(found: list[tuple[int, str]]) -> tuple[int, str]:
    assert len(found) == 1, found
    return found[0]
