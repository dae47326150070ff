"""Does the assessment find the true level? Organisations of known levels, with feeds that die, and without.

    PYTHONPATH=. python benchmarks/assessment.py [--organisations N]

prints a table and writes it to `benchmarks/results/assessment.md`. Half of the organisations lose one of
their sources half a year before the end.
"""

import argparse
import os
import platform
import statistics
import time
from pathlib import Path
from random import Random

from strandline.assessment.assessment import Assessment
from strandline.assessment.assessor import assess, shipped_model
from strandline.kpi.history import history_from
from strandline.maturity.told import Practice, told_of
from strandline.testing.simulated_organisation import END, MEASURES, drawn_levels
from strandline.testing.simulated_year import simulated_events

RESULTS = Path(__file__).parent / "results" / "assessment.md"
DEAD = (
    "notice",
    "training",
    "gate.",
    "runtime",
    "review",
    "action",
    "document",
    "risk",
    "inventory",
    "approval",
)
MODEL = shipped_model()


def judged(levels: dict[str, int], seed: int, dead: str) -> tuple[Assessment, float, int]:
    """Return the assessment of an organisation, how long the judgement took, and over how many events."""
    events = simulated_events(levels, seed=seed, dead=dead)
    history = history_from(events)
    practice = Practice(told for each in events if (told := told_of(each, each.occurred_at)) is not None)
    began = time.perf_counter()
    found = assess(MODEL, history, practice, at=END, is_signed=lambda *_: False)
    return found, time.perf_counter() - began, len(events)


def main() -> None:
    """Judge all of them, and tell how often the truth was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, default=500)
    number = parser.parse_args().organisations
    cells: list[tuple[str, bool, int, int, int]] = []
    seconds, sizes = [], []
    for seed in range(number):
        levels = drawn_levels(Random(seed))  # noqa: S311 - a simulation
        dead = DEAD[seed % len(DEAD)] if seed % 2 else ""
        found, took, events = judged(levels, seed, dead)
        seconds.append(took)
        sizes.append(events)
        cells += [
            (name, not dead, levels[name], found.measure(name).proved, found.measure(name).possible)
            for name in MEASURES
        ]
    lines = [
        "# Does the assessment find the true level?",
        "",
        f"{number} simulated organisations, each with a true level in each of seven measures; half of them",
        "lose a source half a year before the end.",
        f"{statistics.median(sizes):,.0f} events each at the median,",
        f"judged in {1000 * statistics.median(seconds):,.0f} ms at the median,",
        f"{1000 * max(seconds):,.0f} ms at most (for now and for two weeks ago).",
        "",
        "| measure | truth within [proved, possible] | proved above the truth | proved = truth, all alive |",
        "|---|---|---|---|",
    ]
    lines += [_row(name, [cell for cell in cells if cell[0] == name]) for name in MEASURES]
    lines += [_row("**all**", cells), "", "Asked for: at least 95 %, at most 2 %, at least 90 %.", ""]
    lines += [f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}.", ""]
    text = "\n".join(lines)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def _row(name: str, cells: list[tuple[str, bool, int, int, int]]) -> str:
    within = sum(proved <= truth <= possible for _, _, truth, proved, possible in cells) / len(cells)
    above = sum(proved > truth for _, _, truth, proved, _ in cells) / len(cells)
    alive = [cell for cell in cells if cell[1]]
    exact = sum(proved == truth for _, _, truth, proved, _ in alive) / max(len(alive), 1)
    return f"| {name} | {within:.1%} | {above:.1%} | {exact:.1%} |"


if __name__ == "__main__":
    main()
