"""How long `strandline assess PATH` takes on real repositories, cold and warm, and how much memory.

    python benchmarks/repository_assessment.py PATH... [--rounds N]

prints a table and writes it to `benchmarks/results/repository-assessment.md`. Cold: the kernel is told to
forget the repository's files (`posix_fadvise`) before the command starts; the interpreter is warm. Each run
is the whole command in a process of its own, with its start.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "repository-assessment.md"


def forget(folder: Path) -> None:
    """Let the kernel forget the contents of all files below a folder."""
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)


def timed(folder: Path) -> float:
    """Return the seconds that the command takes."""
    began = time.monotonic()
    command = [sys.executable, "-m", "strandline", "assess", str(folder), "--json"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def measured(folder: Path, rounds: int) -> str:
    """Return a row of the table."""
    commits = subprocess.run(
        ["git", "-C", str(folder), "rev-list", "--count", "--all"], capture_output=True, text=True, check=True
    ).stdout.strip()
    forget(folder)
    cold = timed(folder)
    warm = [timed(folder) for _ in range(rounds)]
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    name = folder.resolve().parent.name if folder.name == "repo" else folder.name
    return f"| {name} | {int(commits):,} | {cold:.1f} s | {statistics.median(warm):.1f} s | {memory:.0f} MB |"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    lines = [
        "# `strandline assess PATH` on real repositories",
        "",
        "Whole commands, with the start of the interpreter; memory is the highest of any process so far, so",
        "the list goes from small to large. Made by `python benchmarks/repository_assessment.py PATH...`.",
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}.",
        "",
        "| repository | commits | cold | warm, median | memory |",
        "| --- | --- | --- | --- | --- |",
    ]
    for path in given.paths:
        lines.append(measured(path, given.rounds))
        print(lines[-1], flush=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
