"""Reading a repository's history into events, beside `git log --numstat` of the same and beside PyDriller.

    python benchmarks/git_history.py PATH... [--rounds N] [--pydriller-commits N] [--quick]

prints a table for each repository and writes them to `benchmarks/results/git.md` (not with `--quick`).

Git and Strandline take turns, so that whatever else the machine does meets both; each reads in a process of
its own, whose start is measured with it, and whose events go nowhere, as Git's lines do. PyDriller is too
slow for a whole history: it reads the newest commits, and its time for the whole is extrapolated from what
it takes for one. It comes by `uv run --with pydriller`, and is asked for the least: hash, author, times,
message, parents, and the numbers of files, insertions, deletions; then for the paths besides, which
Strandline makes its areas of, and which PyDriller tells together with the differences.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from strandline.adapters.git_repository import GitState, git_repository

RESULTS = Path(__file__).parent / "results" / "git.md"
REFERENCES = ("--branches", "--remotes", "--tags")
PYDRILLER = """
import importlib.metadata, sys, time
from pydriller import Repository
began, commits, lines = time.monotonic(), 0, 0
for commit in Repository(sys.argv[1], from_commit=sys.argv[2]).traverse_commits():
    commit.hash, commit.author.name, commit.author_date, commit.committer_date, commit.msg, commit.parents
    lines += commit.insertions + commit.deletions + commit.files
    if sys.argv[3] == "paths":
        [(file.old_path, file.new_path) for file in commit.modified_files]
    commits += 1
print(time.monotonic() - began, commits, importlib.metadata.version("pydriller"))
"""


def git(path: Path, *arguments: str) -> str:
    """Return what Git says."""
    return subprocess.run(
        ["git", "-C", str(path), *arguments], capture_output=True, text=True, check=True
    ).stdout


def timed_log(path: Path, *which: str) -> float:
    """Return the seconds that `git log --numstat` takes when nobody reads it."""
    began = time.monotonic()
    log = ["git", "-C", str(path), "log", "--numstat", *which]
    subprocess.run(log, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def child(path: Path, workers: int) -> None:
    """Read what is new since the state that stands in the standard input, and say what it took."""
    kinds = {"commit": 0, "tag": 0, "patch": 0}
    began = time.monotonic()
    counted = began
    state = GitState(heads=json.load(sys.stdin))
    with git_repository(path, workers=workers or None) as repository:
        for event in repository.events(repository.read(state)):
            kind = "patch" if "patchId" in event.content else event.id.partition("-")[0]
            kinds[kind] += 1
            if kind == "commit":
                counted = time.monotonic()
    memory = {
        "own": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "git": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }
    print(json.dumps({**kinds, **memory, "copies_seconds": time.monotonic() - counted}))


def timed_read(path: Path, *, workers: int = 0, since: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the seconds that Strandline takes, and what it says of them."""
    began = time.monotonic()
    command = [sys.executable, __file__, "--child", str(path), str(workers)]
    done = subprocess.run(command, input=json.dumps(since or {}), capture_output=True, text=True, check=True)
    return {"seconds": time.monotonic() - began, **json.loads(done.stdout)}


def heads_a_hundred_merges_ago(path: Path) -> dict[str, str]:
    """Return what a reading saw that lacks the newest work of the main line, and the tags of it."""
    head = git(path, "symbolic-ref", "HEAD").strip()
    before = git(path, "rev-list", "--first-parent", "--skip=100", "--max-count=1", head).strip()
    older = git(path, "for-each-ref", f"--merged={before}", "--format=%(refname) %(objectname)", "refs/tags")
    return {**dict(line.rsplit(" ", 1) for line in older.splitlines()), head: before}


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """What PyDriller and Git take for the newest commits."""

    version: str
    commits: int
    numbers: float
    """Seconds of PyDriller for the numbers alone."""
    paths: float
    git: float


def beside_pydriller(path: Path, commits: int) -> Peer:
    """Let PyDriller read the newest commits, and Git the same ones."""
    with tempfile.TemporaryDirectory() as folder:
        # It wants a working tree's folder; the objects are those of the original.
        git(path, "clone", "-q", "--shared", "--no-checkout", str(path), folder)
        merged = git(path, "rev-list", "--first-parent", "HEAD").split()
        # As PyDriller understands "from this commit on".
        newest = ((each, (f"--ancestry-path={each}", "HEAD", "--not", f"{each}^@")) for each in merged[::20])
        begun, which = next(
            (each, which)
            for each, which in newest
            if int(git(path, "rev-list", "--count", *which)) >= commits
        )
        script = ["uv", "run", "--quiet", "--no-project", "--with", "pydriller", "python", "-c", PYDRILLER]
        found = {
            what: subprocess.run([*script, folder, begun, what], capture_output=True, text=True, check=True)
            for what in ("numbers", "paths")
        }
        seconds = {what: float(done.stdout.split()[0]) for what, done in found.items()}
        _, number, version = found["numbers"].stdout.split()
        by_git = min(timed_log(Path(folder), *which) for _ in range(3))
        return Peer(version=version, commits=int(number), git=by_git, **seconds)


def measured(path: Path, rounds: int, pydriller_commits: int) -> str:
    """Measure one repository; return its part of the page."""
    name = path.parent.name.replace("+", "/") if path.name == "repo" else path.name
    commits = int(git(path, "rev-list", "--count", *REFERENCES))
    timed_log(path, *REFERENCES)  # what it reads is in the machine's memory from now on
    logs, reads, alone = [], [], []
    for _ in range(rounds):
        logs.append(timed_log(path, *REFERENCES))
        reads.append(timed_read(path))
        alone.append(timed_read(path, workers=1)["seconds"])
    log = statistics.median(logs)
    read = sorted(reads, key=lambda each: float(each["seconds"]))[rounds // 2]
    one = statistics.median(alone)
    again = timed_read(path, since=_heads(path))
    newer = timed_read(path, since=heads_a_hundred_merges_ago(path))
    peer = beside_pydriller(path, pydriller_commits)
    numbers, paths = (each / peer.commits * commits for each in (peer.numbers, peer.paths))
    ours = float(read["seconds"])
    head = f"`git log --numstat {' '.join(REFERENCES)}`"
    return f"""
## {name}: {commits:,} commits, {read["tag"]:,} tags

| | seconds | beside `git log --numstat` |
|---|---|---|
| {head} | {log:.1f} | 1.00 |
| Strandline, all events | {ours:.1f} | {ours / log:.2f} |
| Strandline, one `git` at a time | {one:.1f} | {one / log:.2f} |
| PyDriller {peer.version}, numbers only, extrapolated | {numbers:,.0f} | {numbers / log:.1f} |
| PyDriller {peer.version}, with the paths, extrapolated | {paths:,.0f} | {paths / log:.1f} |
| Strandline again, nothing new | {again["seconds"]:.2f} | |
| Strandline again, {newer["commit"]:,} commits new | {newer["seconds"]:.2f} | |

* {read["commit"] / ours:,.0f} commits a second.
* **{paths / ours:.0f} times as fast as PyDriller** with the paths, {numbers / ours:.0f} times without.
  It took {peer.paths:.1f} s and {peer.numbers:.1f} s for the newest {peer.commits:,} commits, for which
  `git log --numstat` took {peer.git:.2f} s.
* {read["patch"]:,} commits may be copies, by their author's time; to find them and compute their patch-ids
  is {read["copies_seconds"]:.1f} s of the time above.
* Memory at its peak: {read["own"]} MiB, and the largest `git` {read["git"]} MiB with what it maps of the
  pack.
* In {rounds} rounds Git took {_range(logs)} s, Strandline {_range([each["seconds"] for each in reads])} s.
"""


def _range(seconds: list[float]) -> str:
    return f"{min(seconds):.1f} to {max(seconds):.1f}"


def _heads(path: Path) -> dict[str, str]:
    with git_repository(path) as repository:
        return repository.read().state.heads


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path, help="repositories, whole and on this machine")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pydriller-commits", type=int, default=1000, help="how many PyDriller reads")
    parser.add_argument("--quick", action="store_true", help="one round, few commits; write nothing")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        path, workers = given.child
        child(Path(path), int(workers))
        return
    if not given.paths:
        parser.error("name a repository")
    load = os.getloadavg()[0]
    rounds, sample = (1, 100) if given.quick else (given.rounds, given.pydriller_commits)
    parts = [measured(path.resolve(), rounds, sample) for path in given.paths]
    machine = (
        f"{os.cpu_count()} cores ({platform.machine()}), load {load:.1f} when it began, "
        f"Python {platform.python_version()}, {git(Path(), '--version').strip()}"
    )
    page = f"""# Git history: what reading it costs

Made by `benchmarks/git_history.py PATH... --rounds {rounds} --pydriller-commits {sample}` on copies of
public repositories. {machine}.
What is read is in the machine's memory.

Both read the same commits, those that branches and tags reach, with renames found. Strandline reads with
several `git` at once, as many as there are cores, turns each commit and tag into an event, and finds copies
by patch-id. PyDriller reads the newest commits only; its time for the whole is extrapolated, commit by
commit: once asked for the numbers of files and lines alone, once for the paths as well. Strandline tells
both, the paths as the folders that they are in.
{"".join(parts)}"""
    print(page)
    if not given.quick:
        RESULTS.write_text(page)


if __name__ == "__main__":
    main()
