"""How long an assessment over a long ledger takes: at first, again, and after one more event.

    PYTHONPATH=. python benchmarks/assessment_load.py [--events N ...] [--quick]

prints a table for each size and writes them to `benchmarks/results/assessment-load.md` (not with `--quick`).
The ledger is an SQLite file in a temporary folder. It holds a year of departments, each with four services of
its own and about 26,000 events of deployments, gates, notices, training, documents, incidents, reviews; they
are the simulated organisation of level four, told with names of their own.
"""

import argparse
import platform
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from pathlib import Path

import msgspec

from strandline.adapters.ed25519 import Ed25519Signer, is_signed
from strandline.adapters.sql_ledger import open_ledger
from strandline.adapters.system_clock import SystemClock
from strandline.assessment.assessor import Assessor, shipped_model
from strandline.performance.figures import Figures
from strandline.testing.simulated_organisation import END, MEASURES, SERVICES
from strandline.testing.simulated_year import simulated_events
from strandline.vocabulary.deployment import DeploymentFinished
from strandline.vocabulary.event import Event
from strandline.vocabulary.exposure import GateEvaluated
from strandline.vocabulary.notice import NoticeSent

RESULTS = Path(__file__).parent / "results" / "assessment-load.md"
_NAMES = re.compile(rf"\b({'|'.join(SERVICES)})\b")
_IDS = re.compile(r'"e(\d+)"')


def departments() -> Iterator[Event]:
    """Yield the events of one department after the other, each with names of its own."""
    told = msgspec.json.encode(simulated_events(dict.fromkeys(MEASURES, 4), seed=1)).decode()
    for number in count():
        renamed = _IDS.sub(rf'"e\1-{number}"', _NAMES.sub(rf"\1-{number}", told))
        yield from msgspec.json.decode(renamed, type=list[Event])


def measured(events: int) -> list[str]:
    """Return the rows for a ledger of so many events."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ledger = open_ledger(
            f"sqlite:///{home / 'ledger.db'}",
            clock=SystemClock(),
            signer=Ed25519Signer(home / "keys"),
            anchor=home / "anchor",
        )
        source = departments()
        for batch in _batches(islice(source, events), 5000):
            ledger.append(batch)
        figures = Figures(ledger, ledger.projections)
        assessor = Assessor(ledger, ledger.projections, lambda as_of: figures.history(as_of=as_of), is_signed)
        model = shipped_model()
        rows = []

        def timed(words: str) -> None:
            began = time.monotonic()
            figures.history()
            assessor.practice()
            read = time.monotonic() - began
            began = time.monotonic()
            found = assessor.assess(at=END, model=model)
            took = time.monotonic() - began
            rows.append(f"| {words} | {read:.2f} s | {took:.2f} s | {found.events:,} |")
            print(rows[-1], flush=True)

        timed("the first time (projections are made)")
        timed("again, nothing new")
        for words, kind in (
            ("notice", NoticeSent.TYPE),
            ("gate", GateEvaluated.TYPE),
            ("deployment", DeploymentFinished.TYPE),
        ):
            newest = next(each for each in source if kind in each.type)
            ledger.append([msgspec.structs.replace(newest, occurred_at=END - timedelta(minutes=1))])
            timed(f"after one more {words}")
        ledger.close()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
        return [*rows, "", f"Memory: {memory:.1f} GB at the most."]


def _batches(events: Iterator[Event], size: int) -> Iterator[list[Event]]:
    while batch := list(islice(events, size)):
        yield batch


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    lines = [
        "# An assessment over a long ledger",
        "",
        (
            f"{platform.machine()}, Python {sys.version.split()[0]}, SQLite."
            " Made by `benchmarks/assessment_load.py`."
        ),
    ]
    for events in given.events:
        print(f"{events:,} events", flush=True)
        lines += [
            "",
            f"## {events:,} events",
            "",
            "| | reading what is new | judging | facts of the practice |",
            "|---|---|---|---|",
            *measured(events),
        ]
    if not given.quick:
        RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
