"""How often the error judge is wrong, and how much traffic a right answer costs.

    python benchmarks/analysis.py [--quick] [--seed N]

Writes `benchmarks/results/analysis.md` and prints it. Every table is fixed by its seed; only the time per
look depends on the machine. Beside the judge stand two rules that are common in the field, given the same
looks.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import norm

from strandline.analysis.judge import ErrorJudge
from strandline.analysis.measurement import NOTHING, ArmCounts, Look
from strandline.vocabulary.service import ErrorGuardPolicy
from strandline.vocabulary.traffic import ALL_TRAFFIC_BP
from strandline.vocabulary.verdict import AnalysisAnswer

RESULT = Path(__file__).parent / "results" / "analysis.md"
LOOKS = 60


@dataclass(frozen=True, kw_only=True)
class World:
    """One kind of rollout: a stage of `LOOKS` looks."""

    base: float
    ratio: float = 1.0
    share_bp: int = 5000
    requests: int = 2000
    """Per look, both arms together, on average."""
    swings: bool = False
    """Load grows fourfold; for a third of the time a dependency fails for both arms (ten times the base)."""
    noise: float = 0.0
    """Coefficient of variation of each arm's share, independent at each look (gamma)."""


def looks(world: World, rng: np.random.Generator) -> Iterator[Look]:
    """Simulate one stage."""
    for at in range(LOOKS):
        part = at / LOOKS
        base = min(world.base * (10 if world.swings and 1 / 3 < part < 2 / 3 else 1), 0.95)
        total = int(rng.poisson(world.requests * (1 + 3 * part if world.swings else 1)))
        n_c = int(rng.binomial(total, world.share_bp / ALL_TRAFFIC_BP))
        shape = 1 / world.noise**2 if world.noise else 0.0
        noise = rng.gamma(shape, 1 / shape, 2) if world.noise else (1.0, 1.0)
        yield Look(
            share_bp=world.share_bp,
            canary=ArmCounts(
                requests=n_c, errors=int(rng.binomial(n_c, min(base * world.ratio * noise[0], 1)))
            ),
            control=ArmCounts(
                requests=total - n_c, errors=int(rng.binomial(total - n_c, min(base * noise[1], 1)))
            ),
        )


Rule = Callable[[World, np.random.Generator], bool]
"""Whether a rule ever calls harm in one stage, looking to the end."""


def by_judge(world: World, rng: np.random.Generator) -> bool:
    """Strandline's."""
    judge = ErrorJudge(ErrorGuardPolicy())
    judge.begin_stage(share_bp=world.share_bp, has_control=True)
    return any(judge.look(look).answer is AnalysisAnswer.HARM_SHOWN for look in looks(world, rng))


def by_peeked_test(world: World, rng: np.random.Generator) -> bool:
    """A one-sided two-proportion z-test at 1 %, on all counts so far, at every look."""
    canary = control = NOTHING
    limit = norm.ppf(0.99)
    for look in looks(world, rng):
        canary, control = canary + (look.canary or NOTHING), control + (look.control or NOTHING)
        if not (canary.requests and control.requests):
            continue
        pooled = (canary.errors + control.errors) / (canary.requests + control.requests)
        error = (pooled * (1 - pooled) * (1 / canary.requests + 1 / control.requests)) ** 0.5
        gap = canary.errors / canary.requests - control.errors / control.requests
        if error and gap / error > limit:
            return True
    return False


def by_threshold(world: World, rng: np.random.Generator) -> bool:
    """More than 1 % of the canary's requests failed within one look."""
    return any(
        look.canary is not None and look.canary.errors > 0.01 * look.canary.requests
        for look in looks(world, rng)
    )


def share(rule: Rule, world: World, runs: int, seed: int) -> float:
    """How often a rule calls harm."""
    return sum(rule(world, np.random.default_rng((seed, run))) for run in range(runs)) / runs


@dataclass(frozen=True, kw_only=True)
class Ends:
    """How stages ended that stop at the first answer."""

    harm: float
    passed: float
    requests: float | None
    """Median number of canary requests at the answer; `None` if fewer than half got one."""
    looks: float | None


def ends(world: World, runs: int, seed: int) -> Ends:
    """Run stages as a rollout does: to the first answer, or to the last look."""
    answers = {AnalysisAnswer.HARM_SHOWN: 0, AnalysisAnswer.NO_HARM_SHOWN: 0}
    costs = []
    for run in range(runs):
        judge = ErrorJudge(ErrorGuardPolicy())
        judge.begin_stage(share_bp=world.share_bp, has_control=True)
        requests = 0
        for at, look in enumerate(looks(world, np.random.default_rng((seed, run))), start=1):
            verdict = judge.look(look)
            requests += look.canary.requests if look.canary else 0
            if verdict.answer in answers:
                answers[verdict.answer] += 1
                costs.append((requests, at))
                break
    is_typical = len(costs) * 2 >= runs
    return Ends(
        harm=answers[AnalysisAnswer.HARM_SHOWN] / runs,
        passed=answers[AnalysisAnswer.NO_HARM_SHOWN] / runs,
        requests=statistics.median(cost[0] for cost in costs) if is_typical else None,
        looks=statistics.median(cost[1] for cost in costs) if is_typical else None,
    )


def percent(value: float) -> str:
    """A share in a table."""
    return f"{100 * value:.4g} %"


def figure(value: float | None) -> str:
    """A median in a table."""
    return "-" if value is None else f"{value:,.0f}"


def table(head: str, rows: list[list[str]]) -> list[str]:
    """A Markdown table."""
    columns = head.split(" | ")
    return [f"| {head} |", "|" + "---|" * len(columns), *[f"| {' | '.join(row)} |" for row in rows], ""]


def false_alarms(runs: int, seed: int) -> list[str]:
    """Releases like their control."""
    rows = []
    worlds: list[tuple[str, World]] = [
        *[
            (f"steady, share {world.share_bp // 100} %", world)
            for base in (1e-5, 1e-3, 5e-3, 0.05, 0.5)
            for share_bp in (500, 5000)
            for world in [World(base=base, share_bp=share_bp, requests=200_000 if base < 1e-4 else 2000)]
        ],
        ("load x4, shared incident, share 25 %", World(base=0.005, share_bp=2500, swings=True)),
        ("noise between arms, cv 0.32", World(base=0.005, noise=0.32)),
        ("noise between arms, cv 0.71", World(base=0.005, noise=0.71)),
    ]
    for name, world in worlds:
        alarms = [share(rule, world, runs, seed) for rule in (by_judge, by_peeked_test, by_threshold)]
        rows.append([name, percent(world.base), *map(percent, alarms)])
    return [
        "## False alarms: a release like its control, looked at to the end",
        "",
        *table("situation | base | judge | z-test at 1 %, every look | over 1 % in one look", rows),
    ]


def answers(runs: int, seed: int) -> list[str]:
    """Good and bad releases, as a rollout would see them."""
    rows = []
    for base in (1e-5, 1e-3, 5e-3, 0.02, 0.5):
        for share_bp in (500, 5000):
            for ratio in (1.0, 1.5, 2.0, 3.0, 10.0, 100.0):
                if base * ratio > 1:
                    continue
                world = World(
                    base=base, ratio=ratio, share_bp=share_bp, requests=200_000 if base < 1e-4 else 2000
                )
                end = ends(world, runs, seed)
                undecided = abs(1 - end.harm - end.passed)
                rows.append(
                    [
                        percent(base),
                        f"{share_bp // 100} %",
                        f"{ratio:g}",
                        percent(base * ratio),
                        percent(end.harm),
                        percent(end.passed),
                        percent(round(undecided, 6)),
                        figure(end.requests),
                        figure(end.looks),
                    ]
                )
    head = "base | share | ratio | canary | harm shown | no harm shown | undecided | canary requests | looks"
    return [
        "## Answers: stopped at the first one, as a rollout does",
        "",
        "Medians are over the runs that were answered. Under the floor (0.5 %) a canary may pass whatever",
        "its ratio; which of the two true answers comes first depends on the traffic.",
        "",
        *table(head, rows),
    ]


def wrong_passes(runs: int, seed: int) -> list[str]:
    """Releases exactly at the margin and above the floor: the hardest to refuse."""
    rows = []
    for world in (
        World(base=0.0025, ratio=2.0),
        World(base=0.005, ratio=2.0),
        World(base=0.005, ratio=2.0, share_bp=500),
        World(base=0.05, ratio=2.0),
        World(base=0.4, ratio=2.0),
        World(base=0.005, ratio=2.0, noise=0.71),
    ):
        # A high bar for harm keeps the stage going, so that nothing but a wrong pass can end it.
        passed = 0
        for run in range(runs):
            judge = ErrorJudge(passes_only())
            judge.begin_stage(share_bp=world.share_bp, has_control=True)
            found = (judge.look(look).answer for look in looks(world, np.random.default_rng((seed, run))))
            passed += any(answer is AnalysisAnswer.NO_HARM_SHOWN for answer in found)
        rows.append(
            [percent(world.base), f"{world.share_bp // 100} %", f"{world.noise:g}", percent(passed / runs)]
        )
    return [
        "## Wrong passes: twice the control's error share, at or above the floor (promised: at most 5 %)",
        "",
        *table("base | share | noise between arms (cv) | passed", rows),
    ]


def passes_only() -> ErrorGuardPolicy:
    """The default policy with harm as good as switched off."""
    return ErrorGuardPolicy(harm_alpha_bp=1, ceiling_bp=ALL_TRAFFIC_BP)


def speed(seed: int) -> list[str]:
    """Time per look, undecided all the way: the dearest case, with a forecast at each."""
    world = World(base=0.005, requests=400)
    seen = [look for run in range(50) for look in looks(world, np.random.default_rng((seed, run)))]
    # Neither answer comes: the margin is the truth itself, there is no floor, and harm needs a great deal.
    judge = ErrorJudge(ErrorGuardPolicy(harm_alpha_bp=1, pass_alpha_bp=1, margin_percent=100, floor_bp=0))
    judge.begin_stage(share_bp=world.share_bp, has_control=True)
    times = []
    for look in seen:
        before = time.perf_counter()
        verdict = judge.look(look)
        times.append(1e6 * (time.perf_counter() - before))
        assert verdict.answer is AnalysisAnswer.NOT_ENOUGH_EVIDENCE
    slowest = sorted(times)[int(0.99 * len(times))]
    return [
        "## Time per look",
        "",
        f"Median {statistics.median(times):.0f} µs, 99th percentile {slowest:.0f} µs, over the",
        f"{len(times):,} looks of one stage; it does not grow with their number.",
        "",
    ]


def main() -> int:
    """Run every table and write them down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs; prints, writes nothing")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    runs = 50 if options.quick else 500
    lines = [
        "# The error judge: false alarms, misses, cost",
        "",
        f"`python benchmarks/analysis.py{' --quick' if options.quick else ''}`, seed {options.seed}:",
        f"{runs} runs a row, {LOOKS} looks a run, 2,000 requests a look (200,000 at base 0.001 %), both arms",
        "together. Default policy: harm at 1 % per rollout, no harm at 5 %, margin 2, floor 0.5 %.",
        "",
        *false_alarms(runs, options.seed),
        *answers(runs, options.seed),
        *wrong_passes(runs, options.seed),
        *speed(options.seed),
    ]
    text = "\n".join(lines).rstrip() + "\n"
    print(text)
    if not options.quick:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
