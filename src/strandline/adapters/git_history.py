"""What Git knows about a folder, asked of the `git` program: read-only, in bounded time, trusting nothing.

A release folder may come from anybody, and a repository's own configuration can name programs to run. So
nothing is asked that looks at the working tree (filters, `fsmonitor`), shows signatures (`gpg.program`),
fetches, pages or runs a hook; configuration of the machine and the user is left out; and a repository that
belongs to somebody else, or that is bare, stays unread, as Git itself advises.
"""

import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path

from strandline.vocabulary.release import Commit

_SAFE = (
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.untrackedCache=false",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "core.alternateRefsCommand=true",
    "-c",
    "log.showSignature=false",
    "-c",
    "log.mailmap=false",
    "-c",
    "color.ui=false",
    "-c",
    "i18n.logOutputEncoding=UTF-8",
    "-c",
    "protocol.allow=never",
    "-c",
    "safe.bareRepository=explicit",
)
_COMMIT_ID = re.compile(r"[0-9a-f]{7,64}")
_MOST_COMMITS = 5_000
"""So many commits of one release are told; a release of more has no reader."""


class GitHistory:
    """Asks the `git` program; without it, or without a repository, it knows nothing and says so."""

    def __init__(self, *, time_limit_seconds: float = 10.0, program: str = "git") -> None:
        self._time_limit_seconds = time_limit_seconds
        self._program = program

    def commit_of(self, folder: Path) -> str:
        """Return the commit that the folder is at, or an empty string."""
        commit = (self._ask(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") or "").strip()
        return commit if _COMMIT_ID.fullmatch(commit) else ""

    def version_of(self, folder: Path) -> str:
        """Return the nearest tag, with how far the folder's commit is from it; or an empty string.

        Empty as well where the folder is only a part of its repository.
        """
        top = (self._ask(folder, "rev-parse", "--show-toplevel") or "").rstrip("\n")
        if not top or Path(top) != folder.resolve():
            return ""
        return (self._ask(folder, "describe", "--tags", "HEAD") or "").strip()

    def changes(self, folder: Path, *, since: str, until: str) -> tuple[Commit, ...] | None:
        """Return the commits between two, newest first; `None` where that cannot be known."""
        if not _COMMIT_ID.fullmatch(since) or not _COMMIT_ID.fullmatch(until):
            return None
        said = self._ask(
            folder,
            "log",
            "-z",
            "--no-show-signature",
            "--no-notes",
            "--no-patch",
            "--no-color",
            f"--max-count={_MOST_COMMITS}",
            "--format=%H%n%an%n%s",
            f"{since}..{until}",
            "--",
        )
        if said is None:
            return None
        commits = []
        for record in filter(None, said.split("\0")):
            commit_id, author, subject = (*record.split("\n", 2), "", "")[:3]
            commits.append(Commit(id=commit_id, author=author, subject=subject.strip()))
        return tuple(commits)

    def _ask(self, folder: Path, *question: str) -> str | None:
        """Return what git says; `None` where it says no, is not there, or takes too long."""
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": "/nonexistent",
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_NO_LAZY_FETCH": "1",
        }
        try:
            process = subprocess.Popen(  # noqa: S603 - git, with arguments of our own and checked ids
                [self._program, *_SAFE, *question],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return None
        with process:
            try:
                said, _ = process.communicate(timeout=self._time_limit_seconds)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                return None
        return said.decode("utf-8", errors="replace") if process.returncode == 0 else None
