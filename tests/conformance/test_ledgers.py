"""Each ledger keeps every promise of the port."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from strandline.adapters.ed25519 import Ed25519Signer
from strandline.adapters.sql_ledger import SqlLedger, open_ledger
from strandline.testing.ledger_conformance import LedgerConformance, SharedLedgerConformance
from strandline.testing.manual_clock import ManualClock
from strandline.testing.memory_ledger import MemoryLedger


class TestMemoryLedger(LedgerConformance):
    @pytest.fixture
    def ledger(self, clock: ManualClock) -> MemoryLedger:
        return MemoryLedger(clock=clock)


def proved_afterwards(url: str, home: Path, clock: ManualClock) -> Iterator[SqlLedger]:
    signer = Ed25519Signer(home / "keys")
    ledger = open_ledger(url, clock=clock, signer=signer, anchor=home / "checkpoints.jsonl")
    yield ledger
    # Whatever a test did through the port, the proof holds, before and after the ledger was closed.
    assert ledger.verify().faults == ()
    ledger.close()
    again = open_ledger(url, clock=clock, signer=signer, anchor=home / "checkpoints.jsonl")
    assert again.verify().faults == ()
    again.close()


class TestSqliteLedger(LedgerConformance, SharedLedgerConformance):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'ledger.db'}"

    @pytest.fixture
    def ledger(self, url: str, tmp_path: Path, clock: ManualClock) -> Iterator[SqlLedger]:
        yield from proved_afterwards(url, tmp_path, clock)

    @pytest.fixture
    def other(self, url: str, tmp_path: Path, clock: ManualClock) -> Iterator[SqlLedger]:
        yield from proved_afterwards(url, tmp_path, clock)


@pytest.mark.postgres
class TestPostgresLedger(LedgerConformance, SharedLedgerConformance):
    @pytest.fixture
    def ledger(self, postgres_database: str, tmp_path: Path, clock: ManualClock) -> Iterator[SqlLedger]:
        yield from proved_afterwards(postgres_database, tmp_path, clock)

    @pytest.fixture
    def other(self, postgres_database: str, tmp_path: Path, clock: ManualClock) -> Iterator[SqlLedger]:
        yield from proved_afterwards(postgres_database, tmp_path, clock)
