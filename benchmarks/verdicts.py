"""How often verdicts are wrong, and what a right one costs: ours, the peers' rules, and the oracle's.

    PYTHONPATH=. python benchmarks/verdicts.py [--quick] [--seed N] [--runs N]

Writes `benchmarks/results/verdicts.md` and prints it. Every table is fixed by its seed; only the time per
look depends on the machine. Each cell is one kind of rollout, simulated 2,000 times; all rules see the same
counts.
"""

import argparse
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.peers.decisions import KINDS, Decisions
from benchmarks.peers.rules import PEERS
from benchmarks.verdict_cells import HOUR, LOOK_SECONDS, Cell, cells, hour_before
from benchmarks.verdict_latency import latency_row, latency_table, latency_work
from benchmarks.verdict_plots import price, worst_false_rollbacks
from scipy.stats import binom, norm

from strandline.analysis.judge import RolloutJudge
from strandline.analysis.logarithms import Floats
from strandline.analysis.measurement import ArmCounts, Look
from strandline.analysis.noise import NONE
from strandline.analysis.noise_history import NoiseHistory
from strandline.analysis.noisy_ratio import ANY_TIME, NoisyRatio
from strandline.analysis.panel import HARM_RATIOS, Panel, Series
from strandline.testing.simulated_looks import Counts, simulate
from strandline.vocabulary.service import MetricGuardPolicy, MetricKind, MetricSource, RolloutPolicy

RESULT = Path(__file__).parent / "results" / "verdicts.md"
ALPHA, PASS_ALPHA = 0.01, 0.05
ERRORS = Series(margin=2.0, ceiling=0.05)
"""Without a floor, so that it is the comparison that is measured."""


@dataclass(frozen=True)
class Ends:
    """When a rule decided each run: the look, from 1; infinity for never."""

    rollback: Floats
    promote: Floats


def take(counts: Counts, look: int) -> tuple[Floats, Floats, Floats, Floats]:
    """One look of every run."""
    every = (counts.canary_events, counts.canary, counts.control_events, counts.control)
    canary_events, canary, control_events, control = (each[:, look] for each in every)
    return canary_events, canary, control_events, control


def first(times: Floats, is_now: np.ndarray, look: int) -> Floats:
    """Keep the first look at which something was so."""
    return np.where(is_now & np.isinf(times), look + 1, times)


def ours(cell: Cell, counts: Counts, history: Floats | None) -> Ends:
    """Strandline's evidence on errors, looked at to the end."""
    runs, looks = counts.canary.shape
    rollback, promote = np.full(runs, np.inf), np.full(runs, np.inf)
    panel = Panel([ERRORS] * runs, history=history)
    panel.begin_stage(has_control=True)
    stage_looks = looks // len(cell.world.shares)
    for look in range(looks):
        if look and look % stage_looks == 0:
            panel.begin_stage(has_control=True)
            promote = np.full(runs, np.inf)
        panel.look(*take(counts, look), compared=True)
        rollback = first(rollback, panel.harm >= math.log(1 / ALPHA), look)
        promote = first(promote, panel.no_harm >= math.log(1 / PASS_ALPHA), look)
    return Ends(rollback, promote)


def naive(counts: Counts) -> Ends:
    """The plain e-process: the same, but for a world without noise."""
    runs, looks = counts.canary.shape
    rollback, promote = np.full(runs, np.inf), np.full(runs, np.inf)
    weights = np.full(len(HARM_RATIOS), 1 / len(HARM_RATIOS))
    harm = NoisyRatio(1.0, HARM_RATIOS, weights, noises=(NONE,), onset=ANY_TIME, runs=runs)
    none = NoisyRatio(2.0, (1.0, 0.4, 1.4), (0.6, 0.2, 0.2), noises=(NONE,), runs=runs)
    for look in range(looks):
        harm.look(*take(counts, look))
        none.look(*take(counts, look))
        rollback = first(rollback, harm.log_e >= math.log(1 / ALPHA), look)
        promote = first(promote, none.log_e >= math.log(1 / PASS_ALPHA), look)
    return Ends(rollback, promote)


def oracle(cell: Cell, counts: Counts) -> Ends:
    """Wald's test that knows the true ratio, when it begins, and that there is no noise."""
    runs, looks = counts.canary.shape
    rollback, promote = np.full(runs, np.inf), np.full(runs, np.inf)
    truth = cell.world.ratio if cell.world.ratio > 1 else 2.0
    harm = NoisyRatio(1.0, (truth,), (1.0,), noises=(NONE,), runs=runs)
    none = NoisyRatio(2.0, (1.0,), (1.0,), noises=(NONE,), runs=runs)
    for look in range(looks):
        if look >= cell.world.onset:
            harm.look(*take(counts, look))
            rollback = first(rollback, harm.log_e >= math.log(1 / ALPHA), look)
        none.look(*take(counts, look))
        promote = first(promote, none.log_e >= math.log(1 / PASS_ALPHA), look)
    return Ends(rollback, promote)


def wilson(count: int, runs: int) -> str:
    """A share of runs, with its 95 % interval."""
    z = float(norm.ppf(0.975))
    share = count / runs
    middle = (share + z * z / (2 * runs)) / (1 + z * z / runs)
    half = z / (1 + z * z / runs) * math.sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return f"{100 * share:.1f} ({100 * low:.1f}-{100 * high:.1f})"


def median(values: Floats) -> str:
    """A median with its 95 % interval, from order statistics; a dash where half were never decided."""
    ordered = np.sort(values)
    runs = len(ordered)
    middle = ordered[(runs - 1) // 2]
    if np.isinf(middle):
        return "-"
    low = ordered[int(binom.ppf(0.025, runs, 0.5))]
    high = ordered[min(int(binom.ppf(0.975, runs, 0.5)), runs - 1)]
    return f"{middle:,.0f} ({low:,.0f}-{'∞' if np.isinf(high) else f'{high:,.0f}'})"


def exposed(counts: Counts, at: Floats) -> Floats:
    """Canary requests until the verdict; infinity where there was none."""
    total = counts.canary.cumsum(axis=1)
    looks = np.where(np.isinf(at), 1, at).astype(int) - 1
    return np.where(np.isinf(at), np.inf, total[np.arange(len(at)), looks])


@dataclass(frozen=True)
class Row:
    """What one rule did in one cell."""

    rule: str
    rolled_back: float
    text: str
    exposed: float
    """Median canary requests until the right answer."""
    expected: float
    """Mean canary requests until the right answer, over the runs that got one."""


def row(cell: Cell, rule: str, counts: Counts, ends: Ends) -> Row:
    """Describe what a rule did."""
    runs = len(ends.rollback)
    # A fault that begins late must not count as found before it began.
    began = cell.world.onset
    early = np.isfinite(ends.rollback) & (ends.rollback <= began)
    is_back = np.isfinite(ends.rollback)
    is_on = np.isfinite(ends.promote) & (ends.promote < ends.rollback)
    right = ends.promote if cell.is_null else np.where(early, np.inf, ends.rollback)
    is_undecided = ~is_back & ~is_on
    requests = exposed(counts, right)
    seconds = right * LOOK_SECONDS
    shares = [wilson(int(each.sum()), runs) for each in (is_back, is_on, is_undecided)]
    cells_of_row = [cell.name, rule, *shares, median(requests), median(seconds)]
    value = float(np.sort(requests)[(runs - 1) // 2])
    answered = requests[np.isfinite(requests)]
    expected = float(answered.mean()) if len(answered) else math.inf
    return Row(rule, float(is_back.mean()), f"| {' | '.join(cells_of_row)} |", value, expected)


def run_cell(given: tuple[Cell, int, int]) -> tuple[Cell, list[Row]]:
    """Simulate one cell under every rule."""
    cell, runs, seed = given
    rng = np.random.default_rng((seed, cell.number))
    counts = simulate(cell.world, runs=runs, rng=rng)
    past = NoiseHistory(runs=runs)
    before = simulate(hour_before(cell.world), runs=runs, rng=rng)
    for look in range(HOUR):
        past.look(*take(before, look))
    rows = [
        row(cell, "Strandline, warm", counts, ours(cell, counts, past.log_likelihoods)),
        row(cell, "Strandline, cold", counts, ours(cell, counts, None)),
        row(cell, "plain e-process", counts, naive(counts)),
        row(cell, "oracle", counts, oracle(cell, counts)),
    ]
    every = (counts.canary, counts.canary_events, counts.control, counts.control_events)
    whole = tuple(each.astype(int) for each in every)
    rows += [row(cell, peer.name, counts, ends_of(peer.decide_many(*whole))) for peer in PEERS]
    return cell, rows


def ends_of(decisions: Decisions) -> Ends:
    """Return a peer's decisions in our shape."""
    at = decisions.looks.astype(float)
    is_back, is_on = (decisions.kinds == KINDS.index(kind) for kind in ("rollback", "promote"))
    return Ends(np.where(is_back, at, np.inf), np.where(is_on, at, np.inf))


def tables(results: list[tuple[Cell, list[Row]]]) -> Iterator[str]:
    """The cells' tables: nulls first."""
    head = "| cell | rule | rolled back, % | promoted, % | undecided, % | canary requests | seconds |"
    for is_null, title, what in (
        (True, "## Harmless releases", "promotion"),
        (False, "## Harmful releases", "rollback"),
    ):
        yield from (title, "")
        yield f"Canary requests and seconds are medians until the {what}, over all runs."
        yield from ("", head, "|" + "---|" * 7)
        for cell, rows in results:
            if cell.is_null is is_null:
                yield from (each.text for each in rows)
        yield ""


def verdict_on_ourselves(results: list[tuple[Cell, list[Row]]]) -> Iterator[str]:
    """What was to be reached, and whether it was."""
    nulls = [rows for cell, rows in results if cell.is_null]
    yield from ("## What was to be reached", "")
    yield from ("### False rollbacks over all harmless cells", "")
    yield from ("| rule | worst cell, % | cells over 2 % |", "|---|---|---|")
    names = [each.rule for each in nulls[0]]
    worst: dict[str, float] = {}
    for place, name in enumerate(names):
        shares = [rows[place].rolled_back for rows in nulls]
        worst[name] = max(shares)
        yield f"| {name} | {100 * max(shares):.1f} | {sum(each > 0.02 for each in shares)} of {len(shares)} |"
    yield from ("", "### What a right answer costs, beside the oracle and the best valid other rule", "")
    yield "Canary requests: medians, and the oracle's mean over the runs it decided (its expected sample). A"
    yield "rule is valid here if its false rollbacks stay under 5 % over all cells. Where there is noise, the"
    yield "oracle, which believes in none, is quick because it is wrong: see the table above."
    yield ""
    yield "| cell | oracle | its mean | warm | warm / oracle's mean | cold | cold / warm | best valid other |"
    yield "|---|---|---|---|---|---|---|---|"
    for cell, rows in results:
        by_rule = {each.rule: each.exposed for each in rows}
        mean = next(each.expected for each in rows if each.rule == "oracle")
        warm, cold, best = (
            by_rule["Strandline, warm"],
            by_rule["Strandline, cold"],
            by_rule["oracle"],
        )
        others = [
            each
            for each in rows
            if not each.rule.startswith(("Strandline", "oracle")) and worst[each.rule] < 0.05
        ]
        other = min(others, key=lambda each: each.exposed, default=None)
        beaten = f"{other.rule}: {figure(other.exposed)}" if other and other.exposed < math.inf else "none"
        yield (
            f"| {cell.name} | {figure(best)} | {figure(mean)} | {figure(warm)} | {times(warm, mean)} "
            f"| {figure(cold)} | {times(cold, warm)} | {beaten} |"
        )
    yield ""


def plots(results: list[tuple[Cell, list[Row]]]) -> dict[str, str]:
    """Draw what the documents show, by file name."""
    nulls = [rows for cell, rows in results if cell.is_null]
    worst = {each.rule: max(rows[place].rolled_back for rows in nulls) for place, each in enumerate(nulls[0])}
    quiet = [(cell, {each.rule: each for each in rows}) for cell, rows in results if cell.name in _DRAWN]
    prices = [
        (
            cell.name if not cell.is_null else f"{cell.name}, harmless",
            by_rule["oracle"].expected,
            by_rule["Strandline, warm"].exposed,
            by_rule["Strandline, cold"].exposed,
        )
        for cell, by_rule in quiet
    ]
    return {
        "verdicts-false-rollbacks.svg": worst_false_rollbacks(worst, limit=0.02),
        "verdicts-price.svg": price(prices),
    }


_DRAWN = (
    "0.5 %",
    "0.1 %",
    "5 %",
    "0.5 % x2",
    "0.5 % x3",
    "0.5 % x5",
    "0.1 % x2",
    "0.1 % x3",
    "0.1 % x5",
    "5 % x2",
)


def figure(value: float) -> str:
    """A number of requests."""
    return "-" if math.isinf(value) else f"{value:,.0f}"


def times(one: float, other: float) -> str:
    """A ratio of medians."""
    return "-" if math.isinf(one) or math.isinf(other) or not other else f"{one / other:.2f}"


_TIMES = ((10, 500), (20, 400), (50, 80), (100, 15), (500, 5))


def cost_of_a_look() -> Iterator[str]:
    """Time of one judgement of five guards."""
    metrics = tuple(
        MetricGuardPolicy(
            name=f"metric {number}", source=MetricSource.PROMETHEUS, kind=MetricKind.COUNTS, url="http://m"
        )
        for number in range(3)
    )
    yield from ("## What a look costs", "")
    yield from ("| guards | milliseconds a look, median | 99th percentile |", "|---|---|---|")
    for name, policy in (
        ("errors alone", RolloutPolicy(latency=None)),
        ("errors, latency (five bounds)", RolloutPolicy()),
        ("five: errors, latency, three metrics", RolloutPolicy(metrics=metrics)),
    ):
        judge = RolloutJudge(policy)
        judge.begin_stage(share_bp=5000, has_control=True)
        taken = []
        for _ in range(300):
            look = Look(
                share_bp=5000,
                canary=ArmCounts(requests=1000, errors=5),
                control=ArmCounts(requests=1000, errors=5),
                canary_latency=_TIMES,
                control_latency=_TIMES,
            )
            began = time.perf_counter()
            judge.look(look)
            taken.append(time.perf_counter() - began)
        typical, rare = np.percentile(np.array(taken) * 1000, [50, 99])
        yield f"| {name} | {typical:.2f} | {rare:.2f} |"
    yield ""


def main() -> None:
    """Run all cells, write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="100 runs a cell, to see that it works")
    parser.add_argument("--runs", type=int, default=2000, help="a cell; latency has a fifth of them")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    runs = 100 if given.quick else given.runs
    began = time.perf_counter()
    looks = list(cost_of_a_look())
    work = [(cell, runs, given.seed) for cell in cells()]
    # One process for each core, and one thread in each.
    os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        results = []
        for cell, rows in pool.imap(run_cell, work):
            results.append((cell, rows))
            print(f"{time.perf_counter() - began:6.0f} s  {cell.name}", file=sys.stderr, flush=True)
        slow = list(latency_table(pool.map(latency_row, latency_work(runs // 5, given.seed)), runs // 5))
    page = [
        "# Verdicts: how often they are wrong, and what a right one costs",
        "",
        f"{runs:,} runs a cell, {work[0][0].world.looks} looks of {LOOK_SECONDS} s; seed {given.seed}.",
        f"alpha is {ALPHA:.0%} for harm and {PASS_ALPHA:.0%} for no harm. Intervals are 95 %. *Warm* has an",
        "hour of control-against-control looks before, *cold* has none. The oracle is Wald's sequential test",
        "with the true ratio, without noise. `make bench` writes this page.",
        "",
        *verdict_on_ourselves(results),
        *looks,
        *slow,
        *tables(results),
    ]
    if not given.quick:
        RESULT.write_text("\n".join(page))
        for name, drawn in plots(results).items():
            RESULT.with_name(name).write_text(drawn)
    print("\n".join(page))
    print(f"It took {(time.perf_counter() - began) / 60:.1f} min.", file=sys.stderr)


if __name__ == "__main__":
    main()
