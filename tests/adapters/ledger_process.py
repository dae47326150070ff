"""Ledgers opened here, and in processes that can be killed."""

import subprocess
import sys
import textwrap
from pathlib import Path

from strandline.adapters.ed25519 import Ed25519Signer
from strandline.adapters.sql_ledger import SqlLedger, open_ledger
from strandline.adapters.system_clock import SystemClock


def opened(url: str, home: Path) -> SqlLedger:
    signer = Ed25519Signer(home / "keys")
    return open_ledger(url, clock=SystemClock(), signer=signer, anchor=home / "checkpoints.jsonl")


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
