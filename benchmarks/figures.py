"""Figures over a long ledger: what one more event costs, what all figures cost, and a rebuild.

    PYTHONPATH=. python benchmarks/figures.py [--events N ...] [--services N] [--quick]

prints a table for each size and writes them to `benchmarks/results/figures.md` (not with `--quick`). Each
ledger is an SQLite file in a temporary folder, filled with the events of an organisation: for each deployment
six commits, its two events, and an incident with every tenth, over two years.
"""

import argparse
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

from strandline.adapters.ed25519 import Ed25519Signer
from strandline.adapters.sql_ledger import SqlLedger, open_ledger
from strandline.adapters.system_clock import SystemClock
from strandline.kpi.scope import Scope
from strandline.performance.figures import Figures
from strandline.vocabulary.change import CommitMade
from strandline.vocabulary.delivery import Place, ServiceDeployed
from strandline.vocabulary.details import Details, as_custom_data
from strandline.vocabulary.event import Event, Fact
from strandline.vocabulary.feed import FeedCovered
from strandline.vocabulary.incident import IncidentDetected, IncidentResolved, ServiceReference
from strandline.vocabulary.pipeline import TaskRunStarted

RESULTS = Path(__file__).parent / "results" / "figures.md"
START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 730
COMMITS = 6
PER_DEPLOYMENT = COMMITS + 2 + 0.2


def told(  # noqa: PLR0917 - all of an event
    fact: Fact, number: int, at: datetime, source: str, subject: str, details: Details
) -> Event:
    """Return an event of this number."""
    return Event(
        id=f"e{number}",
        source=source,
        type=fact.TYPE,
        occurred_at=at,
        subject_id=subject,
        content=msgspec.to_builtins(fact),
        custom_data=as_custom_data(details),
    )


def organisation(events: int, services: int) -> Iterator[Event]:
    """Yield about so many events of an organisation, in the order in which they happened."""
    deployments = int(events / PER_DEPLOYMENT)
    heads = dict.fromkeys(range(services), "")
    number = 0
    place = Place(id="production")
    for deployment in range(deployments):
        at = START + timedelta(days=DAYS * deployment / deployments)
        service = deployment % services
        name, home = f"service-{service}", f"https://git.example/service-{service}"
        for commit in range(COMMITS):
            number += 1
            sha = f"{number:040x}"
            fact = CommitMade(
                repository=home,
                author="Ada",
                authored_at=at - timedelta(hours=9 - commit),
                subject="Mend the basket",
                parents=(heads[service],) if heads[service] else (),
            )
            yield told(fact, number, at - timedelta(hours=8 - commit), home, sha, Details(commit=sha))
            heads[service] = sha
        details = Details(
            deployment=f"d{deployment}",
            service=name,
            environment="production",
            commit=heads[service],
            repository=home,
            is_automated=True,
            is_unplanned=deployment % 20 == 0,
        )
        number += 2
        yield told(
            TaskRunStarted(task_name="deploy"),
            number - 1,
            at,
            "https://cd.example",
            f"d{deployment}",
            details,
        )
        deployed = ServiceDeployed(environment=place, artifact_id=f"pkg:generic/{name}@{deployment}")
        done = at + timedelta(minutes=7)
        yield told(deployed, number, done, "https://cd.example", name, details)
        if deployment % 10 == 0:
            number += 2
            reference = ServiceReference(id=name)
            about = Details(incident=f"i{deployment}", service=name, environment="production")
            detected = IncidentDetected(environment=place, service=reference)
            resolved = IncidentResolved(environment=place, service=reference)
            began = done + timedelta(hours=1)
            yield told(detected, number - 1, began, "https://pager.example", f"i{deployment}", about)
            ended = began + timedelta(minutes=40)
            yield told(resolved, number, ended, "https://pager.example", f"i{deployment}", about)
    covered = FeedCovered(carries=("incidents",), from_at=START, to_at=START + timedelta(days=DAYS))
    yield told(covered, number + 1, START + timedelta(days=DAYS), "/feeds", "pager", Details())


def fill(ledger: SqlLedger, events: int, services: int) -> None:
    """Record an organisation's events."""
    coming = organisation(events, services)
    while together := list(islice(coming, 2000)):
        ledger.append(together)


def timed(work: object, *args: object, rounds: int = 1) -> list[float]:
    """Return how long each of several rounds takes, in seconds."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work(*args)  # type: ignore[operator]  # a function
        taken.append(time.perf_counter() - began)
    return taken


def measure(events: int, services: int, folder: Path) -> list[str]:
    """Measure one size; return its table."""
    ledger = open_ledger(
        f"sqlite:///{folder / 'ledger.db'}",
        clock=SystemClock(),
        signer=Ed25519Signer(folder / "keys"),
        anchor=folder / "anchor",
    )
    end = START + timedelta(days=DAYS)
    year = Scope(start=end - timedelta(days=365), end=end)
    quarter = Scope(start=end - timedelta(days=90), end=end)
    one = Scope(start=quarter.start, end=end, service="service-1")
    try:
        print(f"{events:,} events: filling", file=sys.stderr, flush=True)
        [filled] = timed(fill, ledger, events, services)
        figures = Figures(ledger, ledger.projections)
        [built] = timed(figures.history)
        # One process holds one history.
        del figures
        fresh = Figures(ledger, ledger.projections)
        [loaded] = timed(fresh.history)
        more = []
        for number in range(30):
            at = end - timedelta(minutes=number)
            details = Details(deployment=f"late{number}", service="service-1", environment="production")
            fact = ServiceDeployed(
                environment=Place(id="production"), artifact_id=f"pkg:generic/late@{number}"
            )
            ledger.append([told(fact, 10**9 + number, at, "https://cd.example", "service-1", details)])
            more += timed(fresh.history)

        def page(name: str, scope: Scope) -> None:
            fresh.figures(scope, names=[name])
            fresh.trend(name, scope)

        pages = {
            "page of the change lead time, all services, 90 days": timed(
                page, "change-lead-time", quarter, rounds=3
            ),
            "page of the change fail rate, all services, 90 days": timed(
                page, "change-fail-rate", quarter, rounds=3
            ),
            "all figures, one service, 90 days": timed(fresh.figures, one, rounds=5),
            "all figures, all services, 90 days": timed(fresh.figures, quarter, rounds=3),
            "all figures, all services, 365 days": timed(fresh.figures, year, rounds=3),
            "page of the change fail rate, one service": timed(page, "change-fail-rate", one, rounds=3),
        }
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        records = ledger.head().seq
    finally:
        ledger.close()
    return [
        f"## {records:,} events of {services} services",
        "",
        "| | |",
        "|---|---|",
        f"| recorded, events a second | {records / filled:,.0f} |",
        f"| folded from the first event on | {built:.1f} s |",
        f"| read from the projection at the start of a process | {loaded:.1f} s |",
        f"| one more event, until it is in the figures' history | {1000 * statistics.median(more):.2f} ms |",
        f"| the same, slowest of {len(more)} | {1000 * max(more):.2f} ms |",
        *(f"| {name} | {1000 * statistics.median(taken):,.0f} ms |" for name, taken in pages.items()),
        f"| memory at its peak | {memory:,.0f} MiB |",
        "",
    ]


def main() -> None:
    """Measure all sizes, write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--services", type=int, default=50)
    parser.add_argument("--quick", action="store_true", help="20,000 events, to see that it works")
    given = parser.parse_args()
    page = [
        "# Figures: what they cost over a long ledger",
        "",
        f"Python {platform.python_version()}, {platform.machine()}; SQLite. `make bench` writes this page.",
        "",
    ]
    parts = {} if given.quick or not RESULTS.exists() else parts_of(RESULTS.read_text())
    for events in [20_000] if given.quick else given.events:
        with tempfile.TemporaryDirectory() as folder:
            lines = measure(events, given.services, Path(folder))
        parts[lines[0]] = "\n".join(lines)
        print(parts[lines[0]], flush=True)
    if not given.quick:
        RESULTS.write_text(
            "\n".join(page) + "\n" + "\n".join(parts[name] for name in sorted(parts, key=_size))
        )


def parts_of(page: str) -> dict[str, str]:
    """Return what a page has of each size by its heading: what is not measured now stands as it was."""
    found = page.split("\n## ")[1:]
    return {f"## {part.partition(chr(10))[0]}": f"## {part.rstrip()}\n" for part in found}


def _size(heading: str) -> int:
    return int(heading.split()[1].replace(",", ""))


if __name__ == "__main__":
    main()
