"""The `git` program, asked about a repository that may be hostile.

A repository's own configuration can name programs to run, servers to ask and files to read; its folder can
hold attributes that change what a difference is. So Git is given the repository's store alone, an empty
folder instead of the working tree and the index, nobody's configuration but the repository's own, and on the
command line, which wins, a harmless answer to everything there that names a program. Nothing is fetched.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from strandline.vocabulary.errors import BadInputError, StrandlineError, UnavailableError

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.attributesFile": os.devnull,
    "core.alternateRefsCommand": "true",
    "core.sshCommand": "false",
    "core.askPass": "",
    "core.pager": "cat",
    "core.quotePath": "true",
    "core.bigFileThreshold": "512m",
    "credential.helper": "",
    "diff.external": "",
    "diff.orderFile": os.devnull,
    "diff.suppressBlankEmpty": "false",
    "gc.auto": "0",
    "log.showSignature": "false",
    "log.showRoot": "true",
    "log.mailmap": "false",
    "color.ui": "false",
    "i18n.logOutputEncoding": "UTF-8",
    "protocol.allow": "never",
    # The one who names a repository without a working tree means it.
    "safe.bareRepository": "all",
}
_SAFE = (
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    "--literal-pathspecs",
    *(word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")),
)


@contextmanager
def git_of(
    folder: Path, *, program: str = "git", time_limit_seconds: float = 3600.0
) -> "Iterator[GitProgram]":
    """Ask about the repository of a folder: a working tree's top folder, or a bare repository.

    Raises:
        BadInputError: there is no repository that may be read.
        UnavailableError: there is no `git`.
    """
    if not folder.is_dir():
        what = "This folder does not exist."
        raise BadInputError(what, where=str(folder), remedy="Name the folder of a Git repository.")
    with tempfile.TemporaryDirectory(prefix="strandline-git-", ignore_cleanup_errors=True) as nothing:
        git = GitProgram(folder.resolve(), nothing, program, time_limit_seconds)
        git.find()
        yield git


class GitProgram:
    """Asks `git` about one repository; made by `git_of`."""

    def __init__(self, folder: Path, nothing: str, program: str, time_limit_seconds: float) -> None:
        self._folder = folder
        self._nothing = nothing
        self._program = program
        self._time_limit_seconds = time_limit_seconds
        self._store = ""

    def find(self) -> None:
        """Find the store of the folder's repository; raises as `ask`."""
        found = self.ask("rev-parse", "--absolute-git-dir")
        self._store = os.fsdecode(found.removesuffix(b"\n"))

    def cut_off(self) -> tuple[str, ...]:
        """Return the commits at which a shallow clone was cut off from their parents; raises as `ask`."""
        if self.ask("rev-parse", "--is-shallow-repository").strip() != b"true":
            return ()
        listed = self.ask("rev-parse", "--git-path", "shallow").removesuffix(b"\n")
        return tuple(sorted(Path(os.fsdecode(listed)).read_text().split()))

    def ask(self, *question: str, told: Iterable[str] = ()) -> bytes:
        """Return what `git` says to a question.

        Args:
            question: the command and its arguments, which are ours; what is the repository's goes by `told`.
            told: lines for its standard input.

        Raises:
            BadInputError: there is no repository that may be read.
            UnavailableError: there is no `git`, it takes too long, or the repository is damaged.
        """
        with _lines(told) as lines:
            return self._said(question, lines, subprocess.PIPE)

    def ask_about_answer(self, *question: str, told: Iterable[str], then: tuple[str, ...]) -> bytes:
        """Return what `git` says to a second question, told what it said to the first; raises as `ask`."""
        with _lines(told) as lines, tempfile.TemporaryFile() as answer:
            self._said(question, lines, answer)
            answer.seek(0)
            return self._said(then, answer, subprocess.PIPE)

    def agrees(self, *question: str) -> bool:
        """Return whether `git` says yes to a question of yes and no, by its exit code; raises as `ask`."""
        code, _, complaint = self._run(question, subprocess.DEVNULL, subprocess.DEVNULL)
        if code > 1:
            raise self._failed(question, complaint)
        return code == 0

    def _said(self, question: tuple[str, ...], told: IO[bytes] | int, answer: IO[bytes] | int) -> bytes:
        code, said, complaint = self._run(question, told, answer)
        if code:
            raise self._failed(question, complaint)
        return said

    def _run(
        self, question: tuple[str, ...], told: IO[bytes] | int, answer: IO[bytes] | int
    ) -> tuple[int, bytes, str]:
        """Return the exit code, what is said, and the complaint."""
        place = (f"--git-dir={self._store}", f"--work-tree={self._nothing}") if self._store else ()
        try:
            process = subprocess.Popen(  # noqa: S603 - git, with arguments of our own
                [self._program, *_SAFE, *place, *question],
                cwd=self._nothing if self._store else self._folder,
                env=self._environment(),
                stdin=told,
                stdout=answer,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            what = f"The program {self._program} cannot be run: {error.strerror}."
            raise UnavailableError(what, remedy="Install Git 2.31 or newer.") from error
        with process:
            try:
                said, complaint = process.communicate(timeout=self._time_limit_seconds)
            except BaseException as error:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                if not isinstance(error, subprocess.TimeoutExpired):
                    raise
                what = f"Git took more than {self._time_limit_seconds:g} s over `git {question[0]}`."
                remedy = "Pack the repository: git gc."
                raise UnavailableError(what, where=str(self._folder), remedy=remedy) from error
        return process.returncode, said or b"", complaint.decode("utf-8", errors="replace")

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": "/nonexistent",
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_GRAFT_FILE": os.devnull,
            "GIT_INDEX_FILE": f"{self._nothing}/index",
            "GIT_CEILING_DIRECTORIES": str(self._folder.parent),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_NO_LAZY_FETCH": "1",
        }

    def _failed(self, question: tuple[str, ...], complaint: str) -> StrandlineError:
        where = str(self._folder)
        if "dubious ownership" in complaint:
            what = "This repository belongs to somebody else, who could have put anything into it."
            remedy = "Run as its owner, or make a clone of your own."
            return BadInputError(what, where=where, remedy=remedy)
        if "not a git repository" in complaint:
            what = "This is not a Git repository."
            remedy = "Name the top folder of a working tree, or a bare repository."
            return BadInputError(what, where=where, remedy=remedy)
        last = next(
            (line for line in reversed(complaint.splitlines()) if line.strip()), "it does not say why"
        )
        what = f"`git {question[0]}` failed: {last.removeprefix('fatal: ').rstrip('.')}."
        return UnavailableError(what, where=where, remedy="Check the repository: git fsck.")


@contextmanager
def _lines(told: Iterable[str]) -> Iterator[IO[bytes]]:
    """A file, unlike a pipe, is never full, so that nobody waits for anybody."""
    with tempfile.TemporaryFile() as file:
        file.writelines(f"{line}\n".encode() for line in told)
        file.seek(0)
        yield file
